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
 * holds for closing and deleting, with the read refusal in the place of the log start; for segments that compaction
 * replaced or a truncation removed, with {@link Segment#isGone()}, behind which the reader finds its place by offset
 * through the directory; and for a cut of the log's end, with {@link LogState#truncation()}.
 * <p>
 * <b>Why what is read is complete.</b> Batches are read only below the high watermark, whose acquire load pairs with
 * the owner's release store: batch, segment end and link to the next segment were stored before it.
 */
public final class LogReader implements AutoCloseable
{
    /** Result of a search by time where no record is that young. */
    public static final long NO_OFFSET = -1;
    private static final int OFFSET_OUT_OF_RANGE = ResultCode.OFFSET_OUT_OF_RANGE.code();
    private static final int TRUNCATED = ResultCode.TRUNCATED.code();
    private static final int PARTITION_FENCED = ResultCode.PARTITION_FENCED.code();

    private final LogState state;
    private final boolean isReplicating;
    private final LogPositions positions;
    private final ReaderSlot slot;
    private final ReaderPlace place;
    private final RecordCursor cursor = new RecordCursor();

    /** Offset of the next record to be handed over. */
    private long position;
    /** The batch under the cursor, where there is one; the place is then behind it. */
    private int batchIndex;
    private long batchNextOffset;
    private boolean isInBatch;
    /** The last cut of the log that was taken note of, and the lowest offset cut since the last seek. */
    private Truncation truncation;
    private long truncatedTo = Long.MAX_VALUE;
    private TimeSearch timeSearch;
    private boolean isPolling;
    private boolean isClosed;

    LogReader(final LogState state)
    {
        this(state, false);
    }

    /** Where it reads for a replica, everything up to the log end, it belongs to the owner of the log. */
    LogReader(final LogState state, final boolean isReplicating)
    {
        this.isReplicating = isReplicating;
        this.state = state;
        this.positions = state.positions;
        this.truncation = state.truncation();
        this.slot = state.readers.add();
        this.place = new ReaderPlace(state, slot);
        cursor.reportAppendTime(TimestampType.LOG_APPEND_TIME == state.timestampType);
        this.position = positions.logStart();
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
            if (!isComplete)
            {
                // The cursor stands on the record that was not handled: enter its batch again.
                leaveBatch();
            }
            unpin();
        }
    }

    private int pollRecords(final RecordHandler handler, final int limit)
    {
        final long highWatermark = end();
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

        return handled > 0 ? handled : position >= highWatermark ? state.endRefusal() : nothing();
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
            leaveBatch();
            final long highWatermark = end();
            if (position >= highWatermark)
            {
                return state.endRefusal();
            }

            return place.approach(position) ? handleBatches(handler, maxLength, highWatermark) : nothing();
        }
        finally
        {
            unpin();
        }
    }

    private int handleBatches(final BatchesHandler handler, final int maxLength, final long highWatermark)
    {
        final ReaderPlace place = this.place;
        final Segment next = place.segment().next();
        final long limit = null == next ? highWatermark : Math.min(highWatermark, next.baseOffset());
        final UnsafeBuffer log = place.buffer();
        final int begin = place.index();
        int length = place.length();
        if (!place.isAtHand(begin, length))
        {
            place.await(begin, length);
            return 0;
        }

        int index = begin + length;
        long nextOffset = place.nextOffset();
        while (nextOffset < limit && place.isAtHand(index, RecordBatchDescriptor.HEADER_LENGTH))
        {
            length = place.batchLength(index);
            // Damage ends the range: the next poll comes to it.
            if (length < 0 || length > maxLength - (index - begin) || !place.isAtHand(index, length) ||
                RecordBatchDescriptor.baseOffset(log, index) != nextOffset)
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

        place.goOn(index);
        position = nextOffset;
        place.tell();

        return index - begin;
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
            // Before the watermark, which is lowered before a cut is told.
            final Truncation latest = state.truncation();
            final long highWatermark = end();
            if (offset > highWatermark && state.endRefusal() < 0)
            {
                return state.endRefusal();
            }
            return offset < positions.logStart() || offset > highWatermark ?
                OFFSET_OUT_OF_RANGE : moveTo(offset, latest);
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
            final Truncation latest = state.truncation();
            return moveTo(positions.logStart(), latest);
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
            final Truncation latest = state.truncation();
            return moveTo(end(), latest);
        }
        finally
        {
            unpin();
        }
    }

    /**
     * See {@link io.epona.engine.PartitionReader#offsetForTimestamp}.
     *
     * @param timestampNs epoch ns.
     * @return offset, {@link #NO_OFFSET} or a negative code.
     */
    public long offsetForTimestamp(final long timestampNs)
    {
        if (isPolling)
        {
            throw reentered();
        }
        if (isClosed)
        {
            return ResultCode.CLOSED.code();
        }
        if (null == timeSearch)
        {
            timeSearch = new TimeSearch(state);
        }

        return timeSearch.find(timestampNs);
    }

    /**
     * See {@link io.epona.engine.PartitionReader#foundTimestampNs()}.
     *
     * @return epoch ns.
     */
    public long foundTimestampNs()
    {
        return null == timeSearch ? NO_OFFSET : timeSearch.foundTimestampNs();
    }

    /**
     * See {@link io.epona.engine.PartitionReader#isWaiting()}.
     *
     * @return whether the last poll stopped at records that were not in memory.
     */
    public boolean isWaiting()
    {
        return place.isWaiting();
    }

    /**
     * See {@link io.epona.engine.PartitionReader#isPollDue()}.
     *
     * @return false while what the last poll stopped at is not in memory.
     */
    public boolean isPollDue()
    {
        return !place.isWaiting() || isClosed || 0 != state.readRefusal() ||
            position < positions.logStart() || null != truncation.next() || place.isReady();
    }

    /**
     * For the handler of batches: the one at the position is not what was written. The log is fenced for it.
     *
     * @param reason how it is seen.
     */
    public void damaged(final String reason)
    {
        place.damaged(position, reason);
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
            if (null != timeSearch)
            {
                timeSearch.close();
            }
        }
    }

    private long end()
    {
        return isReplicating ? positions.logEnd() : positions.committedEnd();
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
        place.begin();
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

        if (null != truncation.next())
        {
            noteTruncation();
        }
        final int fault =
            position > truncatedTo ? TRUNCATED : position < positions.logStart() ? OFFSET_OUT_OF_RANGE : 0;
        if (fault < 0)
        {
            unpin();
            return fault;
        }
        if (place.isStale())
        {
            leaveBatch();
            place.renew();
        }

        return 0;
    }

    private void noteTruncation()
    {
        Truncation next;
        while (null != (next = truncation.next()))
        {
            truncation = next;
            truncatedTo = Math.min(truncatedTo, next.offset());
        }
        place.lose();
        isInBatch = false;
    }

    private void unpin()
    {
        slot.unpin();
        isPolling = false;
    }

    /** What a poll says that came to no batch below the end. */
    private int nothing()
    {
        return place.isDamaged() ? PARTITION_FENCED : 0;
    }

    /** Stand before the batch under the cursor, where there is one. */
    private void leaveBatch()
    {
        if (isInBatch)
        {
            isInBatch = false;
            place.goOn(batchIndex);
        }
    }

    /** Only remembered: the place is found, and memory touched, by the next poll. Pinned. */
    private long moveTo(final long offset, final Truncation latest)
    {
        truncation = latest;
        truncatedTo = Long.MAX_VALUE;
        position = offset;
        place.lose();
        isInBatch = false;

        return 0;
    }

    private boolean enterBatch(final long highWatermark)
    {
        final ReaderPlace place = this.place;
        if (position >= highWatermark || !place.approach(position))
        {
            return false;
        }

        final int index = place.index();
        final int length = place.length();
        if (!place.isAtHand(index, length))
        {
            place.await(index, length);
            return false;
        }

        final UnsafeBuffer log = place.buffer();
        batchIndex = index;
        place.goOn(index + length);
        batchNextOffset = place.nextOffset();
        isInBatch = true;
        cursor.wrap(log, index);
        // After a seek into the batch: pass what lies before.
        cursor.skipTo(position);
        place.tellAgain();

        return true;
    }

    private IllegalStateException reentered()
    {
        return new IllegalStateException("a reader must not be used from within its own handler");
    }
}
