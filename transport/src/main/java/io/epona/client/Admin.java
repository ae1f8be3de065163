package io.epona.client;

import io.epona.codecs.ResultCode;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Topics of a cluster. Every method blocks until a broker answered, at most for the client's request timeout, and
 * throws {@link EponaException} where it failed. Any thread; with an invoked client the thread that invokes it.
 */
public final class Admin
{
    private final ClientRuntime client;

    Admin(final ClientRuntime client)
    {
        this.client = client;
    }

    /**
     * Create a topic with the broker's default settings.
     *
     * @param name       1 to 200 of {@code a-z A-Z 0-9 . _ -}.
     * @param partitions number of partitions.
     * @return the new topic.
     */
    public TopicSummary createTopic(final String name, final int partitions)
    {
        return createTopic(name, partitions, Map.of());
    }

    /**
     * Create a topic.
     *
     * @param name       1 to 200 of {@code a-z A-Z 0-9 . _ -}.
     * @param partitions number of partitions.
     * @param config     settings of the topic by their names.
     * @return the new topic.
     */
    public TopicSummary createTopic(final String name, final int partitions, final Map<String, String> config)
    {
        return createTopic(name, partitions, -1, config);
    }

    /**
     * Create a topic. It is the controller that does; where no answer came it may have been done. Returns when the
     * brokers that this client has sessions with know the topic, or after 2 s more.
     *
     * @param name              1 to 200 of {@code a-z A-Z 0-9 . _ -}.
     * @param partitions        number of partitions.
     * @param replicationFactor number of replicas of each, -1 for the brokers' default.
     * @param config            settings of the topic by their names.
     * @return the new topic.
     */
    public TopicSummary createTopic(
        final String name, final int partitions, final int replicationFactor, final Map<String, String> config)
    {
        AdminCodec.checkName(name);
        if (partitions < 1)
        {
            throw new EponaException(
                ResultCode.INVALID_CONFIG, "topic '" + name + "': partitions must be at least 1: " + partitions);
        }
        return new AdminCodec(client, "create topic '" + name + "'").create(
            name, partitions, replicationFactor, config);
    }

    /**
     * @return all topics, in the order of their names.
     */
    public List<TopicSummary> listTopics()
    {
        return new AdminCodec(client, "list topics").metadata().topics().stream()
            .map(ClusterMetadata.Topic::summary)
            .sorted(Comparator.comparing(TopicSummary::name))
            .toList();
    }

    /**
     * Describe a topic. Each broker with a replica is asked, and waited for two seconds at most.
     *
     * @param name of the topic.
     * @return what the brokers know of it; of replicas whose broker did not answer what their leader knows.
     */
    public TopicDescription describeTopic(final String name)
    {
        AdminCodec.checkName(name);
        return new TopicDescriptions(client, name).describe();
    }

    /**
     * Delete a topic and its records.
     *
     * @param name of the topic.
     */
    public void deleteTopic(final String name)
    {
        AdminCodec.checkName(name);
        new AdminCodec(client, "delete topic '" + name + "'").delete(name);
    }
}
