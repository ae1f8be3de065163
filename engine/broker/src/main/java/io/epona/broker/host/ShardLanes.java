package io.epona.broker.host;

/**
 * The lanes of a shard, as what it does beside them sees them. The shard's thread.
 */
public interface ShardLanes
{
    /**
     * What became of an append whose outcome comes later, see {@link HostedPartition#isDecidedLater}. Never called from
     * within the append.
     *
     * @param correlationId that was given with the append.
     * @param code          0 where the batch is committed, or why that is not known.
     * @param leaderEpoch   in which it was appended.
     * @param baseOffset    of the batch.
     * @param replicas      in whose memory it is, as far as is known.
     */
    void onDecided(long correlationId, int code, int leaderEpoch, long baseOffset, int replicas);

    /**
     * A partition is not here any more: nothing of it is touched after this returns.
     *
     * @param topicId of the topic.
     * @param index   of the partition.
     * @param code    that ends its subscriptions.
     */
    void onPartitionGone(long topicId, int index, int code);
}
