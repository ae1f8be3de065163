package io.epona.client.session;

import io.epona.transport.Streams;
import org.agrona.collections.Int2ObjectHashMap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The brokers that a producer has lanes to. Owned by the machine's thread.
 */
final class ProduceBrokers
{
    private final Int2ObjectHashMap<Broker> brokers = new Int2ObjectHashMap<>();
    /** Of all brokers ever connected, in that order: ids of requests go on when a lane is made again. */
    private final List<ProduceLane> lanes = new ArrayList<>();

    private int version;

    private static final class Broker
    {
        private ProduceLane[] lanes = new ProduceLane[0];
        private int shards;
    }

    List<ProduceLane> lanes()
    {
        return lanes;
    }

    void connect(final int brokerId, final int shards)
    {
        if (shards < 1 || shards > Streams.MAX_SHARDS)
        {
            throw new IllegalArgumentException("a broker has 1 to " + Streams.MAX_SHARDS + " shards: " + shards);
        }
        Broker broker = brokers.get(brokerId);
        if (null == broker)
        {
            broker = new Broker();
            brokers.put(brokerId, broker);
        }
        final int known = broker.lanes.length;
        if (known < shards)
        {
            broker.lanes = Arrays.copyOf(broker.lanes, shards);
            for (int i = known; i < shards; i++)
            {
                broker.lanes[i] = new ProduceLane(brokerId, i);
                lanes.add(broker.lanes[i]);
            }
        }
        broker.shards = shards;
        version++;
    }

    void disconnect(final int brokerId)
    {
        final Broker broker = brokers.get(brokerId);
        if (null != broker)
        {
            broker.shards = 0;
            version++;
        }
    }

    /** @return the lane of a broker's shard, connected or not, or null. */
    ProduceLane lane(final int brokerId, final int shard)
    {
        final Broker broker = brokers.get(brokerId);
        return null == broker || shard < 0 || shard >= broker.lanes.length ? null : broker.lanes[shard];
    }

    /** @return the lane that a partition's batches go to, or null where there is none now. */
    ProduceLane laneOf(final ProducerPartition partition)
    {
        if (version != partition.laneVersion)
        {
            partition.laneVersion = version;
            partition.lane = find(partition);
        }
        return partition.lane;
    }

    private ProduceLane find(final ProducerPartition partition)
    {
        final Broker broker = partition.leader < 0 || partition.topicId < 0 ? null : brokers.get(partition.leader);
        return null == broker || 0 == broker.shards ? null :
            broker.lanes[Streams.shardOf(partition.topicId, partition.partition, broker.shards)];
    }
}
