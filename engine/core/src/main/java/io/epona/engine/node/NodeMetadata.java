package io.epona.engine.node;

import io.epona.engine.cluster.PartitionState;

import java.util.List;

/**
 * What clients are told of the cluster, as far as this broker knows. Immutable: any thread.
 *
 * @param controllerId broker id of the controller, -1 where none is known.
 * @param brokers      that are registered, by id.
 * @param topics       by name.
 */
public record NodeMetadata(int controllerId, List<Broker> brokers, List<Topic> topics)
{
    /** Nothing is known yet. */
    public static final NodeMetadata NONE = new NodeMetadata(PartitionState.NONE, List.of(), List.of());

    /**
     * A registered broker.
     *
     * @param brokerId        of the broker.
     * @param brokerEpoch     its life.
     * @param maxMessageBytes longest batch that it accepts.
     * @param host            that it is reached at; empty where it is not reached by a network.
     * @param port            the lowest of its ports.
     * @param shards          that its replicas are spread over, from 1.
     * @param isRunning       whether it does not stop.
     */
    public record Broker(
        int brokerId, int brokerEpoch, int maxMessageBytes, String host, int port, int shards, boolean isRunning)
    {
    }

    /**
     * A topic.
     *
     * @param name       of the topic.
     * @param topicId    never used again.
     * @param partitions by number; those whose state is not known yet have no leader and epoch -1.
     */
    public record Topic(String name, long topicId, List<Partition> partitions)
    {
    }

    /**
     * A partition.
     *
     * @param partition   number.
     * @param leader      broker id, -1 for none.
     * @param leaderEpoch of the leader: what has a lower one is older.
     * @param replicas    broker ids, in the order of preference.
     * @param isr         broker ids of the replicas that are in sync, ascending.
     * @param elr         broker ids of those that are not, and could still lead without loss, ascending.
     */
    public record Partition(
        int partition, int leader, int leaderEpoch, List<Integer> replicas, List<Integer> isr, List<Integer> elr)
    {
    }
}
