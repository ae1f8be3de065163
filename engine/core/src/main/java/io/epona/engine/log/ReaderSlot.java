package io.epona.engine.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The pin of one reader, and the place from which it reads where that may have to be brought from disk. The pin is a
 * count that is odd while the reader is inside a poll. It is written by the thread that uses
 * the reader and read by the housekeeper. A count that changed since the housekeeper looked belongs to a later poll,
 * which has seen what the housekeeper published before it looked.
 */
final class ReaderSlot
{
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle WANTED_SEGMENT;
    private static final VarHandle WANTED_INDEX;
    private static final VarHandle WANTED_LENGTH;
    private static final int PADDED_LENGTH = 33;
    private static final int INDEX = 16;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            WANTED_SEGMENT = lookup.findVarHandle(ReaderSlot.class, "wantedSegment", Segment.class);
            WANTED_INDEX = lookup.findVarHandle(ReaderSlot.class, "wantedIndex", int.class);
            WANTED_LENGTH = lookup.findVarHandle(ReaderSlot.class, "wantedLength", int.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    // The count lies in the middle of an array of its own, at least 128 bytes from anything else.
    private final long[] counts = new long[PADDED_LENGTH];
    private Segment wantedSegment;
    private int wantedIndex;
    private int wantedLength;

    // Housekeeper only.
    private Segment servedSegment;
    private int servedIndex;
    private int windowLength;
    private long servedCount;
    private long usedAtNs;

    /**
     * Pin, and order it before everything that follows. Reader only.
     */
    void pin()
    {
        // pairs with the acquire in count(); the fence pairs with the one in ReaderTable.snapshot: either the
        // housekeeper sees this pin, or this reader sees what the housekeeper published
        COUNT.setRelease(counts, INDEX, counts[INDEX] + 1);
        VarHandle.fullFence();
    }

    /**
     * Everything that was read under the pin was read before this. Reader only.
     */
    void unpin()
    {
        // pairs with the acquire in count()
        COUNT.setRelease(counts, INDEX, counts[INDEX] + 1);
    }

    long count()
    {
        // pairs with the releases in pin and unpin
        return (long)COUNT.getAcquire(counts, INDEX);
    }

    /**
     * Say where the reader goes on, in a segment that may have to be read ahead. Reader only.
     *
     * @param segment or null where it reads what is there anyway.
     * @param index   of the next batch.
     * @param length  that it takes to go on, 0 where that is not known.
     */
    void want(final Segment segment, final int index, final int length)
    {
        // pair with the acquires of the housekeeper, to which the place of one want with the length of another does
        // no harm: it reads something else ahead until it looks again
        WANTED_LENGTH.setRelease(this, length);
        WANTED_INDEX.setRelease(this, index);
        WANTED_SEGMENT.setRelease(this, segment);
    }

    Segment wantedSegment()
    {
        // pairs with the release in want
        return (Segment)WANTED_SEGMENT.getAcquire(this);
    }

    int wantedIndex()
    {
        // pairs with the release in want
        return (int)WANTED_INDEX.getAcquire(this);
    }

    /**
     * How much to read ahead for this reader: little where it came by a seek, more the longer it goes on. Housekeeper
     * only.
     *
     * @param segment   that it wants.
     * @param index     from which.
     * @param nowNs     epoch ns.
     * @param maxLength of the window.
     * @param idleNs    after which a reader that does not poll is not served any more.
     * @return bytes, 0 for a reader that does not poll.
     */
    int window(final Segment segment, final int index, final long nowNs, final int maxLength, final long idleNs)
    {
        final long count = count();
        if (count != servedCount)
        {
            servedCount = count;
            usedAtNs = nowNs;
        }
        if (segment != servedSegment)
        {
            final boolean isNext = null != servedSegment && servedSegment.next() == segment;
            windowLength = isNext ? Math.min(maxLength, windowLength * 2) : Residency.CHUNK_LENGTH;
            servedSegment = segment;
            servedIndex = index;
        }
        else if (index != servedIndex)
        {
            final boolean isOnward =
                index > servedIndex && index - servedIndex <= windowLength + Residency.CHUNK_LENGTH;
            if (!isOnward)
            {
                windowLength = Residency.CHUNK_LENGTH;
                servedIndex = index;
            }
            else if (index >>> Residency.CHUNK_SHIFT != servedIndex >>> Residency.CHUNK_SHIFT)
            {
                windowLength = Math.min(maxLength, windowLength * 2);
                servedIndex = index;
            }
        }

        // A batch may be longer than the window.
        return isIdle(nowNs, idleNs) ? 0 : Math.max(windowLength, (int)WANTED_LENGTH.getAcquire(this));
    }

    boolean isIdle(final long nowNs, final long idleNs)
    {
        return nowNs - usedAtNs > idleNs;
    }

    static boolean isPinned(final long count)
    {
        return 0 != (count & 1);
    }
}
