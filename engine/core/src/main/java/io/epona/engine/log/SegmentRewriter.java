package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

import static io.epona.codecs.batch.RecordBatchDescriptor.ALIGNMENT;
import static io.epona.codecs.batch.RecordBatchDescriptor.HEADER_LENGTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Writes batches anew without the records that compaction removes: the only code that changes a batch. Offsets stay
 * what they are. Owned by the housekeeper.
 * <ul>
 * <li>A removed run of records becomes one gap; gaps that were there already become part of it. Flag and both
 * checksums follow. A batch of which nothing is removed keeps its bytes.</li>
 * <li>A batch of which nothing is left goes, and one empty batch without a producer stands for it and for its
 * neighbours that went too. Such an empty batch begins anew at the first batch of each epoch, so that the place where
 * an epoch begins can be read from the log ever after.</li>
 * <li>The last batch of a producer keeps its header with producer, epoch, sequence and offsets: what the sequence
 * check remembers is a function of the log.</li>
 * </ul>
 * What is written is never longer than what was read.
 */
final class SegmentRewriter
{
    /**
     * What stays.
     */
    interface Retention
    {
        /**
         * @param log         memory of the record.
         * @param recordIndex of the record.
         * @param offset      of the record.
         * @return whether it stays.
         */
        boolean isRetained(UnsafeBuffer log, int recordIndex, long offset);

        /**
         * @param producerId of a batch, which is one.
         * @param baseOffset of the batch.
         * @param appendNs   at which it was appended.
         * @return whether it is the last of a producer that may still be there.
         */
        boolean isLastOfProducer(long producerId, long baseOffset, long appendNs);
    }

    private static final int NO_EPOCH = -2;

    private final Crc32c crc = new Crc32c();
    private final UnsafeBuffer emptyHeader = new UnsafeBuffer(new byte[HEADER_LENGTH]);
    private Retention retention;
    private boolean isEpochKept;
    private UnsafeBuffer target;
    private SegmentIndex index;
    private long segmentOffset;
    private int targetIndex;
    private int lastEpoch;
    private long removedRecords;
    private long mergedBatches;
    private long lastAppendNs;

    private boolean isEmptyOpen;
    private long emptyBaseOffset;
    private long emptyNextOffset;

    /**
     * Begin to write a log anew, at its first batch.
     *
     * @param retention   that decides.
     * @param isEpochKept whether the first batch of each epoch leaves a trace, as it should.
     */
    void beginLog(final Retention retention, final boolean isEpochKept)
    {
        this.retention = retention;
        this.isEpochKept = isEpochKept;
        lastEpoch = NO_EPOCH;
    }

    /**
     * Begin a segment. Batches follow in the order of the log.
     *
     * @param target        memory of the new segment.
     * @param segmentOffset base offset of the new segment.
     * @param index         of the new segment, to be made.
     */
    void beginSegment(final UnsafeBuffer target, final long segmentOffset, final SegmentIndex index)
    {
        this.target = target;
        this.segmentOffset = segmentOffset;
        this.index = index;
        targetIndex = SegmentDescriptor.HEADER_LENGTH;
        removedRecords = 0;
        mergedBatches = 0;
        isEmptyOpen = false;
    }

    /**
     * Write what is left of the next batch. There is room for all of it, and for an empty one before it.
     *
     * @param log        memory that holds the batch.
     * @param batchIndex of the batch.
     * @return null, or what speaks against the batch: a damaged one must not get checksums that match.
     */
    String copy(final UnsafeBuffer log, final int batchIndex)
    {
        final int length = RecordBatchDescriptor.length(log, batchIndex);
        if (!BatchValidator.isHeaderValid(log, batchIndex, crc))
        {
            return "the checksum of the batch header does not match";
        }
        if (BatchValidator.validateBody(log, batchIndex, length, crc) < 0)
        {
            return "the batch body is damaged";
        }

        final int epoch = RecordBatchDescriptor.leaderEpoch(log, batchIndex);
        final boolean isFirstOfEpoch = epoch != lastEpoch && isEpochKept;
        lastEpoch = epoch;
        lastAppendNs = RecordBatchDescriptor.appendTimestamp(log, batchIndex);
        if (0 != (RecordBatchDescriptor.attributes(log, batchIndex) & RecordBatchDescriptor.CONTROL_FLAG))
        {
            closeEmpty();
            copyWhole(log, batchIndex, length);
        }
        else if (hasRetained(log, batchIndex))
        {
            closeEmpty();
            copyRetained(log, batchIndex, length);
        }
        else
        {
            copyEmpty(log, batchIndex, isFirstOfEpoch);
        }

        return null;
    }

    /**
     * @return index behind the last batch of the segment.
     */
    int endSegment()
    {
        closeEmpty();
        return targetIndex;
    }

