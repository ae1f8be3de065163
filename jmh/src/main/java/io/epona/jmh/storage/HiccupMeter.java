package io.epona.jmh.storage;

import java.util.concurrent.locks.LockSupport;

/**
 * A thread that has nothing to do but to wake every millisecond, and records how late it was: what host, kernel and JVM
 * did to anyone at that time. Its times are read after it was closed.
 */
final class HiccupMeter implements AutoCloseable
{
    private static final long INTERVAL_NS = 1_000_000;

    private final Timing lateness = new Timing();
    private final Thread thread = new Thread(this::run, "hiccup-meter");
    private volatile boolean isStopped;

    HiccupMeter()
    {
        thread.setDaemon(true);
        thread.start();
    }

    private void run()
    {
        while (!isStopped)
        {
            final long beganNs = Timing.nowNs();
            LockSupport.parkNanos(INTERVAL_NS);
            lateness.record(Timing.nowNs() - beganNs - INTERVAL_NS);
        }
    }

    Timing lateness()
    {
        return lateness;
    }

    @Override
    public void close()
    {
        isStopped = true;
        Threads.join(thread);
    }
}
