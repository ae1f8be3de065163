package io.epona.engine.cluster;

import java.util.Map;

/**
 * The value of {@code /topics/NAME}.
 *
 * @param topicId           never used again.
 * @param partitionCount    number of partitions.
 * @param replicationFactor number of replicas of each.
 * @param config            settings that were given for the topic.
 */
public record TopicRecord(long topicId, int partitionCount, int replicationFactor, Map<String, String> config)
{
}
