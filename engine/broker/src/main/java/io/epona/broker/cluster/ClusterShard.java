package io.epona.broker.cluster;

import io.aeron.Aeron;
import io.epona.broker.host.HostedPartition;
import io.epona.broker.host.ShardLanes;
import io.epona.broker.host.ShardWork;
import io.epona.broker.replication.AeronLinks;
import io.epona.broker.replication.LinkCounters;
import io.epona.broker.replication.LinkListener;
import io.epona.broker.replication.LinkSettings;
import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.node.ClusterNode;
import io.epona.engine.node.NodeMetadata;
import io.epona.engine.node.NodeShard;
import io.epona.engine.node.ShardListener;
import io.epona.engine.replica.AppendListener;
import io.epona.engine.replica.Links;
import io.epona.engine.replica.Replica;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the shard of a broker does for its cluster: hears the other brokers, moves its replicas on, and tells producers
 * what became of their batches.
 * <p>
 * Owned by the shard's thread, after it was begun.
 */
final class ClusterShard implements ShardWork, LinkListener, AppendListener, ShardListener
{
    private record PartitionId(long topicId, int index)
    {
    }

    private static final int FRAGMENTS_PER_CYCLE = 16;
    private static final int MAX_TASKS = 64;
    private static final long SWEEP_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private final ManyToOneConcurrentArrayQueue<Runnable> tasks = new ManyToOneConcurrentArrayQueue<>(MAX_TASKS);
    private final Map<PartitionId, ReplicaPartition> partitions = new HashMap<>();
    private final int brokerId;
    private final ClusterSettings.Network network;
    private final LinkCounters counters;
    private final ErrorHandler errorHandler;
    private AeronLinks links;
    private ClusterNode node;
    private NodeShard shard;
    private ShardLanes lanes;
    private long nextSweepNs;

    ClusterShard(
        final int brokerId,
        final ClusterSettings.Network network,
        final LinkCounters counters,
        final ErrorHandler errorHandler)
    {
        this.brokerId = brokerId;
        this.network = network;
        this.counters = counters;
        this.errorHandler = errorHandler;
    }

    @Override
    public void begin(final ShardLanes toTell)
    {
        lanes = toTell;
    }

    @Override
    public void listen(final Aeron aeron, final int port)
    {
        links = new AeronLinks(
            aeron, new LinkSettings(brokerId, network.host(), port, 0, network.sizes()), counters, errorHandler);
        links.listen();
    }

    @Override
    public void unlisten()
    {
        if (null != links)
        {
            links.close();
            links = null;
        }
    }

    Links links()
    {
        return links;
    }

    /**
     * @param begun of this life. Before the agent runs.
     */
    void begin(final ClusterNode begun)
    {
        node = begun;
        shard = begun.shard();
    }

    /**
     * Have something done by the shard. Any thread.
     *
     * @param task to run.
     * @return false where too much waits.
     */
    boolean submit(final Runnable task)
    {
        return tasks.offer(task);
    }

    /**
     * @return the replica, null where there is none. The shard's thread.
     */
    Replica replica(final long topicId, final int partition)
    {
        return shard.replica(topicId, partition);
    }

    /**
     * @return the partition, null where nothing is known of its topic. The shard's thread.
     */
    HostedPartition partition(final long topicId, final int index)
    {
        final PartitionId id = new PartitionId(topicId, index);
        ReplicaPartition partition = partitions.get(id);
        if (null == partition && (null != shard.replica(topicId, index) || isKnown(topicId, index)))
        {
            partition = new ReplicaPartition(shard, topicId, index);
            partitions.put(id, partition);
        }

        return partition;
    }

    private boolean isKnown(final long topicId, final int index)
    {
        for (final NodeMetadata.Topic topic : node.metadata().topics())
        {
            if (topic.topicId() == topicId)
            {
                return index < topic.partitions().size();
            }
        }

        return false;
    }

    @Override
    public int receive(final long nowNs)
    {
        return links.poll(this, FRAGMENTS_PER_CYCLE);
    }

    @Override
    public int send(final long nowNs)
    {
        int work = shard.doWork(nowNs) + links.doWork(nowNs);
        if (nowNs >= nextSweepNs)
        {
            nextSweepNs = nowNs + SWEEP_INTERVAL_NS;
            sweep();
        }
        Runnable task;
        while (null != (task = tasks.poll()))
        {
            task.run();
            work++;
        }

        return work;
    }

    /** Forget partitions of topics that are gone: nobody tells of those that have no replica here. */
    private void sweep()
    {
        final Iterator<PartitionId> ids = partitions.keySet().iterator();
        while (ids.hasNext())
        {
            final PartitionId id = ids.next();
            if (null == shard.replica(id.topicId, id.index) && !isKnown(id.topicId, id.index))
            {
                ids.remove();
                lanes.onPartitionGone(id.topicId, id.index, ResultCode.UNKNOWN_TOPIC.code());
            }
        }
    }

    @Override
    public void onRegistered(final Uuid clusterId, final int brokerEpoch)
    {
        links.onRegistered(clusterId, brokerEpoch);
    }

    @Override
    public void onBroker(final NodeMetadata.Broker broker)
    {
        links.onBroker(broker.brokerId(), broker.brokerEpoch(), broker.host(), broker.port());
    }

    @Override
    public void onBrokerGone(final int goneId)
    {
        links.onBrokerGone(goneId);
    }

    @Override
    public void onReplicaRemoved(final long topicId, final int partition)
    {
        if (null != partitions.remove(new PartitionId(topicId, partition)))
        {
            lanes.onPartitionGone(topicId, partition, ResultCode.NOT_LEADER.code());
        }
    }

    @Override
    public void onImage(final int senderId)
    {
        shard.onImage(senderId);
    }

    @Override
    public void onImageGone(final int senderId)
    {
        shard.onImageGone(senderId);
    }

    @Override
    public void onMessage(final int senderId, final DirectBuffer buffer, final int index, final int length)
    {
        shard.onMessage(senderId, buffer, index, length);
    }

    @Override
    public void onAppendDecided(
        final long topicId,
        final int partition,
        final long correlationId,
        final int code,
        final int leaderEpoch,
        final long baseOffset)
    {
        final Replica replica = 0 == code ? shard.replica(topicId, partition) : null;
        final int replicas = null == replica ? 0 : Math.max(1, replica.isr().size());
        lanes.onDecided(correlationId, code, leaderEpoch, baseOffset, replicas);
    }

    @Override
    public void close()
    {
        unlisten();
    }
}
