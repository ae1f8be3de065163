package io.epona.loadgen.load;

/**
 * Counts at the first turn at or after the beginning of the window, and at the first at or after its end: the true
 * times of those turns are kept too, so that a late turn does not bend a rate. Owned by one data thread.
 */
final class Marks
{
    private static final int NONE = 0;
    private static final int BEGUN = 1;
    private static final int ENDED = 2;

    private Timeline timeline;
    private int state = NONE;
    private long beginNs;
    private long endNs;
    private long firstAtBegin;
    private long firstAtEnd;
    private long secondAtBegin;
    private long secondAtEnd;

    Marks(final Timeline timeline)
    {
        this.timeline = timeline;
    }

    /**
     * The window ends sooner than was said.
     *
     * @param timeline in place of the one before.
     */
    void end(final Timeline timeline)
    {
        this.timeline = timeline;
    }

    void onTurn(final long nowNs, final long first, final long second)
    {
        if (ENDED != state && nowNs - timeline.measureStartNs() >= 0)
        {
            cross(nowNs, first, second);
        }
    }

    private void cross(final long nowNs, final long first, final long second)
    {
        if (NONE == state)
        {
            state = BEGUN;
            beginNs = nowNs;
            firstAtBegin = first;
            secondAtBegin = second;
        }
        else if (nowNs - timeline.measureEndNs() >= 0)
        {
            state = ENDED;
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
        return ENDED == state ? endNs - beginNs : 0;
    }

    private double rate(final long count)
    {
        return windowNs() > 0 ? count * 1e9 / windowNs() : 0;
    }
}
