package io.epona.loadgen.driver;

import io.epona.codecs.ResultCode;
import org.agrona.BitUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.Map;

/**
 * No system at all: values go into a ring in memory and come out of it on the same thread. What it reaches is the
 * ceiling of the generator itself: schedule, payload, checksum, verification.
 */
public final class NullDriver implements LoadDriver
{
    private static final int RING_BYTES = 256 * 1024;
    private static final int MIN_SLOTS = 4;

    private final UnsafeBuffer ring;
    private final int slotLength;
    private final int slots;
    private final int[] lengths;
    private final int[] partitions;
    private final long[] keys;
    private final long[] nextSequences;
    private final int partitionCount;
    private long head;
    private long tail;
    private long consumeNs;

    /**
     * @param maxLength  of a value.
     * @param producers  number of producers.
     * @param partitions of all topics.
     */
    public NullDriver(final int maxLength, final int producers, final int partitions)
    {
        slotLength = BitUtil.align(maxLength, 64);
        slots = BitUtil.findNextPositivePowerOfTwo(Math.max(MIN_SLOTS, RING_BYTES / slotLength));
        ring = new UnsafeBuffer(ByteBuffer.allocateDirect(slots * slotLength + 64));
        lengths = new int[slots];
        this.partitions = new int[slots];
        keys = new long[slots];
        nextSequences = new long[producers * partitions];
        partitionCount = partitions;
    }

    /**
     * @return time spent in the consumers, checks and recording included: with the whole it tells what each half
     *         would reach on a thread of its own.
     */
    public long consumeNs()
    {
        return consumeNs;
    }

    @Override
    public String name()
    {
        return "null";
    }

    @Override
    public void open()
    {
        head = 0;
        tail = 0;
    }

    @Override
    public ProducerPort newProducer(final int producer, final AckSink acks)
    {
        return new NullProducer(producer, acks);
    }

    @Override
    public ConsumerPort newConsumer(final int consumer, final int[] partitions, final RecordSink records)
    {
        return new NullConsumer(consumer, records);
    }

    @Override
    public Map<String, String> settings()
    {
        return Map.of("ring.slots", Integer.toString(slots));
    }

    @Override
    public void close()
    {
        head = tail;
    }

    /**
     * Acknowledges what was claimed since the last poll, a range for each run in one partition.
     */
    private final class NullProducer implements ProducerPort
    {
        private final int producer;
        private final AckSink acks;
        private int claimedPartition;
        private long claimedKey;
        private int claimedLength;
        private int runPartition = -1;
        private long runFirst;
        private int runCount;

        private NullProducer(final int producer, final AckSink acks)
        {
            this.producer = producer;
            this.acks = acks;
        }

        @Override
        public long tryClaim(final int partition, final long key, final int length)
        {
            if (tail - head >= slots)
            {
                return ResultCode.BACK_PRESSURED.code();
            }
            claimedPartition = partition;
            claimedKey = key;
            claimedLength = length;

            return nextSequences[producer * partitionCount + partition];
        }

        @Override
        public MutableDirectBuffer buffer()
        {
            return ring;
        }

        @Override
        public int index()
        {
            return (int)(tail & (slots - 1)) * slotLength;
        }

        @Override
        public void commit()
        {
            final int slot = (int)(tail & (slots - 1));
            final int partition = claimedPartition;
            lengths[slot] = claimedLength;
            partitions[slot] = partition;
            keys[slot] = claimedKey;
            tail++;
            final long sequence = nextSequences[producer * partitionCount + partition]++;
            if (partition != runPartition)
            {
                poll();
                runPartition = partition;
                runFirst = sequence;
            }
            runCount++;
        }

        @Override
        public int poll()
        {
            final int count = runCount;
            if (count > 0)
            {
                final int partition = runPartition;
                runCount = 0;
                runPartition = -1;
                acks.onAck(producer, partition, runFirst, count, 0);
            }

            return count;
        }

        @Override
        public void close()
        {
            poll();
        }
    }

    /**
     * The first consumer takes everything: the ring has one order.
     */
    private final class NullConsumer implements ConsumerPort
    {
        private final int consumer;
        private final RecordSink records;

        private NullConsumer(final int consumer, final RecordSink records)
        {
            this.consumer = consumer;
            this.records = records;
        }

        @Override
        public int poll(final int limit)
        {
            if (0 != consumer)
            {
                return 0;
            }

            final long beginNs = SystemNanoClock.INSTANCE.nanoTime();
            int count = 0;
            while (head < tail && count < limit)
            {
                final int slot = (int)(head & (slots - 1));
                records.onRecord(partitions[slot], keys[slot], ring, slot * slotLength, lengths[slot]);
                head++;
                count++;
            }
            consumeNs += SystemNanoClock.INSTANCE.nanoTime() - beginNs;

            return count;
        }

        @Override
        public void close()
        {
            head = Math.min(head, tail);
        }
    }
}
