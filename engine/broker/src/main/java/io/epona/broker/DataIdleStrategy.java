package io.epona.broker;

import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

import java.util.concurrent.locks.LockSupport;

/**
 * How a data thread idles: 100 spins, then yields, and parks only after 5 ms without work. The shortest park costs
 * about 80 us, so it must not happen between two requests of a busy client; a broker without clients must not eat a
 * core either.
 * <p>
 * Owned by one thread.
 */
final class DataIdleStrategy implements IdleStrategy
{
    private static final int SPINS = 100;
    private static final int YIELDS = 1000;
    private static final long PARK_AFTER_NS = 5_000_000L;
    private static final long PARK_NS = 1_000_000L;

    private final NanoClock clock;
    private int idleCount;
    private long idleSinceNs;

    DataIdleStrategy(final NanoClock clock)
    {
        this.clock = clock;
    }

    @Override
    public void idle(final int workCount)
    {
        if (workCount > 0)
        {
            idleCount = 0;
        }
        else
        {
            idle();
        }
    }

    @Override
    public void idle()
    {
        if (idleCount < SPINS)
        {
            idleCount++;
            Thread.onSpinWait();
        }
        else if (idleCount < SPINS + YIELDS)
        {
            if (SPINS == idleCount)
            {
                idleSinceNs = clock.nanoTime();
            }
            idleCount++;
            Thread.yield();
        }
        else if (clock.nanoTime() - idleSinceNs < PARK_AFTER_NS)
        {
            Thread.yield();
        }
        else
        {
            LockSupport.parkNanos(PARK_NS);
        }
    }

    @Override
    public void reset()
    {
        idleCount = 0;
    }

    @Override
    public String alias()
    {
        return "epona-data";
    }
}
