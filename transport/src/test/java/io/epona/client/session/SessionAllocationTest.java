package io.epona.client.session;

import com.sun.management.ThreadMXBean;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Neither machine allocates per record while nothing fails.
 */
class SessionAllocationTest
{
    private static final int RECORDS = 50_000;
    /** Not per record: what the measuring itself and a late compilation may cost. */
    private static final long ALLOWED_BYTES = RECORDS;
    private static final ThreadMXBean THREADS = (ThreadMXBean)ManagementFactory.getThreadMXBean();

    private static final class Broker implements ProduceLanes, ConsumeLanes, ProduceListener, ConsumeListener
    {
        private int requestId;
        private int subscriptionId;
        private long settled;
        private long delivered;

        @Override
        public boolean produce(
            final int brokerId,
            final int shard,
            final int id,
            final long topicId,
            final int partition,
            final byte acks,
            final int flags,
            final DirectBuffer buffer,
            final int index,
            final int length)
        {
            requestId = id;
            return true;
        }

        @Override
        public void onSettled(
            final ProducerPartition partition,
            final long firstNumber,
            final int count,
            final int code,
            final boolean isOutcomeKnown,
            final long baseOffset,
            final int leaderEpoch,
            final int inMemory,
            final int onDisk)
        {
            settled += count;
        }

        @Override
        public void onDataLoss(final ProducerPartition partition, final int leaderEpoch, final long firstLost)
        {
            throw new AssertionError("nothing is lost here");
        }

        @Override
        public boolean subscribe(
            final int brokerId,
            final int shard,
            final int id,
            final long topicId,
            final int partition,
            final long startOffset,
            final int lastEpoch)
        {
            subscriptionId = id;
            return true;
        }

        @Override
        public boolean unsubscribe(final int brokerId, final int shard, final int id)
        {
            return true;
        }

        @Override
        public boolean listOffsets(
            final int brokerId,
            final int shard,
            final long correlationId,
            final long topicId,
            final int partition,
            final long timestamp)
        {
            return true;
        }

        @Override
        public void onRecord(final ConsumerPartition partition, final Record record)
        {
            delivered++;
        }

        @Override
        public void onReset(final ConsumerPartition partition, final int code, final long from, final long to)
        {
            throw new AssertionError("nothing is out of range here");
        }

        @Override
        public void onTruncated(final ConsumerPartition partition, final long from, final long to)
        {
            throw new AssertionError("nothing is cut here");
        }

        @Override
        public void onFailed(final ConsumerPartition partition, final int code)
        {
            throw new AssertionError("nothing fails here");
        }
    }

    private final Broker broker = new Broker();
    private long nowNs;

    @Test
    void producerDoesNotAllocatePerRecord()
    {
        final ProducerMachine machine = new ProducerMachine(new ProducerContext()
            .lanes(broker).metadata((topic) -> true).producerIds(() -> true).listener(broker));
        final ProducerPartition partition = machine.partition("t", 0);
        machine.onBrokerConnected(1, 1);
        machine.onTopic("t", 7, new int[]{ 1 }, new int[]{ 3 }, nowNs);
        machine.onProducerId(0, 5, (short)0, nowNs);
        produce(machine, partition, RECORDS);

        final long before = THREADS.getCurrentThreadAllocatedBytes();
        produce(machine, partition, RECORDS);
        final long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        assertEquals(2 * RECORDS, broker.settled);
        assertTrue(bytes < ALLOWED_BYTES, bytes + " bytes");
    }

    private void produce(final ProducerMachine machine, final ProducerPartition partition, final int count)
    {
        final UnsafeBuffer value = new UnsafeBuffer(new byte[64]);
        for (int i = 0; i < count; i++)
        {
            nowNs += 1_000;
            machine.send(partition, nowNs, value, 0, 8, value, 0, 64);
            machine.doWork(nowNs);
            machine.onAck(1, 0, broker.requestId, 0, 3, i, 1, 0, nowNs);
        }
    }

    @Test
    void consumerDoesNotAllocatePerRecord()
    {
        final ConsumerMachine machine = new ConsumerMachine(
            new ConsumerContext().lanes(broker).metadata((topic) -> true).listener(broker));
        final ConsumerPartition partition = machine.add("t", 0);
        machine.onBrokerConnected(1, 1);
        machine.onTopic("t", 7, new int[]{ 1 }, new int[]{ 3 }, nowNs);
        machine.seek(partition, 0, -1);
        machine.doWork(nowNs);
        consume(machine, 0, RECORDS);

        final long before = THREADS.getCurrentThreadAllocatedBytes();
        consume(machine, RECORDS, RECORDS);
        final long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        assertEquals(2 * RECORDS, broker.delivered);
        assertTrue(bytes < ALLOWED_BYTES, bytes + " bytes");
    }

    private void consume(final ConsumerMachine machine, final long offset, final int count)
    {
        final Crc32c crc = new Crc32c();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[512]);
        final RecordBatchBuilder builder = new RecordBatchBuilder(crc).begin(buffer, 0, buffer.capacity(), 0);
        builder.append(0, buffer, 0, -1, buffer, 0, 64);
        final int length = builder.finish();
        for (int i = 0; i < count; i++)
        {
            nowNs += 1_000;
            RecordBatchDescriptor.stamp(buffer, 0, offset + i, 3, 0, crc);
            machine.doWork(nowNs);
            machine.onPush(
                broker.subscriptionId, 3, offset + i + 1, 0, buffer, 0, length, Integer.MAX_VALUE, nowNs);
        }
    }
}
