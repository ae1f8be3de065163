package io.epona.simulator.workload;

import io.epona.client.session.ProduceLanes;
import io.epona.client.session.ProduceListener;
import io.epona.client.session.ProducerContext;
import io.epona.client.session.ProducerMachine;
import io.epona.client.session.ProducerPartition;
import io.epona.simulator.Site;
import io.epona.simulator.World;
import io.epona.simulator.oracle.Oracle;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * A process with a producer: the real machine, on lanes of the world.
 * <p>
 * Owned by the thread of its world.
 */
final class SimProducer extends SimClient implements ProduceLanes, ProduceListener
{
    private static final int PRODUCER_SHIFT = 40;
    private static final long NONE = -1;
    private static final int VALUE_MAX = 300;

    private final Scenario scenario;
    private final Oracle oracle;
    private final int index;
    private final int acks;
    private final ProducerMachine machine;
    private final ProducerPartition[] partitions;
    /** Ids of records by their number, for each partition. */
    private final Long2LongHashMap[] ids;
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[1]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_MAX]);
    private final Site site;
    private long nextId;
    private long acknowledged;
    private long failed;

    SimProducer(
        final World world, final Cluster cluster, final Scenario scenario, final int index, final Oracle oracle)
    {
        super(world, cluster, "producer" + index);
        this.scenario = scenario;
        this.oracle = oracle;
        this.index = index;
        this.acks = scenario.acks(index);
        this.site = world.site("producer", Integer.toString(index));
        this.machine = new ProducerMachine(new ProducerContext()
            .lanes(this)
            .listener(this)
            .metadata(this::requestMetadata)
            .producerIds(this::requestProducerId)
            .acks(acks)
            .idempotent(scenario.isIdempotent(index))
            .maxInFlight(site.between(1, 8))
            .requestTimeoutNs(2 * World.SECOND)
            .deliveryTimeoutNs(site.chance(0.3) ? 4 * World.SECOND : 30 * World.SECOND));
        this.partitions = new ProducerPartition[scenario.topics() * scenario.partitions()];
        this.ids = new Long2LongHashMap[partitions.length];
        for (int i = 0; i < partitions.length; i++)
        {
            partitions[i] = machine.partition(
                scenario.topicName(i / scenario.partitions()), i % scenario.partitions());
            ids[i] = new Long2LongHashMap(NONE);
        }
    }

    long acknowledged()
    {
        return acknowledged;
    }

    long failed()
    {
        return failed;
    }

    long unsettled()
    {
        return machine.unsettledRecords();
    }

    /**
     * Send records.
     *
     * @param partition counted over all topics.
     * @param count     of records.
     */
    void produce(final int partition, final int count)
    {
        final ProducerPartition to = partitions[partition];
        for (int i = 0; i < count; i++)
        {
            final long id = ((long)index << PRODUCER_SHIFT) + nextId++;
            value.putLong(0, id, ByteOrder.LITTLE_ENDIAN);
            final int keyOf = scenario.keyOf(id);
            key.putByte(0, (byte)keyOf);
            final long number = machine.send(
                to, nowNs(), key, 0, keyOf < 0 ? -1 : 1, value, 0, site.between(BitUtil.SIZE_OF_LONG, VALUE_MAX));
            if (number >= 0)
            {
                ids[partition].put(number, id);
                if (to.topicId() >= 0)
                {
                    oracle.onSend(to.topicId(), to.partition(), id);
                }
            }
        }
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

    private boolean requestProducerId()
    {
        final ClientLane lane = anyLane();
        return null != lane && lane.send((front) -> front.producerId(
            lane, (code, epoch, id) -> machine.onProducerId(code, id, (short)0, nowNs())));
    }

    @Override
    public boolean produce(
        final int brokerId,
        final int shard,
        final int requestId,
        final long topicId,
        final int partition,
        final byte wantedAcks,
        final int flags,
        final DirectBuffer buffer,
        final int offset,
        final int length)
    {
        final ClientLane lane = lane(brokerId);
        final UnsafeBuffer copy = new UnsafeBuffer(new byte[length]);
        copy.putBytes(0, buffer, offset, length);

        return lane.send((front) -> front.produce(
            lane, topicId, partition, wantedAcks, copy,
            (code, epoch, baseOffset) ->
                machine.onAck(brokerId, shard, requestId, code, epoch, baseOffset, 1, 1, nowNs())));
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
        final Long2LongHashMap known = ids[slot(partition)];
        for (int i = 0; i < count; i++)
        {
            final long id = known.remove(firstNumber + i);
            if (0 == code && baseOffset >= 0)
            {
                acknowledged++;
                oracle.onAcknowledged(partition.topicId(), partition.partition(), id, baseOffset + i, acks);
            }
            else
            {
                failed++;
                if (partition.topicId() >= 0)
                {
                    oracle.onSendFailed(partition.topicId(), partition.partition(), id);
                }
            }
        }
    }

    private int slot(final ProducerPartition partition)
    {
        final int topic = Integer.parseInt(partition.topic().substring(1));
        return topic * scenario.partitions() + partition.partition();
    }

    @Override
    public void onDataLoss(final ProducerPartition partition, final int leaderEpoch, final long firstLost)
    {
        oracle.onLossReported(partition.topicId(), partition.partition(), "producer " + index);
    }
}
