package io.epona.client.session;

/**
 * One partition of a {@link ConsumerMachine}. Owned by the machine's thread, changed by the machine only.
 */
public final class ConsumerPartition
{
    final String topic;
    final int partition;
    long topicId = -1;
    long position = -1;
    int lastEpoch = -1;
    int failure;
    boolean isPaused;
    long highWatermark = -1;

    ConsumerPartition(final String topic, final int partition)
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
     * @return id of the topic that is read, -1 while it is not known.
     */
    public long topicId()
    {
        return topicId;
    }

    /**
     * @return offset of the next record, -1 while it is not known.
     */
    public long position()
    {
        return position;
    }

    /**
     * @return leader epoch of the last record that was delivered, -1 none since the position was set.
     */
    public int lastEpoch()
    {
        return lastEpoch;
    }

    /**
     * @return the last high watermark that was heard of, -1 none.
     */
    public long highWatermark()
    {
        return highWatermark;
    }

    /**
     * @return the {@link io.epona.codecs.ResultCode} number of what is wrong now, or 0.
     */
    public int failure()
    {
        return failure;
    }

    /**
     * @return whether {@link ConsumerMachine#pause} stopped it.
     */
    public boolean isPaused()
    {
        return isPaused;
    }
}
