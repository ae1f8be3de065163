package io.epona.loadgen.peers.kafka;

import io.epona.loadgen.driver.DriverContext;
import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.driver.ErrorLines;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.Topics;
import io.epona.loadgen.peers.PeerClasses;
import io.epona.loadgen.scenario.Scenario;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.AppInfoParser;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Kafka's brokers in processes of their own, reached by Kafka's own clients: producers with the network thread that
 * each of them has, consumers on the thread that polls them.
 */
final class KafkaDriver implements LoadDriver
{
    private static final long ADMIN_TIMEOUT_S = 60;
    private static final String NETWORK_THREAD = "kafka-producer-network-thread";

    private final DriverContext ctx;
    private final Scenario scenario;
    private final Topics topics;
    private final KafkaSettings kafka;
    private final ErrorLines errors = new ErrorLines();
    private final Map<String, String> told = new TreeMap<>();
    private KafkaBrokers brokers;
    private volatile List<Long> pids = List.of();
    private volatile List<Thread> networkThreads = List.of();

    KafkaDriver(final DriverContext ctx)
    {
        this.ctx = ctx;
        this.scenario = ctx.scenario();
        this.topics = new Topics(scenario.topology());
        this.kafka = new KafkaSettings(scenario);
    }

    @Override
    public String name()
    {
        return Scenario.KAFKA;
    }

    @Override
    public void open()
    {
        final int count = scenario.engine().replication();
        brokers = KafkaBrokers.launch(ctx.workDir(), count, errors);
        pids = brokers.pids();
        PeerClasses.with(() ->
        {
            createTopics(count);
            return null;
        });
    }

    private void createTopics(final int replication)
    {
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, brokers.bootstrap())))
        {
            final List<NewTopic> wanted = new ArrayList<>();
            for (int i = 0; i < topics.count(); i++)
            {
                wanted.add(new NewTopic(topics.name(i), topics.partitionsPerTopic(), (short)replication)
                    .configs(kafka.topic()));
            }
            admin.createTopics(wanted).all().get(ADMIN_TIMEOUT_S, TimeUnit.SECONDS);

            final ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
            final ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, topics.name(0));
            final Map<ConfigResource, Config> found = admin.describeConfigs(List.of(broker, topic)).all()
                .get(ADMIN_TIMEOUT_S, TimeUnit.SECONDS);
            tell("broker.", KafkaSettings.TOLD_OF_BROKER, found.get(broker));
            tell("topic.", KafkaSettings.TOLD_OF_TOPIC, found.get(topic));
        }
        catch (final ExecutionException | TimeoutException ex)
        {
            final Throwable cause = ex instanceof ExecutionException ? ex.getCause() : ex;
            throw new DriverException("Kafka's topics cannot be set up: " + cause, cause);
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
            throw new DriverException("interrupted while Kafka's topics were set up", ex);
        }
        told.put("version", AppInfoParser.getVersion());
        told.put("brokers", Integer.toString(replication));
        told.put("broker.jvm", String.join(" ", KafkaBrokers.BROKER_FLAGS));
        final Map<String, ?> producer = new ProducerConfig(withSerializers()).values();
        KafkaSettings.TOLD_OF_PRODUCER.forEach((key) -> told.put("producer." + key, String.valueOf(producer.get(key))));
        final Map<String, ?> consumer = new ConsumerConfig(withDeserializers()).values();
        KafkaSettings.TOLD_OF_CONSUMER.forEach((key) -> told.put("consumer." + key, String.valueOf(consumer.get(key))));
    }

    private Map<String, Object> withSerializers()
    {
        final Map<String, Object> settings = kafka.producer(brokers.bootstrap());
        settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);

        return settings;
    }

    private Map<String, Object> withDeserializers()
    {
        final Map<String, Object> settings = kafka.consumer(brokers.bootstrap());
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);

        return settings;
    }

    private void tell(final String prefix, final List<String> keys, final Config config)
    {
        for (final String key : keys)
        {
            final ConfigEntry entry = config.get(key);
            told.put(prefix + key, null == entry ? "unknown" : String.valueOf(entry.value()));
        }
    }

    @Override
    public ProducerPort newProducer(final int producer, final AckSink acks)
    {
        final ProducerPort port = PeerClasses.with(() ->
            new KafkaProducerPort(producer, withSerializers(), topics, kafka.maxUnderWay(), acks, errors));
        // A network thread for each producer; the monitor asks for them once a second.
        final Thread[] running = new Thread[2 * Thread.activeCount() + 16];
        final int found = Thread.enumerate(running);
        networkThreads = Arrays.stream(running, 0, found)
            .filter((thread) -> thread.getName().startsWith(NETWORK_THREAD)).toList();

        return port;
    }

    @Override
    public ConsumerPort newConsumer(final int consumer, final int[] partitions, final RecordSink records)
    {
        final boolean isAlone = 1 == scenario.topology().consumers();
        return PeerClasses.with(() -> new KafkaConsumerPort(withDeserializers(), topics, partitions, isAlone, records));
    }

    @Override
    public boolean consumersHaveOwnThread()
    {
        return true;
    }

    @Override
    public List<Thread> dataThreads()
    {
        return networkThreads;
    }

    @Override
    public List<Long> childProcesses()
    {
        return pids;
    }

    @Override
    public List<String> errors()
    {
        return errors.list();
    }

    @Override
    public Map<String, String> settings()
    {
        return told;
    }

    @Override
    public void close()
    {
        if (null != brokers)
        {
            brokers.close();
            brokers = null;
        }
    }
}
