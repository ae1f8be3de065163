package io.epona.client;

/**
 * A topic in a listing.
 *
 * @param name           of the topic.
 * @param topicId        that no other topic ever had or will have.
 * @param partitionCount number of partitions.
 */
public record TopicSummary(String name, long topicId, int partitionCount)
{
}
