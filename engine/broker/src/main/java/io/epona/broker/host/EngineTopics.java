package io.epona.broker.host;

import io.epona.codecs.ResultCode;
import io.epona.engine.Engine;
import io.epona.engine.Partition;
import io.epona.engine.TopicInfo;
import io.epona.engine.TopicRequest;
import io.epona.engine.node.NodeMetadata;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The topics of a broker that is alone: the engine's. It is its own controller, and leads what it has.
 */
final class EngineTopics implements HostedTopics
{
    private static final int NONE = -1;

    private final Engine engine;
    private NodeMetadata.Broker self;
    private long nextProducerId;

    /**
     * @param engine behind the broker.
     */
    EngineTopics(final Engine engine)
    {
        this.engine = engine;
        // Unique over the lives of the broker, without a write for each.
        this.nextProducerId = (long)engine.brokerEpoch() << 32;
    }

    /**
     * @param broker as clients are told of it. Before the agents run.
     */
    void begin(final NodeMetadata.Broker broker)
    {
        self = broker;
    }

    @Override
    public NodeMetadata metadata(final List<String> names)
    {
        List<TopicInfo> found = engine.topics();
        if (!names.isEmpty())
        {
            found = new ArrayList<>();
            for (final String name : names)
            {
                final TopicInfo topic = engine.topic(name);
                if (null != topic)
                {
                    found.add(topic);
                }
            }
        }

        final List<NodeMetadata.Topic> topics = new ArrayList<>();
        for (final TopicInfo topic : found)
        {
            final List<NodeMetadata.Partition> partitions = new ArrayList<>();
            for (int i = 0; i < topic.partitionCount(); i++)
            {
                partitions.add(metadata(i, engine.partition(topic.topicId(), i)));
            }
            topics.add(new NodeMetadata.Topic(topic.name(), topic.topicId(), partitions));
        }

        return new NodeMetadata(self.brokerId(), List.of(self), topics);
    }

    private NodeMetadata.Partition metadata(final int index, final Partition partition)
    {
        final List<Integer> replicas = List.of(self.brokerId());
        return null == partition ?
            new NodeMetadata.Partition(index, NONE, NONE, replicas, List.of(), List.of()) :
            new NodeMetadata.Partition(
                index, self.brokerId(), partition.leaderEpoch(), replicas, replicas, List.of());
    }

    @Override
    public PendingTopic createTopic(
        final String name, final int partitionCount, final int replicationFactor, final Map<String, String> config)
    {
        return new Requested(engine.createTopicAsync(name, partitionCount, replicationFactor, config));
    }

    @Override
    public PendingTopic deleteTopic(final String name)
    {
        return new Requested(engine.deleteTopicAsync(name));
    }

    @Override
    public PendingDescription describeTopic(final String name)
    {
        final TopicInfo topic = engine.topic(name);
        if (null == topic)
        {
            return new Described(ResultCode.UNKNOWN_TOPIC.code(), null);
        }

        final List<TopicFigures.PartitionFigures> partitions = new ArrayList<>();
        for (int i = 0; i < topic.partitionCount(); i++)
        {
            partitions.add(figures(i, engine.partition(topic.topicId(), i)));
        }
        return new Described(0, new TopicFigures(topic.name(), topic.topicId(), topic.config(), partitions));
    }

    private TopicFigures.PartitionFigures figures(final int index, final Partition partition)
    {
        final boolean isThere = null != partition;
        final long end = isThere ? partition.logEnd() : TopicFigures.UNKNOWN;
        final long highWatermark = isThere ? partition.highWatermark() : TopicFigures.UNKNOWN;

        return new TopicFigures.PartitionFigures(
            index,
            isThere ? self.brokerId() : NONE,
            isThere ? partition.leaderEpoch() : NONE,
            isThere ? partition.logStart() : TopicFigures.UNKNOWN,
            highWatermark,
            end,
            List.of(new TopicFigures.ReplicaFigures(self.brokerId(), end, highWatermark, isThere, false)));
    }

    @Override
    public PendingProducerId allocateProducerId()
    {
        return new Allocated(nextProducerId++);
    }

    private record Requested(TopicRequest request) implements PendingTopic
    {
        @Override
        public boolean isDone()
        {
            return request.poll();
        }

        @Override
        public int code()
        {
            return (int)request.code();
        }

        @Override
        public long topicId()
        {
            return null == request.topic() ? 0 : request.topic().topicId();
        }

        @Override
        public String message()
        {
            return request.message();
        }
    }

    private record Described(int code, TopicFigures figures) implements PendingDescription
    {
        @Override
        public boolean isDone()
        {
            return true;
        }
    }

    private record Allocated(long producerId) implements PendingProducerId
    {
        @Override
        public boolean isDone()
        {
            return true;
        }
    }
}
