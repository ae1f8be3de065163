package io.epona.transport;

/**
 * What a consumer keeps for one partition. Owned by the consumer's thread; changed by its {@link ConsumeSession} only.
 * <pre>
 *   RESOLVE --asked--> RESOLVING --answer--> SUBSCRIBE --sent--> STREAMING --end, gap, source lost--> SUBSCRIBE
 *   any --seek--> RESOLVE or SUBSCRIBE;   failure --> WAITING (tried again later) or FAILED (until a seek)
 * </pre>
 */
public final class ConsumePartition
{
    enum State
    {
        RESOLVE, RESOLVING, SUBSCRIBE, STREAMING, WAITING, FAILED
    }

    final Object tag;
    final long topicId;
    final int partition;
    State state = State.RESOLVE;
    long position = -1;
    long resolveTimestamp;
    OffsetQuery query;
    int subscriptionId;
    int lastEpoch = -1;
    int failure;
    long retryNs;
    boolean isRetryTimeKnown;
    long highWatermark = -1;
    long logStart = -1;

    ConsumePartition(final Object tag, final long topicId, final int partition)
    {
        this.tag = tag;
        this.topicId = topicId;
        this.partition = partition;
    }

    /**
     * @return what the owner gave it.
     */
    public Object tag()
    {
        return tag;
    }

    /**
     * @return id of the topic.
     */
    public long topicId()
    {
        return topicId;
    }

    /**
     * @return index of the partition.
     */
    public int partition()
    {
        return partition;
    }

    /**
     * @return offset of the next record, -1 while it is not known.
     */
    public long position()
    {
        return position;
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
}
