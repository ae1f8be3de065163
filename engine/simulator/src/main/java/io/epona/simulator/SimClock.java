package io.epona.simulator;

import io.epona.engine.Clock;

/**
 * The clock of a host: it has its own idea of the time of day and runs a little fast or slow, but never back.
 * <p>
 * Owned by the thread of its world.
 */
public final class SimClock implements Clock
{
    /** Time of day, in epoch ns, at which worlds begin. */
    public static final long WORLD_EPOCH_NS = 1_700_000_000_000_000_000L;

    private final World world;
    private final double rate;
    private final long offsetNs;

    /**
     * @param world  whose time it shows.
     * @param skewNs by which it is ahead when the world begins.
     * @param rate   ns that it counts in one simulated ns, such as 1.0001.
     */
    public SimClock(final World world, final long skewNs, final double rate)
    {
        this.world = world;
        this.rate = rate;
        this.offsetNs = WORLD_EPOCH_NS + skewNs;
    }

    @Override
    public long nowNs()
    {
        // Ns of a run fit the 53 bits of a double many times over.
        return offsetNs + (long)(world.nowNs() * rate);
    }
}