    /**
     * @param batchLength of the next batch.
     * @return index up to which the segment may be written by it, and what follows from it.
     */
    int targetLimit(final int batchLength)
    {
        return targetIndex + batchLength + 2 * HEADER_LENGTH;
    }

    /**
     * @return whether the segment differs from those that it was copied from, but for their number.
     */
    boolean isChanged()
    {
        return removedRecords > 0 || mergedBatches > 0;
    }

    Crc32c crc()
    {
        return crc;
    }

    /** Let go of memory that will be unmapped. */
    void releaseMemory()
    {
        target = null;
        index = null;
        crc.releaseViews();
    }

    private boolean hasRetained(final UnsafeBuffer log, final int batchIndex)
    {
        long offset = RecordBatchDescriptor.baseOffset(log, batchIndex);
        int recordIndex = batchIndex + HEADER_LENGTH;
        for (int i = RecordBatchDescriptor.recordCount(log, batchIndex); i > 0; i--)
        {
            final int gap = gapLength(log, recordIndex);
            if (0 == gap && retention.isRetained(log, recordIndex, offset))
            {
                return true;
            }
            offset += Math.max(1, gap);
            recordIndex = nextRecord(log, recordIndex);
        }

        return false;
    }

    private void copyWhole(final UnsafeBuffer log, final int batchIndex, final int length)
    {
        target.putBytes(targetIndex, log, batchIndex, length);
        advance(length);
    }

    private void copyRetained(final UnsafeBuffer log, final int batchIndex, final int length)
    {
        long offset = RecordBatchDescriptor.baseOffset(log, batchIndex);
        int recordIndex = batchIndex + HEADER_LENGTH;
        int out = targetIndex + HEADER_LENGTH;
        int runIndex = recordIndex;
        int gap = 0;
        int count = 0;
        int removed = 0;
        for (int i = RecordBatchDescriptor.recordCount(log, batchIndex); i > 0; i--)
        {
            final int next = nextRecord(log, recordIndex);
            final int oldGap = gapLength(log, recordIndex);
            if (oldGap > 0 || !retention.isRetained(log, recordIndex, offset))
            {
                target.putBytes(out, log, runIndex, recordIndex - runIndex);
                out += recordIndex - runIndex;
                runIndex = next;
                removed += 0 == oldGap ? 1 : 0;
                gap += Math.max(1, oldGap);
            }
            else
            {
                if (gap > 0)
                {
                    out = putGap(out, gap);
                    count++;
                    gap = 0;
                }
                count++;
            }
            offset += Math.max(1, oldGap);
            recordIndex = next;
        }
        if (0 == removed)
        {
            copyWhole(log, batchIndex, length);
            return;
        }

        target.putBytes(out, log, runIndex, recordIndex - runIndex);
        out += recordIndex - runIndex;
        if (gap > 0)
        {
            out = putGap(out, gap);
            count++;
        }
        removedRecords += removed;
        target.putBytes(targetIndex, log, batchIndex, HEADER_LENGTH);
        seal(target, targetIndex, out - targetIndex, count);
        advance(out - targetIndex);
    }

    private void copyEmpty(final UnsafeBuffer log, final int batchIndex, final boolean isFirstOfEpoch)
    {
        final long baseOffset = RecordBatchDescriptor.baseOffset(log, batchIndex);
        final long nextOffset = RecordBatchDescriptor.nextOffset(log, batchIndex);
        final long producerId = RecordBatchDescriptor.producerId(log, batchIndex);
        removedRecords += recordsOf(log, batchIndex);
        if (producerId >= 0 && retention.isLastOfProducer(producerId, baseOffset, lastAppendNs))
        {
            closeEmpty();
            target.putBytes(targetIndex, log, batchIndex, HEADER_LENGTH);
            seal(target, targetIndex, HEADER_LENGTH, 0);
            advance(HEADER_LENGTH);
            return;
        }

        if (isEmptyOpen && (isFirstOfEpoch || nextOffset - emptyBaseOffset > Integer.MAX_VALUE))
        {
            closeEmpty();
        }
        if (isEmptyOpen)
        {
            mergedBatches++;
        }
        else
        {
            isEmptyOpen = true;
            emptyBaseOffset = baseOffset;
        }
        // The times of the last one: what goes by age must not go early.
        emptyHeader.putBytes(0, log, batchIndex, HEADER_LENGTH);
        emptyNextOffset = nextOffset;
    }

