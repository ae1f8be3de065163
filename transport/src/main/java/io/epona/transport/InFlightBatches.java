package io.epona.transport;

import org.agrona.BitUtil;

/**
 * The batches that were sent over a lane and not settled, by request id, in a ring that is allocated once. Owned by the
 * producer's thread.
 *
 * @param <P> to what a batch belongs.
 */
public final class InFlightBatches<P>
{
    private final int mask;
    private final P[] partitions;
    private final long[] tags;
    private final int[] counts;
    private final long[] deadlines;
    private int oldestId;
    private int nextId;
    /** First request whose deadline is not set: sending reads no clock, the next poll stamps. */
    private int unstampedId;
    private int unacked;
    private long unackedRecords;

    /**
     * @param capacity requests from the oldest unsettled one to the newest, rounded up to a power of two.
     */
    @SuppressWarnings("unchecked")
    public InFlightBatches(final int capacity)
    {
        final int length = BitUtil.findNextPositivePowerOfTwo(capacity);
        mask = length - 1;
        partitions = (P[])new Object[length];
        tags = new long[length];
        counts = new int[length];
        deadlines = new long[length];
    }

    /**
     * @return the id of the next request.
     */
    public int nextId()
    {
        return nextId;
    }

    /**
     * @return number of requests from the oldest unsettled one to the newest.
     */
    public int span()
    {
        return nextId - oldestId;
    }
    /**
     * @return most requests that {@link #span()} may reach.
     */
    public int capacity()
    {
        return mask + 1;
    }
    /**
     * @return unsettled requests.
     */
    public int unacked()
    {
        return unacked;
    }
    /**
     * @return records of the unsettled requests.
     */
    public long unackedRecords()
    {
        return unackedRecords;
    }
    /**
     * The next request was sent; only while {@link #span()} is below {@link #capacity()}.
     *
     * @param partition of the batch.
     * @param tag       what the owner calls the batch.
     * @param count     of its records.
     */
    public void add(final P partition, final long tag, final int count)
    {
        final int slot = nextId & mask;
        partitions[slot] = partition;
        tags[slot] = tag;
        counts[slot] = count;
        nextId++;
        unacked++;
        unackedRecords += count;
    }

    /**
     * A request that nobody answers: it only takes an id.
     */
    public void skip()
    {
        partitions[nextId & mask] = null;
        nextId++;
        advance();
    }
    /**
     * Sending reads no clock: those sent since the last call get their deadline here.
     *
     * @param deadlineNs monotonic time.
     */
    public void stampDeadlines(final long deadlineNs)
    {
        while (unstampedId - nextId < 0)
        {
            deadlines[unstampedId & mask] = deadlineNs;
            unstampedId++;
        }
    }
    /**
     * @param requestId any number.
     * @return whether it is that of an unsettled request.
     */
    public boolean isUnsettled(final int requestId)
    {
        return requestId - oldestId >= 0 && requestId - nextId < 0 && null != partitions[requestId & mask];
    }

    /**
     * @return id of the oldest unsettled request; only where {@link #unacked()} is not 0.
     */
    public int oldestId()
    {
        return oldestId;
    }
    /**
     * @param nowNs monotonic time.
     * @return whether the oldest unsettled request is overdue.
     */
    public boolean isOldestExpired(final long nowNs)
    {
        return unacked > 0 && unstampedId - oldestId > 0 && nowNs - deadlines[oldestId & mask] >= 0;
    }
    /**
     * @param requestId of an unsettled request.
     * @return to what its batch belongs.
     */
    public P partition(final int requestId)
    {
        return partitions[requestId & mask];
    }

    /**
     * @param requestId of an unsettled request.
     * @return what the owner calls its batch.
     */
    public long tag(final int requestId)
    {
        return tags[requestId & mask];
    }
    /**
     * @param requestId of an unsettled request.
     * @return records of its batch.
     */
    public int count(final int requestId)
    {
        return counts[requestId & mask];
    }
    /**
     * @param requestId of an unsettled request, which is over.
     */
    public void settle(final int requestId)
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
