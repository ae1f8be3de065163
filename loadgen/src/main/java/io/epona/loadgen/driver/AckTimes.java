package io.epona.loadgen.driver;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * When each partition acknowledged last, and the longest time without an acknowledgement. Written by the thread that
 * is told of acknowledgements, asked by that of the faults.
 */
public final class AckTimes
{
    private final AtomicLongArray lastNs;
    private final AtomicLongArray longestGapNs;
    private final AtomicLong refused = new AtomicLong();

    AckTimes(final int partitions)
    {
        lastNs = new AtomicLongArray(partitions);
        longestGapNs = new AtomicLongArray(partitions);
    }

    void onAck(final int partition, final long nowNs)
    {
        final long last = lastNs.getPlain(partition);
        if (0 != last && nowNs - last > longestGapNs.getOpaque(partition))
        {
            // Beside a reset by the other thread: a lost update would hide a gap.
            longestGapNs.accumulateAndGet(partition, nowNs - last, Math::max);
        }
        lastNs.lazySet(partition, nowNs);
    }

    void onRefused(final int count)
    {
        refused.lazySet(refused.getPlain() + count);
    }

    /**
     * @param partition global number.
     * @return time of its last acknowledgement, 0 before the first.
     */
    public long lastNs(final int partition)
    {
        return lastNs.get(partition);
    }

    /** Forget the gaps so far. */
    public void resetGaps()
    {
        for (int i = 0; i < longestGapNs.length(); i++)
        {
            longestGapNs.set(i, 0);
        }
    }

    /**
     * @param partition global number.
     * @param nowNs     now.
     * @return its longest time without an acknowledgement since {@link #resetGaps()}, that which lasts included.
     */
    public long longestGapNs(final int partition, final long nowNs)
    {
        return Math.max(longestGapNs.get(partition), nowNs - lastNs.get(partition));
    }

    /**
     * @return records that were answered with an error so far.
     */
    public long refused()
    {
        return refused.get();
    }

    /**
     * @return number of partitions.
     */
    public int partitions()
    {
        return lastNs.length();
    }
}
