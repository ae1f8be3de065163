package io.epona.client;

import java.util.List;
import java.util.Map;

/**
 * Topics of a broker. Every method blocks until the broker answered, at most for the client's request timeout, and
 * throws {@link EponaException} where it failed. Any thread; with an invoked client the thread that invokes it.
 */
public final class Admin
{
    Admin()
    {
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
        throw new UnsupportedOperationException();
    }

    /**
     * @return all topics, in the order of their names.
     */
    public List<TopicSummary> listTopics()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Describe a topic.
     *
     * @param name of the topic.
     * @return what the broker knows of it.
     */
    public TopicDescription describeTopic(final String name)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Delete a topic and its records.
     *
     * @param name of the topic.
     */
    public void deleteTopic(final String name)
    {
        throw new UnsupportedOperationException();
    }
}