    private void closeEmpty()
    {
        if (!isEmptyOpen)
        {
            return;
        }

        isEmptyOpen = false;
        final UnsafeBuffer header = emptyHeader;
        header.putLong(RecordBatchDescriptor.BASE_OFFSET_OFFSET, emptyBaseOffset, LITTLE_ENDIAN);
        header.putInt(
            RecordBatchDescriptor.LAST_OFFSET_DELTA_OFFSET,
            (int)(emptyNextOffset - emptyBaseOffset - 1),
            LITTLE_ENDIAN);
        header.putLong(
            RecordBatchDescriptor.PRODUCER_ID_OFFSET, RecordBatchDescriptor.NO_PRODUCER_ID, LITTLE_ENDIAN);
        header.putShort(RecordBatchDescriptor.PRODUCER_EPOCH_OFFSET, (short)-1, LITTLE_ENDIAN);
        header.putInt(RecordBatchDescriptor.BASE_SEQUENCE_OFFSET, -1, LITTLE_ENDIAN);
        target.putBytes(targetIndex, header, 0, HEADER_LENGTH);
        seal(target, targetIndex, HEADER_LENGTH, 0);
        advance(HEADER_LENGTH);
    }

    /** Make a batch of what stands behind a header that was copied. */
    private void seal(final UnsafeBuffer buffer, final int batchIndex, final int length, final int recordCount)
    {
        final int attributes = RecordBatchDescriptor.attributes(buffer, batchIndex);
        buffer.putInt(batchIndex + RecordBatchDescriptor.LENGTH_OFFSET, length, LITTLE_ENDIAN);
        buffer.putShort(
            batchIndex + RecordBatchDescriptor.ATTRIBUTES_OFFSET,
            (short)(attributes | RecordBatchDescriptor.COMPACTED_FLAG),
            LITTLE_ENDIAN);
        buffer.putInt(batchIndex + RecordBatchDescriptor.RECORD_COUNT_OFFSET, recordCount, LITTLE_ENDIAN);
        buffer.putInt(
            batchIndex + RecordBatchDescriptor.BODY_CRC_OFFSET,
            crc.compute(
                buffer, batchIndex + RecordBatchDescriptor.BODY_OFFSET, length - RecordBatchDescriptor.BODY_OFFSET),
            LITTLE_ENDIAN);
        RecordBatchDescriptor.stamp(
            buffer,
            batchIndex,
            RecordBatchDescriptor.baseOffset(buffer, batchIndex),
            RecordBatchDescriptor.leaderEpoch(buffer, batchIndex),
            RecordBatchDescriptor.appendTimestamp(buffer, batchIndex),
            crc);
    }

    private void advance(final int length)
    {
        index.pass(
            RecordBatchDescriptor.baseOffset(target, targetIndex) - segmentOffset,
            targetIndex,
            RecordBatchDescriptor.appendTimestamp(target, targetIndex));
        targetIndex += length;
    }

    private int putGap(final int at, final int removed)
    {
        target.putInt(at + RecordDescriptor.LENGTH_OFFSET, RecordDescriptor.FIXED_LENGTH, LITTLE_ENDIAN);
        target.putInt(at + RecordDescriptor.KEY_LENGTH_OFFSET, RecordDescriptor.GAP, LITTLE_ENDIAN);
        target.putInt(at + RecordDescriptor.VALUE_LENGTH_OFFSET, RecordDescriptor.NULL_LENGTH, LITTLE_ENDIAN);
        target.putInt(at + RecordDescriptor.TIMESTAMP_DELTA_OFFSET, removed, LITTLE_ENDIAN);

        return at + RecordDescriptor.FIXED_LENGTH;
    }

    private static int recordsOf(final UnsafeBuffer log, final int batchIndex)
    {
        int records = 0;
        int recordIndex = batchIndex + HEADER_LENGTH;
        for (int i = RecordBatchDescriptor.recordCount(log, batchIndex); i > 0; i--)
        {
            records += 0 == gapLength(log, recordIndex) ? 1 : 0;
            recordIndex = nextRecord(log, recordIndex);
        }

        return records;
    }

    /**
     * @return number of records that a gap stands for, 0 for a record.
     */
    static int gapLength(final UnsafeBuffer log, final int recordIndex)
    {
        return RecordDescriptor.GAP == log.getInt(recordIndex + RecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN) ?
            log.getInt(recordIndex + RecordDescriptor.TIMESTAMP_DELTA_OFFSET, LITTLE_ENDIAN) : 0;
    }

    static boolean isKeyed(final UnsafeBuffer log, final int recordIndex)
    {
        return log.getInt(recordIndex + RecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN) >= 0;
    }

    static boolean isTombstone(final UnsafeBuffer log, final int recordIndex)
    {
        return log.getInt(recordIndex + RecordDescriptor.VALUE_LENGTH_OFFSET, LITTLE_ENDIAN) < 0;
    }

    /**
     * @return index of the record behind one.
     */
    static int nextRecord(final UnsafeBuffer log, final int recordIndex)
    {
        final int length = log.getInt(recordIndex + RecordDescriptor.LENGTH_OFFSET, LITTLE_ENDIAN);
        return recordIndex + (length + ALIGNMENT - 1 & -ALIGNMENT);
    }
}
