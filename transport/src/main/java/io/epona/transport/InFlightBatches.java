package io.epona.transport;

import org.agrona.BitUtil;

/**
 * The batches that were sent and not settled, by request id, in a ring that is allocated once. Owned by the
 * producer's thread.
 */
final class InFlightBatches
{
    private final int mask;
    private final ProducePartition[] partitions;
    private final long[] firstSequences;
    private final int[] counts;
    private final long[] deadlines;
    private int oldestId;
    private int nextId;
    /** First request whose deadline is not set: sending reads no clock, the next poll stamps. */
    private int unstampedId;
    private int unacked;
    private long unackedRecords;

    InFlightBatches(final int capacity)
    {
        final int length = BitUtil.findNextPositivePowerOfTwo(capacity);
        mask = length - 1;
        partitions = new ProducePartition[length];
        firstSequences = new long[length];
        counts = new int[length];
        deadlines = new long[length];
    }

    /** @return the id of the next request. */
    int nextId()
    {
        return nextId;
    }

    /** @return number of requests from the oldest unsettled one to the newest. */
    int span()
    {
        return nextId - oldestId;
    }

    int capacity()
    {
        return mask + 1;
    }

    int unacked()
    {
        return unacked;
    }

    long unackedRecords()
    {
        return unackedRecords;
    }

    void add(final ProducePartition partition, final long firstSequence, final int count)
    {
        final int slot = nextId & mask;
        partitions[slot] = partition;
        firstSequences[slot] = firstSequence;
        counts[slot] = count;
        nextId++;
        unacked++;
        unackedRecords += count;
    }

    /** A request that nobody answers: it only takes an id. */
    void skip()
    {
        partitions[nextId & mask] = null;
        nextId++;
        advance();
    }

    void stampDeadlines(final long deadlineNs)
    {
        while (unstampedId - nextId < 0)
        {
            deadlines[unstampedId & mask] = deadlineNs;
            unstampedId++;
        }
    }

    boolean isUnsettled(final int requestId)
    {
        return requestId - oldestId >= 0 && requestId - nextId < 0 && null != partitions[requestId & mask];
    }

    /** @return id of the oldest unsettled request; only where {@link #unacked()} is not 0. */
    int oldestId()
    {
        return oldestId;
    }

    boolean isOldestExpired(final long nowNs)
    {
        return unacked > 0 && unstampedId - oldestId > 0 && nowNs - deadlines[oldestId & mask] >= 0;
    }

    ProducePartition partition(final int requestId)
    {
        return partitions[requestId & mask];
    }

    long firstSequence(final int requestId)
    {
        return firstSequences[requestId & mask];
    }

    int count(final int requestId)
    {
        return counts[requestId & mask];
    }

    void settle(final int requestId)
    {
        final int slot = requestId & mask;
        partitions[slot] = null;
        unacked--;
        unackedRecords -= counts[slot];
        advance();
    }

    private void advance()
    {
        while (oldestId - nextId < 0 && null == partitions[oldestId & mask])
        {
            oldestId++;
        }
        if (unstampedId - oldestId < 0)
        {
            unstampedId = oldestId;
        }
    }
}
