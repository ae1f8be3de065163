package io.epona.broker;

import io.epona.broker.host.HostedPartition;
import io.epona.codecs.ResultCode;

import java.util.concurrent.TimeUnit;

/**
 * Acks of one produce lane that wait until the batch is on disk, as {@code flush.policy=commit} asks. Partitions are
 * synced apart, so each ack goes when its own time has come; those of one partition keep their order.
 * <p>
 * Nothing is acknowledged that is not on disk: where the partition is fenced meanwhile, or goes away, the ack says so,
 * and after half a minute without either it says TIMED_OUT.
 * <p>
 * Owned by the shard agent.
 */
final class HeldAcks
{
    static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    private final HostedPartition[] partitions;
    private final int[] requestIds;
    private final int[] leaderEpochs;
    private final long[] baseOffsets;
    private final long[] endOffsets;
    private final long[] deadlinesNs;
    private int size;

    HeldAcks(final int capacity)
    {
        partitions = new HostedPartition[capacity];
        requestIds = new int[capacity];
        leaderEpochs = new int[capacity];
        baseOffsets = new long[capacity];
        endOffsets = new long[capacity];
        deadlinesNs = new long[capacity];
    }

    int size()
    {
        return size;
    }

    /**
     * Hold the ack of the batch that was appended last. There must be room.
     *
     * @param partition  of the batch.
     * @param requestId  of its request.
     * @param baseOffset of the batch.
     * @param nowNs      of the cycle.
     */
    void hold(final HostedPartition partition, final int requestId, final long baseOffset, final long nowNs)
    {
        final int at = size++;
        partitions[at] = partition;
        requestIds[at] = requestId;
        leaderEpochs[at] = partition.leaderEpoch();
        baseOffsets[at] = baseOffset;
        endOffsets[at] = partition.logEnd();
        deadlinesNs[at] = nowNs + TIMEOUT_NS;
    }

    /**
     * Hand over the acks whose time has come.
     *
     * @param acks  that are sent next; it has room for all that are held.
     * @param nowNs of the cycle.
     */
    void release(final AckRing acks, final long nowNs)
    {
        int kept = 0;
        for (int i = 0; i < size; i++)
        {
            final HostedPartition partition = partitions[i];
            if (partition.flushedEnd() >= endOffsets[i])
            {
                acks.committed(requestIds[i], baseOffsets[i], leaderEpochs[i]);
            }
            else
            {
                final int refusal = fate(partition, leaderEpochs[i], deadlinesNs[i], nowNs);
                if (0 == refusal)
                {
                    move(i, kept++);
                }
                else
                {
                    acks.refused(requestIds[i], (short)refusal, leaderEpochs[i], baseOffsets[i]);
                }
            }
        }
        clear(kept);
    }

    /**
     * A partition goes away and is not touched again.
     *
     * @param gone partition.
     * @param code to refuse with.
     * @param acks that are sent next.
     */
    void forget(final HostedPartition gone, final int code, final AckRing acks)
    {
        int kept = 0;
        for (int i = 0; i < size; i++)
        {
            if (partitions[i] != gone)
            {
                move(i, kept++);
            }
            else
            {
                acks.refused(requestIds[i], (short)code, leaderEpochs[i], baseOffsets[i]);
            }
        }
        clear(kept);
    }

    /** Why the sync that an ack waits for will not come, or 0. Space that has run out does not stop it. */
    private static int fate(
        final HostedPartition partition, final int leaderEpoch, final long deadlineNs, final long nowNs)
    {
        if (!partition.isServedIn(leaderEpoch))
        {
            return ResultCode.NOT_LEADER.code();
        }
        final int refusal = partition.refusal();
        if (refusal < 0 && ResultCode.STORAGE_LOW.code() != refusal && ResultCode.BACK_PRESSURED.code() != refusal)
        {
            return refusal;
        }

        return nowNs - deadlineNs >= 0 ? ResultCode.TIMED_OUT.code() : 0;
    }

    private void move(final int from, final int to)
    {
        partitions[to] = partitions[from];
        requestIds[to] = requestIds[from];
        leaderEpochs[to] = leaderEpochs[from];
        baseOffsets[to] = baseOffsets[from];
        endOffsets[to] = endOffsets[from];
        deadlinesNs[to] = deadlinesNs[from];
    }

    private void clear(final int kept)
    {
        for (int i = kept; i < size; i++)
        {
            partitions[i] = null;
        }
        size = kept;
    }
}
