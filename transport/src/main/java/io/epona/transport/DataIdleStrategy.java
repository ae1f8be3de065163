package io.epona.transport;

import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

import java.util.concurrent.locks.LockSupport;

/**
 * How a thread idles that carries data: 100 spins, then yields, and parks for 1 ms at a time once it was without work
 * for a while. The shortest park costs about 80 us, so there must be none between two messages of a busy peer; a thread
 * that has nothing but timers to serve must not eat a core either. How long it yields therefore depends on the work
 * that came before:
 * <ul>
 * <li>after <em>sustained</em> work, 5 ms. Work is sustained when it goes on for longer than 0.5 ms without a pause
 * that is longer than 5 ms, or in more than 64 cycles without a pause that is longer than the spins;</li>
 * <li>after any other work, a timer's or the first message's after a pause, 0.5 ms.</li>
 * </ul>
 * So of messages that come 5 ms apart or closer at most the first ones meet a parked thread.
 * <p>
 * Owned by one thread.
 */
public final class DataIdleStrategy implements IdleStrategy
{
    /** Spins before the first yield. */
    static final int SPINS = 100;
    /** Without work for so long after sustained work, it parks. */
    static final long SUSTAINED_WINDOW_NS = 5_000_000L;
    /** Without work for so long after other work, it parks; and what goes on for longer is sustained. */
    static final long LONE_WINDOW_NS = 500_000L;
    /** More cycles than these in a row are sustained work, however short. */
    static final int LONE_CYCLES = 64;
    private static final long PARK_NS = 1_000_000L;

    /** What to do in place of work. */
    enum Step
    {
        SPIN, YIELD, PARK
    }

    private final NanoClock clock;
    private int workCycles;
    private int spins;
    private long workNs;
    private long burstNs;
    private long parkNs;

    /**
     * @param clock monotonic.
     */
    public DataIdleStrategy(final NanoClock clock)
    {
        this.clock = clock;
        workNs = clock.nanoTime();
        burstNs = workNs;
        parkNs = workNs + LONE_WINDOW_NS;
    }

    @Override
    public void idle(final int workCount)
    {
        if (workCount > 0)
        {
            onWork();
        }
        else
        {
            idle();
        }
    }

    @Override
    public void idle()
    {
        switch (nextStep())
        {
            case SPIN -> Thread.onSpinWait();
            case YIELD -> Thread.yield();
            default -> LockSupport.parkNanos(PARK_NS);
        }
    }

    @Override
    public void reset()
    {
        onWork();
    }

    /** A cycle with work. Does not ask for the time: this is the way of a thread under load. */
    void onWork()
    {
        workCycles++;
        spins = 0;
    }

    /**
     * A cycle without work.
     *
     * @return what to do.
     */
    Step nextStep()
    {
        if (spins < SPINS)
        {
            spins++;
            return Step.SPIN;
        }

        final long nowNs = clock.nanoTime();
        if (workCycles > 0)
        {
            onPause(nowNs);
        }
        return nowNs - parkNs < 0 ? Step.YIELD : Step.PARK;
    }

    private void onPause(final long nowNs)
    {
        // The spins behind it count as work: they are a few microseconds.
        if (nowNs - workNs > SUSTAINED_WINDOW_NS)
        {
            burstNs = nowNs;
        }
        final boolean isSustained = workCycles > LONE_CYCLES || nowNs - burstNs > LONE_WINDOW_NS;
        workCycles = 0;
        workNs = nowNs;
        parkNs = nowNs + (isSustained ? SUSTAINED_WINDOW_NS : LONE_WINDOW_NS);
    }

    @Override
    public String alias()
    {
        return "epona-data";
    }
}
