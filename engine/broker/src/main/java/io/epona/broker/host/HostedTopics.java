package io.epona.broker.host;

import io.epona.engine.node.NodeMetadata;

import java.util.List;
import java.util.Map;

/**
 * The topics of a broker, as clients ask for them. Nothing blocks: what takes time is given back as a reply that is
 * looked at until it is done.
 * <p>
 * Owned by the conductor.
 */
public interface HostedTopics
{
    /**
     * What clients are told of brokers and topics.
     *
     * @param names of the topics asked for; none for all.
     * @return what is known, a topic that does not exist left out; null where this broker does not know its cluster
     *         yet.
     */
    NodeMetadata metadata(List<String> names);

    /**
     * @param name              of the topic.
     * @param partitionCount    number of partitions.
     * @param replicationFactor number of replicas of each, -1 for the default.
     * @param config            settings of the topic by name.
     * @return the reply to come.
     */
    PendingTopic createTopic(String name, int partitionCount, int replicationFactor, Map<String, String> config);

    /**
     * @param name of the topic.
     * @return the reply to come.
     */
    PendingTopic deleteTopic(String name);

    /**
     * @param name of the topic.
     * @return the reply to come.
     */
    PendingDescription describeTopic(String name);

    /**
     * @return a producer id to come that nobody else has, or ever had.
     */
    PendingProducerId allocateProducerId();
}
