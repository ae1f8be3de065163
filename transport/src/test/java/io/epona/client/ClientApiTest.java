package io.epona.client;

import io.epona.codecs.ResultCode;
import io.epona.transport.ScriptedServer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The public API against a broker in the same thread: client and broker are both invoked, also while the client waits.
 */
class ClientApiTest extends InvokedClientFixture
{

    private final List<String> receipts = new ArrayList<>();
    private final ScriptedServer server = new ScriptedServer("one-thread");
    private final EponaClient client = EponaClient.connect(context().brokerInvoker(server::poll));

    private EponaClient.Context context()
    {
        return context(server.uri()).requestTimeoutNs(TIMEOUT_NS).connectTimeoutNs(TIMEOUT_NS);
    }

    @AfterEach
    void close()
    {
        client.close();
        server.close();
        assertEquals(List.of(), server.faults());
    }

    @Override
    void invoke()
    {
        client.invoke();
    }

    private Producer producer(final int acks)
    {
        return client.newProducer(new Producer.Context().acks(acks).onAck(receipt -> receipts.add(
            receipt.topic() + "-" + receipt.partition() + ":" + receipt.firstSequence() + "+" + receipt.count() +
            "=" + ResultCode.nameOf(receipt.code()) + "@" + receipt.baseOffset())));
    }

