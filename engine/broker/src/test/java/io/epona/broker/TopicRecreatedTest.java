package io.epona.broker;

import io.epona.client.Consumer;
import io.epona.client.EponaClient;
import io.epona.client.Producer;
import io.epona.client.Topic;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A topic of a cluster that is deleted and created again while somebody writes into it. */
class TopicRecreatedTest extends BrokersFixture
{
    private static final int ROUNDS = 3;

    private final UnsafeBuffer value = new UnsafeBuffer(new byte[8]);
    private final Map<Long, Integer> codes = new HashMap<>();
    private Producer producer;
    private Topic topic;
    private long sent;

    private boolean trySend()
    {
        value.putLong(0, sent, ByteOrder.LITTLE_ENDIAN);
        final boolean isSent = producer.send(topic, 0, value, 0, 8) >= 0;
        sent += isSent ? 1 : 0;
        return isSent;
    }

    private void send(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            Await.until("room", producer::poll, this::trySend);
        }
    }

    /** Goes on sending while somebody does something. */
    private void sendDuring(final Runnable task)
    {
        final CompletableFuture<Void> done = CompletableFuture.runAsync(task);
        while (!done.isDone())
        {
            trySend();
            producer.poll();
        }
        done.join();
    }

    @Test
    void settlesEveryRecordAndKeepsTheNewTopicFreeOfTheOldOnes()
    {
        brokers.startWithTopic(3, TOPIC);
        final List<Long> read = new ArrayList<>();
        try (EponaClient client = brokers.connectToAll();
            Producer open = client.newProducer(new Producer.Context().onAck(
                (receipt) ->
                {
                    for (int i = 0; i < receipt.count(); i++)
                    {
                        codes.merge(receipt.firstSequence() + i, receipt.code(), (first, second) -> 1);
                    }
                })))
        {
            producer = open;
            topic = producer.topic(TOPIC);
            for (int round = 0; round < ROUNDS; round++)
            {
                send(RECORDS);
                sendDuring(() -> brokers.deleteTopic(TOPIC));
                sendDuring(() -> brokers.createTopic(TOPIC, 1, 3, "2"));
            }
            brokers.awaitLeader(TOPIC, 0, 3);
            Await.until("all settled", producer::poll, () -> 0 == producer.unacked());
            final long first = sent;
            send(RECORDS);
            Await.until("all settled", producer::poll, () -> 0 == producer.unacked());

            assertEquals(sent, codes.size(), "records that were settled");
            assertTrue(codes.values().stream().allMatch((code) -> code <= 0), "one was settled twice");
            for (long i = first; i < sent; i++)
            {
                assertEquals(0, codes.get(i), "the last were sent to a topic that stayed");
            }
            readAll(client, read);
            assertTrue(read.containsAll(LongStream.range(first, sent).boxed().toList()));
        }
        assertEquals(read.stream().sorted().distinct().toList(), read, "twice or out of order");
        assertTrue(read.get(0) >= ROUNDS * RECORDS, "a record of the first topic is in the last");
    }

    private void readAll(final EponaClient client, final List<Long> read)
    {
        try (Consumer consumer = client.newConsumer(new Consumer.Context().startAt(Consumer.StartAt.EARLIEST)))
        {
            consumer.assign(TOPIC, 0);
            Await.until(
                "the last record",
                () -> consumer.poll(
                    (partition, record) ->
                        read.add(record.buffer().getLong(record.valueIndex(), ByteOrder.LITTLE_ENDIAN)), 1000),
                () -> !read.isEmpty() && read.get(read.size() - 1) == sent - 1);
        }
    }
}
