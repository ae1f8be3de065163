package io.epona.client;

import io.epona.codecs.batch.Record;
import org.agrona.DirectBuffer;

import java.nio.charset.StandardCharsets;

/**
 * A record that was copied out of the log, for code that does not count nanoseconds:
 * {@link Consumer#poll(java.time.Duration)}. Immutable as long as the arrays are left alone.
 *
 * @param topicPartition to which the record belongs.
 * @param offset         in the partition.
 * @param timestampNs    the producer's, epoch ns.
 * @param key            bytes, or null.
 * @param value          bytes, or null for a tombstone.
 */
@SuppressWarnings("java:S6218")
public record ConsumerRecord(TopicPartition topicPartition, long offset, long timestampNs, byte[] key, byte[] value)
{
    static ConsumerRecord copyOf(final TopicPartition partition, final Record record)
    {
        return new ConsumerRecord(
            partition,
            record.offset(),
            record.timestampNs(),
            bytes(record.buffer(), record.keyIndex(), record.keyLength()),
            bytes(record.buffer(), record.valueIndex(), record.valueLength()));
    }

    private static byte[] bytes(final DirectBuffer buffer, final int index, final int length)
    {
        if (length < 0)
        {
            return null;
        }
        final byte[] bytes = new byte[length];
        buffer.getBytes(index, bytes);
        return bytes;
    }

    /**
     * @return name of the topic.
     */
    public String topic()
    {
        return topicPartition.topic();
    }

    /**
     * @return index of the partition.
     */
    public int partition()
    {
        return topicPartition.partition();
    }

    /**
     * @return the key as UTF-8, or null.
     */
    public String keyAsString()
    {
        return null == key ? null : new String(key, StandardCharsets.UTF_8);
    }

    /**
     * @return the value as UTF-8, or null.
     */
    public String valueAsString()
    {
        return null == value ? null : new String(value, StandardCharsets.UTF_8);
    }
}
