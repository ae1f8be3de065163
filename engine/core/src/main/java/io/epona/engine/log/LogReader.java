package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordCursor;
import io.epona.codecs.batch.RecordHandler;
import io.epona.engine.PartitionReader.BatchesHandler;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The reader's side of a log, confined to one thread at a time. {@link io.epona.engine.PartitionReader} documents the
 * contract.
 * <p>
 * <b>Why memory that is read is never reused or unmapped.</b> A poll first pins its slot, passes a full fence, and
 * then reads the log start; the housekeeper first publishes the new log start, passes a full fence, and then reads the
 * slots. So one of the two sees the other: either the reader finds its position below the log start and touches
 * nothing, or the housekeeper finds the pin and waits until the count in the slot has changed. Segments that end above
 * the log start that the reader has read can only be retired by a later publication, which sees the pin. The same
 * holds for closing and deleting, with the read refusal in the place of the log start.
 * <p>
 * <b>Why what is read is complete.</b> Batches are read only below the high watermark, whose acquire load pairs with
 * the owner's release store: batch, segment end and link to the next segment were stored before it.
 */
public final class LogReader implements AutoCloseable
{
    private static final int OFFSET_OUT_OF_RANGE = ResultCode.OFFSET_OUT_OF_RANGE.code();

    private final LogState state;
    private final LogPositions positions;
    private final ReaderSlot slot;
    private final RecordCursor cursor = new RecordCursor();

    private Segment segment;
    private UnsafeBuffer buffer;
    /** Offset of the next record to be handed over. */
    private long position;
    /** Where the batch after the one under the cursor begins; without one, the batch that holds the position. */
    private int nextBatchIndex;
    private int batchIndex;
    private long batchNextOffset;
    private boolean isInBatch;
    private boolean isPolling;
    private boolean isClosed;

    LogReader(final LogState state)
    {
        this.state = state;
        this.positions = state.positions;
        this.slot = state.readers.add();
        final Segment first = state.directory()[0];
        this.position = first.baseOffset();
        enter(first);
        seekToEarliest();
    }

    /**
     * See {@link io.epona.engine.PartitionReader#poll}.
     *
     * @param handler for each record.
     * @param limit   of records.
     * @return records handled or a negative code.
     */
    public int poll(final RecordHandler handler, final int limit)
    {
        final int refusal = pinAtPosition();
        if (refusal < 0)
        {
            return refusal;
        }

        boolean isComplete = false;
        try
        {
            final int handled = pollRecords(handler, limit);
            isComplete = true;
            return handled;
        }
        finally
        {
            if (!isComplete && isInBatch)
            {
                // The cursor stands on the record that was not handled: enter its batch again.
                nextBatchIndex = batchIndex;
                isInBatch = false;
            }
            unpin();
        }
    }

    private int pollRecords(final RecordHandler handler, final int limit)
    {
        final long highWatermark = positions.highWatermark();
        final RecordCursor cursor = this.cursor;
        int handled = 0;
        while (handled < limit)
        {
            if (!isInBatch && !enterBatch(highWatermark))
            {
                break;
            }

            while (handled < limit && cursor.next())
            {
                handler.onRecord(cursor);
                handled++;
                position = cursor.nextOffset();
            }

            if (!cursor.hasRemaining())
            {
                isInBatch = false;
                position = batchNextOffset;
            }
        }

        return handled;
    }

    /**
     * See {@link io.epona.engine.PartitionReader#pollBatches}.
     *
     * @param handler   for the range.
     * @param maxLength of the range in bytes.
     * @return bytes consumed or a negative code.
     */
    public int pollBatches(final BatchesHandler handler, final int maxLength)
    {
        final int refusal = pinAtPosition();
        if (refusal < 0)
        {
            return refusal;
        }

        try
        {
            final long highWatermark = positions.highWatermark();
            if (isInBatch)
            {
                nextBatchIndex = batchIndex;
                isInBatch = false;
            }
            if (position >= highWatermark)
            {
                return 0;
            }
            followSegments();

            final Segment next = segment.next();
            final long limit = null == next ? highWatermark : Math.min(highWatermark, next.baseOffset());
            final UnsafeBuffer log = buffer;
            final int begin = nextBatchIndex;
            long nextOffset = position;
            int index = begin;
            while (nextOffset < limit)
            {
                final int length = batchLength(index);
                if (index > begin && length > maxLength - (index - begin))
                {
                    break;
                }
                nextOffset = RecordBatchDescriptor.nextOffset(log, index);
                index += length;
            }

            final long baseOffset = RecordBatchDescriptor.baseOffset(log, begin);
            if (!handler.onBatches(log, begin, index - begin, baseOffset, nextOffset))
            {
                return 0;
            }

            nextBatchIndex = index;
            position = nextOffset;
            return index - begin;
        }
        finally
        {
            unpin();
        }
    }

