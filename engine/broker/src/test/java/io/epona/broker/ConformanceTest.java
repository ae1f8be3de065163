package io.epona.broker;

import io.epona.client.Consumer;
import io.epona.client.EponaClient;
import io.epona.client.EponaException;
import io.epona.client.Producer;
import io.epona.client.Topic;
import io.epona.client.TopicDescription;
import io.epona.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a client may rely on, the same over each of the three deployments.
 */
class ConformanceTest
{
    enum Deployment
    {
        INPROC, IPC, UDP;

        String uri(final Broker broker)
        {
            return switch (this)
            {
                case INPROC -> broker.inprocUri();
                case IPC -> broker.ipcUri();
                // the broker's own driver: a second one would only cost the machine of the tests
                case UDP -> broker.udpUri() + "&dir=" + broker.aeronDirectoryName();
            };
        }
    }

    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(20);

    @RegisterExtension
    private final BrokerReports reports = new BrokerReports();
    @TempDir
    private Path dir;
    private Broker broker;

    @BeforeEach
    void launch()
    {
        broker = reports.launch(new Broker.Context()
            .dataDir(dir.resolve("data"))
            .listen("127.0.0.1", 0));
    }

    @AfterEach
    void close()
    {
        reports.close(broker);
    }

    private EponaClient connect(final Deployment deployment)
    {
        return reports.connect(deployment.uri(broker));
    }

