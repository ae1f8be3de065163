package io.epona.loadgen.peers.kafka;

import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.LoadDriver.ConsumerPort;
import io.epona.loadgen.driver.LoadDriver.RecordSink;
import io.epona.loadgen.driver.Topics;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * One consumer of Kafka, of given partitions from their beginning on. Owned by the consumers' thread, on which it
 * waits for its broker as Kafka's users let it wait.
 */
final class KafkaConsumerPort implements ConsumerPort
{
    private static final Duration WAIT = Duration.ofMillis(10);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Integer> partitions = new HashMap<>();
    private final Duration wait;
    private final RecordSink records;
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);

    /**
     * @param settings of the consumer, deserializers included.
     * @param topics   that exist.
     * @param globals  numbers of the partitions.
     * @param isAlone  whether no other consumer waits for the same thread.
     * @param records  told of every record.
     */
    KafkaConsumerPort(
        final Map<String, Object> settings,
        final Topics topics,
        final int[] globals,
        final boolean isAlone,
        final RecordSink records)
    {
        this.wait = isAlone ? WAIT : Duration.ZERO;
        this.records = records;
        for (final int global : globals)
        {
            partitions.put(
                new TopicPartition(topics.name(topics.topicOf(global)), topics.partitionOf(global)), global);
        }
        consumer = new KafkaConsumer<>(settings);
        consumer.assign(partitions.keySet());
        consumer.seekToBeginning(partitions.keySet());
        for (final TopicPartition partition : partitions.keySet())
        {
            // Asks the broker: from here on it is subscribed.
            consumer.position(partition);
        }
    }

    @Override
    public int poll(final int limit)
    {
        final ConsumerRecords<byte[], byte[]> polled = consumer.poll(wait);
        if (polled.isEmpty())
        {
            return 0;
        }

        for (final TopicPartition partition : polled.partitions())
        {
            final int global = partitions.get(partition);
            for (final ConsumerRecord<byte[], byte[]> record : polled.records(partition))
            {
                final byte[] value = record.value();
                buffer.wrap(value);
                records.onRecord(global, keyOf(record.key()), buffer, 0, value.length);
            }
        }

        return polled.count();
    }

    private static long keyOf(final byte[] key)
    {
        return null == key ? LoadDriver.NO_KEY : LoadDriver.KEY_LENGTH == key.length ?
            ByteBuffer.wrap(key).order(LITTLE_ENDIAN).getLong() : LoadDriver.WRONG_KEY;
    }

    @Override
    public void close()
    {
        consumer.close();
    }
}
