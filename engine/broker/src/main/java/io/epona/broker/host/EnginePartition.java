package io.epona.broker.host;

import io.epona.engine.Partition;
import io.epona.engine.PartitionReader;
import io.epona.engine.log.FlushPolicy;
import org.agrona.DirectBuffer;

/**
 * A partition of a broker that is alone: what is in its log is committed.
 */
public final class EnginePartition implements HostedPartition
{
    private final Partition partition;

    private EnginePartition(final Partition partition)
    {
        this.partition = partition;
    }

    /**
     * @param partition of the engine, or null.
     * @return the partition for the lanes, or null.
     */
    public static EnginePartition of(final Partition partition)
    {
        return null == partition ? null : new EnginePartition(partition);
    }

    @Override
    public long topicId()
    {
        return partition.topicId();
    }

    @Override
    public int index()
    {
        return partition.index();
    }

    @Override
    public int leaderEpoch()
    {
        return partition.leaderEpoch();
    }

    @Override
    public long logStart()
    {
        return partition.logStart();
    }

    @Override
    public long highWatermark()
    {
        return partition.highWatermark();
    }

    @Override
    public long logEnd()
    {
        return partition.logEnd();
    }

    @Override
    public long flushedEnd()
    {
        return partition.flushedEnd();
    }

    @Override
    public FlushPolicy flushPolicy()
    {
        return partition.flushPolicy();
    }

    @Override
    public int refusal()
    {
        return partition.counters().refusal();
    }

    @Override
    public int lastSequence(final long producerId)
    {
        return partition.lastSequence(producerId);
    }

    @Override
    public long appendBatch(
        final DirectBuffer buffer,
        final int index,
        final int length,
        final byte acks,
        final long correlationId,
        final long nowNs)
    {
        return partition.appendBatch(buffer, index, length, nowNs);
    }

    @Override
    public boolean isDecidedLater(final byte acks)
    {
        return false;
    }

    @Override
    public int readRefusal()
    {
        return 0;
    }

    @Override
    public long latestOffset()
    {
        return partition.highWatermark();
    }

    @Override
    public PartitionReader newReader()
    {
        return partition.newReader();
    }

    @Override
    public long place(final PartitionReader reader, final long startOffset, final int lastEpoch)
    {
        if (START_LATEST == startOffset)
        {
            return reader.seekToLatest();
        }

        return START_EARLIEST == startOffset ? reader.seekToEarliest() : reader.seek(startOffset);
    }

    @Override
    public int divergedEpoch(final int epoch)
    {
        return -1;
    }

    @Override
    public long divergedEnd(final int epoch)
    {
        return -1;
    }

    @Override
    public boolean isServedIn(final int epoch)
    {
        return true;
    }

    @Override
    public int endCode(final int refusal)
    {
        return refusal;
    }

    @Override
    public void owner(final Thread owner)
    {
        partition.owner(owner);
    }
}
