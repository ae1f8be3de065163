package io.epona.loadgen.peers.kafka;

import io.epona.codecs.ResultCode;
import io.epona.loadgen.driver.ErrorLines;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.LoadDriver.AckSink;
import io.epona.loadgen.driver.LoadDriver.ProducerPort;
import io.epona.loadgen.driver.Topics;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * One producer of Kafka. Records are copied into its batches inside of {@code send}, so that one array for each length
 * serves all of them; what is under way is bounded, so that {@code send} never waits for memory.
 * <p>
 * Owned by the generator's thread; only the callbacks run on the producer's network thread.
 */
final class KafkaProducerPort implements ProducerPort
{
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_LENGTHS = 1024;

    private final int number;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Topics topics;
    private final int maxUnderWay;
    private final AckSink acks;
    private final Settled[] settled;
    private final long[] sent;
    private final long[] told;
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private final Int2ObjectHashMap<byte[]> values = new Int2ObjectHashMap<>();
    private final byte[] key = new byte[LoadDriver.KEY_LENGTH];
    private final UnsafeBuffer keyBuffer = new UnsafeBuffer(key);
    private byte[] value;
    private int claimed;
    private boolean isKeyed;
    private long underWay;

    KafkaProducerPort(
        final int number,
        final Map<String, Object> settings,
        final Topics topics,
        final int maxUnderWay,
        final AckSink acks,
        final ErrorLines errors)
    {
        this.number = number;
        this.topics = topics;
        this.maxUnderWay = maxUnderWay;
        this.acks = acks;
        final int partitions = topics.count() * topics.partitionsPerTopic();
        settled = new Settled[partitions];
        for (int i = 0; i < partitions; i++)
        {
            settled[i] = new Settled(errors);
        }
        sent = new long[partitions];
        told = new long[partitions];
        producer = new KafkaProducer<>(settings);
        for (int i = 0; i < topics.count(); i++)
        {
            // Otherwise the first record would wait for what is to be known of its topic.
            producer.partitionsFor(topics.name(i));
        }
    }

    @Override
    public long tryClaim(final int partition, final long key, final int length)
    {
        if (underWay >= maxUnderWay)
        {
            return ResultCode.BACK_PRESSURED.code();
        }

        if (null == value || value.length != length)
        {
            value = values.get(length);
            if (null == value)
            {
                value = new byte[length];
                if (values.size() < MAX_LENGTHS)
                {
                    values.put(length, value);
                }
            }
            buffer.wrap(value);
        }
        claimed = partition;
        isKeyed = LoadDriver.NO_KEY != key;
        keyBuffer.putLong(0, key, LITTLE_ENDIAN);

        return sent[partition];
    }

    @Override
    public MutableDirectBuffer buffer()
    {
        return buffer;
    }

    @Override
    public int index()
    {
        return 0;
    }

    @Override
    public void commit()
    {
        final int partition = claimed;
        sent[partition]++;
        underWay++;
        producer.send(
            new ProducerRecord<>(
                topics.name(topics.topicOf(partition)), topics.partitionOf(partition), isKeyed ? key : null, value),
            settled[partition]);
    }

    @Override
    public int poll()
    {
        int work = 0;
        for (int i = 0; i < settled.length; i++)
        {
            final long end = settled[i].getAcquire();
            if (end > told[i])
            {
                work += (int)(end - told[i]);
                underWay -= end - told[i];
                tell(i, end);
            }
        }

        return work;
    }

    private void tell(final int partition, final long end)
    {
        long from = told[partition];
        told[partition] = end;
        final Queue<Long> failed = settled[partition].failed;
        Long sequence = failed.peek();
        while (null != sequence && sequence < end)
        {
            if (sequence > from)
            {
                acks.onAck(number, partition, from, (int)(sequence - from), 0);
            }
            acks.onAck(number, partition, sequence, 1, ResultCode.TIMED_OUT.code());
            from = sequence + 1;
            failed.remove();
            sequence = failed.peek();
        }
        if (end > from)
        {
            acks.onAck(number, partition, from, (int)(end - from), 0);
        }
    }

    @Override
    public void close()
    {
        producer.close(CLOSE_TIMEOUT);
    }

    /**
     * How many records of a partition were answered: Kafka calls back in their order, one by one. Written by the
     * network thread with release, which pairs with the acquire of {@link #poll()}: the failures below it are seen.
     */
    private static final class Settled extends AtomicLong implements Callback
    {
        private static final long serialVersionUID = 1L;

        private final transient Queue<Long> failed = new ConcurrentLinkedQueue<>();
        private final transient ErrorLines errors;

        private Settled(final ErrorLines errors)
        {
            this.errors = errors;
        }

        @Override
        public void onCompletion(final RecordMetadata metadata, final Exception failure)
        {
            final long sequence = getPlain();
            if (null != failure)
            {
                failed.add(sequence);
                errors.onError(failure);
            }
            setRelease(sequence + 1);
        }
    }
}
