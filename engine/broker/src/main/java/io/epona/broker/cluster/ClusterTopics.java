package io.epona.broker.cluster;

import io.epona.broker.host.HostedTopics;
import io.epona.broker.host.PendingDescription;
import io.epona.broker.host.PendingProducerId;
import io.epona.broker.host.PendingTopic;
import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.TopicHandler;
import io.epona.engine.node.ClusterNode;
import io.epona.engine.node.NodeMetadata;
import io.epona.engine.node.ProducerIdHandler;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The topics of a cluster, as this broker knows them; it makes and deletes them where it is the controller.
 * <p>
 * Owned by the conductor.
 */
final class ClusterTopics implements HostedTopics
{
    private final ClusterShard shard;
    private final int brokerId;
    private ClusterNode node;

    ClusterTopics(final ClusterShard shard, final int brokerId)
    {
        this.shard = shard;
        this.brokerId = brokerId;
    }

    /**
     * @param begun of this life. Before the agent runs.
     */
    void begin(final ClusterNode begun)
    {
        node = begun;
    }

    @Override
    public NodeMetadata metadata(final List<String> names)
    {
        if (!node.isServing())
        {
            // A topic that was not read yet must not pass for one that does not exist.
            return null;
        }

        final NodeMetadata all = node.metadata();
        if (names.isEmpty())
        {
            return all;
        }

        final List<NodeMetadata.Topic> topics = new ArrayList<>();
        for (final NodeMetadata.Topic topic : all.topics())
        {
            if (names.contains(topic.name()))
            {
                topics.add(topic);
            }
        }

        return new NodeMetadata(all.controllerId(), all.brokers(), topics);
    }

    @Override
    public PendingTopic createTopic(
        final String name, final int partitionCount, final int replicationFactor, final Map<String, String> config)
    {
        final Decided reply = new Decided();
        node.createTopic(name, partitionCount, replicationFactor, config, reply);
        return reply;
    }

    @Override
    public PendingTopic deleteTopic(final String name)
    {
        final Decided reply = new Decided();
        node.deleteTopic(name, reply);
        return reply;
    }

    @Override
    public PendingDescription describeTopic(final String name)
    {
        for (final NodeMetadata.Topic topic : node.metadata().topics())
        {
            if (topic.name().equals(name))
            {
                final TopicDescriber task = new TopicDescriber(shard, brokerId, topic, node.topicConfig(name));
                if (!shard.submit(task))
                {
                    task.refuse(ResultCode.LIMIT_REACHED.code());
                }
                return task;
            }
        }

        return TopicDescriber.refused((node.isServing() ? ResultCode.UNKNOWN_TOPIC : ResultCode.LOADING).code());
    }

    @Override
    public PendingProducerId allocateProducerId()
    {
        final Allocated reply = new Allocated();
        node.allocateProducerId(reply);
        return reply;
    }

    /** Told on the conductor's thread, and looked at there. */
    private static final class Decided implements PendingTopic, TopicHandler
    {
        private boolean isDone;
        private int code;
        private long topicId;
        private String message;

        @Override
        public void onTopic(final ResultCode result, final long id, final String text)
        {
            code = null == result ? 0 : result.code();
            topicId = Math.max(0, id);
            message = null == text ? "" : text;
            isDone = true;
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
        public long topicId()
        {
            return topicId;
        }

        @Override
        public String message()
        {
            return message;
        }
    }

    /** Told on the conductor's thread, and looked at there. */
    private static final class Allocated implements PendingProducerId, ProducerIdHandler
    {
        private boolean isDone;
        private long producerId;

        @Override
        public void onProducerId(final long idOrCode)
        {
            producerId = idOrCode;
            isDone = true;
        }

        @Override
        public boolean isDone()
        {
            return isDone;
        }

        @Override
        public long producerId()
        {
            return producerId;
        }
    }
}
