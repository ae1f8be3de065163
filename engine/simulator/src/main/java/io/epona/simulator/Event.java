package io.epona.simulator;

/**
 * Something that will happen in a {@link World}. Events at one time happen in the order in which they were scheduled.
 * <p>
 * Owned by the thread of its world.
 */
public final class Event implements Comparable<Event>
{
    private final long timeNs;
    private final long sequence;
    private final String what;
    private Runnable action;

    Event(final long timeNs, final long sequence, final String what, final Runnable action)
    {
        this.timeNs = timeNs;
        this.sequence = sequence;
        this.what = what;
        this.action = action;
    }

    /**
     * @return simulated ns at which it happens.
     */
    public long timeNs()
    {
        return timeNs;
    }

    /**
     * @return what it is, for the trace: a constant.
     */
    public String what()
    {
        return what;
    }

    /**
     * @return whether it is still to happen.
     */
    public boolean isPending()
    {
        return null != action;
    }

    /**
     * Let it not happen. Nothing where it did already.
     */
    public void cancel()
    {
        action = null;
    }

    /** Take the action, once. */
    Runnable take()
    {
        final Runnable result = action;
        action = null;

        return result;
    }

    @Override
    public int compareTo(final Event that)
    {
        final int order = Long.compare(timeNs, that.timeNs);
        return 0 != order ? order : Long.compare(sequence, that.sequence);
    }

    @Override
    public boolean equals(final Object that)
    {
        return this == that;
    }

    @Override
    public int hashCode()
    {
        return Long.hashCode(sequence);
    }

    @Override
    public String toString()
    {
        return what + " at " + timeNs;
    }
}
