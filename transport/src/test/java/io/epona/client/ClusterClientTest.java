package io.epona.client;

import io.epona.codecs.ResultCode;
import io.epona.transport.ScriptedCluster;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

import static io.epona.transport.ScriptedCluster.TOPIC;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The public API against three brokers whose leaders change, on one thread.
 */
class ClusterClientTest extends InvokedClientFixture
{
    private static final long REQUEST_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);

    private final List<String> failures = new ArrayList<>();
    private final List<Long> received = new ArrayList<>();
    private final List<String> moves = new ArrayList<>();
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[8]);
    private final ScriptedCluster cluster = new ScriptedCluster(2);
    private final EponaClient client = connect("epona:udp?endpoint=broker-1:1001,broker-2:1002");
    private long sent;
    private long acknowledged;

    private EponaClient connect(final String uri)
    {
        return EponaClient.connect(context(uri)
            .connectors(cluster::connector)
            .requestTimeoutNs(REQUEST_TIMEOUT_NS)
            .connectTimeoutNs(REQUEST_TIMEOUT_NS)
            .brokerInvoker(cluster::poll));
    }

    @AfterEach
    void close()
    {
        client.close();
    }

    @Override
    void invoke()
    {
        client.invoke();
    }

    @Override
    String state()
    {
        return received + " " + moves + failures + errors;
    }

    private Producer.Context context()
    {
        return new Producer.Context().maxBatchesInFlight(2).onAck(receipt ->
        {
            if (0 == receipt.code())
            {
                acknowledged += receipt.count();
            }
            else
            {
                failures.add(ResultCode.nameOf(receipt.code()) + " " + receipt.isOutcomeKnown());
            }
        });
    }

    private void send(final Producer producer, final Topic topic, final int count)
    {
        for (int i = 0; i < count; i++)
        {
            value.putLong(0, sent, LITTLE_ENDIAN);
            await("room", () ->
            {
                producer.poll();
                return producer.send(topic, 0, value, 0, 8) >= 0;
            });
            sent++;
        }
    }

    private void settle(final Producer producer)
    {
        await("all settled", () ->
        {
            producer.poll();
            return 0 == producer.unacked();
        });
    }

    private void assertInOrderAndOnce(final List<Long> values)
    {
        assertEquals(LongStream.range(0, sent).boxed().toList(), values);
    }

    private void receive(final Consumer consumer, final int count)
    {
        await(count + " records", () ->
        {
            final int result = consumer.poll(
                (partition, record) -> received.add(record.buffer().getLong(record.valueIndex(), LITTLE_ENDIAN)), 10);
            assertTrue(result >= 0, () -> ResultCode.nameOf(result));
            return count <= received.size();
        });
    }

    private Consumer consumer(final Consumer.StartAt startAt)
    {
        return client.newConsumer(new Consumer.Context().startAt(startAt).positionHandler(
            (partition, code, from, to) -> moves.add(ResultCode.nameOf(code) + " " + from + " " + to)));
    }

    @Test
    void shouldFindATopicThatOneBrokerHasNotHeardOf()
    {
        cluster.lead(0, 2);
        try (Producer producer = client.newProducer(context()); Consumer consumer = consumer(Consumer.StartAt.EARLIEST))
        {
            // has sessions with both
            send(producer, producer.topic(TOPIC), 5);
            settle(producer);
            cluster.behind(1, true);
            consumer.assign(TOPIC, 0);
            receive(consumer, 5);
        }
        assertInOrderAndOnce(received);
    }

    @Test
    void shouldAskABrokerAgainThatDoesNotKnowItsClusterYet()
    {
        for (int id = 1; id <= 3; id++)
        {
            cluster.starting(id, 2);
        }
        try (Consumer consumer = consumer(Consumer.StartAt.EARLIEST))
        {
            consumer.assign(TOPIC, 0);
        }
    }

    @Test
    void shouldSayThatATopicIsUnknownWhereNoBrokerHasHeardOfIt()
    {
        for (int id = 1; id <= 3; id++)
        {
            cluster.behind(id, true);
        }
        try (Consumer consumer = consumer(Consumer.StartAt.EARLIEST))
        {
            final EponaException ex = assertThrows(EponaException.class, () -> consumer.assign(TOPIC, 0));
            assertEquals(ResultCode.UNKNOWN_TOPIC, ex.code());
        }
    }

    @Test
    void shouldFollowALeaderThatSteppedDown()
    {
        try (Producer producer = client.newProducer(context()); Consumer consumer = consumer(Consumer.StartAt.EARLIEST))
        {
            final Topic topic = producer.topic(TOPIC);
            consumer.assign(TOPIC, 0);
            for (int round = 0; round < 6; round++)
            {
                send(producer, topic, 20);
                cluster.lead(0, 1 + (round + 1) % 3);
                send(producer, topic, 20);
                settle(producer);
                receive(consumer, (int)sent);
            }
        }
        assertEquals(List.of(), failures);
        assertEquals(sent, acknowledged);
        assertInOrderAndOnce(cluster.values(0));
        assertInOrderAndOnce(received);
        assertEquals(List.of(), moves);
    }

    @Test
    void shouldSendTheSameBatchesToTheNextLeaderWhereAnswersWereLost()
    {
        try (Producer producer = client.newProducer(context()); Consumer consumer = consumer(Consumer.StartAt.EARLIEST))
        {
            final Topic topic = producer.topic(TOPIC);
            consumer.assign(TOPIC, 0);
            send(producer, topic, 10);
            settle(producer);
            cluster.mute(1, true);
            send(producer, topic, 10);
            await("written", () -> cluster.end(0) > 10);
            cluster.kill(1);
            cluster.lead(0, 2);
            send(producer, topic, 10);
            settle(producer);
            receive(consumer, (int)sent);
            assertTrue(cluster.batchesRepeated() > 0);
            assertTrue(producer.counters().lanesLost() > 0);
        }
        assertEquals(List.of(), failures);
        assertEquals(sent, acknowledged);
        assertInOrderAndOnce(cluster.values(0));
        assertInOrderAndOnce(received);
    }

    @Test
    void shouldNotWaitForALeaderThatIsSilent()
    {
        try (Producer producer = client.newProducer(context()); Consumer consumer = consumer(Consumer.StartAt.EARLIEST))
        {
            final Topic topic = producer.topic(TOPIC);
            consumer.assign(TOPIC, 0);
            send(producer, topic, 5);
            settle(producer);
            receive(consumer, 5);
            final long beganNs = clock.nanoTime();
            // also the broker that was asked for metadata so far
            cluster.silent(1, true);
            send(producer, topic, 5);
            cluster.lead(0, 3);
            settle(producer);
            receive(consumer, 10);
            assertTrue(clock.nanoTime() - beganNs < REQUEST_TIMEOUT_NS, "waited for the request timeout");
        }
        assertEquals(List.of(), failures);
        assertInOrderAndOnce(cluster.values(0));
        assertInOrderAndOnce(received);
    }

    @Test
    void shouldHoldRecordsWhileNobodyLeads()
    {
        try (Producer producer = client.newProducer(context()))
        {
            final Topic topic = producer.topic(TOPIC);
            cluster.lead(0, -1);
            send(producer, topic, 50);
            assertEquals(50, producer.unacked());
            cluster.lead(0, 3);
            settle(producer);
            assertTrue(cluster.batchesWritten() < 10, () -> "gathered: " + cluster.batchesWritten());
        }
        assertEquals(sent, acknowledged);
        assertInOrderAndOnce(cluster.values(0));
    }

    @Test
    void shouldGiveRecordsUpAfterTheDeliveryTimeoutAndSayWhatIsKnown()
    {
        try (Producer producer = client.newProducer(context()
            .requestTimeoutNs(TimeUnit.MILLISECONDS.toNanos(300))
            .deliveryTimeoutNs(TimeUnit.MILLISECONDS.toNanos(600))))
        {
            final Topic topic = producer.topic(TOPIC);
            cluster.mute(1, true);
            send(producer, topic, 1);
            settle(producer);
            assertEquals(List.of("TIMED_OUT false"), failures);

            cluster.kill(1);
            cluster.lead(0, -1);
            await("the loss of the lane", () ->
            {
                producer.poll();
                return producer.counters().lanesLost() > 0;
            });
            send(producer, topic, 1);
            settle(producer);
            assertEquals(List.of("TIMED_OUT false", "TIMED_OUT true"), failures.subList(0, 2));

            cluster.lead(0, 2);
            send(producer, topic, 3);
            settle(producer);
        }
        assertEquals(3, acknowledged);
        // the second one never was in the log
        assertEquals(List.of(0L, 2L, 3L, 4L), cluster.values(0));
    }

    @Test
    void shouldSayThatAcknowledgedRecordsAreGone()
    {
        try (Producer producer = client.newProducer(context()); Consumer consumer = consumer(Consumer.StartAt.EARLIEST))
        {
            final Topic topic = producer.topic(TOPIC);
            consumer.assign(TOPIC, 0);
            for (int i = 0; i < 4; i++)
            {
                send(producer, topic, 1);
                settle(producer);
            }
            receive(consumer, 4);
            cluster.cut(0, 2);
            cluster.lead(0, 2);
            send(producer, topic, 1);
            await("the loss", () ->
            {
                producer.poll();
                return !errors.isEmpty();
            });
            assertEquals(ResultCode.DATA_LOSS, ((EponaException)errors.remove(0)).code());
            settle(producer);
            // the broker that leads no more was asked first, and took nothing
            assertEquals(List.of(), failures);
            send(producer, topic, 1);
            settle(producer);
            receive(consumer, 6);
            assertEquals(List.of("TRUNCATED 4 2"), moves);
        }
        assertEquals(List.of(0L, 1L, 4L, 5L), cluster.values(0));
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L), received);
    }

    @Test
    void shouldAskAgainForOffsetsWhileTheNewLeaderDoesNotKnowWhatIsCommitted()
    {
        try (Producer producer = client.newProducer(context()); Consumer consumer = consumer(Consumer.StartAt.LATEST))
        {
            final Topic topic = producer.topic(TOPIC);
            send(producer, topic, 3);
            settle(producer);
            cluster.lead(0, 2);
            cluster.loading(0, 2);
            consumer.assign(TOPIC, 0);
            assertEquals(3, consumer.position(TOPIC, 0), "not the end of what it had heard of before");
            cluster.loading(0, 2);
            assertEquals(3, consumer.endOffset(TOPIC, 0));
            cluster.loading(0, 2);
            assertEquals(0, consumer.beginningOffset(TOPIC, 0));
        }
    }

    @Test
    void shouldFailWhereTheLogWasCutAndThePolicyIsNone()
    {
        try (Producer producer = client.newProducer(context()); Consumer consumer = consumer(Consumer.StartAt.NONE))
        {
            final Topic topic = producer.topic(TOPIC);
            consumer.assign(TOPIC, 0);
            consumer.seek(TOPIC, 0, 0);
            send(producer, topic, 1);
            settle(producer);
            send(producer, topic, 1);
            settle(producer);
            receive(consumer, 2);
            cluster.cut(0, 1);
            cluster.lead(0, 3);
            await("the failure", () -> ResultCode.TRUNCATED.code() == consumer.poll((partition, record) -> {}, 1));
            assertEquals(new TopicPartition(TOPIC, 0), consumer.failedPartition());
            assertEquals(1, consumer.position(TOPIC, 0));
            assertEquals(1, consumer.endOffset(TOPIC, 0));
        }
    }

    @Test
    void shouldAskTheLeaderForOffsets()
    {
        try (Producer producer = client.newProducer(context()); Consumer consumer = consumer(Consumer.StartAt.LATEST))
        {
            final Topic topic = producer.topic(TOPIC);
            send(producer, topic, 3);
            settle(producer);
            assertEquals(3, consumer.endOffset(TOPIC, 0));
            cluster.lead(0, 3);
            assertEquals(3, consumer.endOffset(TOPIC, 0));
            cluster.kill(3);
            cluster.lead(0, 2);
            assertEquals(0, consumer.beginningOffset(TOPIC, 0));
            assertEquals(ResultCode.UNKNOWN_TOPIC, assertThrows(
                EponaException.class, () -> consumer.endOffset(TOPIC, 2)).code());
        }
    }

    @Test
    void shouldHaveTheControllerCreateAndDeleteTopics()
    {
        cluster.controller(3);
        assertEquals(8, client.admin().createTopic(ScriptedCluster.CREATED, 1, 3, Map.of()).topicId());
        assertEquals(List.of(1, 3), cluster.askedForTopics());
        cluster.controller(2);
        client.admin().deleteTopic(ScriptedCluster.CREATED);
        assertEquals(List.of(1, 3, 1, 2), cluster.askedForTopics());
    }

    @Test
    void shouldHaveCreatedATopicWhenBrokersKnowIt()
    {
        cluster.hearingLate(3);
        client.admin().createTopic(ScriptedCluster.CREATED, 1, 3, Map.of());
        assertEquals(0, cluster.lookupsBeforeCreated());
    }

    @Test
    void shouldNotWaitForeverForABrokerThatDoesNotHearOfANewTopic()
    {
        cluster.hearingLate(Integer.MAX_VALUE);
        assertEquals(8, client.admin().createTopic(ScriptedCluster.CREATED, 1, 3, Map.of()).topicId());
    }

    @Test
    void shouldGoOnWhenTheBrokerOfTheFirstSessionDies()
    {
        try (Producer producer = client.newProducer(context()))
        {
            final Topic topic = producer.topic(TOPIC);
            await("sessions with all", () -> cluster.controlLanes(2) > 0 && cluster.controlLanes(3) > 0);
            cluster.lead(0, 2);
            send(producer, topic, 3);
            settle(producer);
            cluster.kill(1);
            send(producer, topic, 3);
            settle(producer);
            assertTrue(client.isConnected());
            cluster.lead(0, 3);
            send(producer, topic, 3);
            settle(producer);
            cluster.start(1);
            cluster.lead(0, 1);
            send(producer, topic, 3);
            settle(producer);
        }
        assertEquals(List.of(), failures);
        assertFalse(cluster.values(0).isEmpty());
        assertInOrderAndOnce(cluster.values(0));
    }
}
