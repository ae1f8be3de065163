package io.epona.loadgen.peers.kafka;

import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.EngineSpec;
import io.epona.loadgen.scenario.Scenario.Mode;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Kafka's own settings for a scenario. What the scenario leaves open is chosen for Kafka's best: a flood gathers
 * batches of 256 KiB for up to a millisecond, anything that is timed sends at once.
 */
final class KafkaSettings
{
    private static final int FLOOD_BATCH_SIZE = 256 * 1024;
    private static final int TIMED_BATCH_SIZE = 16 * 1024;
    private static final long MIN_BUFFER_MEMORY = 64L << 20;
    private static final int RECEIVE_BUFFER = 2 << 20;
    /** Requests on their way to a broker, and the batch that is being filled. */
    private static final int BATCHES_PER_PARTITION = 6;
    /** Of a record in memory, beside its value; more than it takes. */
    private static final int RECORD_OVERHEAD = 100;
    private static final int DEFAULT_MAX_MESSAGE = 1 << 20;
    private static final int BATCH_OVERHEAD = 1024;

    /** What is told of a producer. */
    static final List<String> TOLD_OF_PRODUCER = List.of(
        "acks", "batch.size", "buffer.memory", "compression.type", "enable.idempotence", "linger.ms",
        "max.in.flight.requests.per.connection", "max.request.size", "receive.buffer.bytes", "send.buffer.bytes");
    /** What is told of a consumer. */
    static final List<String> TOLD_OF_CONSUMER = List.of(
        "check.crcs", "fetch.max.bytes", "fetch.max.wait.ms", "fetch.min.bytes", "max.partition.fetch.bytes",
        "max.poll.records", "receive.buffer.bytes");
    /** What is told of a broker. */
    static final List<String> TOLD_OF_BROKER = List.of(
        "background.threads", "compression.type", "log.flush.interval.messages", "log.flush.interval.ms",
        "min.insync.replicas", "num.io.threads", "num.network.threads", "num.replica.fetchers",
        "socket.receive.buffer.bytes", "socket.send.buffer.bytes");
    /** What is told of a topic. */
    static final List<String> TOLD_OF_TOPIC = List.of(
        "cleanup.policy", "flush.messages", "flush.ms", "max.message.bytes", "message.timestamp.type",
        "min.insync.replicas", "preallocate", "retention.bytes", "retention.ms", "segment.bytes");

    private final Scenario scenario;
    private final EngineSpec engine;

    KafkaSettings(final Scenario scenario)
    {
        this.scenario = scenario;
        this.engine = scenario.engine();
    }

    private int batchSize()
    {
        return 0 != engine.batchSize() ? engine.batchSize() :
            Mode.FLOOD == scenario.load().mode() ? FLOOD_BATCH_SIZE : TIMED_BATCH_SIZE;
    }

    private long bufferMemory()
    {
        final long batches = (long)BATCHES_PER_PARTITION * scenario.topology().totalPartitions() * batchSize();
        return Math.max(MIN_BUFFER_MEMORY, 2 * batches);
    }

    /**
     * @return records that a producer may have under way without ever having to wait for memory when it sends.
     */
    int maxUnderWay()
    {
        final long batches = (long)BATCHES_PER_PARTITION * scenario.topology().totalPartitions() * batchSize();
        final long room = bufferMemory() - batches;
        return (int)Math.max(1, room / (scenario.message().maxLength() + RECORD_OVERHEAD));
    }

    private int maxRequestSize()
    {
        return Math.max(DEFAULT_MAX_MESSAGE, scenario.message().maxLength() + BATCH_OVERHEAD);
    }

    /**
     * @param bootstrap addresses of the brokers.
     * @return settings of a producer, without its serializers.
     */
    Map<String, Object> producer(final String bootstrap)
    {
        final long defaultLingerMs = Mode.FLOOD == scenario.load().mode() ? 1 : 0;
        final Map<String, Object> settings = new HashMap<>();
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(ProducerConfig.ACKS_CONFIG, switch (engine.acks())
        {
            case "none" -> "0";
            case "leader" -> "1";
            default -> "all";
        });
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, batchSize());
        settings.put(ProducerConfig.LINGER_MS_CONFIG,
            engine.lingerNs() < 0 ? defaultLingerMs : TimeUnit.NANOSECONDS.toMillis(engine.lingerNs()));
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, bufferMemory());
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxRequestSize());
        if (0 != engine.maxBatchesInFlight())
        {
            settings.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, engine.maxBatchesInFlight());
        }

        return settings;
    }

    /**
     * @param bootstrap addresses of the brokers.
     * @return settings of a consumer, without its deserializers.
     */
    Map<String, Object> consumer(final String bootstrap)
    {
        final Map<String, Object> settings = new HashMap<>();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // As Kafka's own performance tool has it.
        settings.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, RECEIVE_BUFFER);

        return settings;
    }

    /**
     * @return settings of the topics: the scenario's, whose names are Kafka's.
     */
    Map<String, String> topic()
    {
        final Map<String, String> settings = new TreeMap<>(engine.topic());
        if (maxRequestSize() > DEFAULT_MAX_MESSAGE)
        {
            settings.putIfAbsent("max.message.bytes", Integer.toString(maxRequestSize()));
        }

        return settings;
    }
}
