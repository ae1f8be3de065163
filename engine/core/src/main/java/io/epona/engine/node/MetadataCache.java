package io.epona.engine.node;

import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.node.ClusterView.VersionedState;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes what clients are told out of what a broker knows, and makes anew only what has changed: a state that moves
 * costs the partitions of its topic, not those of the cluster.
 * <p>
 * Owned by the thread that owns the coordination. What it hands out is immutable.
 */
final class MetadataCache
{
    private final ClusterView view;
    private final TreeMap<String, NodeMetadata.Topic> topics = new TreeMap<>();
    private final TreeMap<Integer, NodeMetadata.Broker> brokers = new TreeMap<>();
    private final TreeSet<String> stale = new TreeSet<>();
    private boolean isStale;
    private int controllerId = PartitionState.NONE;

    MetadataCache(final ClusterView view)
    {
        this.view = view;
    }

    void onState(final long topicId)
    {
        final String name = view.topicName(topicId);
        if (null != name)
        {
            onTopic(name);
        }
    }

    void onTopic(final String name)
    {
        stale.add(name);
        isStale = true;
    }

    void onBroker(final NodeMetadata.Broker broker)
    {
        brokers.put(broker.brokerId(), broker);
        isStale = true;
    }

    void onBrokerGone(final int brokerId)
    {
        brokers.remove(brokerId);
        isStale = true;
    }

    /**
     * @param currentControllerId broker id of the controller, -1 for none.
     * @return what clients are told now; null where it is what they were told last.
     */
    NodeMetadata takeChanged(final int currentControllerId)
    {
        if (!isStale && currentControllerId == controllerId)
        {
            return null;
        }

        controllerId = currentControllerId;
        isStale = false;
        for (final String name : stale)
        {
            final TopicRecord topic = view.topic(name);
            if (null == topic)
            {
                topics.remove(name);
            }
            else
            {
                topics.put(name, new NodeMetadata.Topic(name, topic.topicId(), partitions(topic)));
            }
        }
        stale.clear();

        return new NodeMetadata(controllerId, List.copyOf(brokers.values()), List.copyOf(topics.values()));
    }

    static NodeMetadata.Broker broker(final int brokerId, final NodeValues.Registration registration)
    {
        return new NodeMetadata.Broker(
            brokerId, registration.brokerEpoch(), registration.maxMessageBytes(), registration.host(),
            registration.port(), registration.shards(), registration.isRunning());
    }

    private List<NodeMetadata.Partition> partitions(final TopicRecord topic)
    {
        final List<NodeMetadata.Partition> partitions = new ArrayList<>();
        for (int i = 0; i < topic.partitionCount(); i++)
        {
            final VersionedState known = view.state(topic.topicId(), i);
            partitions.add(null == known ?
                new NodeMetadata.Partition(i, PartitionState.NONE, -1, List.of(), List.of(), List.of()) :
                new NodeMetadata.Partition(
                    i, known.state().leader(), known.state().leaderEpoch(), known.state().replicas(),
                    ids(known.state().isr()), ids(known.state().elr())));
        }

        return List.copyOf(partitions);
    }

    private static List<Integer> ids(final List<PartitionState.Member> members)
    {
        return members.stream().map(PartitionState.Member::brokerId).sorted().toList();
    }
}