    private static byte[] bytes(final String text)
    {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(final byte[] bytes)
    {
        return null == bytes ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private Consumer consumer(final Consumer.StartAt startAt)
    {
        return client.newConsumer(new Consumer.Context().startAt(startAt));
    }

    private List<String> read(final Consumer consumer, final int count)
    {
        final List<String> values = new ArrayList<>();
        await(count + " records", () ->
        {
            consumer.poll(
                (partition, record) -> values.add(
                    record.buffer().getStringWithoutLengthUtf8(record.valueIndex(), record.valueLength())),
                count - values.size());
            return count == values.size();
        });
        return values;
    }

    @Test
    void shouldManageTopics()
    {
        final Admin admin = client.admin();
        final TopicSummary created = admin.createTopic("b", 3, Map.of("segment.bytes", "1m"));
        assertEquals("b", created.name());
        assertEquals(3, created.partitionCount());
        admin.createTopic("a", 1);
        assertEquals(List.of("a", "b"), admin.listTopics().stream().map(TopicSummary::name).toList());
        final TopicDescription description = admin.describeTopic("b");
        assertEquals(created.topicId(), description.topicId());
        assertEquals(3, description.partitions().size());
        assertEquals(
            List.of(new TopicDescription.Replica(1, 0, 0, true, false)), description.partitions().get(2).replicas());
        assertEquals(Map.of("segment.bytes", "1m"), description.config());
        assertEquals(ResultCode.TOPIC_EXISTS, code(() -> admin.createTopic("a", 1)));
        admin.deleteTopic("b");
        assertEquals(ResultCode.UNKNOWN_TOPIC, code(() -> admin.deleteTopic("b")));
        assertEquals(ResultCode.UNKNOWN_TOPIC, code(() -> admin.describeTopic("b")));
        assertEquals(ResultCode.INVALID_NAME, code(() -> admin.createTopic("..", 1)));
        assertEquals(ResultCode.INVALID_CONFIG, code(() -> admin.createTopic("c", 0)));
    }

    private static ResultCode code(final org.junit.jupiter.api.function.Executable call)
    {
        return assertThrows(EponaException.class, call).code();
    }

    @Test
    void shouldLookNothingUpWhileAClaimIsOpen()
    {
        server.createTopic("t", 2);
        try (Producer producer = producer(1))
        {
            final Topic topic = producer.topic("t");
            assertSame(topic, producer.topic("t"));
            assertEquals(ResultCode.UNKNOWN_TOPIC, code(() -> producer.topic("none")));
            final RecordClaim claim = new RecordClaim();
            assertEquals(0, producer.tryClaim(topic, 0, -1, 7, claim));
            assertThrows(IllegalStateException.class, () -> producer.topic("none"));
            assertThrows(IllegalStateException.class, () -> producer.send(topic, null, bytes("v")));
            claim.abort();
            assertEquals(0, producer.send(topic, null, bytes("v")));
        }
        assertEquals(List.of("t-0:0+1=0@0"), receipts);
    }

    @Test
    void shouldSettleClaimsKeysAndTombstones()
    {
        server.createTopic("t", 2);
        try (Producer producer = producer(1); Consumer consumer = consumer(Consumer.StartAt.EARLIEST))
        {
            final Topic topic = producer.topic("t");
            final RecordClaim claim = new RecordClaim();
            assertEquals(0, producer.tryClaim(topic, 0, -1, 7, claim));
            claim.buffer().putStringWithoutLengthUtf8(claim.valueIndex(), "claimed");
            claim.commit();
            assertEquals(1, producer.tryClaim(topic, 0, -1, 7, claim));
            claim.abort();
            assertEquals(1, producer.send(topic, 0, new UnsafeBuffer(bytes("second")), 0, 6));
            assertEquals(0, producer.send(topic, 1, 77, new UnsafeBuffer(bytes("k")), 0, 1, null, 0, -1));
            assertTrue(producer.awaitAcks(TIMEOUT_NS));
            assertEquals(0, producer.unacked());
            assertEquals(2, server.endOffset("t", 0));

            consumer.assign("t");
            final List<ConsumerRecord> records = new ArrayList<>();
            await("all", () ->
            {
                records.addAll(consumer.poll(Duration.ofMillis(10)));
                return 3 == records.size();
            });
            records.sort((a, b) -> a.partition() - b.partition());
            assertEquals("claimed", text(records.get(0).value()));
            assertEquals("second", text(records.get(1).value()));
            assertEquals(null, records.get(2).value());
            assertEquals("k", text(records.get(2).key()));
            assertEquals(77, records.get(2).timestampNs());

            assertEquals(2, consumer.position("t", 0));
            assertEquals(2, consumer.endOffset("t", 0));
            assertEquals(0, consumer.beginningOffset("t", 0));
            consumer.seek("t", 0, 1);
            assertEquals(List.of("second"), read(consumer, 1));
            consumer.seekToEarliest("t", 0);
            assertEquals(List.of("claimed"), read(consumer, 1));
            consumer.seekToLatest("t", 0);
            assertEquals(2, consumer.position("t", 0));
            consumer.unassign("t", 0);
            assertThrows(IllegalStateException.class, () -> consumer.position("t", 0));
        }
        assertTrue(receipts.contains("t-1:0+1=0@0"), receipts::toString);
    }

    @Test
    void shouldSendRoundRobinWithoutAKeyAndByTheKeyElse()
    {
        server.createTopic("t", 3);
        try (Producer producer = producer(0))
        {
            final Topic topic = producer.topic("t");
            for (int i = 0; i < 6; i++)
            {
                assertEquals(i / 3, producer.send(topic, null, bytes("v")));
            }
            final int partition = topic.partitionFor(bytes("key"));
            assertEquals(2, producer.send(topic, bytes("key"), bytes("v")));
            assertTrue(producer.awaitAcks(TIMEOUT_NS));
            await("records", () -> 3 == server.endOffset("t", partition));
        }
        assertEquals(List.of(), receipts);
    }

    @Test
    void shouldFollowATopicThatWasDeletedAndCreatedAgain()
    {
        server.createTopic("t", 1);
        try (Producer producer = producer(1);
            Consumer early = consumer(Consumer.StartAt.EARLIEST);
            Consumer none = consumer(Consumer.StartAt.NONE))
        {
            final Topic topic = producer.topic("t");
            early.assign("t", 0);
            none.assign("t", 0);
            none.seek("t", 0, 0);
            producer.send(topic, null, bytes("old"));
            assertTrue(producer.awaitAcks(TIMEOUT_NS));
            assertEquals(List.of("old"), read(early, 1));
            assertEquals(List.of("old"), read(none, 1));
            final long oldId = topic.topicId();

            server.deleteTopic("t");
            await("the end", () -> ResultCode.UNKNOWN_TOPIC.code() == early.poll((partition, record) -> {}, 1));
            assertEquals(new TopicPartition("t", 0), early.failedPartition());
            assertEquals(1, producer.send(topic, null, bytes("lost")));
            assertTrue(producer.awaitAcks(TIMEOUT_NS));
            assertEquals("t-0:1+1=UNKNOWN_TOPIC@-1", receipts.get(1));

            server.createTopic("t", 2);
            await("the new topic", () ->
            {
                producer.poll();
                return topic.topicId() != oldId;
            });
            assertEquals(2, topic.partitionCount());
            assertSame(topic, producer.topic("t"));
            assertEquals(2, producer.send(topic, 0, new UnsafeBuffer(bytes("new")), 0, 3));
            assertTrue(producer.awaitAcks(TIMEOUT_NS));
            assertEquals("t-0:2+1=0@0", receipts.get(2));
            assertEquals(List.of("new"), read(early, 1));
            assertEquals(1, early.endOffset("t", 0));
            assertEquals(0, early.endOffset("t", 1));

            await("an error", () ->
                ResultCode.OFFSET_OUT_OF_RANGE.code() == none.poll((partition, record) -> {}, 1));
            none.seek("t", 0, 0);
            assertEquals(List.of("new"), read(none, 1));
            assertTrue(producer.counters().metadataAsked() > 0);
            assertTrue(early.counters().metadataAsked() > 0);
        }
    }

    @Test
    void shouldFollowABrokerThatComesBackWithOtherShards()
    {
        server.restart(4);
        server.createTopic("t", 4);
        try (Producer producer = producer(-1); Consumer consumer = consumer(Consumer.StartAt.EARLIEST))
        {
            final Topic topic = producer.topic("t");
            consumer.assign("t");
            int sent = 0;
            for (final int shards : new int[]{ 1, 3, 2 })
            {
                for (int i = 0; i < 4; i++)
                {
                    final int partition = i;
                    final UnsafeBuffer value = new UnsafeBuffer(bytes("v"));
                    await("room", () ->
                    {
                        producer.poll();
                        return producer.send(topic, partition, value, 0, 1) >= 0;
                    });
                    sent++;
                }
                assertTrue(producer.awaitAcks(TIMEOUT_NS));
                read(consumer, 4);
                final long opened = client.counters().sessionsOpened();
                server.restart(shards);
                await("a new session", () ->
                {
                    producer.poll();
                    return client.counters().sessionsOpened() > opened;
                });
            }
            assertEquals(sent, receipts.stream().filter(receipt -> receipt.contains("=0@")).count());
            assertEquals(3, client.counters().sessionsLost() - 1);
            assertTrue(producer.counters().lanesLost() >= 3);
            assertTrue(consumer.counters().lanesLost() >= 3);
        }
    }

    @Test
    void shouldKeepAnOpenBatchOverARestartWithOtherShards()
    {
        server.createTopic("t", 2);
        try (Producer producer = client.newProducer(new Producer.Context().acks(1).maxBatchesInFlight(1)
            .lingerNs(TimeUnit.SECONDS.toNanos(60)).onAck(receipt -> receipts.add(
                receipt.partition() + ":" + receipt.firstSequence() + "+" + receipt.count() + "=" +
                ResultCode.nameOf(receipt.code())))))
        {
            final Topic topic = producer.topic("t");
            server.silent(true);
            final UnsafeBuffer value = new UnsafeBuffer(bytes("v"));
            for (int i = 0; i < 3; i++)
            {
                producer.send(topic, 0, value, 0, 1);
                producer.send(topic, 1, value, 0, 1);
            }
            assertEquals(6, producer.unacked());
            server.restart(5);
            server.silent(false);
            await("settled", () ->
            {
                producer.poll();
                return 0 == producer.unacked();
            });
            // what was un-acked when the broker went goes again
            assertTrue(receipts.containsAll(List.of("0:0+1=0", "0:1+2=0", "1:0+3=0")), receipts::toString);
            assertEquals(3, server.endOffset("t", 0));
            assertEquals(3, server.endOffset("t", 1));
        }
    }

    @Test
    void shouldCountWhatGoesWrong()
    {
        server.createTopic("t", 1);
        assertEquals(new ClientCounters(1, 0, 0), client.counters());
        try (Producer producer = producer(1); Consumer consumer = consumer(Consumer.StartAt.EARLIEST))
        {
            final Topic topic = producer.topic("t");
            consumer.assign("t", 0);
            assertEquals(new ProducerCounters(0, 0, 0, 0, 0), producer.counters());
            server.sendNonsense();
            client.invoke();
            producer.poll();
            consumer.poll((partition, record) -> {}, 1);
            assertEquals(1, client.counters().malformed());
            assertEquals(1, producer.counters().malformed());
            assertEquals(1, consumer.counters().malformed());

            server.silent(true);
            final UnsafeBuffer value = new UnsafeBuffer(new byte[4000]);
            long accepted = 0;
            while (producer.send(topic, 0, value, 0, 4000) >= 0)
            {
                accepted++;
                producer.poll();
                assertTrue(accepted < 10_000, "never refused");
            }
            assertTrue(producer.counters().backPressured() > 0);
            server.silent(false);
            assertTrue(producer.awaitAcks(TIMEOUT_NS));
            assertEquals(accepted, server.endOffset("t", 0));
        }
    }

    @Test
    void shouldAlsoDriveABrokerThatIsGivenAsTheDriversInvoker()
    {
        final AgentInvoker invoker = new AgentInvoker(errors::add, null, new Agent()
        {
            @Override
            public int doWork()
            {
                return server.poll();
            }

            @Override
            public String roleName()
            {
                return "server";
            }
        });
        invoker.start();
        try (EponaClient other = EponaClient.connect(context().mediaDriverInvoker(invoker)))
        {
            other.admin().createTopic("t", 1);
            assertEquals(1, other.admin().listTopics().size());
            assertNotEquals(0, other.counters().sessionsOpened());
        }
        assertThrows(IllegalArgumentException.class, () -> EponaClient.connect(
            context().invoked(false).brokerInvoker(server::poll)));
        assertFalse(errors.stream().findAny().isPresent());
    }
}
