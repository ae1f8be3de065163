package io.epona.engine.log;

import io.epona.engine.CheckedFile;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;

/**
 * Bytes and name of a file {@code producers-<offset, 20 digits>}: what a log knew of its producers when its end was at
 * the offset. Behind the header of {@link CheckedFile}: topic id (i64), offset (i64), partition (i32), number of
 * producers (i32), then per producer, in the order of their ids: producer id (i64), append time of its last batch
 * (i64), producer epoch (i16), zero (i16), number of batches (i32), then per batch, oldest first: base offset (i64),
 * first sequence (i32), last sequence (i32).
 */
final class ProducerSnapshot
{
    private static final String PREFIX = "producers-";
    private static final int OFFSET_DIGITS = 20;
    private static final String MAGIC = "EPONPROD";
    private static final int TOPIC_ID_INDEX = CheckedFile.HEADER_LENGTH;
    private static final int OFFSET_INDEX = TOPIC_ID_INDEX + 8;
    private static final int PARTITION_INDEX = OFFSET_INDEX + 8;
    private static final int COUNT_INDEX = PARTITION_INDEX + 4;
    private static final int PRODUCERS_INDEX = COUNT_INDEX + 4;
    private static final int PRODUCER_LENGTH = 24;
    private static final int BATCH_LENGTH = 16;

    private ProducerSnapshot()
    {
    }

    static Path file(final Path directory, final long offset)
    {
        final String digits = Long.toString(offset);
        return directory.resolve(PREFIX + "0".repeat(OFFSET_DIGITS - digits.length()) + digits);
    }

    /**
     * @return offset in the name of a snapshot, or -1 where the file is none.
     */
    static long offsetOf(final Path file)
    {
        final String name = file.getFileName().toString();
        if (name.length() != PREFIX.length() + OFFSET_DIGITS || !name.startsWith(PREFIX) ||
            !name.chars().skip(PREFIX.length()).allMatch((c) -> c >= '0' && c <= '9'))
        {
            return -1;
        }

        try
        {
            return Long.parseLong(name.substring(PREFIX.length()));
        }
        catch (final NumberFormatException ex)
        {
            // No offset is as great.
            return -1;
        }
    }

    static byte[] encode(final ProducerStates states, final long topicId, final int partition, final long offset)
    {
        final ProducerState[] sorted = states.sorted();
        int length = PRODUCERS_INDEX;
        for (final ProducerState state : sorted)
        {
            length += PRODUCER_LENGTH + state.count() * BATCH_LENGTH;
        }

        final byte[] bytes = new byte[length];
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        buffer.putLong(TOPIC_ID_INDEX, topicId, CheckedFile.ORDER);
        buffer.putLong(OFFSET_INDEX, offset, CheckedFile.ORDER);
        buffer.putInt(PARTITION_INDEX, partition, CheckedFile.ORDER);
        buffer.putInt(COUNT_INDEX, sorted.length, CheckedFile.ORDER);
        int index = PRODUCERS_INDEX;
        for (final ProducerState state : sorted)
        {
            buffer.putLong(index, state.producerId(), CheckedFile.ORDER);
            buffer.putLong(index + 8, state.lastTimestampNs(), CheckedFile.ORDER);
            buffer.putShort(index + 16, state.epoch(), CheckedFile.ORDER);
            buffer.putInt(index + 20, state.count(), CheckedFile.ORDER);
            index += PRODUCER_LENGTH;
            for (int i = 0; i < state.count(); i++, index += BATCH_LENGTH)
            {
                buffer.putLong(index, state.baseOffset(i), CheckedFile.ORDER);
                buffer.putInt(index + 8, state.firstSequence(i), CheckedFile.ORDER);
                buffer.putInt(index + 12, state.lastSequence(i), CheckedFile.ORDER);
            }
        }
        CheckedFile.seal(bytes, MAGIC);

        return bytes;
    }

    /**
     * @return null where the bytes are the snapshot of a log at an offset, else what is wrong with them.
     */
    static String damage(final byte[] bytes, final long topicId, final int partition, final long offset)
    {
        final String damage = CheckedFile.damage(bytes, MAGIC);
        if (null != damage)
        {
            return damage;
        }
        if (bytes.length < PRODUCERS_INDEX)
        {
            return "it has an unexpected length";
        }

        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        if (topicId != buffer.getLong(TOPIC_ID_INDEX, CheckedFile.ORDER) ||
            partition != buffer.getInt(PARTITION_INDEX, CheckedFile.ORDER) ||
            offset != buffer.getLong(OFFSET_INDEX, CheckedFile.ORDER))
        {
            return "it belongs to another log or offset";
        }

        long index = PRODUCERS_INDEX;
        for (int i = buffer.getInt(COUNT_INDEX, CheckedFile.ORDER); i > 0; i--)
        {
            final int count = index + PRODUCER_LENGTH > bytes.length ?
                -1 : buffer.getInt((int)index + 20, CheckedFile.ORDER);
            if (count < 0 || count > ProducerState.BATCH_COUNT_MAX)
            {
                return "it holds an impossible number of batches";
            }
            index += PRODUCER_LENGTH + count * BATCH_LENGTH;
        }

        return index != bytes.length ? "it has an unexpected length" : null;
    }

    /**
     * Read a snapshot that is whole.
     *
     * @param bytes  of the file.
     * @param states that take the producers in.
     */
    static void decode(final byte[] bytes, final ProducerStates states)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        int index = PRODUCERS_INDEX;
        for (int i = buffer.getInt(COUNT_INDEX, CheckedFile.ORDER); i > 0; i--)
        {
            final ProducerState state = new ProducerState(buffer.getLong(index, CheckedFile.ORDER));
            final long timestampNs = buffer.getLong(index + 8, CheckedFile.ORDER);
            state.begin(buffer.getShort(index + 16, CheckedFile.ORDER));
            final int count = buffer.getInt(index + 20, CheckedFile.ORDER);
            index += PRODUCER_LENGTH;
            for (int j = 0; j < count; j++, index += BATCH_LENGTH)
            {
                state.add(
                    buffer.getInt(index + 8, CheckedFile.ORDER), buffer.getInt(index + 12, CheckedFile.ORDER),
                    buffer.getLong(index, CheckedFile.ORDER), timestampNs);
            }
            states.put(state);
        }
    }
}
