package io.epona.engine.replica;

import io.epona.codecs.ResultCode;

import java.util.Arrays;

/**
 * The appends of one leadership that wait for the high watermark, in the order of their arrival. Owned by the shard's
 * thread. Allocates only to grow, up to a maximum.
 * <p>
 * An entry needs what its batch ends with. A repeated batch stands behind younger ones and needs less than they do, so
 * what is due is looked for among all of them where there is such a one, and else from the oldest on.
 */
final class ParkedAppends
{
    private static final int FIELDS = 4;
    private static final int NEEDED = 0;
    private static final int BASE_OFFSET = 1;
    private static final int CORRELATION_ID = 2;
    private static final int DEADLINE = 3;
    private static final int CAPACITY_INITIAL = 16;
    private static final long DECIDED = Long.MIN_VALUE;

    private final AppendListener listener;
    private final long topicId;
    private final int partition;
    private final int leaderEpoch;
    private final int countMax;
    private long[] entries = new long[CAPACITY_INITIAL * FIELDS];
    private int first;
    private int count;
    private long highestNeeded;
    private long earliestDeadlineNs = Long.MAX_VALUE;
    private boolean isUnordered;

    ParkedAppends(
        final AppendListener listener,
        final long topicId,
        final int partition,
        final int leaderEpoch,
        final int countMax)
    {
        this.listener = listener;
        this.topicId = topicId;
        this.partition = partition;
        this.leaderEpoch = leaderEpoch;
        this.countMax = countMax;
    }

    int count()
    {
        return count;
    }

    boolean isFull()
    {
        return count >= countMax;
    }

    /**
     * @param needed        high watermark at which the append is committed.
     * @param baseOffset    of the batch.
     * @param correlationId of the append.
     * @param deadlineNs    of the append.
     */
    void park(final long needed, final long baseOffset, final long correlationId, final long deadlineNs)
    {
        if (count * FIELDS == entries.length)
        {
            grow();
        }

        final int slot = slot(count++);
        entries[slot + NEEDED] = needed;
        entries[slot + BASE_OFFSET] = baseOffset;
        entries[slot + CORRELATION_ID] = correlationId;
        entries[slot + DEADLINE] = deadlineNs;
        isUnordered |= needed < highestNeeded;
        highestNeeded = Math.max(highestNeeded, needed);
        earliestDeadlineNs = Math.min(earliestDeadlineNs, deadlineNs);
    }

    /**
     * Answer what is committed.
     *
     * @param highWatermark of the leader.
     * @return number of answers.
     */
    int complete(final long highWatermark)
    {
        int answered = 0;
        while (count > 0 && entries[first * FIELDS + NEEDED] <= highWatermark)
        {
            answered += decide(first * FIELDS, 0);
            dropFirst();
        }
        if (isUnordered && count > 0)
        {
            for (int i = 0; i < count; i++)
            {
                final int slot = slot(i);
                if (entries[slot + NEEDED] <= highWatermark)
                {
                    answered += decide(slot, 0);
                }
            }
        }
        if (0 == count)
        {
            clear();
        }

        return answered;
    }

    /**
     * Answer what waited for too long.
     *
     * @param nowNs time of this cycle.
     * @return number of answers.
     */
    int expire(final long nowNs)
    {
        if (nowNs - earliestDeadlineNs < 0)
        {
            return 0;
        }

        int answered = 0;
        earliestDeadlineNs = Long.MAX_VALUE;
        for (int i = 0; i < count; i++)
        {
            final int slot = slot(i);
            if (DECIDED != entries[slot + NEEDED])
            {
                if (nowNs - entries[slot + DEADLINE] >= 0)
                {
                    answered += decide(slot, ResultCode.TIMED_OUT.code());
                }
                else
                {
                    earliestDeadlineNs = Math.min(earliestDeadlineNs, entries[slot + DEADLINE]);
                }
            }
        }
        while (count > 0 && DECIDED == entries[first * FIELDS + NEEDED])
        {
            dropFirst();
        }

        return answered;
    }

    /**
     * The leadership ends: nothing that waits is decided by it any more.
     *
     * @param code to answer with.
     * @return number of answers.
     */
    int fail(final int code)
    {
        int answered = 0;
        for (int i = 0; i < count; i++)
        {
            answered += decide(slot(i), code);
        }
        clear();

        return answered;
    }

    private int decide(final int slot, final int code)
    {
        if (DECIDED == entries[slot + NEEDED])
        {
            return 0;
        }

        entries[slot + NEEDED] = DECIDED;
        listener.onAppendDecided(
            topicId, partition, entries[slot + CORRELATION_ID], code, leaderEpoch, entries[slot + BASE_OFFSET]);
        return 1;
    }

    private void dropFirst()
    {
        first = (first + 1) * FIELDS == entries.length ? 0 : first + 1;
        count--;
    }

    private void clear()
    {
        first = 0;
        count = 0;
        highestNeeded = 0;
        isUnordered = false;
        earliestDeadlineNs = Long.MAX_VALUE;
    }

    private int slot(final int i)
    {
        final int capacity = entries.length / FIELDS;
        final int place = first + i;
        return FIELDS * (place < capacity ? place : place - capacity);
    }

    private void grow()
    {
        final long[] grown = Arrays.copyOf(entries, 2 * entries.length);
        for (int i = 0; i < count; i++)
        {
            System.arraycopy(entries, slot(i), grown, i * FIELDS, FIELDS);
        }
        entries = grown;
        first = 0;
    }
}
