package io.epona.engine;

import io.epona.engine.log.LogCheckpoint;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

/**
 * The file {@code checkpoint}: what of each log was on disk some seconds ago. Behind the header of
 * {@link CheckedFile}: number of partitions (i32), zero (i32), then per partition topic id (i64), recovery point (i64),
 * log start (i64), partition (i32), flags (i32; 1: the log knows producers).
 *
 * @param partitions what is known of each log.
 */
public record Checkpoint(List<Entry> partitions)
{
    static final String FILE_NAME = "checkpoint";

    private static final String MAGIC = "EPONCKPT";
    private static final int COUNT_INDEX = CheckedFile.HEADER_LENGTH;
    private static final int ENTRIES_INDEX = COUNT_INDEX + 8;
    private static final int ENTRY_LENGTH = 32;
    private static final int PRODUCERS_FLAG = 1;

    /**
     * What is known of a log.
     *
     * @param topicId   of the topic.
     * @param partition index.
     * @param state     of the log.
     */
    public record Entry(long topicId, int partition, LogCheckpoint state)
    {
    }

    /**
     * @return the file.
     */
    public byte[] encode()
    {
        final byte[] bytes = new byte[ENTRIES_INDEX + partitions.size() * ENTRY_LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        buffer.putInt(COUNT_INDEX, partitions.size(), CheckedFile.ORDER);
        int index = ENTRIES_INDEX;
        for (final Entry entry : partitions)
        {
            buffer.putLong(index, entry.topicId, CheckedFile.ORDER);
            buffer.putLong(index + 8, entry.state.recoveryPoint(), CheckedFile.ORDER);
            buffer.putLong(index + 16, entry.state.logStart(), CheckedFile.ORDER);
            buffer.putInt(index + 24, entry.partition, CheckedFile.ORDER);
            buffer.putInt(index + 28, entry.state.hasProducers() ? PRODUCERS_FLAG : 0, CheckedFile.ORDER);
            index += ENTRY_LENGTH;
        }
        CheckedFile.seal(bytes, MAGIC);

        return bytes;
    }

    static String damage(final byte[] bytes)
    {
        final String damage = CheckedFile.damage(bytes, MAGIC);
        if (null != damage)
        {
            return damage;
        }

        final int count = bytes.length < ENTRIES_INDEX ?
            -1 : new UnsafeBuffer(bytes).getInt(COUNT_INDEX, CheckedFile.ORDER);

        return bytes.length != ENTRIES_INDEX + (long)count * ENTRY_LENGTH ? "it has an unexpected length" : null;
    }

    static Checkpoint decode(final byte[] bytes)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final int count = buffer.getInt(COUNT_INDEX, CheckedFile.ORDER);
        final List<Entry> entries = new ArrayList<>(count);
        for (int i = 0, index = ENTRIES_INDEX; i < count; i++, index += ENTRY_LENGTH)
        {
            entries.add(new Entry(
                buffer.getLong(index, CheckedFile.ORDER),
                buffer.getInt(index + 24, CheckedFile.ORDER),
                new LogCheckpoint(
                    buffer.getLong(index + 8, CheckedFile.ORDER),
                    buffer.getLong(index + 16, CheckedFile.ORDER),
                    0 != (buffer.getInt(index + 28, CheckedFile.ORDER) & PRODUCERS_FLAG))));
        }

        return new Checkpoint(entries);
    }
}
