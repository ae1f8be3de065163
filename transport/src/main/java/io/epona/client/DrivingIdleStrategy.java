package io.epona.client;

import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

import java.util.concurrent.locks.LockSupport;

/**
 * How the thread of a client with a private media driver idles: 100 spins, then yields, and parks only after 5 ms
 * without work. Every datagram of the client passes through this thread, and the shortest park costs about 80 us, so it
 * must not park between two messages of a busy client; nor must a client that does nothing eat a core.
 * <p>
 * Owned by one thread.
 */
final class DrivingIdleStrategy implements IdleStrategy
{
    static final int SPINS = 100;
    static final int YIELDS = 1000;
    static final long PARK_AFTER_NS = 5_000_000L;
    private static final long PARK_NS = 1_000_000L;

    private final NanoClock clock;
    private int idleCount;
    private long idleSinceNs;

    DrivingIdleStrategy(final NanoClock clock)
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
        if (0 == idleCount)
        {
            idleSinceNs = clock.nanoTime();
        }
        if (idleCount < SPINS)
        {
            idleCount++;
            Thread.onSpinWait();
        }
        else if (idleCount < SPINS + YIELDS)
        {
            // asking for the time costs more than a yield while nobody else wants the core
            idleCount++;
            Thread.yield();
        }
        else if (isParkDue())
        {
            LockSupport.parkNanos(PARK_NS);
        }
        else
        {
            Thread.yield();
        }
    }

    boolean isParkDue()
    {
        return SPINS + YIELDS == idleCount && clock.nanoTime() - idleSinceNs >= PARK_AFTER_NS;
    }

    @Override
    public void reset()
    {
        idleCount = 0;
    }

    @Override
    public String alias()
    {
        return "epona-driving";
    }
}
