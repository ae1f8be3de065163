package io.epona.simulator.oracle;

import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.cluster.PartitionState.Member;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/** A replica that is what a test says. */
final class FakeReplica implements ReplicaView
{
    static final long TOPIC = 7;

    final int brokerId;
    int brokerEpoch;
    boolean isLeader;
    int leaderEpoch = -1;
    long logStart;
    long highWatermark;
    long leaderEpochStart;
    int minIsr = 2;
    List<Member> isr = List.of();
    List<Member> effectiveIsr = List.of();
    String difference;
    boolean isOpen;
    long followerEnd = -1;
    private final List<UnsafeBuffer> batches = new ArrayList<>();

    FakeReplica(final int brokerId, final int brokerEpoch)
    {
        this.brokerId = brokerId;
        this.brokerEpoch = brokerEpoch;
    }

    /** A batch with one record for each id. */
    static UnsafeBuffer batch(
        final long baseOffset, final int epoch, final int producer, final int sequence, final long... ids)
    {
        final Crc32c crc = new Crc32c();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1024]);
        final RecordBatchBuilder builder = new RecordBatchBuilder(crc).begin(buffer, 0, 1024, 0);
        if (producer >= 0)
        {
            builder.producer(producer, (short)0, sequence);
        }
        for (final long id : ids)
        {
            final UnsafeBuffer value = new UnsafeBuffer(new byte[BitUtil.SIZE_OF_LONG]);
            value.putLong(0, id, ByteOrder.LITTLE_ENDIAN);
            builder.append(0, null, 0, -1, value, 0, BitUtil.SIZE_OF_LONG);
        }
        builder.finish();
        RecordBatchDescriptor.stamp(buffer, 0, baseOffset, epoch, 0, crc);

        return buffer;
    }

    /** An empty batch, as compaction leaves it. */
    static UnsafeBuffer compacted(final long baseOffset, final long nextOffset, final int epoch)
    {
        final Crc32c crc = new Crc32c();
        final UnsafeBuffer buffer = batch(baseOffset, epoch, -1, -1, 0);
        buffer.putInt(RecordBatchDescriptor.LENGTH_OFFSET, RecordBatchDescriptor.HEADER_LENGTH, LITTLE_ENDIAN);
        buffer.putShort(
            RecordBatchDescriptor.ATTRIBUTES_OFFSET, (short)RecordBatchDescriptor.COMPACTED_FLAG, LITTLE_ENDIAN);
        buffer.putInt(RecordBatchDescriptor.RECORD_COUNT_OFFSET, 0, LITTLE_ENDIAN);
        buffer.putInt(
            RecordBatchDescriptor.LAST_OFFSET_DELTA_OFFSET, (int)(nextOffset - baseOffset - 1), LITTLE_ENDIAN);
        RecordBatchDescriptor.stamp(buffer, 0, baseOffset, epoch, 0, crc);

        return buffer;
    }

    /** Let a batch stand for the first ones. */
    void compact(final int count, final UnsafeBuffer batch)
    {
        batches.subList(0, count).clear();
        batches.add(0, batch);
    }

    FakeReplica append(final int epoch, final long... ids)
    {
        return append(batch(logEnd(), epoch, -1, -1, ids));
    }

    FakeReplica append(final UnsafeBuffer batch)
    {
        batches.add(batch);
        return this;
    }

    /** Take over what another one holds, from the own log end on. */
    FakeReplica copy(final FakeReplica from)
    {
        for (final UnsafeBuffer batch : from.batches)
        {
            if (RecordBatchDescriptor.baseOffset(batch, 0) == logEnd())
            {
                batches.add(batch);
            }
        }

        return this;
    }

    FakeReplica truncate(final long end)
    {
        while (!batches.isEmpty() && logEnd() > end)
        {
            batches.remove(batches.size() - 1);
        }

        return this;
    }

    void rewrite(final int i, final UnsafeBuffer batch)
    {
        batches.set(i, batch);
    }

    @Override
    public long topicId()
    {
        return TOPIC;
    }

    @Override
    public int partition()
    {
        return 0;
    }

    @Override
    public int brokerEpoch()
    {
        return brokerEpoch;
    }

    @Override
    public boolean isLeader()
    {
        return isLeader;
    }

    @Override
    public int leaderEpoch()
    {
        return leaderEpoch;
    }

    @Override
    public long logStart()
    {
        return logStart;
    }

    @Override
    public long highWatermark()
    {
        return highWatermark;
    }

    @Override
    public long logEnd()
    {
        return batches.isEmpty() ? logStart :
            RecordBatchDescriptor.nextOffset(batches.get(batches.size() - 1), 0);
    }

    @Override
    public long leaderEpochStart()
    {
        return leaderEpochStart;
    }

    @Override
    public int minIsr()
    {
        return minIsr;
    }

    @Override
    public List<Member> isr()
    {
        return isr;
    }

    @Override
    public List<Member> effectiveIsr()
    {
        return effectiveIsr;
    }

    @Override
    public void forEachBatch(final long fromOffset, final BatchVisitor visitor)
    {
        for (final UnsafeBuffer batch : batches)
        {
            if (RecordBatchDescriptor.baseOffset(batch, 0) >= fromOffset)
            {
                visitor.onBatch(batch, 0);
            }
        }
    }

    @Override
    public int checkFetch(final long offset, final int epoch)
    {
        return isOpen ? 0 : -1;
    }

    @Override
    public long followerEnd(final int id)
    {
        return followerEnd;
    }

    @Override
    public String audit()
    {
        return difference;
    }
}
