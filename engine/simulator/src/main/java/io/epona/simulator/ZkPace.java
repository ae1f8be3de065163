package io.epona.simulator;

/**
 * How long things take in an ensemble at present. Owned by the thread of its world.
 */
final class ZkPace
{
    private static final long LAG_MAX_NS = 10 * World.SECOND;

    private final ZkSettings settings;
    private long slowness = 1;

    ZkPace(final ZkSettings settings)
    {
        this.settings = settings;
    }

    /**
     * @param factor by which everything takes longer.
     */
    void slow(final int factor)
    {
        slowness = factor;
    }

    /**
     * @param from draws.
     * @return ns of one way between a client and a server.
     */
    long delayNs(final Site from)
    {
        return slowness * (settings.oneWayNs() / 4 + from.exponential(settings.oneWayNs()));
    }

    /**
     * @param meanNs by which a server is behind.
     * @param from   draws.
     * @return ns by which it is. One that lags by more than syncLimit ticks is shut out by the others.
     */
    long lagNs(final long meanNs, final Site from)
    {
        return Math.min(LAG_MAX_NS, slowness * from.exponential(meanNs));
    }
}
