package io.epona.engine.node;

import java.util.List;

/**
 * What clients are told of the cluster, as far as this broker knows. Immutable: any thread.
 *
 * @param brokers that are registered, by id.
 * @param topics  by name.
 */
public record NodeMetadata(List<Broker> brokers, List<Topic> topics)
{
    /**
     * A registered broker.
     *
     * @param brokerId        of the broker.
     * @param brokerEpoch     its life.
     * @param maxMessageBytes longest batch that it accepts.
     */
    public record Broker(int brokerId, int brokerEpoch, int maxMessageBytes)
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
     * @param replicas    broker ids.
     */
    public record Partition(int partition, int leader, int leaderEpoch, List<Integer> replicas)
    {
    }
}
