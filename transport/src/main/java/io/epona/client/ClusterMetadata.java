package io.epona.client;

import io.epona.codecs.ResultCode;

import java.util.List;

/**
 * What a broker told of the cluster. Immutable, as far as nobody writes to the arrays.
 *
 * @param controllerId of the broker that creates and deletes topics, -1 unknown.
 * @param brokers      that are registered.
 * @param topics       that exist among those that were asked for.
 */
record ClusterMetadata(int controllerId, List<Broker> brokers, List<Topic> topics)
{
    /**
     * A broker and where clients find it.
     *
     * @param brokerId of the broker.
     * @param host     empty where it has no network.
     * @param port     0 where it has no network.
     */
    record Broker(int brokerId, String host, int port)
    {
    }

    /**
     * A topic and who leads its partitions.
     *
     * @param name         of the topic.
     * @param topicId      that no other topic ever had or will have.
     * @param leaders      broker id of each partition's leader, -1 none.
     * @param leaderEpochs of each partition.
     * @param replicas     broker ids of each partition.
     */
    record Topic(String name, long topicId, int[] leaders, int[] leaderEpochs, int[][] replicas)
    {
        int partitionCount()
        {
            return leaders.length;
        }

        /** @throws EponaException where the topic has no such partition. */
        TopicPartition partition(final int index)
        {
            if (index < 0 || index >= partitionCount())
            {
                throw new EponaException(ResultCode.UNKNOWN_TOPIC,
                    "topic '" + name + "' has partitions 0 to " + (partitionCount() - 1) + ": " + index);
            }
            return new TopicPartition(name, index);
        }

        TopicSummary summary()
        {
            return new TopicSummary(name, topicId, leaders.length);
        }
    }

    /** @return the topic of that name, or null. */
    Topic topic(final String name)
    {
        for (final Topic topic : topics)
        {
            if (topic.name().equals(name))
            {
                return topic;
            }
        }
        return null;
    }
}
