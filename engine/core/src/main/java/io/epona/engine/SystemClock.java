package io.epona.engine;

import org.agrona.concurrent.OffsetEpochNanoClock;

/**
 * The system's time: the epoch is sampled once, from there on the monotonic clock counts. It therefore never goes
 * back, and does not follow a step that the wall clock is given later.
 * <p>
 * Any thread.
 */
public final class SystemClock implements Clock
{
    private static final int MEASUREMENT_RETRIES = 100;
    private static final long MEASUREMENT_THRESHOLD_NS = 250;

    // Sampling again would let the time step back, so the interval is one that never passes.
    private final OffsetEpochNanoClock clock =
        new OffsetEpochNanoClock(MEASUREMENT_RETRIES, MEASUREMENT_THRESHOLD_NS, Long.MAX_VALUE);

    @Override
    public long nowNs()
    {
        return clock.nanoTime();
    }
}
