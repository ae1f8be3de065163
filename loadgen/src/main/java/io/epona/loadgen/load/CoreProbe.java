package io.epona.loadgen.load;

import org.agrona.concurrent.NanoClock;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long a word takes from one core to another and back: virtual machines have been seen to switch between a near
 * and a far state, with threefold throughput between them. Run before and after a load, on otherwise idle cores.
 */
public final class CoreProbe
{
    /** Round trips above this are called far. */
    public static final long FAR_NS = 220;

    private static final int STRIDE = 16;
    private static final int ROUNDS = 500;
    private static final int CHUNKS = 60;
    private static final long DEADLINE_NS = 300_000_000L;

    private final NanoClock clock;

    /**
     * What the probe found.
     *
     * @param p50Ns median round trip in ns, -1 where it could not be measured.
     * @param state {@code near}, {@code far}, or {@code unknown}.
     */
    public record Result(long p50Ns, String state)
    {
    }

    /**
     * @param clock monotonic.
     */
    public CoreProbe(final NanoClock clock)
    {
        this.clock = clock;
    }

    /**
     * Measure for at most 0.3 s, with a second thread that ends before this returns.
     *
     * @return the result.
     * @throws InterruptedException where the caller is interrupted while the second thread ends.
     */
    public Result measure() throws InterruptedException
    {
        if (Runtime.getRuntime().availableProcessors() < 2)
        {
            return new Result(-1, "unknown");
        }

        final AtomicLongArray cells = new AtomicLongArray(4 * STRIDE);
        final long deadlineNs = clock.nanoTime() + DEADLINE_NS;
        final Thread partner = new Thread(() -> answer(cells, deadlineNs + DEADLINE_NS), "core-probe");
        partner.setDaemon(true);
        partner.start();

        final long[] samples = new long[CHUNKS];
        int count = 0;
        long value = 0;
        boolean inTime = true;
        while (inTime && count < CHUNKS)
        {
            final long beginNs = clock.nanoTime();
            for (int i = 0; inTime && i < ROUNDS; i++)
            {
                inTime = roundTrip(cells, ++value, deadlineNs);
            }
            if (inTime)
            {
                samples[count++] = (clock.nanoTime() - beginNs) / ROUNDS;
            }
        }
        cells.setRelease(STRIDE, -1);
        partner.join();

        if (count < 4)
        {
            return new Result(-1, "unknown");
        }
        Arrays.sort(samples, 0, count);
        final long p50Ns = samples[count / 2];

        return new Result(p50Ns, p50Ns > FAR_NS ? "far" : "near");
    }

    private boolean roundTrip(final AtomicLongArray cells, final long value, final long deadlineNs)
    {
        cells.setRelease(STRIDE, value);
        int spins = 0;
        while (cells.getAcquire(2 * STRIDE) != value)
        {
            if ((++spins & 0xFFFF) == 0 && clock.nanoTime() - deadlineNs > 0)
            {
                return false;
            }
            Thread.onSpinWait();
        }

        return true;
    }

    private void answer(final AtomicLongArray cells, final long deadlineNs)
    {
        long last = 0;
        int spins = 0;
        while (last >= 0)
        {
            final long value = cells.getAcquire(STRIDE);
            if (value != last)
            {
                cells.setRelease(2 * STRIDE, value);
                last = value;
            }
            else if ((++spins & 0xFFFF) == 0 && clock.nanoTime() - deadlineNs > 0)
            {
                last = -1;
            }
            Thread.onSpinWait();
        }
    }
}
