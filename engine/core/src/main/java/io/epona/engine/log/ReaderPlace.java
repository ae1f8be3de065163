package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where a reader is in its log: the segment and the index in it, found by offset through directory and index, and what
 * of it is in memory. Says to the housekeeper where the reader goes on, and what it waits for, where that may have to
 * be brought from disk.
 * <p>
 * Owned by the thread that uses the reader. All but {@link #isWaiting()} and {@link #isReady()} under the reader's pin:
 * {@link LogReader} says why memory is safe to touch then.
 */
final class ReaderPlace
{
    private static final long ANY_OFFSET = -1;

    private final LogState state;
    private final ReaderSlot slot;
    private final Crc32c crc = new Crc32c();
    private final UnsafeBuffer header = new UnsafeBuffer(new byte[RecordBatchDescriptor.BODY_OFFSET]);

    private Segment segment;
    /** Of the segment, as the last poll found it; null where it is not mapped for readers. */
    private Residency residency;
    private UnsafeBuffer buffer;
    /** Of the batch that holds the reader's position, or of one before it. */
    private int index;
    /** Of the batch that was come to last. */
    private int length;
    private long nextOffset;
    /** What the segment's index says of the batch there, -1 where it is known. */
    private long indexedOffset = -1;
    /** Whether the segment had no index when the position was looked for in it. */
    private boolean isUnindexed;
    /** Whether the index may be that of a batch before the one that holds the position. */
    private boolean isSought;
    /** Whether all this belongs to the reader's position; else it is to be found before anything is read. */
    private boolean isLocated;
    private boolean isWanting;
    private boolean isWaiting;
    private boolean isDamaged;
    private int waitIndex;
    private int waitLength;

    ReaderPlace(final LogState state, final ReaderSlot slot)
    {
        this.state = state;
        this.slot = slot;
    }

    Segment segment()
    {
        return segment;
    }

    UnsafeBuffer buffer()
    {
        return buffer;
    }

    int index()
    {
        return index;
    }

    /**
     * @return length of the batch that was come to.
     */
    int length()
    {
        return length;
    }

    /**
     * @return offset that follows the batch that was come to.
     */
    long nextOffset()
    {
        return nextOffset;
    }

    /** To a batch of the same segment. */
    void goOn(final int batchIndex)
    {
        index = batchIndex;
    }

    /** The position is another one: to be found when it is read from. */
    void lose()
    {
        isLocated = false;
    }

    /**
     * @return whether the segment was replaced or removed, or is mapped otherwise than it was.
     */
    boolean isStale()
    {
        return isLocated && (segment.isGone() || segment.residency() != residency);
    }

    /** The segment that was left may be gone; the one that holds the position may have been replaced. */
    void renew()
    {
        if (segment.isGone())
        {
            isLocated = false;
        }
        else
        {
            remap();
        }
    }

    /**
     * @return whether the last approach stopped at what is not in memory.
     */
    boolean isWaiting()
    {
        return isWaiting;
    }

    /** Before the next approach: what the last one came to counts no more. */
    void begin()
    {
        isWaiting = false;
        isDamaged = false;
    }

    /**
     * @return whether it is worth coming again, where the last approach had to wait. Needs no pin: all that is looked
     *         at is on the heap.
     */
    boolean isReady()
    {
        if (segment.isGone())
        {
            return true;
        }

        final Residency current = segment.residency();
        return null != current && current.covers(waitIndex, waitLength) || isUnindexed && null != segment.index();
    }

    /**
     * Come to the batch that holds a position, which is below the high watermark.
     *
     * @param position offset, the same or higher from call to call unless the place was {@link #lose lost}.
     * @return false where it is gone, not in memory, or {@link #isDamaged() damaged}.
     */
    boolean approach(final long position)
    {
        if (!followSegments(position))
        {
            return false;
        }

        if (isUnindexed && null != segment.index() && !locate(position))
        {
            return false;
        }
        if (indexedOffset >= 0 && isAtHand(index, RecordBatchDescriptor.HEADER_LENGTH))
        {
            // An index is never believed over the log.
            if (!isBatch(index, indexedOffset))
            {
                segment.refuseIndex();
                index = SegmentDescriptor.HEADER_LENGTH;
            }
            indexedOffset = -1;
        }

        // A batch that begins below the position is committed, as the position is.
        int next = index;
        long expected = SegmentDescriptor.HEADER_LENGTH == next ? segment.baseOffset() : ANY_OFFSET;
        while (indexedOffset < 0 && isAtHand(next, RecordBatchDescriptor.HEADER_LENGTH))
        {
            final int batchLength = batchLength(next);
            final long base = RecordBatchDescriptor.baseOffset(buffer, next);
            final long following = RecordBatchDescriptor.nextOffset(buffer, next);
            // One that ends before the position is met only where the position was looked for.
            if (batchLength < 0 || base > position || following <= position && !isSought ||
                base != expected && ANY_OFFSET != expected)
            {
                index = next;
                damaged(ANY_OFFSET == expected ? position : expected, "no batch of that offset begins there");
                return false;
            }
            if (following > position)
            {
                index = next;
                length = batchLength;
                nextOffset = following;
                isUnindexed = false;
                isSought = false;
                return true;
            }
            next += batchLength;
            expected = following;
        }
        index = next;
        await(next, 0);

        return false;
    }

    boolean isAtHand(final int from, final int rangeLength)
    {
        return null != residency && residency.covers(from, rangeLength);
    }

    /**
     * @return length of the batch, or -1 where none can begin.
     */
    int batchLength(final int at)
    {
        final int available = segment.capacity() - at;
        final int stated =
            available < RecordBatchDescriptor.HEADER_LENGTH ? -1 : RecordBatchDescriptor.length(buffer, at);

        return stated < RecordBatchDescriptor.HEADER_LENGTH || stated > available ||
            RecordBatchDescriptor.lastOffsetDelta(buffer, at) < 0 ? -1 : stated;
    }

    /** What was come to is not what was written: the log is to be fenced, and the reader goes no further. */
    void damaged(final long offset, final String reason)
    {
        isDamaged = true;
        state.damage(new LogDamage(segment.file().path(), offset, index, reason));
    }

    /**
     * @return whether the last approach came to damage.
     */
    boolean isDamaged()
    {
        return isDamaged;
    }

    /** Stop here until a batch is in memory, of which the length is 0 where not even that can be read. */
    void await(final int at, final int batchLength)
    {
        waitIndex = at;
        waitLength = Math.max(batchLength, RecordBatchDescriptor.HEADER_LENGTH);
        isWaiting = true;
        slot.want(segment, at, waitLength);
        isWanting = true;
    }

    /** Let the housekeeper know where the reader goes on, unless that is in memory in any case. */
    void tell()
    {
        if (null == residency || !residency.isWhole())
        {
            slot.want(segment, index, 0);
            isWanting = true;
        }
        else if (isWanting)
        {
            slot.want(null, 0, 0);
            isWanting = false;
        }
    }

    /** The same, where it was told before. */
    void tellAgain()
    {
        if (isWanting)
        {
            tell();
        }
    }

    /**
     * Go on to the segment that holds the position. Where a record at the position is committed, the link to its
     * segment was stored before the high watermark was.
     *
     * @return false where it is gone: retention passed it after the log start was read.
     */
    private boolean followSegments(final long position)
    {
        if (isLocated)
        {
            Segment next = segment.next();
            while (null != next && position >= next.baseOffset())
            {
                if (next.isGone())
                {
                    return locate(position);
                }
                enter(next);
                next = next.next();
            }

            return true;
        }

        return locate(position);
    }

    /** Find a batch at or before the position, which is below the high watermark. */
    private boolean locate(final long position)
    {
        Segment found = floorSegment(position);
        if (null == found)
        {
            return false;
        }

        Segment next = found.next();
        while (null != next && position >= next.baseOffset() && !next.isGone())
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
        final long entry = found.floorEntry(position);
        index = (int)entry;
        indexedOffset = SegmentDescriptor.HEADER_LENGTH == index ? -1 : found.baseOffset() + (entry >>> 32);
        isLocated = true;
        tell();

        return true;
    }

    private void enter(final Segment entered)
    {
        segment = entered;
        index = SegmentDescriptor.HEADER_LENGTH;
        indexedOffset = -1;
        isUnindexed = false;
        isSought = true;
        remap();
    }

    /** Take the mapping of this moment, which a pin that was taken before keeps. */
    private void remap()
    {
        residency = segment.residency();
        buffer = null == residency ? null : residency.buffer();
        tell();
    }

    /** Whether the batch that an index promises is there. */
    private boolean isBatch(final int at, final long offset)
    {
        if (BatchValidator.plausibleLength(buffer, at, segment.capacity() - at) < 0 ||
            offset != RecordBatchDescriptor.baseOffset(buffer, at))
        {
            return false;
        }

        // From a copy: seeks go to more mappings than the calculator remembers views of.
        buffer.getBytes(at, header, 0, RecordBatchDescriptor.BODY_CRC_OFFSET);

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
}
