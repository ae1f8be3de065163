package io.epona.engine;

import java.util.Map;

/**
 * What is known of a topic. Immutable: any thread.
 *
 * @param name           of the topic.
 * @param topicId        never reused: a topic created again under the same name has another.
 * @param partitionCount partitions are numbered from 0 to this, exclusive.
 * @param config         the settings that were given at creation; what is absent follows the engine's defaults.
 */
public record TopicInfo(String name, long topicId, int partitionCount, Map<String, String> config)
{
    /**
     * Keeps an unmodifiable copy of the settings.
     *
     * @param name           of the topic.
     * @param topicId        never reused.
     * @param partitionCount number of partitions.
     * @param config         the settings that were given at creation.
     */
    public TopicInfo
    {
        config = Map.copyOf(config);
    }
}
