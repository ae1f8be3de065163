package io.epona.client.session;

import io.epona.client.session.ConsumerPartition.State;
import io.epona.transport.Streams;
import org.agrona.collections.Int2IntHashMap;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * What is under way at the brokers for the partitions of a consumer: subscriptions, each with an id that was never used
 * before, and questions for offsets. Owned by its machine's thread.
 */
final class ConsumerSubscriptions
{
    private static final int NO_SHARDS = 0;

    private final ConsumeLanes lanes;
    private final Int2ObjectHashMap<ConsumerPartition> bySubscription = new Int2ObjectHashMap<>();
    private final Int2IntHashMap shardsByBroker = new Int2IntHashMap(NO_SHARDS);
    private int subscriptionIds;
    private long correlationIds;

    ConsumerSubscriptions(final ConsumeLanes lanes)
    {
        this.lanes = lanes;
    }

    void connect(final int brokerId, final int shards)
    {
        if (shards < 1 || shards > Streams.MAX_SHARDS)
        {
            throw new IllegalArgumentException("a broker has 1 to " + Streams.MAX_SHARDS + " shards: " + shards);
        }
        shardsByBroker.put(brokerId, shards);
    }

    void disconnect(final int brokerId)
    {
        shardsByBroker.remove(brokerId);
    }

    boolean isConnected(final int brokerId)
    {
        return NO_SHARDS != shardsByBroker.get(brokerId);
    }

    /** @return the partition whose subscription that is, or null where it is over. */
    ConsumerPartition find(final int subscriptionId)
    {
        return bySubscription.get(subscriptionId);
    }

    /** Subscribe at the leader from the position. @return false where the lane has no room now. */
    boolean subscribe(final ConsumerPartition partition)
    {
        final int shard = shardOf(partition);
        // 0 stands for none
        final int subscriptionId = Integer.MAX_VALUE == subscriptionIds ? 1 : subscriptionIds + 1;
        if (!lanes.subscribe(
            partition.leader, shard, subscriptionId, partition.topicId, partition.partition, partition.position,
            partition.lastEpoch()))
        {
            return false;
        }
        subscriptionIds = subscriptionId;
        bySubscription.put(subscriptionId, partition);
        partition.subscriptionId = subscriptionId;
        partition.brokerId = partition.leader;
        partition.shard = shard;
        partition.isHeardOf = false;
        partition.failure = 0;
        partition.state = State.STREAMING;
        return true;
    }

    /** Ask the leader for the offset at the partition's timestamp. @return false where the lane has no room now. */
    boolean ask(final ConsumerPartition partition, final long deadlineNs)
    {
        final int shard = shardOf(partition);
        final long correlationId = correlationIds + 1;
        if (!lanes.listOffsets(
            partition.leader, shard, correlationId, partition.topicId, partition.partition, partition.timestamp))
        {
            return false;
        }
        correlationIds = correlationId;
        partition.correlationId = correlationId;
        partition.brokerId = partition.leader;
        partition.shard = shard;
        partition.deadlineNs = deadlineNs;
        partition.state = State.RESOLVING;
        return true;
    }

    /** The broker ended the subscription. */
    void onEnd(final ConsumerPartition partition)
    {
        bySubscription.remove(partition.subscriptionId);
        partition.subscriptionId = 0;
        partition.brokerId = -1;
        partition.state = State.SUBSCRIBE;
    }

    /** Nothing of what is on its way counts any more. */
    void detach(final ConsumerPartition partition)
    {
        if (0 != partition.subscriptionId)
        {
            bySubscription.remove(partition.subscriptionId);
            // as good as it gets: what is still pushed is dropped by its id
            lanes.unsubscribe(partition.brokerId, partition.shard, partition.subscriptionId);
            partition.subscriptionId = 0;
        }
        partition.brokerId = -1;
    }

    private int shardOf(final ConsumerPartition partition)
    {
        return Streams.shardOf(partition.topicId, partition.partition, shardsByBroker.get(partition.leader));
    }
}
