package io.epona.broker.cluster;

import io.epona.broker.host.PendingDescription;
import io.epona.broker.host.TopicFigures;
import io.epona.engine.node.NodeMetadata;
import io.epona.engine.replica.Replica;
import io.epona.engine.replica.Role;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Gathers the figures of a topic: asked for by the conductor, done by the shard, which alone may look at its replicas.
 */
final class TopicDescriber implements PendingDescription, Runnable
{
    private final ClusterShard shard;
    private final int brokerId;
    private final NodeMetadata.Topic topic;
    private final Map<String, String> config;
    // Written before isDone, which publishes them.
    private TopicFigures figures;
    private int code;
    private volatile boolean isDone;

    /**
     * @param shard    that runs this.
     * @param brokerId of this broker.
     * @param topic    to describe.
     * @param config   that was given for it.
     */
    TopicDescriber(
        final ClusterShard shard, final int brokerId, final NodeMetadata.Topic topic, final Map<String, String> config)
    {
        this.shard = shard;
        this.brokerId = brokerId;
        this.topic = topic;
        this.config = config;
    }

    static TopicDescriber refused(final int code)
    {
        final TopicDescriber describer = new TopicDescriber(null, -1, null, Map.of());
        describer.refuse(code);
        return describer;
    }

    void refuse(final int refusal)
    {
        code = refusal;
        isDone = true;
    }

    @Override
    public void run()
    {
        final List<TopicFigures.PartitionFigures> partitions = new ArrayList<>();
        for (final NodeMetadata.Partition partition : topic.partitions())
        {
            partitions.add(partition(partition, shard.replica(topic.topicId(), partition.partition())));
        }
        figures = new TopicFigures(topic.name(), topic.topicId(), config, partitions);
        isDone = true;
    }

    private TopicFigures.PartitionFigures partition(final NodeMetadata.Partition state, final Replica local)
    {
        final List<TopicFigures.ReplicaFigures> replicas = new ArrayList<>();
        for (final int id : state.replicas())
        {
            final long end = end(local, id);
            replicas.add(new TopicFigures.ReplicaFigures(
                id,
                end,
                brokerId == id && null != local ? local.highWatermark() : TopicFigures.UNKNOWN,
                state.isr().contains(id),
                state.elr().contains(id)));
        }

        return new TopicFigures.PartitionFigures(
            state.partition(),
            state.leader(),
            state.leaderEpoch(),
            null == local ? TopicFigures.UNKNOWN : local.logStart(),
            null == local ? TopicFigures.UNKNOWN : local.highWatermark(),
            null == local ? TopicFigures.UNKNOWN : local.logEnd(),
            replicas);
    }

    private long end(final Replica local, final int id)
    {
        if (null == local)
        {
            return TopicFigures.UNKNOWN;
        }
        if (brokerId == id)
        {
            return local.logEnd();
        }

        return Role.LEADER == local.role() ? local.followerEnd(id) : TopicFigures.UNKNOWN;
    }

    @Override
    public boolean isDone()
    {
        return isDone;
    }

    @Override
    public int code()
    {
        return code;
    }

    @Override
    public TopicFigures figures()
    {
        return figures;
    }
}
