package io.epona.broker;

import io.epona.client.Consumer;
import io.epona.client.EponaClient;
import io.epona.client.Producer;
import io.epona.client.Topic;
import io.epona.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Three brokers in this JVM, over UDP and a real ZooKeeper. */
class ClusterTest extends BrokersFixture
{
    private static final long TIMEOUT_NS = 20_000_000_000L;

    @BeforeEach
    void start()
    {
        for (int i = 0; i < 3; i++)
        {
            brokers.start();
        }
    }

    private void produce(final int leader, final String name, final int first, final int count)
    {
        final List<Integer> codes = new ArrayList<>();
        try (EponaClient client = brokers.connect(leader);
            Producer producer = client.newProducer(
                new Producer.Context().acks(-1).onAck((receipt) -> codes.add(receipt.code()))))
        {
            final Topic topic = producer.topic(name);
            for (int i = first; i < first + count; i++)
            {
                final UnsafeBuffer value = new UnsafeBuffer(("value " + i).getBytes(StandardCharsets.UTF_8));
                Await.until("send", producer::poll, () -> producer.send(topic, 0, value, 0, value.capacity()) >= 0);
            }
            producer.flush();
            assertTrue(producer.awaitAcks(TIMEOUT_NS));
        }
        assertTrue(codes.stream().allMatch((code) -> 0 == code), codes::toString);
    }

    private List<String> consume(final int leader, final String name, final int count)
    {
        final List<String> values = new ArrayList<>();
        try (EponaClient client = brokers.connect(leader);
            Consumer consumer =
                client.newConsumer(new Consumer.Context().startAt(Consumer.StartAt.EARLIEST)))
        {
            consumer.assign(name, 0);
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
        }
        return values;
    }

    private void checkRecords(final int leader, final int count)
    {
        final List<String> values = consume(leader, "orders", count);
        for (int i = 0; i < count; i++)
        {
            assertEquals("value " + i, values.get(i));
        }
    }

    @Test
    void goesOnAfterItsLeaderWasKilledAndTakesItBack()
    {
        brokers.createTopic("orders", 1, 3, "2");
        final int first = brokers.awaitLeader("orders", 0, 3);
        produce(first, "orders", 0, 1000);

        brokers.kill(first);
        final int second = brokers.awaitLeader("orders", 0, 2);
        produce(second, "orders", 1000, 1000);
        checkRecords(second, 2000);

        brokers.start(first);
        assertEquals(second, brokers.awaitLeader("orders", 0, 3));
        brokers.kill(second);
        final int third = brokers.awaitLeader("orders", 0, 2);
        produce(third, "orders", 2000, 1000);
        checkRecords(third, 3000);
    }

    @Test
    void keepsAClientGoingWhileItsLeaderIsStoppedAndAnotherKilled()
    {
        final int count = 3000;
        brokers.createTopic("orders", 1, 3, "2");
        brokers.awaitLeader("orders", 0, 3);
        final List<Integer> codes = new ArrayList<>();
        try (EponaClient client = brokers.connectToAll();
            Producer producer = client.newProducer(
                new Producer.Context().acks(-1).onAck((receipt) -> codes.add(receipt.code()))))
        {
            final Topic topic = producer.topic("orders");
            for (int i = 0; i < count; i++)
            {
                if (1000 == i)
                {
                    final int leader = brokers.awaitLeader("orders", 0, 3);
                    brokers.stop(leader);
                    brokers.start(leader);
                }
                else if (2000 == i)
                {
                    brokers.kill(brokers.awaitLeader("orders", 0, 3));
                }
                final UnsafeBuffer value = new UnsafeBuffer(("value " + i).getBytes(StandardCharsets.UTF_8));
                Await.until("send", producer::poll, () -> producer.send(topic, 0, value, 0, value.capacity()) >= 0);
            }
            producer.flush();
            assertTrue(producer.awaitAcks(TIMEOUT_NS));
        }
        assertTrue(codes.stream().allMatch((code) -> 0 == code), codes::toString);
        checkRecords(brokers.awaitLeader("orders", 0, 2), count);
    }

    @Test
    void keepsEverythingOverAStopOfAll()
    {
        brokers.createTopic("orders", 1, 3, "2");
        produce(brokers.awaitLeader("orders", 0, 3), "orders", 0, 1000);
        for (int i = 0; i < 3; i++)
        {
            brokers.stop(i);
        }
        for (int i = 0; i < 3; i++)
        {
            brokers.start(i);
        }

        final int leader = brokers.awaitLeader("orders", 0, 3);
        checkRecords(leader, 1000);
        produce(leader, "orders", 1000, 10);
        checkRecords(leader, 1010);
    }

    @Test
    void keepsEverythingOverAKillOfAll()
    {
        brokers.createTopic("orders", 1, 3, "2");
        produce(brokers.awaitLeader("orders", 0, 3), "orders", 0, 1000);
        for (int i = 0; i < 3; i++)
        {
            brokers.kill(i);
        }
        for (int i = 2; i >= 0; i--)
        {
            brokers.start(i);
        }

        final int leader = brokers.awaitLeader("orders", 0, 3);
        checkRecords(leader, 1000);
        produce(leader, "orders", 1000, 10);
        checkRecords(leader, 1010);
    }

    @Test
    void replicatesAndGoesOnWithoutItsLeader()
    {
        brokers.createTopic("orders", 1, 3, "2");
        final int first = brokers.awaitLeader("orders", 0, 3);
        produce(first, "orders", 0, 1000);
        assertEquals("value 999", consume(first, "orders", 1000).get(999));

        brokers.stop(first);
        final int second = brokers.awaitLeader("orders", 0, 2);
        produce(second, "orders", 1000, 1000);
        checkRecords(second, 2000);
    }
}
