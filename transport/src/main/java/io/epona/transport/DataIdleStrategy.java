package io.epona.transport;

import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

import java.util.concurrent.locks.LockSupport;

/**
 * How a thread idles that carries data: 100 spins, then yields, and waits for 1 ms at a time once it was without work
 * for a while. The shortest park costs about 80 us, so there must be none between two messages of a busy peer; a thread
 * that has nothing but timers to serve must not eat a core either. How long it yields therefore depends on the work
 * that came before:
 * <ul>
 * <li>after <em>sustained</em> work, 5 ms. Work is sustained when it goes on for longer than 0.5 ms without a pause
 * that is longer than 5 ms, or in more than 64 cycles without a pause that is longer than the spins;</li>
 * <li>after any other work, a timer's or the first message's after a pause, 0.5 ms.</li>
 * </ul>
 * So of messages that come 5 ms apart or closer at most the first ones meet a waiting thread.
 * <p>
 * A thread all of whose work comes by sockets may be told to <em>give way</em>: where a yield takes longer than 10 us
 * others want the core, each of its empty cycles holds them up, and who yields is put behind all that do not. It then
 * waits in the kernel at once, for 10 ms long before it tries another yield; a datagram wakes it, and the kernel
 * prefers who slept. It does not spin.
 * <p>
 * Owned by one thread.
 */
public final class DataIdleStrategy implements IdleStrategy
{
    /** Spins before the first yield. */
    static final int SPINS = 100;
    /** Without work for so long after sustained work, it waits. */
    static final long SUSTAINED_WINDOW_NS = 5_000_000L;
    /** Without work for so long after other work, it waits; and what goes on for longer is sustained. */
    static final long LONE_WINDOW_NS = 500_000L;
    /** More cycles than these in a row are sustained work, however short. */
    static final int LONE_CYCLES = 64;
    /** A yield that takes longer let somebody else run. */
    static final long SLOW_YIELD_NS = 10_000L;
    /** So long a core counts as shared after a slow yield. */
    static final long SHARED_NS = 10_000_000L;
    private static final long WAIT_MS = 1;

    /** What to do in place of work. */
    enum Step
    {
        SPIN, YIELD, WAIT
    }

    private final NanoClock clock;
    private final DriverSockets sockets;
    private int workCycles;
    private int spins;
    private long workNs;
    private long burstNs;
    private long waitNs;
    private long yieldNs;
    private long sharedNs;

    /**
     * Waits by parking.
     *
     * @param clock monotonic.
     */
    public DataIdleStrategy(final NanoClock clock)
    {
        this(clock, null);
    }

    /**
     * Gives way to others that want the core.
     *
     * @param clock   monotonic.
     * @param sockets to wait for, those of the driver that the thread runs; null to park, and to give way to nobody.
     *                Work that does not come by the sockets waits for up to 1 ms.
     */
    public DataIdleStrategy(final NanoClock clock, final DriverSockets sockets)
    {
        this.clock = clock;
        this.sockets = sockets;
        workNs = clock.nanoTime();
        burstNs = workNs;
        waitNs = workNs + LONE_WINDOW_NS;
        sharedNs = workNs;
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
            case YIELD ->
            {
                Thread.yield();
                if (null != sockets)
                {
                    onYielded();
                }
            }
            default -> await();
        }
    }

    private void await()
    {
        if (null == sockets)
        {
            LockSupport.parkNanos(WAIT_MS * 1_000_000L);
        }
        else
        {
            sockets.await(WAIT_MS);
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
        if (spins < SPINS && null == sockets)
        {
            spins++;
            return Step.SPIN;
        }

        final long nowNs = clock.nanoTime();
        if (workCycles > 0)
        {
            onPause(nowNs);
        }
        yieldNs = nowNs;
        return nowNs - waitNs < 0 && nowNs - sharedNs >= 0 ? Step.YIELD : Step.WAIT;
    }

    /** The yield that was the last step is over. */
    void onYielded()
    {
        final long nowNs = clock.nanoTime();
        if (nowNs - yieldNs > SLOW_YIELD_NS)
        {
            sharedNs = nowNs + SHARED_NS;
        }
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
        waitNs = nowNs + (isSustained ? SUSTAINED_WINDOW_NS : LONE_WINDOW_NS);
    }

    @Override
    public String alias()
    {
        return "epona-data";
    }
}
