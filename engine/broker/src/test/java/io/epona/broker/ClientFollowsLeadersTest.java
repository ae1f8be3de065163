package io.epona.broker;

import io.epona.client.Consumer;
import io.epona.client.EponaClient;
import io.epona.client.Producer;
import io.epona.client.Topic;
import io.epona.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** One client that goes on while brokers of a cluster come and go, over UDP and a real ZooKeeper. */
class ClientFollowsLeadersTest
{
    private static final String TOPIC = "orders";
    private static final int ROUNDS = 3;
    private static final int RECORDS = 300;

    @TempDir
    private Path dir;

    @RegisterExtension
    private final BrokerReports reports = new BrokerReports();

    private final UnsafeBuffer value = new UnsafeBuffer(new byte[8]);
    private final List<Long> received = new ArrayList<>();
    private final List<Integer> codes = new ArrayList<>();
    private TestBrokers brokers;
    private Producer producer;
    private Consumer consumer;
    private long sent;

    @BeforeEach
    void start()
    {
        brokers = new TestBrokers(dir, reports);
        for (int i = 0; i < 3; i++)
        {
            brokers.start();
        }
        brokers.createTopic(TOPIC, 1, 3, "2");
    }

    @AfterEach
    void close()
    {
        brokers.close();
    }

    private void step()
    {
        producer.poll();
        final int result = consumer.poll(
            (partition, record) ->
                received.add(record.buffer().getLong(record.valueIndex(), ByteOrder.LITTLE_ENDIAN)), 100);
        assertTrue(result >= 0, () -> ResultCode.nameOf(result));
    }

    private void send(final Topic topic)
    {
        for (int i = 0; i < RECORDS; i++)
        {
            value.putLong(0, sent, ByteOrder.LITTLE_ENDIAN);
            Await.until("room", this::step, () -> producer.send(topic, 0, value, 0, 8) >= 0);
            sent++;
        }
    }

    private void goOnWithout(final IntConsumer end)
    {
        try (EponaClient client = brokers.connect(brokers.awaitLeader(TOPIC, 0, 3));
            Producer openProducer = client.newProducer(
                new Producer.Context().onAck((receipt) -> codes.add(receipt.code())));
            Consumer openConsumer =
                client.newConsumer(new Consumer.Context().startAt(Consumer.StartAt.EARLIEST)))
        {
            producer = openProducer;
            consumer = openConsumer;
            final Topic topic = producer.topic(TOPIC);
            consumer.assign(TOPIC, 0);
            for (int round = 0; round < ROUNDS; round++)
            {
                final int leader = brokers.awaitLeader(TOPIC, 0, 3);
                send(topic);
                end.accept(leader);
                send(topic);
                Await.until("all settled", this::step, () -> 0 == producer.unacked());
                Await.until("all received", this::step, () -> sent <= received.size());
                brokers.start(leader);
            }
        }
        assertTrue(codes.stream().allMatch((code) -> 0 == code), codes::toString);
        assertEquals(LongStream.range(0, sent).boxed().toList(), received);
    }

    @Test
    void hasEveryRecordOnceAndInOrderWhereLeadersAreKilled()
    {
        goOnWithout(brokers::kill);
    }

    @Test
    void hasEveryRecordOnceAndInOrderWhereLeadersAreStopped()
    {
        goOnWithout(brokers::stop);
    }
}
