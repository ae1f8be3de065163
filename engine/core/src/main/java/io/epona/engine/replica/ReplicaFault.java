package io.epona.engine.replica;

/**
 * A replica cannot go on: its storage failed, or something held that must never hold. A leader has resigned; a follower
 * with a log that cannot be trusted does nothing any more, and its broker is to be halted without a clean marker.
 */
public final class ReplicaFault extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    private final long topicId;
    private final int partition;
    private final boolean isLogSuspect;

    ReplicaFault(final long topicId, final int partition, final boolean isLogSuspect, final String message)
    {
        super("partition " + partition + " of topic " + topicId + ": " + message);
        this.topicId = topicId;
        this.partition = partition;
        this.isLogSuspect = isLogSuspect;
    }

    /**
     * @return id of the topic.
     */
    public long topicId()
    {
        return topicId;
    }

    /**
     * @return number of the partition.
     */
    public int partition()
    {
        return partition;
    }

    /**
     * @return whether the local log may have lost or changed what it said it held.
     */
    public boolean isLogSuspect()
    {
        return isLogSuspect;
    }
}
