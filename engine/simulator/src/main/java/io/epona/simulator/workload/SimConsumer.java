package io.epona.simulator.workload;

import io.epona.client.session.ConsumeLanes;
import io.epona.client.session.ConsumeListener;
import io.epona.client.session.ConsumerContext;
import io.epona.client.session.ConsumerMachine;
import io.epona.client.session.ConsumerPartition;
import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;
import io.epona.simulator.World;
import io.epona.simulator.oracle.Oracle;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * A process with a consumer of all partitions: the real machine, on lanes of the world.
 * <p>
 * Owned by the thread of its world.
 */
final class SimConsumer extends SimClient implements ConsumeLanes, ConsumeListener
{
    private static final int PUSH_LIMIT = 1_000_000;

    private final Scenario scenario;
    private final Oracle oracle;
    private final int index;
    private final ConsumerMachine machine;
    private final ConsumerPartition[] partitions;
    /** Number of what each partition was told to read. */
    private final long[] assignments;
    private long delivered;
    private long resets;

    SimConsumer(
        final World world, final Cluster cluster, final Scenario scenario, final int index, final Oracle oracle)
    {
        super(world, cluster, "consumer" + index);
        this.scenario = scenario;
        this.oracle = oracle;
        this.index = index;
        this.machine = new ConsumerMachine(new ConsumerContext()
            .lanes(this)
            .listener(this)
            .metadata(this::requestMetadata)
            .reset(scenario.isFromLatest(index) ? ConsumerMachine.Reset.LATEST : ConsumerMachine.Reset.EARLIEST));
        this.partitions = new ConsumerPartition[scenario.topics() * scenario.partitions()];
        this.assignments = new long[partitions.length];
        for (int i = 0; i < partitions.length; i++)
        {
            partitions[i] = machine.add(scenario.topicName(i / scenario.partitions()), i % scenario.partitions());
        }
    }

    long delivered()
    {
        return delivered;
    }

    long resets()
    {
        return resets;
    }

    /**
     * Leave out what is there and go on with what comes.
     *
     * @param slot partition, counted over all topics.
     */
    void seekToLatest(final int slot)
    {
        assignments[slot]++;
        machine.seekTo(partitions[slot], ConsumerMachine.LATEST);
    }

    /**
     * @param slot      partition, counted over all topics.
     * @param topicId   of the topic of that name now.
     * @param committed end of what was committed.
     * @return whether everything was read.
     */
    boolean hasRead(final int slot, final long topicId, final long committed)
    {
        return partitions[slot].topicId() == topicId && partitions[slot].position() == committed;
    }

    /**
     * @param slot partition, counted over all topics.
     * @return whether a damaged batch keeps it from going on.
     */
    boolean isStuckAtDamage(final int slot)
    {
        return ResultCode.CORRUPT_BATCH.code() == partitions[slot].failure();
    }

    String describe(final int slot)
    {
        return "topic " + partitions[slot].topicId() + ", position " + partitions[slot].position() + ", failure " +
            partitions[slot].failure();
    }

    @Override
    int doWork(final long nowNs)
    {
        return machine.doWork(nowNs);
    }

    @Override
    public void onConnected(final int brokerId)
    {
        machine.onBrokerConnected(brokerId, 1);
    }

    @Override
    public void onLost(final int brokerId)
    {
        machine.onBrokerLost(brokerId, nowNs());
    }

    @Override
    void onTopic(final String topic, final long topicId, final int[] leaders, final int[] epochs)
    {
        machine.onTopic(topic, topicId, leaders, epochs, nowNs());
    }

    @Override
    public boolean subscribe(
        final int brokerId,
        final int shard,
        final int subscriptionId,
        final long topicId,
        final int partition,
        final long startOffset,
        final int lastEpoch)
    {
        final ClientLane lane = lane(brokerId);
        return lane.send((front) -> front.subscribe(
            lane, subscriptionId, topicId, partition, startOffset, lastEpoch, new Pushes()));
    }

    private final class Pushes implements BrokerFront.PushHandler
    {
        @Override
        public void onPush(
            final int subscriptionId,
            final int leaderEpoch,
            final long highWatermark,
            final long logStart,
            final UnsafeBuffer batches)
        {
            machine.onPush(
                subscriptionId, leaderEpoch, highWatermark, logStart, batches, 0, batches.capacity(), PUSH_LIMIT,
                nowNs());
        }

        @Override
        public void onEnd(
            final int subscriptionId,
            final int code,
            final int leaderEpoch,
            final int divergedEpoch,
            final long divergedEnd)
        {
            machine.onSubscriptionEnd(subscriptionId, code, leaderEpoch, divergedEpoch, divergedEnd, nowNs());
        }
    }

    @Override
    public boolean unsubscribe(final int brokerId, final int shard, final int subscriptionId)
    {
        final ClientLane lane = lane(brokerId);
        return lane.send((front) -> front.unsubscribe(lane, subscriptionId));
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
        final ClientLane lane = lane(brokerId);
        final boolean isEarliest = ConsumerMachine.EARLIEST == timestamp;
        return lane.send((front) -> front.listOffsets(
            lane, topicId, partition, isEarliest,
            (code, epoch, offset) -> machine.onOffsets(correlationId, code, epoch, offset, nowNs())));
    }

    private int slot(final ConsumerPartition partition)
    {
        final int topic = Integer.parseInt(partition.topic().substring(1));
        return topic * scenario.partitions() + partition.partition();
    }

    @Override
    public void onRecord(final ConsumerPartition partition, final Record record)
    {
        delivered++;
        final long id = record.valueLength() < BitUtil.SIZE_OF_LONG ? -1 :
            record.buffer().getLong(record.valueIndex(), ByteOrder.LITTLE_ENDIAN);
        oracle.onDelivered(
            index, assignments[slot(partition)], partition.topicId(), partition.partition(), record.offset(), id);
    }

    @Override
    public void onReset(final ConsumerPartition partition, final int code, final long from, final long to)
    {
        resets++;
        assignments[slot(partition)]++;
        // Who is slow misses what retention took.
        final boolean isRetained = scenario.isDeleting() && to > from;
        if (ResultCode.UNKNOWN_TOPIC.code() != code && from > 0 && !isRetained)
        {
            oracle.onInterrupted(
                partition.topicId(), partition.partition(), "consumer " + index + " was reset from " + from +
                    " to " + to + " (" + ResultCode.nameOf(code) + ')');
        }
    }

    @Override
    public void onTruncated(final ConsumerPartition partition, final long from, final long to)
    {
        assignments[slot(partition)]++;
        oracle.onInterrupted(
            partition.topicId(), partition.partition(), "consumer " + index + " was cut from " + from + " to " + to);
    }

    @Override
    public void onFailed(final ConsumerPartition partition, final int code)
    {
        assignments[slot(partition)]++;
        oracle.onInterrupted(
            partition.topicId(), partition.partition(), "consumer " + index + " failed with " + code);
    }
}
