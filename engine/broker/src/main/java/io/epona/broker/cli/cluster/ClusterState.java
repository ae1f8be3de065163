package io.epona.broker.cli.cluster;

import io.epona.broker.cli.CommandException;
import io.epona.broker.cli.ExitCodes;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was read of a cluster at about one time. Immutable: any thread.
 *
 * @param clusterId  of the cluster.
 * @param controller who is controller, or null for nobody.
 * @param brokers    every broker that ever registered, by id.
 * @param partitions of the topics that exist, by the topics' names and the partitions' numbers.
 */
record ClusterState(
    String clusterId, NodeValues.ControllerClaim controller, Map<Integer, Broker> brokers, List<Partition> partitions)
{
    /**
     * A broker.
     *
     * @param brokerId     of the broker.
     * @param brokerEpoch  its last life.
     * @param registration what it says of itself, or null where it is not there.
     */
    record Broker(int brokerId, int brokerEpoch, NodeValues.Registration registration)
    {
        boolean isRunning()
        {
            return null != registration && registration.isRunning();
        }
    }

    /**
     * A partition.
     *
     * @param topic     name of the topic.
     * @param topicId   of the topic.
     * @param partition number.
     * @param state     as the cluster agreed on it.
     */
    record Partition(String topic, long topicId, int partition, PartitionState state)
    {
        String name()
        {
            return topic + '-' + partition;
        }

        boolean hasLeader()
        {
            return PartitionState.NONE != state.leader();
        }

        boolean isFullyInSync()
        {
            return state.isr().size() == state.replicas().size();
        }

        boolean isWritable()
        {
            return hasLeader() && state.isr().size() >= state.minIsr();
        }

        boolean isInSync(final int brokerId)
        {
            return contains(state.isr(), brokerId);
        }

        static boolean contains(final List<PartitionState.Member> members, final int brokerId)
        {
            return members.stream().anyMatch((member) -> member.brokerId() == brokerId);
        }
    }

    /**
     * Read it all.
     *
     * @param tree of the cluster.
     * @return what was found.
     */
    static ClusterState read(final ClusterTree tree)
    {
        try
        {
            final ClusterTree.Node id = tree.read(Paths.CLUSTER_ID);
            final ClusterTree.Node controller = tree.read(Paths.CONTROLLER);

            return new ClusterState(
                null == id ? "?" : NodeValues.decodeClusterId(id.path(), id.value()).toString(),
                null == controller ? null : NodeValues.decodeControllerClaim(controller.path(), controller.value()),
                brokers(tree),
                partitions(tree));
        }
        catch (final NodeValues.DamagedValueException ex)
        {
            throw new CommandException(
                ExitCodes.VIOLATION, ex.getMessage() + ": `cluster state` shows what can be read");
        }
    }

    private static Map<Integer, Broker> brokers(final ClusterTree tree)
    {
        final Map<Integer, Broker> brokers = new TreeMap<>();
        for (final String id : tree.children(Paths.BROKER_EPOCHS))
        {
            final int brokerId = Integer.parseInt(id);
            final ClusterTree.Node lives = tree.read(Paths.brokerEpoch(brokerId));
            final ClusterTree.Node registration = tree.read(Paths.brokerId(brokerId));
            if (null != lives)
            {
                brokers.put(brokerId, new Broker(
                    brokerId, lives.version(),
                    null == registration ? null :
                    NodeValues.decodeRegistration(registration.path(), registration.value())));
            }
        }

        return brokers;
    }

    private static List<Partition> partitions(final ClusterTree tree)
    {
        final List<Partition> found = new ArrayList<>();
        for (final String name : tree.children(Paths.TOPICS))
        {
            final ClusterTree.Node node = tree.read(Paths.topic(name));
            if (null == node)
            {
                continue;
            }
            final TopicRecord topic = NodeValues.decodeTopic(node.path(), node.value());
            final List<String> paths = new ArrayList<>();
            for (int partition = 0; partition < topic.partitionCount(); partition++)
            {
                paths.add(Paths.state(topic.topicId(), partition));
            }
            final List<ClusterTree.Node> states = tree.readAll(paths);
            for (int partition = 0; partition < states.size(); partition++)
            {
                final ClusterTree.Node state = states.get(partition);
                // A topic that is deleted meanwhile loses them one by one.
                if (null != state)
                {
                    found.add(new Partition(
                        name, topic.topicId(), partition, NodeValues.decodeState(state.path(), state.value())));
                }
            }
        }

        return found;
    }

    /**
     * @param topic     name of a topic, or null for all.
     * @param partition number, or null for all.
     * @return these partitions.
     */
    List<Partition> select(final String topic, final Integer partition)
    {
        final List<Partition> ofTopic = partitions.stream()
            .filter((candidate) -> null == topic || topic.equals(candidate.topic())).toList();
        if (null != topic && ofTopic.isEmpty())
        {
            throw new CommandException(
                ExitCodes.USAGE, "there is no topic '" + topic + "': `cluster state /topics` shows all");
        }
        final List<Partition> selected = ofTopic.stream()
            .filter((candidate) -> null == partition || partition == candidate.partition()).toList();
        if (null != partition && selected.isEmpty())
        {
            throw new CommandException(
                ExitCodes.USAGE, "topic '" + topic + "' has partitions 0 to " + (ofTopic.size() - 1) + ", and no " +
                partition);
        }

        return selected;
    }
}
