package io.epona.client.session;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A producer machine whose brokers are the test: what it sends is kept, what it hears is said by the test.
 */
final class ProducerFixture implements ProduceLanes, MetadataLookup, ProducerIds, ProduceListener
{
    static final long MS = 1_000_000L;
    static final String TOPIC = "t";

    final List<Sent> sent = new ArrayList<>();
    final List<Settled> settled = new ArrayList<>();
    final List<String> losses = new ArrayList<>();
    final ProducerContext context = new ProducerContext()
        .lanes(this).metadata(this).producerIds(this).listener(this).maxBatchesUnacked(1_000);
    private final Crc32c crc = new Crc32c();
    ProducerMachine machine;
    ProducerPartition partition;
    long nowNs;
    int lookups;
    int idRequests;
    boolean isRefusing;

    static final class Sent
    {
        int brokerId;
        int requestId;
        long topicId;
        int partition;
        byte acks;
        byte[] bytes;
        private final UnsafeBuffer batch = new UnsafeBuffer(0, 0);

        short epoch()
        {
            return RecordBatchDescriptor.producerEpoch(batch, 0);
        }

        long producerId()
        {
            return RecordBatchDescriptor.producerId(batch, 0);
        }

        int sequence()
        {
            return RecordBatchDescriptor.baseSequence(batch, 0);
        }

        int count()
        {
            return RecordBatchDescriptor.recordCount(batch, 0);
        }

        long firstNumber()
        {
            return batch.getLong(RecordBatchDescriptor.HEADER_LENGTH + 16);
        }
    }

    static final class Settled
    {
        ProducerPartition partition;
        long firstNumber;
        int count;
        int code;
        boolean isKnown;
        long baseOffset;
    }

    /** Topic 7 with one partition led by broker 1 in epoch 3, and a producer id. */
    ProducerFixture start()
    {
        connectless();
        machine.onBrokerConnected(1, 1);
        machine.onBrokerConnected(2, 1);
        lead(7, 1, 3);
        if (context.isIdempotent)
        {
            machine.onProducerId(0, 99, (short)0, nowNs);
        }
        return this;
    }

    ProducerFixture connectless()
    {
        machine = new ProducerMachine(context);
        partition = machine.partition(TOPIC, 0);
        machine.doWork(nowNs);
        return this;
    }

    void lead(final long topicId, final int leader, final int epoch)
    {
        machine.onTopic(TOPIC, topicId, new int[]{ leader }, new int[]{ epoch }, nowNs);
    }

    void advance(final long ms)
    {
        nowNs += ms * MS;
        machine.doWork(nowNs);
    }

    /** Each record is a batch, as nothing waits for acks here. */
    long send()
    {
        return send(partition);
    }

    long send(final ProducerPartition to)
    {
        final UnsafeBuffer value = new UnsafeBuffer(new byte[8]);
        value.putLong(0, to.nextNumber());
        return machine.send(to, 1_000, value, 0, -1, value, 0, 8);
    }

    void send(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            assertEquals(partition.nextNumber(), send());
        }
    }

    void ack(final Sent batch, final long baseOffset)
    {
        machine.onAck(batch.brokerId, 0, batch.requestId, 0, partition.leaderEpoch, baseOffset, 1, 0, nowNs);
    }

    void refuse(final Sent batch, final int code)
    {
        refuse(batch, code, partition.leaderEpoch, -1);
    }

    void refuse(final Sent batch, final int code, final int leaderEpoch, final long lastSequence)
    {
        machine.onAck(batch.brokerId, 0, batch.requestId, code, leaderEpoch, lastSequence, 0, 0, nowNs);
    }

    /** @return what was sent since the last call. */
    List<Sent> take()
    {
        final List<Sent> taken = new ArrayList<>(sent);
        sent.clear();
        return taken;
    }

    Settled onlySettled()
    {
        assertEquals(1, settled.size());
        return settled.remove(0);
    }

    @Override
    public boolean produce(
        final int brokerId,
        final int shard,
        final int requestId,
        final long topicId,
        final int index,
        final byte acks,
        final int flags,
        final DirectBuffer buffer,
        final int batchIndex,
        final int length)
    {
        if (isRefusing)
        {
            return false;
        }
        final Sent batch = new Sent();
        batch.brokerId = brokerId;
        batch.requestId = requestId;
        batch.topicId = topicId;
        batch.partition = index;
        batch.acks = acks;
        batch.bytes = new byte[length];
        buffer.getBytes(batchIndex, batch.bytes);
        batch.batch.wrap(batch.bytes);
        assertEquals(0, BatchValidator.validateBody(batch.batch, 0, length, crc));
        sent.add(batch);
        return true;
    }

    @Override
    public boolean request(final String topic)
    {
        lookups++;
        return true;
    }

    @Override
    public boolean request()
    {
        idRequests++;
        return true;
    }

    @Override
    public void onSettled(
        final ProducerPartition of,
        final long firstNumber,
        final int count,
        final int code,
        final boolean isOutcomeKnown,
        final long baseOffset,
        final int leaderEpoch,
        final int inMemory,
        final int onDisk)
    {
        final Settled one = new Settled();
        one.partition = of;
        one.firstNumber = firstNumber;
        one.count = count;
        one.code = code;
        one.isKnown = isOutcomeKnown;
        one.baseOffset = baseOffset;
        settled.add(one);
    }

    @Override
    public void onDataLoss(final ProducerPartition of, final int leaderEpoch, final long firstLost)
    {
        losses.add(of.partition() + " " + leaderEpoch + " " + firstLost);
    }
}
