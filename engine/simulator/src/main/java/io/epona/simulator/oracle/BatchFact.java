package io.epona.simulator.oracle;

import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordCursor;
import org.agrona.DirectBuffer;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A batch that some log held: the one object that stands for its epoch and offset in all logs. As a batch is linked to
 * the one before it, two logs that hold the same object hold the same below it.
 * <p>
 * Owned by the thread of its world.
 */
final class BatchFact
{
    /** Stands for the batch before the first one of a partition. */
    static final BatchFact ORIGIN = new BatchFact(0, 0, -1, -1, (short)-1, -1, 0, false, new long[0]);

    final long baseOffset;
    final long nextOffset;
    final int epoch;
    final long producerId;
    final short producerEpoch;
    final int baseSequence;
    final long content;
    /** Whether compaction went over it: what is left of one batch or of several. */
    final boolean isCompacted;
    /** Id of each record: the first eight bytes of its value. -1 for one that compaction took. */
    final long[] ids;
    /** The batch before it in every log, {@link #ORIGIN} for the first; null while no log showed it. */
    BatchFact previous;

    BatchFact(
        final long baseOffset,
        final long nextOffset,
        final int epoch,
        final long producerId,
        final short producerEpoch,
        final int baseSequence,
        final long content,
        final boolean isCompacted,
        final long[] ids)
    {
        this.baseOffset = baseOffset;
        this.nextOffset = nextOffset;
        this.epoch = epoch;
        this.producerId = producerId;
        this.producerEpoch = producerEpoch;
        this.baseSequence = baseSequence;
        this.content = content;
        this.isCompacted = isCompacted;
        this.ids = ids;
    }

    static BatchFact of(final DirectBuffer buffer, final int index)
    {
        final long baseOffset = RecordBatchDescriptor.baseOffset(buffer, index);
        final boolean isCompacted = 0 !=
            (RecordBatchDescriptor.attributes(buffer, index) & RecordBatchDescriptor.COMPACTED_FLAG);
        final long[] ids = new long[(int)(RecordBatchDescriptor.nextOffset(buffer, index) - baseOffset)];
        Arrays.fill(ids, -1);
        final RecordCursor cursor = new RecordCursor().wrap(buffer, index);
        while (cursor.next())
        {
            ids[(int)(cursor.offset() - baseOffset)] = cursor.valueLength() < Long.BYTES ? -1 :
                buffer.getLong(cursor.valueIndex(), ByteOrder.LITTLE_ENDIAN);
        }

        return new BatchFact(
            baseOffset,
            RecordBatchDescriptor.nextOffset(buffer, index),
            RecordBatchDescriptor.leaderEpoch(buffer, index),
            RecordBatchDescriptor.producerId(buffer, index),
            RecordBatchDescriptor.producerEpoch(buffer, index),
            RecordBatchDescriptor.baseSequence(buffer, index),
            (long)RecordBatchDescriptor.headerCrc(buffer, index) << 32 |
                RecordBatchDescriptor.bodyCrc(buffer, index) & 0xFFFF_FFFFL,
            isCompacted,
            ids);
    }

    boolean isSameContent(final BatchFact that)
    {
        return nextOffset == that.nextOffset && content == that.content;
    }

    /** Whether all that another one holds at the offsets of this one is what this one holds there. */
    boolean isLeftIn(final BatchFact compacted)
    {
        boolean isSame = true;
        for (int i = 0; i < ids.length; i++)
        {
            final long left = compacted.idAt(baseOffset + i);
            isSame &= -1 == left || left == ids[i];
        }

        return isSame;
    }

    /**
     * @return id of the record at an offset of this batch, or -1.
     */
    long idAt(final long offset)
    {
        final long delta = offset - baseOffset;
        return delta >= 0 && delta < ids.length ? ids[(int)delta] : -1;
    }

    @Override
    public String toString()
    {
        return "[" + baseOffset + "," + nextOffset + ") of epoch " + epoch +
            (producerId < 0 ? "" : ", producer " + producerId + "/" + producerEpoch + " from " + baseSequence);
    }
}
