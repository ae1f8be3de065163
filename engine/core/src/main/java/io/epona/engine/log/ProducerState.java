package io.epona.engine.log;

import java.util.Arrays;

/**
 * What a log knows of one idempotent producer: its epoch and its last batches, oldest first in a ring. Owned by who
 * owns the {@link ProducerStates}.
 */
final class ProducerState
{
    /** Batches that are remembered, and so the most that a producer may have in flight to a partition. */
    static final int BATCH_COUNT_MAX = 32;
    private static final int BATCH_COUNT_INITIAL = 4;
    /** Sequences are 31 bits wide: 0 follows the greatest. */
    private static final int SEQUENCE_MASK = Integer.MAX_VALUE;

    private final long producerId;
    private long lastTimestampNs;
    /** Base offset, then first sequence << 32 | last sequence. */
    private long[] batches = new long[2 * BATCH_COUNT_INITIAL];
    private int first;
    private int count;
    private short epoch;

    ProducerState(final long producerId)
    {
        this.producerId = producerId;
    }

    ProducerState copy()
    {
        final ProducerState copy = new ProducerState(producerId);
        copy.lastTimestampNs = lastTimestampNs;
        copy.batches = batches.clone();
        copy.first = first;
        copy.count = count;
        copy.epoch = epoch;

        return copy;
    }

    static int lastSequence(final int firstSequence, final int lastOffsetDelta)
    {
        return firstSequence + lastOffsetDelta & SEQUENCE_MASK;
    }

    static int nextSequence(final int sequence)
    {
        return sequence + 1 & SEQUENCE_MASK;
    }

    long producerId()
    {
        return producerId;
    }

    short epoch()
    {
        return epoch;
    }

    long lastTimestampNs()
    {
        return lastTimestampNs;
    }

    int count()
    {
        return count;
    }

    /**
     * @param i 0 for the oldest batch that is remembered.
     */
    long baseOffset(final int i)
    {
        return batches[slot(i)];
    }

    int firstSequence(final int i)
    {
        return (int)(batches[slot(i) + 1] >>> 32);
    }

    int lastSequence(final int i)
    {
        return (int)batches[slot(i) + 1];
    }

    /**
     * @return sequence of the last record, -1 for none.
     */
    int lastSequence()
    {
        return 0 == count ? -1 : lastSequence(count - 1);
    }

    /**
     * @return base offset of the batch with these sequences, or -1 where it is not remembered.
     */
    long find(final int firstSequence, final int lastSequence)
    {
        final long wanted = sequences(firstSequence, lastSequence);
        for (int i = count - 1; i >= 0; i--)
        {
            final int slot = slot(i);
            if (wanted == batches[slot + 1])
            {
                return batches[slot];
            }
        }

        return -1;
    }

    /**
     * @param found what the batches of a log say from an offset on.
     * @param from  that offset.
     * @return whether this says the same, and else only of batches before.
     */
    boolean endsWith(final ProducerState found, final long from)
    {
        final int older = count - found.count;
        boolean isSame = older >= 0 && epoch == found.epoch && lastTimestampNs == found.lastTimestampNs;
        for (int i = 0; i < count && isSame; i++)
        {
            isSame = i < older ? baseOffset(i) < from :
                baseOffset(i) == found.baseOffset(i - older) &&
                batches[slot(i) + 1] == found.batches[found.slot(i - older) + 1];
        }

        return isSame;
    }

    /**
     * Whether this is what was found and, in between, batches of which compaction has left nothing. As there are fewer,
     * those that were found may go back further than what is remembered.
     */
    boolean includes(final ProducerState found)
    {
        int next = 0;
        while (count > 0 && next < found.count && found.baseOffset(next) < baseOffset(0))
        {
            next++;
        }
        for (int i = 0; i < count && next < found.count; i++)
        {
            if (baseOffset(i) == found.baseOffset(next) &&
                batches[slot(i) + 1] == found.batches[found.slot(next) + 1])
            {
                next++;
            }
        }

        return next == found.count && epoch == found.epoch && lastTimestampNs == found.lastTimestampNs;
    }

    /** Begin anew in an epoch. */
    void begin(final short newEpoch)
    {
        epoch = newEpoch;
        first = 0;
        count = 0;
    }

    void add(final int firstSequence, final int lastSequence, final long baseOffset, final long timestampNs)
    {
        final int capacity = batches.length / 2;
        if (count == capacity && capacity < BATCH_COUNT_MAX)
        {
            grow();
        }
        if (count == batches.length / 2)
        {
            first = first + 1 == count ? 0 : first + 1;
            count--;
        }

        final int slot = slot(count);
        batches[slot] = baseOffset;
        batches[slot + 1] = sequences(firstSequence, lastSequence);
        count++;
        lastTimestampNs = timestampNs;
    }

    /**
     * Forget the batches at and behind an offset, newest first. The time stays that of the newest: it is only told
     * where that is asked to be later than it was.
     *
     * @param end offset.
     */
    void truncate(final long end)
    {
        while (count > 0 && baseOffset(count - 1) >= end)
        {
            count--;
        }
    }

    private void grow()
    {
        final long[] grown = new long[2 * batches.length];
        for (int i = 0; i < count; i++)
        {
            System.arraycopy(batches, slot(i), grown, 2 * i, 2);
        }
        batches = grown;
        first = 0;
    }

    private int slot(final int i)
    {
        final int capacity = batches.length / 2;
        final int place = first + i;
        return 2 * (place < capacity ? place : place - capacity);
    }

    private static long sequences(final int firstSequence, final int lastSequence)
    {
        return (long)firstSequence << 32 | lastSequence;
    }

    private long[] content()
    {
        final long[] content = new long[2 * count + 2];
        content[0] = epoch;
        content[1] = lastTimestampNs;
        for (int i = 0; i < count; i++)
        {
            System.arraycopy(batches, slot(i), content, 2 * i + 2, 2);
        }

        return content;
    }

    @Override
    public boolean equals(final Object other)
    {
        return other instanceof ProducerState && producerId == ((ProducerState)other).producerId &&
            Arrays.equals(content(), ((ProducerState)other).content());
    }

    @Override
    public int hashCode()
    {
        return Long.hashCode(producerId);
    }

    @Override
    public String toString()
    {
        return producerId + ": " + Arrays.toString(content());
    }
}
