package io.epona.engine.log;

import io.epona.engine.CheckedFile;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * In which leader epoch each offset of a log was written: a cache of what a scan of the log finds, one entry for each
 * epoch that has a batch.
 * <p>
 * Changed by the owner of the log; the list that it holds is replaced whole, so that any thread can read it. An epoch
 * changes with the life of a leader, so copying costs nothing that counts.
 */
final class LeaderEpochs
{
    /** No epoch, or no offset. */
    static final int NONE = -1;
    static final String FILE_NAME = "epochs";

    private static final VarHandle HISTORY;

    static
    {
        try
        {
            HISTORY = MethodHandles.lookup().findVarHandle(LeaderEpochs.class, "history", History.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private History history;

    LeaderEpochs(final History history)
    {
        HISTORY.setRelease(this, history);
    }

    /**
     * @return what is known now; does not change. Any thread.
     */
    History history()
    {
        // pairs with the release in set(History)
        return (History)HISTORY.getAcquire(this);
    }

    private void set(final History changed)
    {
        // pairs with the acquire in history(): the arrays are written
        HISTORY.setRelease(this, changed);
    }

    /**
     * A batch was written. Owner only.
     *
     * @param epoch  of the batch, at least the last one.
     * @param offset of its first record.
     */
    void onAppend(final int epoch, final long offset)
    {
        final History known = history;
        if (epoch != known.lastEpoch())
        {
            set(known.with(epoch, offset));
        }
    }

    /**
     * The log was cut: forget what began at or behind an offset. Owner only.
     *
     * @param offset of the new log end.
     */
    void truncate(final long offset)
    {
        set(history.truncated(offset));
    }

    /**
     * The log begins later now: forget epochs that ended before. Owner only.
     *
     * @param offset of the new log start.
     */
    void trimStart(final long offset)
    {
        set(history.trimmed(offset));
    }

    /**
     * @return epoch of the last batch, or {@link #NONE}. Any thread.
     */
    int lastEpoch()
    {
        return history().lastEpoch();
    }

    /**
     * Where an epoch ended in this log: the offset that a replica must cut to whose last batch is of that epoch, if
     * it has more. Where this log has no batch of the epoch, the end of the greatest one below it counts. Any thread.
     *
     * @param epoch  to look for.
     * @param logEnd next offset to be written: the end of the last epoch.
     * @return the offset, or {@link #NONE} where the epoch is greater than the last one of this log.
     */
    long endOffsetFor(final int epoch, final long logEnd)
    {
        return history().endOffsetFor(epoch, logEnd);
    }

    /**
     * Epochs and where they began, rising. Does not change.
     */
    static final class History
    {
        static final History EMPTY = new History(new int[0], new long[0]);

        private static final String MAGIC = "EPONEPOC";
        private static final int TOPIC_ID_INDEX = CheckedFile.HEADER_LENGTH;
        private static final int PARTITION_INDEX = TOPIC_ID_INDEX + 8;
        private static final int COUNT_INDEX = PARTITION_INDEX + 4;
        private static final int ENTRIES_INDEX = COUNT_INDEX + 4;
        private static final int ENTRY_LENGTH = 16;

        private final int[] epochs;
        private final long[] starts;

        private History(final int[] epochs, final long[] starts)
        {
            this.epochs = epochs;
            this.starts = starts;
        }

        int size()
        {
            return epochs.length;
        }

        int epoch(final int i)
        {
            return epochs[i];
        }

        long start(final int i)
        {
            return starts[i];
        }

        int lastEpoch()
        {
            return 0 == epochs.length ? NONE : epochs[epochs.length - 1];
        }

        /**
         * @return epoch of the batch that holds an offset, or {@link #NONE} where that is before the first.
         */
        int epochAt(final long offset)
        {
            int i = starts.length - 1;
            while (i >= 0 && starts[i] > offset)
            {
                i--;
            }

            return i < 0 ? NONE : epochs[i];
        }

        /**
         * @return the greatest epoch of this log that is not above one, or {@link #NONE}.
         */
        int floorEpoch(final int epoch)
        {
            final int i = floorIndex(epoch);
            return i < 0 ? NONE : epochs[i];
        }

        long endOffsetFor(final int epoch, final long logEnd)
        {
            if (epoch > lastEpoch())
            {
                return NONE;
            }

            final int next = floorIndex(epoch) + 1;
            return next == starts.length ? logEnd : starts[next];
        }

        private int floorIndex(final int epoch)
        {
            int i = epochs.length - 1;
            while (i >= 0 && epochs[i] > epoch)
            {
                i--;
            }

            return i;
        }

        History with(final int epoch, final long offset)
        {
            final int known = epochs.length;
            if (epoch <= lastEpoch() || known > 0 && offset < starts[known - 1])
            {
                throw new IllegalStateException("epoch " + epoch + " from offset " + offset + " behind " + this);
            }
            // Where the log has no batch left of the last epoch, that one goes.
            final int size = known > 0 && offset == starts[known - 1] ? known - 1 : known;
            final int[] newEpochs = Arrays.copyOf(epochs, size + 1);
            final long[] newStarts = Arrays.copyOf(starts, size + 1);
            newEpochs[size] = epoch;
            newStarts[size] = offset;

            return new History(newEpochs, newStarts);
        }

        History truncated(final long logEnd)
        {
            int size = starts.length;
            while (size > 0 && starts[size - 1] >= logEnd)
            {
                size--;
            }

            return size == starts.length ? this : new History(Arrays.copyOf(epochs, size), Arrays.copyOf(starts, size));
        }

        History trimmed(final long logStart)
        {
            int first = 0;
            while (first + 1 < starts.length && starts[first + 1] <= logStart)
            {
                first++;
            }
            if (0 == starts.length || 0 == first && starts[0] >= logStart)
            {
                return this;
            }
            final long[] newStarts = Arrays.copyOfRange(starts, first, starts.length);
            newStarts[0] = logStart;

            return new History(Arrays.copyOfRange(epochs, first, epochs.length), newStarts);
        }

        /**
         * @return whether this continues, or equals, another one.
         */
        boolean startsWith(final History prefix)
        {
            final int size = prefix.size();
            return size <= size() && Arrays.equals(epochs, 0, size, prefix.epochs, 0, size) &&
                Arrays.equals(starts, 0, size, prefix.starts, 0, size);
        }

        byte[] encode(final long topicId, final int partition)
        {
            final byte[] bytes = new byte[ENTRIES_INDEX + epochs.length * ENTRY_LENGTH];
            final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
            buffer.putLong(TOPIC_ID_INDEX, topicId, CheckedFile.ORDER);
            buffer.putInt(PARTITION_INDEX, partition, CheckedFile.ORDER);
            buffer.putInt(COUNT_INDEX, epochs.length, CheckedFile.ORDER);
            for (int i = 0, index = ENTRIES_INDEX; i < epochs.length; i++, index += ENTRY_LENGTH)
            {
                buffer.putLong(index, starts[i], CheckedFile.ORDER);
                buffer.putInt(index + 8, epochs[i], CheckedFile.ORDER);
            }
            CheckedFile.seal(bytes, MAGIC);

            return bytes;
        }

        /**
         * @return null where the bytes are the epochs of a log, else what is wrong with them.
         */
        static String damage(final byte[] bytes, final long topicId, final int partition)
        {
            final String damage = CheckedFile.damage(bytes, MAGIC);
            if (null != damage)
            {
                return damage;
            }

            final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
            final int count = bytes.length < ENTRIES_INDEX ? -1 : buffer.getInt(COUNT_INDEX, CheckedFile.ORDER);
            if (count < 0 || bytes.length != ENTRIES_INDEX + (long)count * ENTRY_LENGTH)
            {
                return "it has an unexpected length";
            }
            if (topicId != buffer.getLong(TOPIC_ID_INDEX, CheckedFile.ORDER) ||
                partition != buffer.getInt(PARTITION_INDEX, CheckedFile.ORDER))
            {
                return "it belongs to another log";
            }
            for (int index = ENTRIES_INDEX + ENTRY_LENGTH; index < bytes.length; index += ENTRY_LENGTH)
            {
                if (buffer.getLong(index, CheckedFile.ORDER) <= buffer.getLong(index - 16, CheckedFile.ORDER) ||
                    buffer.getInt(index + 8, CheckedFile.ORDER) <= buffer.getInt(index - 8, CheckedFile.ORDER))
                {
                    return "its epochs or offsets do not rise";
                }
            }

            return null;
        }

        static History decode(final byte[] bytes)
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
            final int count = buffer.getInt(COUNT_INDEX, CheckedFile.ORDER);
            History history = EMPTY;
            for (int i = 0, index = ENTRIES_INDEX; i < count; i++, index += ENTRY_LENGTH)
            {
                history = history.with(
                    buffer.getInt(index + 8, CheckedFile.ORDER), buffer.getLong(index, CheckedFile.ORDER));
            }

            return history;
        }

        @Override
        public boolean equals(final Object other)
        {
            return other instanceof History && Arrays.equals(epochs, ((History)other).epochs) &&
                Arrays.equals(starts, ((History)other).starts);
        }

        @Override
        public int hashCode()
        {
            return 31 * Arrays.hashCode(epochs) + Arrays.hashCode(starts);
        }

        @Override
        public String toString()
        {
            return Arrays.toString(epochs) + " from " + Arrays.toString(starts);
        }
    }
}
