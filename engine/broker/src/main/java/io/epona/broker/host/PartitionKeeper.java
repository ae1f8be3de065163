package io.epona.broker.host;

/**
 * Who keeps the partitions that a shard has adopted: the shard itself.
 */
@FunctionalInterface
public interface PartitionKeeper
{
    /**
     * A partition is going: it is to be let go of. Any thread.
     *
     * @param topicId of the topic.
     * @param index   of the partition.
     * @param onGone  run by the shard, after its last touch of the partition.
     * @return false where the news cannot be taken now: call again.
     */
    boolean onPartitionGoing(long topicId, int index, Runnable onGone);
}
