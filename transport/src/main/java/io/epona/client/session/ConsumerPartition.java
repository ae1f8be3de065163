package io.epona.client.session;

/**
 * One partition of a {@link ConsumerMachine}. Owned by the machine's thread, changed by the machine only.
 * <pre>
 *   RESOLVE --asked--> RESOLVING --answer--> SUBSCRIBE --sent--> STREAMING
 *   STREAMING --ended, gap, lane lost, other leader, pause--> SUBSCRIBE
 *   RESOLVING --lane lost, other leader, no answer--> RESOLVE
 *   SUBSCRIBE, STREAMING --position out of range or cut off--> RESOLVE or SUBSCRIBE elsewhere, or FAILED
 *   any --seek--> RESOLVE or SUBSCRIBE;   any --cannot be mended by waiting--> FAILED (until a seek)
 * </pre>
 */
public final class ConsumerPartition
{
    enum State
    {
        RESOLVE, RESOLVING, SUBSCRIBE, STREAMING, FAILED, REMOVED
    }

    final String topic;
    final int partition;
    final ClientTopic<ConsumerPartition> clientTopic;
    final ConsumedEpochs epochs = new ConsumedEpochs();
    final Backoff backoff;
    State state = State.RESOLVE;
    long topicId = -1;
    int leader = -1;
    int leaderEpoch = -1;
    long position = -1;
    int failure;
    /** A broker did not know the topic, and no metadata since said that it is there. */
    boolean isTopicRefused;
    boolean isPaused;
    long highWatermark = -1;
    long logStart = -1;

    /** While STREAMING: what is subscribed, where, and whether anything came of it. */
    int subscriptionId;
    int brokerId = -1;
    int shard;
    boolean isHeardOf;

    /** While RESOLVE or RESOLVING: what is asked, and why. */
    long timestamp;
    long correlationId;
    long deadlineNs;
    int resetCode;
    long resetFrom;

    ConsumerPartition(
        final ClientTopic<ConsumerPartition> clientTopic,
        final String topic,
        final int partition,
        final Backoff backoff)
    {
        this.backoff = backoff;
        this.clientTopic = clientTopic;
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
     * @return leader epoch of the record before the position, -1 unknown. To be stored with the position.
     */
    public int lastEpoch()
    {
        return epochs.last();
    }

    /**
     * @return broker id of the leader, -1 while it is not known.
     */
    public int leader()
    {
        return leader;
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
