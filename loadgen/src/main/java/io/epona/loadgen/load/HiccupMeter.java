package io.epona.loadgen.load;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;
import org.agrona.concurrent.NanoClock;

import java.util.concurrent.locks.LockSupport;

/**
 * A thread that asks to be woken every millisecond and records how late it was: what a pause of the JVM, the system or
 * the host looks like to anyone. Started and read by the monitor.
 */
public final class HiccupMeter implements AutoCloseable
{
    private static final long INTERVAL_NS = 1_000_000L;
    /** What a timed park is late by on an idle machine: the kernel's default timer slack. */
    private static final long SLACK_NS = 100_000L;

    private final NanoClock clock;
    private final SingleWriterRecorder recorder = new SingleWriterRecorder(1, Latencies.MAX_NS, 2);
    private final Thread thread;
    private volatile boolean stopped;
    private Histogram interval;

    /**
     * Start the thread.
     *
     * @param clock monotonic.
     */
    public HiccupMeter(final NanoClock clock)
    {
        this.clock = clock;
        this.thread = new Thread(this::run, "hiccup-meter");
        this.thread.setDaemon(true);
        this.thread.start();
    }

    private void run()
    {
        while (!stopped)
        {
            final long beginNs = clock.nanoTime();
            LockSupport.parkNanos(INTERVAL_NS);
            final long lateNs = clock.nanoTime() - beginNs - INTERVAL_NS - SLACK_NS;
            recorder.recordValue(Math.min(Math.max(0, lateNs), Latencies.MAX_NS));
        }
    }

    /**
     * @return lateness since the last call; valid until the next one.
     */
    public Histogram interval()
    {
        interval = recorder.getIntervalHistogram(interval);
        return interval;
    }

    @Override
    public void close()
    {
        stopped = true;
        try
        {
            thread.join();
        }
        catch (final InterruptedException ex)
        {
            // The thread ends by itself within a millisecond; the caller learns that it was interrupted.
            Thread.currentThread().interrupt();
        }
    }
}
