package io.epona.loadgen.load;

/**
 * Counts at the first turn at or after the beginning of the window, and at the first at or after its end: the true
 * times of those turns are kept too, so that a late turn does not bend a rate. Until the window begins they are taken
 * every millisecond, for the reason that {@link Timeline} gives. Owned by one data thread.
 */
final class Marks
{
    private static final long INTERVAL_NS = 1_000_000L;

    private Timeline timeline;
    private boolean hasEnded;
    private long nextNs;
    private long beginNs;
    private long endNs;
    private long firstAtBegin;
    private long firstAtEnd;
    private long secondAtBegin;
    private long secondAtEnd;

    Marks(final Timeline timeline)
    {
        this.timeline = timeline;
        this.nextNs = timeline.t0Ns();
        this.beginNs = nextNs;
    }

    /**
     * The window ends sooner than was said.
     *
     * @param timeline in place of the one before.
     */
    void end(final Timeline timeline)
    {
        this.timeline = timeline;
        this.nextNs = timeline.measureEndNs();
    }

    void onTurn(final long nowNs, final long first, final long second)
    {
        if (nowNs - nextNs >= 0)
        {
            cross(nowNs, first, second);
        }
    }

    private void cross(final long nowNs, final long first, final long second)
    {
        if (nowNs - timeline.measureEndNs() < 0)
        {
            beginNs = nowNs;
            firstAtBegin = first;
            secondAtBegin = second;
            final long untilStartNs = timeline.measureStartNs() - nowNs;
            final long isInWindow = untilStartNs - 1 >> 63;
            nextNs = isInWindow & timeline.measureEndNs() | ~isInWindow & nowNs + Math.min(INTERVAL_NS, untilStartNs);
        }
        else if (!hasEnded)
        {
            hasEnded = true;
            endNs = nowNs;
            firstAtEnd = first;
            secondAtEnd = second;
        }
    }

    /**
     * @return first count per second over the window, 0 where the window did not end.
     */
    double firstRate()
    {
        return rate(firstAtEnd - firstAtBegin);
    }

    /**
     * @return second count per second over the window, 0 where the window did not end.
     */
    double secondRate()
    {
        return rate(secondAtEnd - secondAtBegin);
    }

    /**
     * @return true length of the window that the rates are of, 0 where it did not end.
     */
    long windowNs()
    {
        return hasEnded ? endNs - beginNs : 0;
    }

    private double rate(final long count)
    {
        return windowNs() > 0 ? count * 1e9 / windowNs() : 0;
    }
}
