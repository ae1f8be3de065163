package io.epona.engine.log;

import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * One life of a segment file. Each field has one writer:
 * <ul>
 * <li>the owner of the log: base offset (before the segment is published), end, producers, next, and the
 * entries of the index while the segment grows;</li>
 * <li>the housekeeper: the prepared limit, whether the segment is gone, its residency, and which index a sealed segment
 * has;</li>
 * <li>flusher and housekeeper in turns: the steps to its name.</li>
 * </ul>
 * Two marks for the housekeeper are set by any reader: that the index was used, and that it was wrong.
 * The housekeeper hands a prepared segment to the owner ({@link LogState#prepared}), the owner publishes it to all by
 * {@link #next(Segment)}. A file that is reused gets a new object, so what an old object says stays true.
 */
final class Segment
{
    /** End of a segment that still grows. */
    static final int OPEN_END = Integer.MAX_VALUE;
    /** Steps to a name: the flusher forces the header, the housekeeper renames, the flusher syncs the directory. */
    static final int NEW = 0;
    static final int HEADER_FORCED = 1;
    static final int RENAMED = 2;
    static final int NAMED = 3;

    private static final VarHandle PREPARED_LIMIT;
    private static final VarHandle NEXT;
    private static final VarHandle INDEX;
    private static final VarHandle IS_INDEX_USED;
    private static final VarHandle IS_INDEX_REFUSED;
    private static final VarHandle IS_GONE;
    private static final VarHandle NAMING;
    private static final VarHandle RESIDENCY;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            PREPARED_LIMIT = lookup.findVarHandle(Segment.class, "preparedLimit", int.class);
            NEXT = lookup.findVarHandle(Segment.class, "next", Segment.class);
            INDEX = lookup.findVarHandle(Segment.class, "index", SegmentIndex.class);
            IS_INDEX_USED = lookup.findVarHandle(Segment.class, "isIndexUsed", boolean.class);
            IS_INDEX_REFUSED = lookup.findVarHandle(Segment.class, "isIndexRefused", boolean.class);
            NAMING = lookup.findVarHandle(Segment.class, "naming", int.class);
            IS_GONE = lookup.findVarHandle(Segment.class, "isGone", boolean.class);
            RESIDENCY = lookup.findVarHandle(Segment.class, "residency", Residency.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final SegmentFile file;
    private final int capacity;
    private final long createdNs;
    private long baseOffset = -1;
    private long startPosition;
    private int startIndex = SegmentDescriptor.HEADER_LENGTH;
    private int endIndex = OPEN_END;
    private boolean hasProducers;
    private long previousBaseOffset = SegmentDescriptor.NO_LINK;
    private int preparedLimit;
    private SegmentIndex index;
    private boolean isIndexUsed;
    private boolean isIndexRefused;
    private Segment next;
    private boolean isGone;
    private int naming;
    private ByteBuffer checksumView;
    private Residency residency;

    // Housekeeper only.
    private long staleAtNs;
    private boolean isWithdrawn;
    private long forceAtNs;
    private boolean isIndexStored;

    Segment(final SegmentFile file, final long createdNs)
    {
        this.file = file;
        this.capacity = file.length();
        this.createdNs = createdNs;
        this.index = new SegmentIndex(capacity, file.indexIntervalBytes());
    }

    SegmentFile file()
    {
        return file;
    }

    /**
     * @return the memory, mapped where it is not. The housekeeper, the thread that opens the log, and the owner for a
     *         segment that grows; readers go by {@link #residency()}.
     */
    UnsafeBuffer buffer()
    {
        return file.region().buffer();
    }

    /**
     * @return what readers may touch, or null where the segment is not mapped for them. Any thread, under a pin where
     *         the memory is touched.
     */
    Residency residency()
    {
        // pairs with the release in residency(Residency)
        return (Residency)RESIDENCY.getAcquire(this);
    }

    /** Housekeeper only, or the thread that opens the log. */
    void residency(final Residency newResidency)
    {
        // pairs with the acquire in residency(); the full fences of readers and housekeeper order it against the pins
        RESIDENCY.setRelease(this, newResidency);
    }

    int capacity()
    {
        return capacity;
    }

    long createdNs()
    {
        return createdNs;
    }

    long baseOffset()
    {
        return baseOffset;
    }

    /**
     * Give the segment its place in the log. Before it is published.
     *
     * @param baseOffset    offset of its first record.
     * @param startPosition bytes that the log had appended since it was opened.
     * @param startIndex    at which the next batch goes.
     */
    void begin(final long baseOffset, final long startPosition, final int startIndex)
    {
        this.baseOffset = baseOffset;
        this.startPosition = startPosition;
        this.startIndex = startIndex;
    }

    /**
     * @return a duplicate of the mapping for the owner's checksums, or null where there is none.
     */
    ByteBuffer checksumView()
    {
        return checksumView;
    }

    /**
     * Duplicate the mapping for the owner, who allocates nothing. The housekeeper, before it hands the segment over.
     */
    void makeChecksumView()
    {
        final ByteBuffer mapping = buffer().byteBuffer();
        checksumView = null == mapping ? null : mapping.duplicate();
    }

    /**
     * @return bytes that the log had appended since it was opened where this segment begins.
     */
    long startPosition()
    {
        return startPosition;
    }

    int startIndex()
    {
        return startIndex;
    }

    /**
     * Index of the log end in this segment while it is the last.
     *
     * @param position bytes appended since the log was opened.
     * @return the index.
     */
    int tail(final long position)
    {
        return (int)(position - startPosition) + startIndex;
    }

    /**
     * @return index behind the last batch of a sealed segment, its capacity where it was opened without a scan,
     *         {@link #OPEN_END} while it grows. Visible to who has seen {@link #next()}.
     */
    int endIndex()
    {
        return endIndex;
    }

    void endIndex(final int endIndex)
    {
        this.endIndex = endIndex;
    }

    /**
     * @return whether a batch with a producer id was appended since the log was opened. Visible to who has seen
     *         {@link #next()}, or a position behind the batch.
     */
    boolean hasProducers()
    {
        return hasProducers;
    }

    /** Owner only, before the batch is published. */
    void markProducers()
    {
        hasProducers = true;
    }

    /**
     * @return base offset of the segment that was left for this one, or {@link SegmentDescriptor#NO_LINK}. Owner only.
     */
    long previousBaseOffset()
    {
        return previousBaseOffset;
    }

    void previousBaseOffset(final long offset)
    {
        previousBaseOffset = offset;
    }

    Segment next()
    {
        // pairs with the release in next(Segment): base offset, header and end are visible
        return (Segment)NEXT.getAcquire(this);
    }

    void next(final Segment segment)
    {
        // pairs with the acquire in next()
        NEXT.setRelease(this, segment);
    }

    /**
     * @return whether the segment was replaced or removed: to be asked under a pin, before its memory is touched.
     */
    boolean isGone()
    {
        // pairs with the release in markGone()
        return (boolean)IS_GONE.getAcquire(this);
    }

    /**
     * The segment has left the log. After the directory without it was published, and before the pins are waited for:
     * a reader that is not waited for sees this, and finds its place by offset through the directory.
     */
    void markGone()
    {
        // pairs with the acquire in isGone(); the full fences of readers and housekeeper order it against the pins
        IS_GONE.setRelease(this, true);
    }

    int preparedLimit()
    {
        // pairs with the release in preparedLimit(int): the space is there and the zeros are written
        return (int)PREPARED_LIMIT.getAcquire(this);
    }

    /** Housekeeper only, or the thread that opens the log; never for a sealed segment: all of it is in memory. */
    void preparedLimit(final int limit)
    {
        index.prepare(limit);
        if (null == residency)
        {
            residency(Residency.whole(file.region()));
        }
        // pairs with the acquire in preparedLimit()
        PREPARED_LIMIT.setRelease(this, limit);
    }

    /**
     * @return the index, or null where there is none in memory. Never null while the segment grows.
     */
    SegmentIndex index()
    {
        // pairs with the release in index(SegmentIndex)
        return (SegmentIndex)INDEX.getAcquire(this);
    }

    /** Housekeeper only, or the thread that opens the log. */
    void index(final SegmentIndex newIndex)
    {
        // pairs with the acquire in index(): all entries of an index that was made are visible
        INDEX.setRelease(this, newIndex);
    }

    /** Begin the index anew. By the thread that opens the log. */
    void clearIndex()
    {
        index(new SegmentIndex(capacity, file.indexIntervalBytes()));
    }

    /**
     * Where to begin to look for an offset. Touches no memory of the segment: what the index says is to be checked.
     *
     * @param offset at least the base offset.
     * @return a batch at or before it: (its offset - base offset) << 32 | its index; behind the header where none is.
     */
    long floorEntry(final long offset)
    {
        final SegmentIndex current = index();
        final int entry = null == current ? -1 : current.floorOfOffset(offset - baseOffset);
        if (entry < 0)
        {
            return SegmentDescriptor.HEADER_LENGTH;
        }

        isIndexUsed(true);

        return current.place(entry);
    }

    /** Any thread. */
    void isIndexUsed(final boolean isUsed)
    {
        if (isUsed != (boolean)IS_INDEX_USED.getOpaque(this))
        {
            IS_INDEX_USED.setOpaque(this, isUsed);
        }
    }

    /** Housekeeper only. */
    boolean takeIndexUsed()
    {
        return (boolean)IS_INDEX_USED.getAndSet(this, false);
    }

    /** Something else lies where the index says that a batch is. Any thread. */
    void refuseIndex()
    {
        IS_INDEX_REFUSED.setOpaque(this, true);
    }

    /** Housekeeper only. */
    boolean takeIndexRefused()
    {
        return (boolean)IS_INDEX_REFUSED.getOpaque(this) && (boolean)IS_INDEX_REFUSED.getAndSet(this, false);
    }

    boolean isIndexStored()
    {
        return isIndexStored;
    }

    void isIndexStored(final boolean isStored)
    {
        isIndexStored = isStored;
    }

    /**
     * The segment that stands for the same file once its end was cut off and zeroed: the one that grows. Housekeeper
     * only, while the owner waits.
     *
     * @param position bytes appended since the log was opened.
     * @param tail     index at which it goes on, behind a batch.
     * @return the segment, not published yet.
     */
    Segment cutCopy(final long position, final int tail)
    {
        final Segment copy = new Segment(file, createdNs);
        copy.begin(baseOffset, position, tail);
        copy.hasProducers = hasProducers;
        copy.markNamed();
        final SegmentIndex entries = copy.index();
        final UnsafeBuffer buffer = buffer();
        int batchIndex = SegmentDescriptor.HEADER_LENGTH;
        while (batchIndex < tail)
        {
            entries.pass(
                RecordBatchDescriptor.baseOffset(buffer, batchIndex) - baseOffset,
                batchIndex,
                RecordBatchDescriptor.appendTimestamp(buffer, batchIndex));
            batchIndex += RecordBatchDescriptor.length(buffer, batchIndex);
        }
        copy.preparedLimit(tail);

        return copy;
    }

    /**
     * @return epoch ns from which on it is no longer known what of the segment is in memory.
     */
    long staleAtNs()
    {
        return staleAtNs;
    }

    void staleAtNs(final long staleAtNs)
    {
        this.staleAtNs = staleAtNs;
    }

    /**
     * @return whether the mapping was taken from readers, and goes when those who were in it are out.
     */
    boolean isWithdrawn()
    {
        return isWithdrawn;
    }

    void isWithdrawn(final boolean isWithdrawn)
    {
        this.isWithdrawn = isWithdrawn;
    }

    long forceAtNs()
    {
        return forceAtNs;
    }

    void forceAtNs(final long forceAtNs)
    {
        this.forceAtNs = forceAtNs;
    }

    /**
     * @return how far the segment is on the way to its name.
     */
    int naming()
    {
        // pairs with the release in naming(int): path and directory are what the step says
        return (int)NAMING.getAcquire(this);
    }

    /** By whose turn it is: each step is taken by the thread that the one before leaves it to. */
    void naming(final int step)
    {
        // pairs with the acquire in naming()
        NAMING.setRelease(this, step);
    }

    /**
     * @return whether the segment has its name, durably.
     */
    boolean isNamed()
    {
        return NAMED == naming();
    }

    void markNamed()
    {
        naming(NAMED);
    }
}
