package io.epona.transport;

import org.agrona.BitUtil;

/**
 * The batches that were sent over a lane and not settled, by request id, in slots that are allocated once. Ids rise;
 * one whose slot belongs to a batch that waits for long is left out, so that a partition that is not acknowledged takes
 * the slots of its own batches and holds up nobody else's. There are twice as many slots as batches may be unsettled:
 * on the way once round them at least as many ids are given out as are left out, however many wait. Owned by the
 * producer's thread.
 *
 * @param <P> to what a batch belongs.
 */
public final class InFlightBatches<P>
{
    private final int capacity;
    private final int mask;
    private final P[] partitions;
    private final int[] ids;
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
     * @param capacity unsettled requests, rounded up to a power of two.
     */
    @SuppressWarnings("unchecked")
    public InFlightBatches(final int capacity)
    {
        this.capacity = BitUtil.findNextPositivePowerOfTwo(capacity);
        final int length = 2 * this.capacity;
        mask = length - 1;
        partitions = (P[])new Object[length];
        ids = new int[length];
        tags = new long[length];
        counts = new int[length];
        deadlines = new long[length];
    }

    /**
     * @return whether there may be another request.
     */
    public boolean hasRoom()
    {
        return unacked < capacity;
    }

    /**
     * @return the id of the next request; only while there is room.
     */
    public int nextId()
    {
        while (null != partitions[nextId & mask])
        {
            nextId++;
        }
        return nextId;
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
     * The request of {@link #nextId()} was sent.
     *
     * @param partition of the batch.
     * @param tag       what the owner calls the batch.
     * @param count     of its records.
     */
    public void add(final P partition, final long tag, final int count)
    {
        final int slot = nextId & mask;
        partitions[slot] = partition;
        ids[slot] = nextId;
        tags[slot] = tag;
        counts[slot] = count;
        nextId++;
        unacked++;
        unackedRecords += count;
    }

    /**
     * The request of {@link #nextId()} was sent, and nobody will answer it: it only takes the id.
     */
    public void skip()
    {
        nextId++;
        if (0 == unacked)
        {
            findOldest();
        }
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
            final int slot = unstampedId & mask;
            if (unstampedId == ids[slot])
            {
                deadlines[slot] = deadlineNs;
            }
            unstampedId++;
        }
    }

    /**
     * @param requestId any number.
     * @return whether it is that of an unsettled request.
     */
    public boolean isUnsettled(final int requestId)
    {
        return requestId == ids[requestId & mask] && null != partitions[requestId & mask];
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
        if (requestId == oldestId)
        {
            findOldest();
        }
    }

    private void findOldest()
    {
        if (0 == unacked)
        {
            oldestId = nextId;
        }
        else if (nextId - oldestId <= mask + 1)
        {
            while (null == partitions[oldestId & mask])
            {
                oldestId++;
            }
        }
        else
        {
            // it waited for long: there are more ids behind it than slots
            int oldest = nextId;
            for (int slot = 0; slot <= mask; slot++)
            {
                oldest = null != partitions[slot] && ids[slot] - oldest < 0 ? ids[slot] : oldest;
            }
            oldestId = oldest;
        }
        if (unstampedId - oldestId < 0)
        {
            unstampedId = oldestId;
        }
    }
}
