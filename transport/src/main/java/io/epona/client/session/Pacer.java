package io.epona.client.session;

/**
 * When to ask: one question at a time, not sooner than a pause after the last one, again where no answer comes. Owned
 * by its machine's thread.
 */
final class Pacer
{
    /** Pauses after which a question counts as lost. */
    private static final int LOST_PAUSES = 10;

    private final long pauseNs;
    private boolean isWanted;
    private boolean isAsked;
    private boolean isPausing;
    private long nextNs;
    private long lostNs;

    Pacer(final long pauseNs)
    {
        this.pauseNs = pauseNs;
    }

    /** What is known may be wrong by now; also where a question is under way, whose answer may be older than this. */
    void want()
    {
        isWanted = true;
    }

    /** Nothing changes soon: ask, but later than usual. */
    void wantLater(final long nowNs)
    {
        isWanted = true;
        isPausing = true;
        nextNs = nowNs + LOST_PAUSES * pauseNs;
    }

    boolean isDue(final long nowNs)
    {
        if (isAsked)
        {
            if (nowNs - lostNs < 0)
            {
                return false;
            }
            isAsked = false;
            isWanted = true;
        }
        return isWanted && !(isPausing && nowNs - nextNs < 0);
    }

    void onAsked(final long nowNs)
    {
        isWanted = false;
        isAsked = true;
        isPausing = true;
        nextNs = nowNs + pauseNs;
        lostNs = nowNs + LOST_PAUSES * pauseNs;
    }

    void onAnswered()
    {
        isAsked = false;
    }

    /** Until now nothing was known that could be wrong. */
    void onFirstAnswer()
    {
        isWanted = false;
    }
}
