package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
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

    private final LogState state;
    private final LogPositions positions;
    private final ReaderSlot slot;
    private final RecordCursor cursor = new RecordCursor();
    private final Crc32c crc = new Crc32c();
    private final UnsafeBuffer header = new UnsafeBuffer(new byte[RecordBatchDescriptor.BODY_OFFSET]);

    private Segment segment;
    /** Of the segment, as the last poll found it; null where it is not mapped for readers. */
    private Residency residency;
    private UnsafeBuffer buffer;
    /** Offset of the next record to be handed over. */
    private long position;
    /**
     * Where the batch after the one under the cursor begins; without one, the batch that holds the position, or one
     * before it.
     */
    private int nextBatchIndex;
    /** What the index says of the batch there, -1 where it is known. */
    private long indexedOffset = -1;
    /** Whether the segment had no index when the position was looked for in it. */
    private boolean isUnindexed;
    private int batchIndex;
    private long batchNextOffset;
    private boolean isInBatch;
    /** Whether segment and index belong to the position; else they are to be found before anything is read. */
    private boolean isLocated;
    /** The last cut of the log that was taken note of, and the lowest offset cut since the last seek. */
    private Truncation truncation;
    private long truncatedTo = Long.MAX_VALUE;
    private TimeSearch timeSearch;
    private boolean isWanting;
    private boolean isWaiting;
    private int waitIndex;
    private int waitLength;
    private boolean isPolling;
    private boolean isClosed;

    LogReader(final LogState state)
    {
        this.state = state;
        this.positions = state.positions;
        this.truncation = state.truncation();
        this.slot = state.readers.add();
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
        final long highWatermark = positions.committedEnd();
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

        return 0 == handled && position >= highWatermark ? state.endRefusal() : handled;
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
            final long highWatermark = positions.committedEnd();
            if (isInBatch)
            {
                nextBatchIndex = batchIndex;
                isInBatch = false;
            }
            if (position >= highWatermark)
            {
                return state.endRefusal();
            }
            if (!approach())
            {
                return 0;
            }

            final Segment next = segment.next();
            final long limit = null == next ? highWatermark : Math.min(highWatermark, next.baseOffset());
            final UnsafeBuffer log = buffer;
            final int begin = nextBatchIndex;
            long nextOffset = position;
            int index = begin;
            while (nextOffset < limit)
            {
                final int length = isAtHand(index, RecordBatchDescriptor.HEADER_LENGTH) ? batchLength(index) : 0;
                if (index > begin && length > maxLength - (index - begin))
                {
                    break;
                }
                if (0 == length || !isAtHand(index, length))
                {
                    if (index > begin)
                    {
                        break;
                    }
                    await(index, length);
                    return 0;
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
            tellPlace();
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
            // Before the watermark, which is lowered before a cut is told.
            final Truncation latest = state.truncation();
            final long highWatermark = positions.committedEnd();
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
            return moveTo(positions.committedEnd(), latest);
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
        return isWaiting;
    }

    /**
     * See {@link io.epona.engine.PartitionReader#isPollDue()}.
     *
     * @return false while what the last poll stopped at is not in memory.
     */
    public boolean isPollDue()
    {
        if (!isWaiting || isClosed || segment.isGone() || 0 != state.readRefusal() ||
            position < positions.logStart() || null != truncation.next())
        {
            return true;
        }

        // On the heap: no pin is needed to ask.
        final Residency current = segment.residency();
        return null != current && current.covers(waitIndex, waitLength) || isUnindexed && null != segment.index();
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
        isWaiting = false;
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
        // The segment that was left may be gone; the one that holds the position may have been replaced.
        if (isLocated && segment.isGone())
        {
            isLocated = false;
            isInBatch = false;
        }
        else if (isLocated && segment.residency() != residency)
        {
            remap();
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
        isLocated = false;
        isInBatch = false;
    }

    private void unpin()
    {
        slot.unpin();
        isPolling = false;
    }

    private void enter(final Segment entered)
    {
        segment = entered;
        nextBatchIndex = SegmentDescriptor.HEADER_LENGTH;
        indexedOffset = -1;
        isUnindexed = false;
        isInBatch = false;
        remap();
    }

    /** Take the mapping of this moment, which a pin that was taken before keeps. */
    private void remap()
    {
        if (isInBatch)
        {
            nextBatchIndex = batchIndex;
            isInBatch = false;
        }
        residency = segment.residency();
        buffer = null == residency ? null : residency.buffer();
        tellPlace();
    }

    /** Let the housekeeper know where this reads, unless it is there in any case. */
    private void tellPlace()
    {
        if (null == residency || !residency.isWhole())
        {
            slot.want(segment, nextBatchIndex, 0);
            isWanting = true;
        }
        else if (isWanting)
        {
            slot.want(null, 0, 0);
            isWanting = false;
        }
    }

    private boolean isAtHand(final int index, final int length)
    {
        return null != residency && residency.covers(index, length);
    }

    /** Stop here until a batch is in memory, of which the length is 0 where not even that can be read. */
    private void await(final int index, final int length)
    {
        waitIndex = index;
        waitLength = Math.max(length, RecordBatchDescriptor.HEADER_LENGTH);
        isWaiting = true;
        slot.want(segment, index, waitLength);
        isWanting = true;
    }

    /** Only remembered: the place is found, and memory touched, by the next poll. Pinned. */
    private long moveTo(final long offset, final Truncation latest)
    {
        truncation = latest;
        truncatedTo = Long.MAX_VALUE;
        position = offset;
        isLocated = false;
        isInBatch = false;

        return 0;
    }

    /**
     * Go on to the segment that holds the position. Where a record at the position is committed, the link to its
     * segment was stored before the high watermark was.
     *
     * @return false where it is gone: retention passed it after the log start was read.
     */
    private boolean followSegments()
    {
        if (isLocated)
        {
            Segment next = segment.next();
            while (null != next && position >= next.baseOffset())
            {
                if (next.isGone())
                {
                    return locate();
                }
                enter(next);
                next = next.next();
            }

            return true;
        }

        return locate();
    }

    /**
     * Come to the batch that holds the position, which is below the high watermark.
     *
     * @return false where it is gone or not in memory.
     */
    private boolean approach()
    {
        if (!followSegments())
        {
            return false;
        }

        if (isUnindexed && null != segment.index() && !locate())
        {
            return false;
        }
        if (indexedOffset >= 0 && isAtHand(nextBatchIndex, RecordBatchDescriptor.HEADER_LENGTH))
        {
            // An index is never believed over the log.
            if (!isBatch(nextBatchIndex, indexedOffset))
            {
                segment.refuseIndex();
                nextBatchIndex = SegmentDescriptor.HEADER_LENGTH;
            }
            indexedOffset = -1;
        }

        // A batch that begins below the position is committed, as the position is.
        int index = nextBatchIndex;
        boolean isFound = false;
        while (!isFound && indexedOffset < 0 && isAtHand(index, RecordBatchDescriptor.HEADER_LENGTH))
        {
            final int length = batchLength(index);
            isFound = RecordBatchDescriptor.nextOffset(buffer, index) > position;
            index += isFound ? 0 : length;
        }
        nextBatchIndex = index;
        isUnindexed &= !isFound;
        if (!isFound)
        {
            await(index, 0);
        }

        return isFound;
    }

    private boolean enterBatch(final long highWatermark)
    {
        if (position >= highWatermark || !approach())
        {
            return false;
        }

        final int index = nextBatchIndex;
        final int length = batchLength(index);
        if (!isAtHand(index, length))
        {
            await(index, length);
            return false;
        }

        batchIndex = index;
        nextBatchIndex = index + length;
        batchNextOffset = RecordBatchDescriptor.nextOffset(buffer, index);
        isInBatch = true;
        cursor.wrap(buffer, index);
        // After a seek into the batch: pass what lies before.
        cursor.skipTo(position);
        if (isWanting)
        {
            tellPlace();
        }

        return true;
    }

    private int batchLength(final int index)
    {
        final int available = segment.capacity() - index;
        final int length =
            available < RecordBatchDescriptor.HEADER_LENGTH ? -1 : RecordBatchDescriptor.length(buffer, index);
        if (length < RecordBatchDescriptor.HEADER_LENGTH || length > available)
        {
            throw new IllegalStateException(
                "log damaged: no batch at index " + index + " of the segment with base offset " +
                segment.baseOffset() + ", partition " + state.partition + " of topic id " +
                Long.toHexString(state.topicId));
        }

        return length;
    }

    /** Find a batch at or before the position, which is below the high watermark. */
    private boolean locate()
    {
        final long offset = position;
        Segment found = floorSegment(offset);
        if (null == found)
        {
            return false;
        }

        Segment next = found.next();
        while (null != next && offset >= next.baseOffset() && !next.isGone())
        {
            found = next;
            next = found.next();
        }

        enter(found);
        isUnindexed = null == found.index();
        if (isUnindexed)
        {
            state.wantIndex(found);
        }
        final long entry = found.floorEntry(offset);
        nextBatchIndex = (int)entry;
        indexedOffset =
            SegmentDescriptor.HEADER_LENGTH == nextBatchIndex ? -1 : found.baseOffset() + (entry >>> 32);
        isLocated = true;
        tellPlace();

        return true;
    }

    /** Whether the batch that an index promises is there. */
    private boolean isBatch(final int index, final long offset)
    {
        if (BatchValidator.plausibleLength(buffer, index, segment.capacity() - index) < 0 ||
            offset != RecordBatchDescriptor.baseOffset(buffer, index))
        {
            return false;
        }

        // From a copy: seeks go to more mappings than the calculator remembers views of.
        buffer.getBytes(index, header, 0, RecordBatchDescriptor.BODY_CRC_OFFSET);

        return BatchValidator.isHeaderValid(header, 0, crc);
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