    /**
     * See {@link io.epona.engine.PartitionReader#seek}.
     *
     * @param offset to go to.
     * @return 0 or a negative code.
     */
    public long seek(final long offset)
    {
        final int refusal = pin();
        if (refusal < 0)
        {
            return refusal;
        }

        try
        {
            final long highWatermark = positions.highWatermark();
            return offset < positions.logStart() || offset > highWatermark ?
                OFFSET_OUT_OF_RANGE : locate(offset);
        }
        finally
        {
            unpin();
        }
    }

    /**
     * Go to the first offset kept.
     *
     * @return 0 or a negative code.
     */
    public long seekToEarliest()
    {
        final int refusal = pin();
        if (refusal < 0)
        {
            return refusal;
        }

        try
        {
            return locate(positions.logStart());
        }
        finally
        {
            unpin();
        }
    }

    /**
     * Go to the high watermark.
     *
     * @return 0 or a negative code.
     */
    public long seekToLatest()
    {
        final int refusal = pin();
        if (refusal < 0)
        {
            return refusal;
        }

        try
        {
            return locate(positions.highWatermark());
        }
        finally
        {
            unpin();
        }
    }

    /**
     * @return offset of the next record to be handed over.
     */
    public long position()
    {
        return position;
    }

    /**
     * Give the slot back. Idempotent.
     */
    @Override
    public void close()
    {
        if (isPolling)
        {
            throw reentered();
        }
        if (!isClosed)
        {
            isClosed = true;
            state.readers.remove(slot);
        }
    }

    private int pin()
    {
        if (isPolling)
        {
            throw reentered();
        }
        if (isClosed)
        {
            return ResultCode.CLOSED.code();
        }

        isPolling = true;
        slot.pin();
        final int refusal = state.readRefusal();
        if (refusal < 0)
        {
            unpin();
        }

        return refusal;
    }

    private int pinAtPosition()
    {
        final int refusal = pin();
        if (refusal < 0)
        {
            return refusal;
        }

        if (position < positions.logStart())
        {
            unpin();
            return OFFSET_OUT_OF_RANGE;
        }

        // The segment that was left may be gone. Those behind it are not, from the one that holds the position on.
        followSegments();

        return 0;
    }

    private void unpin()
    {
        slot.unpin();
        isPolling = false;
    }

    private void enter(final Segment entered)
    {
        segment = entered;
        buffer = entered.buffer();
        nextBatchIndex = SegmentDescriptor.HEADER_LENGTH;
        isInBatch = false;
    }

    /**
     * Go on to the segment that holds the position. Where a record at the position is committed, the link to its
     * segment was stored before the high watermark was.
     */
    private void followSegments()
    {
        Segment next = segment.next();
        while (null != next && position >= next.baseOffset())
        {
            enter(next);
            next = next.next();
        }
    }

    private boolean enterBatch(final long highWatermark)
    {
        if (position >= highWatermark)
        {
            return false;
        }
        followSegments();

        final int index = nextBatchIndex;
        final int length = batchLength(index);
        batchIndex = index;
        nextBatchIndex = index + length;
        batchNextOffset = RecordBatchDescriptor.nextOffset(buffer, index);
        isInBatch = true;
        cursor.wrap(buffer, index);
        while (cursor.nextOffset() < position && cursor.next())
        {
            // A seek into the batch: pass what lies before.
        }

        return true;
    }

    private int batchLength(final int index)
    {
        final int available = segment.capacity() - index;
        final int length = RecordBatchDescriptor.length(buffer, index);
        if (length < RecordBatchDescriptor.HEADER_LENGTH || length > available)
        {
            throw new IllegalStateException(
                "log damaged: no batch at index " + index + " of the segment with base offset " +
                segment.baseOffset() + ", partition " + state.partition + " of topic id " +
                Long.toHexString(state.topicId));
        }

        return length;
    }

    /** Find the batch that holds an offset from the log start to the high watermark. Pinned. */
    private long locate(final long offset)
    {
        Segment found = floorSegment(offset);
        if (null == found)
        {
            // Retention passed the offset after the log start was read.
            return OFFSET_OUT_OF_RANGE;
        }

        Segment next = found.next();
        while (null != next && offset >= next.baseOffset())
        {
            found = next;
            next = found.next();
        }

        enter(found);
        final long entry = found.floorEntry(offset);
        int index = (int)entry;
        long firstOffset = found.baseOffset() + (entry >>> 32);
        // A batch that begins below the offset is committed, for the offset is at most the high watermark.
        while (firstOffset < offset)
        {
            final long nextOffset = RecordBatchDescriptor.nextOffset(buffer, index);
            if (nextOffset > offset)
            {
                break;
            }
            index += batchLength(index);
            firstOffset = nextOffset;
        }
        nextBatchIndex = index;
        position = offset;

        return 0;
    }

    private Segment floorSegment(final long offset)
    {
        final Segment[] directory = state.directory();
        int low = 0;
        int high = directory.length - 1;
        while (low <= high)
        {
            final int middle = (low + high) >>> 1;
            if (directory[middle].baseOffset() <= offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high < 0 ? null : directory[high];
    }

    private IllegalStateException reentered()
    {
        return new IllegalStateException("a reader must not be used from within its own handler");
    }
}
