package io.epona.client;

/**
 * Names a partition of a topic.
 *
 * @param topic     name.
 * @param partition index, from 0.
 */
public record TopicPartition(String topic, int partition)
{
    @Override
    public String toString()
    {
        return topic + "-" + partition;
    }
}
