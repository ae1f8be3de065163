package io.epona.engine.node;

/**
 * Names a partition for good. Immutable: any thread.
 *
 * @param topicId   of the topic, never used again.
 * @param partition number.
 */
record PartitionId(long topicId, int partition) implements Comparable<PartitionId>
{
    @Override
    public int compareTo(final PartitionId other)
    {
        final int order = Long.compare(topicId, other.topicId);
        return 0 == order ? Integer.compare(partition, other.partition) : order;
    }

    @Override
    public String toString()
    {
        return "partition " + partition + " of topic " + topicId;
    }
}
