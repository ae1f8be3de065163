package io.epona.client.session;

/**
 * The pause after a failure, which doubles with each further one until there is a success. Owned by its machine's
 * thread.
 */
final class Backoff
{
    private final long firstNs;
    private final long maxNs;
    private boolean isActive;
    private long untilNs;
    private long nextNs;

    Backoff(final long firstNs, final long maxNs)
    {
        this.firstNs = firstNs;
        this.maxNs = maxNs;
        this.nextNs = firstNs;
    }

    boolean isActive(final long nowNs)
    {
        if (isActive && nowNs - untilNs >= 0)
        {
            isActive = false;
        }
        return isActive;
    }

    /** A failure; several during one pause count once, as the answers to a window of batches do. */
    void begin(final long nowNs)
    {
        if (!isActive(nowNs))
        {
            isActive = true;
            untilNs = nowNs + nextNs;
            nextNs = Math.min(2 * nextNs, maxNs);
        }
    }

    void end()
    {
        isActive = false;
        nextNs = firstNs;
    }
}
