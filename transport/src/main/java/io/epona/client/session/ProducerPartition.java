package io.epona.client.session;

/**
 * One partition of a {@link ProducerMachine}. Owned by the machine's thread, changed by the machine only.
 */
public final class ProducerPartition
{
    final String topic;
    final int partition;
    long topicId = -1;
    long nextNumber;

    ProducerPartition(final String topic, final int partition)
    {
        this.topic = topic;
        this.partition = partition;
    }

    /**
     * @return name of the topic.
     */
    public String topic()
    {
        return topic;
    }

    /**
     * @return index of the partition.
     */
    public int partition()
    {
        return partition;
    }

    /**
     * @return id of the topic to which records go now, -1 while it is not known.
     */
    public long topicId()
    {
        return topicId;
    }

    /**
     * @return number of the next record.
     */
    public long nextNumber()
    {
        return nextNumber;
    }
}
