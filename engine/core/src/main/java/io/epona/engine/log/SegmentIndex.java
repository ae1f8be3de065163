package io.epona.engine.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Where some of the batches of one segment lie, and when they were appended: one entry in every
 * {@code index.interval.bytes} of log, in the order of the log. A hint to begin at, never the truth: whoever goes to
 * an entry looks at the batch that is there.
 * <p>
 * The index of the segment that grows is written by the owner of the log, any other one by the thread that makes it,
 * before it is published. Readers on any thread see the entries below the count that was released. The memory for the
 * entries of a range of the log is made by the housekeeper ({@link #prepare}) before it lets the owner store there, so
 * an entry costs the owner three stores and no allocation, and a segment that hardly grows has hardly any index.
 */
final class SegmentIndex
{
    /** An entry has 32 bits for an offset. */
    static final long OFFSET_DELTA_MAX = 0xFFFF_FFFFL;
    private static final int CHUNK_SHIFT = 9;
    private static final int CHUNK_LENGTH = 1 << CHUNK_SHIFT;
    private static final int CHUNK_MASK = CHUNK_LENGTH - 1;
    private static final VarHandle COUNT;

    static
    {
        try
        {
            COUNT = MethodHandles.lookup().findVarHandle(SegmentIndex.class, "count", int.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final int capacity;
    private final int interval;
    /** Of each entry: (offset of the batch - base offset of the segment) << 32 | index of the batch. */
    private final long[][] places;
    /** Of each entry: append timestamp of the batch. */
    private final long[][] timestamps;
    private int preparedChunks;
    private int count;

    /**
     * @param segmentLength length of the segment's file.
     * @param interval      log bytes between two entries, at least.
     */
    SegmentIndex(final int segmentLength, final int interval)
    {
        this.interval = interval;
        this.capacity = capacity(segmentLength);
        final int chunks = capacity + CHUNK_MASK >>> CHUNK_SHIFT;
        this.places = new long[chunks][];
        this.timestamps = new long[chunks][];
    }

    /** Entry n is at least n + 1 intervals behind the header. */
    private int capacity(final int length)
    {
        return Math.max(0, (length - SegmentDescriptor.HEADER_LENGTH) / interval);
    }

    /**
     * Make memory for the entries of all batches below a limit. Housekeeper only, or the thread that makes the index.
     *
     * @param limit index in the segment; released to the owner after this.
     */
    void prepare(final int limit)
    {
        prepareEntries(capacity(limit));
    }

    private void prepareEntries(final int entries)
    {
        final int chunks = Math.min(places.length, entries + CHUNK_MASK >>> CHUNK_SHIFT);
        for (; preparedChunks < chunks; preparedChunks++)
        {
            final int length = Math.min(CHUNK_LENGTH, capacity - (preparedChunks << CHUNK_SHIFT));
            timestamps[preparedChunks] = new long[length];
            places[preparedChunks] = new long[length];
        }
    }

    /**
     * @return index from which on a batch gets the next entry. The writer only.
     */
    int nextEntryAt()
    {
        final int count = this.count;
        return (0 == count ? SegmentDescriptor.HEADER_LENGTH : batchIndex(count - 1)) + interval;
    }

    /**
     * Remember where a batch lies. The writer only, with rising offsets, at {@link #nextEntryAt()} or behind.
     *
     * @param offsetDelta       offset of the batch less the base offset of the segment.
     * @param batchIndex        index of the batch.
     * @param appendTimestampNs of the batch.
     */
    void add(final long offsetDelta, final int batchIndex, final long appendTimestampNs)
    {
        final int entry = count;
        timestamps[entry >>> CHUNK_SHIFT][entry & CHUNK_MASK] = appendTimestampNs;
        places[entry >>> CHUNK_SHIFT][entry & CHUNK_MASK] = offsetDelta << 32 | batchIndex;
        // pairs with the acquire in count(): entry and chunk are visible
        COUNT.setRelease(this, entry + 1);
    }

    /**
     * Remember a batch where an entry is due, making the memory for it. By the thread that makes an index which is not
     * published yet, batch after batch.
     *
     * @param offsetDelta       offset of the batch less the base offset of the segment.
     * @param batchIndex        index of the batch.
     * @param appendTimestampNs of the batch.
     * @return whether it has an entry now.
     */
    boolean pass(final long offsetDelta, final int batchIndex, final long appendTimestampNs)
    {
        if (batchIndex < nextEntryAt() || offsetDelta > OFFSET_DELTA_MAX)
        {
            return false;
        }

        prepareEntries(count + 1);
        add(offsetDelta, batchIndex, appendTimestampNs);

        return true;
    }

    /**
     * @return number of entries. Any thread.
     */
    int count()
    {
        // pairs with the release in add
        return (int)COUNT.getAcquire(this);
    }

    /**
     * @param entry below the count.
     * @return (offset of its batch less the base offset of the segment) << 32 | index of its batch.
     */
    long place(final int entry)
    {
        return places[entry >>> CHUNK_SHIFT][entry & CHUNK_MASK];
    }

    /**
     * @param entry below the count.
     * @return offset of its batch less the base offset of the segment.
     */
    long offsetDelta(final int entry)
    {
        return places[entry >>> CHUNK_SHIFT][entry & CHUNK_MASK] >>> 32;
    }

    /**
     * @param entry below the count.
     * @return index of its batch.
     */
    int batchIndex(final int entry)
    {
        return (int)places[entry >>> CHUNK_SHIFT][entry & CHUNK_MASK];
    }

    /**
     * @param entry below the count.
     * @return append timestamp of its batch.
     */
    long timestampNs(final int entry)
    {
        return timestamps[entry >>> CHUNK_SHIFT][entry & CHUNK_MASK];
    }

    /**
     * @param offsetDelta offset sought less the base offset of the segment.
     * @return the last entry at or before it, -1 for none. Any thread.
     */
    int floorOfOffset(final long offsetDelta)
    {
        int low = 0;
        int high = count() - 1;
        while (low <= high)
        {
            final int middle = (low + high) >>> 1;
            if (offsetDelta(middle) <= offsetDelta)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }

    /**
     * @param timestampNs epoch ns.
     * @return the last entry that was appended before it, -1 for none. Any thread.
     */
    int lowerOfTime(final long timestampNs)
    {
        int low = 0;
        int high = count() - 1;
        while (low <= high)
        {
            final int middle = (low + high) >>> 1;
            if (timestampNs(middle) < timestampNs)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }
}
