package io.epona.engine;

import io.epona.engine.log.CleanState;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

/**
 * The file {@code clean}: written last when an engine is closed in order, deleted before the next one opens a log, and
 * believed only where it is of the broker's last life. Behind the header of {@link CheckedFile}: broker epoch (i32),
 * number of partitions (i32), then per partition topic id (i64), log end (i64), base offset of the active segment
 * (i64), partition (i32), epoch of the last batch (i32), position in the active segment (i32),
 * flags (i32; 1: there is a snapshot of the producers).
 *
 * @param brokerEpoch life of the broker that ended.
 * @param partitions  where each log ended.
 */
public record CleanMarker(int brokerEpoch, List<Entry> partitions)
{
    public static final String FILE_NAME = "clean";

    private static final String MAGIC = "EPONCLEN";
    private static final int BROKER_EPOCH_INDEX = CheckedFile.HEADER_LENGTH;
    private static final int COUNT_INDEX = BROKER_EPOCH_INDEX + 4;
    private static final int ENTRIES_INDEX = COUNT_INDEX + 4;
    private static final int ENTRY_LENGTH = 40;
    private static final int PRODUCERS_FLAG = 1;

    /**
     * Where a log ended.
     *
     * @param topicId   of the topic.
     * @param partition index.
     * @param state     of the log.
     */
    public record Entry(long topicId, int partition, CleanState state)
    {
    }

    byte[] encode()
    {
        final byte[] bytes = new byte[ENTRIES_INDEX + partitions.size() * ENTRY_LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        buffer.putInt(BROKER_EPOCH_INDEX, brokerEpoch, CheckedFile.ORDER);
        buffer.putInt(COUNT_INDEX, partitions.size(), CheckedFile.ORDER);
        int index = ENTRIES_INDEX;
        for (final Entry entry : partitions)
        {
            buffer.putLong(index, entry.topicId, CheckedFile.ORDER);
            buffer.putLong(index + 8, entry.state.logEnd(), CheckedFile.ORDER);
            buffer.putLong(index + 16, entry.state.activeBaseOffset(), CheckedFile.ORDER);
            buffer.putInt(index + 24, entry.partition, CheckedFile.ORDER);
            buffer.putInt(index + 28, entry.state.lastEpoch(), CheckedFile.ORDER);
            buffer.putInt(index + 32, entry.state.activePosition(), CheckedFile.ORDER);
            buffer.putInt(index + 36, entry.state.hasProducers() ? PRODUCERS_FLAG : 0, CheckedFile.ORDER);
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

    static CleanMarker decode(final byte[] bytes)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final int count = buffer.getInt(COUNT_INDEX, CheckedFile.ORDER);
        final List<Entry> entries = new ArrayList<>(count);
        for (int i = 0, index = ENTRIES_INDEX; i < count; i++, index += ENTRY_LENGTH)
        {
            entries.add(new Entry(
                buffer.getLong(index, CheckedFile.ORDER),
                buffer.getInt(index + 24, CheckedFile.ORDER),
                new CleanState(
                    buffer.getLong(index + 8, CheckedFile.ORDER),
                    buffer.getInt(index + 28, CheckedFile.ORDER),
                    buffer.getLong(index + 16, CheckedFile.ORDER),
                    buffer.getInt(index + 32, CheckedFile.ORDER),
                    0 != (buffer.getInt(index + 36, CheckedFile.ORDER) & PRODUCERS_FLAG))));
        }

        return new CleanMarker(buffer.getInt(BROKER_EPOCH_INDEX, CheckedFile.ORDER), entries);
    }
}
