package io.epona.simulator;

/**
 * How often things happened in an ensemble. Owned by the thread of its world.
 */
public final class ZkCounters
{
    long connects;
    long drops;
    long expiries;
    long expiriesTold;
    long writes;
    long unknown;
    long appliedLate;
    long neverApplied;
    long givenUp;

    /**
     * @return connections made.
     */
    public long connects()
    {
        return connects;
    }

    /**
     * @return connections broken.
     */
    public long drops()
    {
        return drops;
    }

    /**
     * @return sessions that the servers ended for want of a sign of life.
     */
    public long expiries()
    {
        return expiries;
    }

    /**
     * @return sessions of which a server told the client that they are over.
     */
    public long expiriesTold()
    {
        return expiriesTold;
    }

    /**
     * @return sessions that a client gave up by its own clock.
     */
    public long givenUp()
    {
        return givenUp;
    }

    /**
     * @return writes, the refused ones too.
     */
    public long writes()
    {
        return writes;
    }

    /**
     * @return writes whose outcome the client was not told.
     */
    public long unknown()
    {
        return unknown;
    }

    /**
     * @return writes applied after their connection had broken.
     */
    public long appliedLate()
    {
        return appliedLate;
    }

    /**
     * @return writes that were lost with their connection.
     */
    public long neverApplied()
    {
        return neverApplied;
    }
}
