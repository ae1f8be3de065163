package io.epona.client.session;

import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A consumer machine whose brokers are the test: what it asks is kept, what it hears is said by the test.
 */
final class ConsumerFixture implements ConsumeLanes, MetadataLookup, ConsumeListener
{
    static final long MS = 1_000_000L;
    static final String TOPIC = "t";

    /** As "broker id offset epoch", "broker query timestamp" and so on, in order. */
    final List<String> asked = new ArrayList<>();
    final List<String> events = new ArrayList<>();
    final List<Long> offsets = new ArrayList<>();
    final ConsumerContext context = new ConsumerContext()
        .lanes(this).metadata(this).listener(this).reset(ConsumerMachine.Reset.EARLIEST);
    private final Crc32c crc = new Crc32c();
    ConsumerMachine machine;
    ConsumerPartition partition;
    Runnable onRecord = () -> {};
    int lastSubscription;
    long lastCorrelation;
    long nowNs;
    int lookups;
    int limit = Integer.MAX_VALUE;
    boolean isRefusing;

    /** Topic 7 with one partition led by broker 1 in epoch 3; a position of 0, subscribed. */
    ConsumerFixture start()
    {
        connect();
        machine.seek(partition, 0, -1);
        advance(0);
        assertEquals(List.of("1 subscribe 0 -1"), take());
        return this;
    }

    ConsumerFixture connect()
    {
        machine = new ConsumerMachine(context);
        partition = machine.add(TOPIC, 0);
        machine.onBrokerConnected(1, 1);
        machine.onBrokerConnected(2, 1);
        machine.doWork(nowNs);
        lead(7, 1, 3);
        return this;
    }

    void lead(final long topicId, final int leader, final int epoch)
    {
        machine.onTopic(TOPIC, topicId, new int[]{ leader }, new int[]{ epoch }, nowNs);
    }

    /** Answer what was looked up until now. */
    void answerLookups()
    {
        advance(60);
        lead(7, 1, 3);
    }

    void advance(final long ms)
    {
        nowNs += ms * MS;
        machine.doWork(nowNs);
    }

    List<String> take()
    {
        final List<String> taken = new ArrayList<>(asked);
        asked.clear();
        return taken;
    }

    List<String> takeEvents()
    {
        final List<String> taken = new ArrayList<>(events);
        events.clear();
        return taken;
    }

    List<Long> takeOffsets()
    {
        final List<Long> taken = new ArrayList<>(offsets);
        offsets.clear();
        return taken;
    }

    /** Push one batch for the last subscription. */
    int push(final long baseOffset, final int count, final int epoch)
    {
        return push(lastSubscription, Math.max(epoch, partition.leaderEpoch), batches(baseOffset, count, epoch));
    }

    int push(final int subscriptionId, final int leaderEpoch, final byte[]... batches)
    {
        int length = 0;
        for (final byte[] batch : batches)
        {
            length += batch.length;
        }
        final UnsafeBuffer all = new UnsafeBuffer(new byte[length]);
        int index = 0;
        for (final byte[] batch : batches)
        {
            all.putBytes(index, batch);
            index += batch.length;
        }
        return machine.onPush(subscriptionId, leaderEpoch, 1_000, 0, all, 0, length, limit, nowNs);
    }

    byte[] batches(final long baseOffset, final int count, final int epoch)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1_024]);
        final RecordBatchBuilder builder = new RecordBatchBuilder(crc).begin(buffer, 0, buffer.capacity(), 0);
        for (int i = 0; i < count; i++)
        {
            builder.append(0, buffer, 0, -1, buffer, 0, 8);
        }
        final int length = builder.finish();
        RecordBatchDescriptor.stamp(buffer, 0, baseOffset, epoch, 0, crc);
        final byte[] bytes = new byte[length];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    void end(final int code)
    {
        end(code, -1, -1, -1);
    }

    void end(final int code, final int leaderEpoch, final int divergedEpoch, final long divergedEnd)
    {
        machine.onSubscriptionEnd(lastSubscription, code, leaderEpoch, divergedEpoch, divergedEnd, nowNs);
    }

    void answer(final int code, final int leaderEpoch, final long offset)
    {
        machine.onOffsets(lastCorrelation, code, leaderEpoch, offset, nowNs);
    }

    @Override
    public boolean subscribe(
        final int brokerId,
        final int shard,
        final int subscriptionId,
        final long topicId,
        final int index,
        final long startOffset,
        final int lastEpoch)
    {
        if (isRefusing)
        {
            return false;
        }
        lastSubscription = subscriptionId;
        asked.add(brokerId + " subscribe " + startOffset + " " + lastEpoch);
        return true;
    }

    @Override
    public boolean unsubscribe(final int brokerId, final int shard, final int subscriptionId)
    {
        asked.add(brokerId + " unsubscribe");
        return true;
    }

    @Override
    public boolean listOffsets(
        final int brokerId,
        final int shard,
        final long correlationId,
        final long topicId,
        final int index,
        final long timestamp)
    {
        lastCorrelation = correlationId;
        asked.add(brokerId + " offset at " + timestamp);
        return true;
    }

    @Override
    public boolean request(final String topic)
    {
        lookups++;
        return true;
    }

    @Override
    public void onRecord(final ConsumerPartition of, final Record record)
    {
        offsets.add(record.offset());
        onRecord.run();
    }

    @Override
    public void onReset(final ConsumerPartition of, final int code, final long from, final long to)
    {
        events.add("reset " + code + " " + from + " " + to);
    }

    @Override
    public void onTruncated(final ConsumerPartition of, final long from, final long to)
    {
        events.add("truncated " + from + " " + to);
    }

    @Override
    public void onFailed(final ConsumerPartition of, final int code)
    {
        events.add("failed " + code);
    }
}
