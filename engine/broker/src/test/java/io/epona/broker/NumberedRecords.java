package io.epona.broker;

import io.epona.client.Consumer;
import io.epona.client.EponaClient;
import io.epona.client.Producer;
import io.epona.client.Receipt;
import io.epona.client.Topic;
import io.epona.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Writes numbered records into partition 0 of a topic, with acks=all, and reads them at the same time: each is to be
 * acknowledged, and to come once and in order. One thread.
 */
final class NumberedRecords implements AutoCloseable
{
    private final List<Integer> refusals = new ArrayList<>();
    private final EponaClient client;
    private final Producer producer;
    private final Consumer consumer;
    private final Topic topic;
    private final UnsafeBuffer value;
    private long sent;
    private long received;

    /**
     * @param client      to use, closed with this.
     * @param name        of the topic.
     * @param valueLength of a record, 8 at least.
     * @param written     records that the topic has: numbers go on behind them.
     */
    NumberedRecords(final EponaClient client, final String name, final int valueLength, final long written)
    {
        this.client = client;
        this.sent = written;
        this.value = new UnsafeBuffer(new byte[valueLength]);
        this.producer = client.newProducer(new Producer.Context().onAck(this::onAck));
        this.consumer = client.newConsumer(new Consumer.Context().startAt(Consumer.StartAt.EARLIEST));
        this.topic = producer.topic(name);
        consumer.assign(name, 0);
    }

    NumberedRecords(final EponaClient client, final String name)
    {
        this(client, name, 8, 0);
    }

    private void onAck(final Receipt receipt)
    {
        if (0 != receipt.code())
        {
            refusals.add(receipt.code());
        }
    }

    /** Take in what came. */
    void poll()
    {
        producer.poll();
        final int result = consumer.poll(
            (partition, record) ->
            {
                assertEquals(received, record.buffer().getLong(record.valueIndex(), ByteOrder.LITTLE_ENDIAN));
                received++;
            },
            1000);
        assertTrue(result >= 0, () -> ResultCode.nameOf(result));
    }

    /** Send as many, as soon as there is room for them. */
    void send(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            value.putLong(0, sent, ByteOrder.LITTLE_ENDIAN);
            Await.until("room", this::poll, () -> producer.send(topic, 0, value, 0, value.capacity()) >= 0);
            sent++;
        }
    }

    /** Wait until all are acknowledged and have come. */
    void settle()
    {
        Await.until("all settled", this::poll, () -> 0 == producer.unacked());
        Await.until("all received", this::poll, () -> sent == received);
        assertEquals(List.of(), refusals.stream().map(ResultCode::nameOf).toList());
    }

    long sent()
    {
        return sent;
    }

    @Override
    public void close()
    {
        producer.close();
        consumer.close();
        client.close();
    }
}