    private static long send(final Producer producer, final Topic topic, final int partition, final String value)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(value.getBytes(StandardCharsets.UTF_8));
        final long[] result = new long[1];
        Await.until("send", producer::poll, () ->
        {
            result[0] = producer.send(topic, partition, buffer, 0, buffer.capacity());
            return result[0] >= 0 || ResultCode.RECORD_TOO_LARGE.code() == result[0];
        });
        return result[0];
    }

    private static List<String> read(final Consumer consumer, final int count)
    {
        final List<String> values = new ArrayList<>();
        Await.until(
            count + " records",
            () ->
            {
                final int polled = consumer.poll(
                    (partition, record) -> values.add(
                        record.buffer().getStringWithoutLengthUtf8(record.valueIndex(), record.valueLength())),
                    count - values.size());
                assertTrue(polled >= 0, () -> ResultCode.nameOf(polled));
            },
            () -> values.size() >= count);
        return values;
    }

    private static Consumer consumer(final EponaClient client, final String topic, final int... partitions)
    {
        final Consumer consumer =
            client.newConsumer(new Consumer.Context().startAt(Consumer.StartAt.EARLIEST));
        consumer.assign(topic, partitions);
        return consumer;
    }

    @ParameterizedTest
    @EnumSource(Deployment.class)
    void managesTopics(final Deployment deployment)
    {
        try (EponaClient client = connect(deployment))
        {
            assertEquals(0, client.admin().listTopics().size());
            client.admin().createTopic("b", 3, Map.of("segment.bytes", "1m"));
            client.admin().createTopic("a", 1);
            assertEquals(
                List.of("a", "b"), client.admin().listTopics().stream().map((topic) -> topic.name()).toList());
            final TopicDescription description = client.admin().describeTopic("b");
            assertEquals(3, description.partitions().size());
            assertEquals("1m", description.config().get("segment.bytes"));
            client.admin().deleteTopic("b");
            assertEquals(1, client.admin().listTopics().size());
            assertCode(ResultCode.UNKNOWN_TOPIC, () -> client.admin().describeTopic("b"));
            assertCode(ResultCode.UNKNOWN_TOPIC, () -> client.admin().deleteTopic("b"));
            assertCode(ResultCode.TOPIC_EXISTS, () -> client.admin().createTopic("a", 1));
            assertCode(ResultCode.INVALID_NAME, () -> client.admin().createTopic("../a", 1));
            assertCode(
                ResultCode.INVALID_CONFIG,
                () -> client.admin().createTopic("c", 1, Map.of("segment.byte", "1m")));
        }
    }

    private static void assertCode(final ResultCode code, final org.junit.jupiter.api.function.Executable call)
    {
        assertEquals(code, assertThrows(EponaException.class, call).code());
    }

    @ParameterizedTest
    @EnumSource(Deployment.class)
    void deliversWhatWasProducedWithEachKindOfAcks(final Deployment deployment)
    {
        for (final int acks : new int[]{ 0, 1, -1 })
        {
            final String name = "acks" + acks;
            final List<Integer> codes = new ArrayList<>();
            try (EponaClient client = connect(deployment))
            {
                client.admin().createTopic(name, 1);
                try (Producer producer = client.newProducer(
                    new Producer.Context().acks(acks).onAck((receipt) -> codes.add(receipt.code()))))
                {
                    final Topic topic = producer.topic(name);
                    for (int i = 0; i < 1000; i++)
                    {
                        assertEquals(i, send(producer, topic, 0, "value " + i));
                    }
                    producer.flush();
                    assertTrue(producer.awaitAcks(TIMEOUT_NS));
                }
                try (Consumer consumer = consumer(client, name, 0))
                {
                    final List<String> values = read(consumer, 1000);
                    assertEquals("value 0", values.get(0));
                    assertEquals("value 999", values.get(999));
                    assertEquals(1000, consumer.position(name, 0));
                    assertEquals(1000, consumer.endOffset(name, 0));
                    assertEquals(0, consumer.beginningOffset(name, 0));
                }
            }
            assertTrue(codes.stream().allMatch((code) -> 0 == code), codes::toString);
        }
    }

    @ParameterizedTest
    @EnumSource(Deployment.class)
    void findsOffsetsByTime(final Deployment deployment)
    {
        try (EponaClient client = connect(deployment))
        {
            client.admin().createTopic("times", 1, Map.of("message.timestamp.type", "LogAppendTime"));
            try (Producer producer = client.newProducer(new Producer.Context()))
            {
                final Topic topic = producer.topic("times");
                for (int i = 0; i < 50; i++)
                {
                    assertEquals(i, send(producer, topic, 0, "value " + i));
                    producer.flush();
                    assertTrue(producer.awaitAcks(TIMEOUT_NS));
                }
            }
            try (Consumer consumer = consumer(client, "times", 0))
            {
                final List<Long> times = new ArrayList<>();
                Await.until(
                    "50 records",
                    () -> consumer.poll((partition, record) -> times.add(record.appendTimestampNs()), 50),
                    () -> 50 == times.size());
                for (final long time : times)
                {
                    assertEquals(times.indexOf(time), consumer.offsetForTimestamp("times", 0, time));
                }
                assertEquals(0, consumer.offsetForTimestamp("times", 0, 0));
                assertEquals(-1, consumer.offsetForTimestamp("times", 0, times.get(49) + 1));
                final long offset = consumer.offsetForTimestamp("times", 0, times.get(20));
                consumer.seek("times", 0, offset);
                assertEquals(List.of("value " + offset), read(consumer, 1));
                assertThrows(IllegalArgumentException.class, () -> consumer.offsetForTimestamp("times", 0, -1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Deployment.class)
    void keepsTheRecordsOfAKeyTogether(final Deployment deployment)
    {
        try (EponaClient client = connect(deployment))
        {
            client.admin().createTopic("keyed", 4);
            try (Producer producer = client.newProducer(new Producer.Context()))
            {
                final Topic topic = producer.topic("keyed");
                for (int i = 0; i < 100; i++)
                {
                    final byte[] key = ("key" + i % 5).getBytes(StandardCharsets.UTF_8);
                    final byte[] value = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
                    Await.until("send", producer::poll, () -> producer.send(topic, key, value) >= 0);
                }
                producer.flush();
                assertTrue(producer.awaitAcks(TIMEOUT_NS));
                try (Consumer consumer = consumer(client, "keyed", 0, 1, 2, 3))
                {
                    final int[] count = new int[1];
                    Await.until(
                        "100 records",
                        () -> consumer.poll(
                            (partition, record) ->
                            {
                                assertEquals(
                                    topic.partitionFor(record.buffer(), record.keyIndex(), record.keyLength()),
                                    partition.partition());
                                count[0]++;
                            },
                            100),
                        () -> 100 == count[0]);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Deployment.class)
    void carriesLargeRecordsAndRefusesLargerOnes(final Deployment deployment)
    {
        try (EponaClient client = connect(deployment))
        {
            client.admin().createTopic("large", 1);
            try (Producer producer = client.newProducer(new Producer.Context()))
            {
                final Topic topic = producer.topic("large");
                final String large = "x".repeat(130_000);
                assertEquals(0, send(producer, topic, 0, large));
                assertEquals(ResultCode.RECORD_TOO_LARGE.code(), send(producer, topic, 0, "y".repeat(140_000)));
                assertEquals(1, send(producer, topic, 0, "small"));
                producer.flush();
                assertTrue(producer.awaitAcks(TIMEOUT_NS));
                try (Consumer consumer = consumer(client, "large", 0))
                {
                    assertEquals(List.of(large, "small"), read(consumer, 2));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Deployment.class)
    void seeks(final Deployment deployment)
    {
        try (EponaClient client = connect(deployment))
        {
            client.admin().createTopic("seek", 1);
            try (Producer producer = client.newProducer(new Producer.Context());
                Consumer consumer = consumer(client, "seek", 0))
            {
                final Topic topic = producer.topic("seek");
                for (int i = 0; i < 10; i++)
                {
                    send(producer, topic, 0, "v" + i);
                }
                producer.flush();
                assertTrue(producer.awaitAcks(TIMEOUT_NS));
                assertEquals("v9", read(consumer, 10).get(9));
                consumer.seek("seek", 0, 5);
                assertEquals(List.of("v5", "v6"), read(consumer, 2));
                consumer.seekToEarliest("seek", 0);
                assertEquals(List.of("v0"), read(consumer, 1));
                consumer.seekToLatest("seek", 0);
                Await.until(
                    "latest",
                    () -> consumer.poll((partition, record) -> {}, 1),
                    () -> 10 == consumer.position("seek", 0));
                send(producer, topic, 0, "new");
                producer.flush();
                assertEquals(List.of("new"), read(consumer, 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Deployment.class)
    void keepsThePositionAtTheRecordForWhichAHandlerThrew(final Deployment deployment)
    {
        try (EponaClient client = connect(deployment))
        {
            client.admin().createTopic("throws", 1);
            try (Producer producer = client.newProducer(new Producer.Context());
                Consumer consumer = consumer(client, "throws", 0))
            {
                final Topic topic = producer.topic("throws");
                for (int i = 0; i < 3; i++)
                {
                    send(producer, topic, 0, "v" + i);
                }
                producer.flush();
                assertTrue(producer.awaitAcks(TIMEOUT_NS));
                assertEquals(List.of("v0"), read(consumer, 1));
                final boolean[] hasThrown = new boolean[1];
                Await.until(
                    "exception",
                    () ->
                    {
                        try
                        {
                            consumer.poll((partition, record) ->
                            {
                                throw new IllegalStateException("mine");
                            }, 10);
                        }
                        catch (final IllegalStateException ex)
                        {
                            assertEquals("mine", ex.getMessage());
                            hasThrown[0] = true;
                        }
                    },
                    () -> hasThrown[0]);
                assertEquals(1, consumer.position("throws", 0));
                assertEquals(List.of("v1", "v2"), read(consumer, 2));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Deployment.class)
    void servesTwoConsumersAndReconnectsBackToBack(final Deployment deployment)
    {
        for (int round = 0; round < 3; round++)
        {
            try (EponaClient client = connect(deployment))
            {
                if (0 == round)
                {
                    client.admin().createTopic("shared", 1);
                }
                try (Producer producer = client.newProducer(new Producer.Context());
                    Consumer first = consumer(client, "shared", 0);
                    Consumer second = consumer(client, "shared", 0))
                {
                    send(producer, producer.topic("shared"), 0, "round " + round);
                    producer.flush();
                    assertTrue(producer.awaitAcks(TIMEOUT_NS));
                    assertEquals("round " + round, read(first, round + 1).get(round));
                    assertEquals("round " + round, read(second, round + 1).get(round));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Deployment.class)
    void showsBackPressureAndLosesNothing(final Deployment deployment)
    {
        try (EponaClient client = connect(deployment))
        {
            client.admin().createTopic("pressed", 1);
            try (Producer producer = client.newProducer(new Producer.Context()))
            {
                final Topic topic = producer.topic("pressed");
                final UnsafeBuffer value = new UnsafeBuffer(new byte[60_000]);
                long refusals = 0;
                int sent = 0;
                while (sent < 400)
                {
                    value.putInt(0, sent);
                    final long result = producer.send(topic, 0, value, 0, value.capacity());
                    if (result >= 0)
                    {
                        sent++;
                    }
                    else
                    {
                        assertEquals(ResultCode.BACK_PRESSURED.code(), result);
                        refusals++;
                        producer.poll();
                        Thread.yield();
                    }
                }
                producer.flush();
                assertTrue(producer.awaitAcks(TIMEOUT_NS));
                assertTrue(refusals > 0);
                try (Consumer consumer = consumer(client, "pressed", 0))
                {
                    final int[] next = new int[1];
                    Await.until(
                        "all records",
                        () -> consumer.poll(
                            (partition, record) ->
                                assertEquals(next[0]++, record.buffer().getInt(record.valueIndex())),
                            64),
                        () -> 400 == next[0]);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Deployment.class)
    void keepsRecordsOverARestart(final Deployment deployment)
    {
        try (EponaClient client = connect(deployment))
        {
            client.admin().createTopic("kept", 1);
            try (Producer producer = client.newProducer(new Producer.Context()))
            {
                final Topic topic = producer.topic("kept");
                for (int i = 0; i < 100; i++)
                {
                    send(producer, topic, 0, "v" + i);
                }
                producer.flush();
                assertTrue(producer.awaitAcks(TIMEOUT_NS));
            }
        }
        reports.close(broker);
        launch();
        try (EponaClient client = connect(deployment); Consumer consumer = consumer(client, "kept", 0))
        {
            assertEquals("v99", read(consumer, 100).get(99));
        }
    }

    @ParameterizedTest
    @EnumSource(Deployment.class)
    void refusesATopicThatIsNotThere(final Deployment deployment)
    {
        try (EponaClient client = connect(deployment);
            Producer producer = client.newProducer(new Producer.Context()))
        {
            assertCode(ResultCode.UNKNOWN_TOPIC, () -> producer.topic("nowhere"));
        }
    }
}
