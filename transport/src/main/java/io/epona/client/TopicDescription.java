package io.epona.client;

import java.util.List;
import java.util.Map;

/**
 * All that a broker tells about a topic.
 *
 * @param name       of the topic.
 * @param topicId    that no other topic ever had or will have.
 * @param partitions by index.
 * @param config     settings of the topic.
 */
public record TopicDescription(String name, long topicId, List<Partition> partitions, Map<String, String> config)
{
    /**
     * A partition as it was when the broker answered.
     *
     * @param partition     index.
     * @param leader        id of the leading broker, -1 none.
     * @param leaderEpoch   of the leader.
     * @param logStart      first offset that is kept.
     * @param highWatermark first offset that is not committed.
     * @param logEnd        next offset to be written.
     * @param replicas      in the order of preference as a leader.
     */
    public record Partition(
        int partition,
        int leader,
        int leaderEpoch,
        long logStart,
        long highWatermark,
        long logEnd,
        List<Replica> replicas)
    {
    }

    /**
     * A replica of a partition, as the leader knows it.
     *
     * @param brokerId      that has it.
     * @param logEnd        next offset that it expects, -1 unknown.
     * @param highWatermark that it knows, -1 unknown.
     * @param isInSync      whether it has all that is committed, and counts for what will be (the isr).
     * @param isEligible    whether it has all that is committed, and does not count (the elr).
     */
    public record Replica(int brokerId, long logEnd, long highWatermark, boolean isInSync, boolean isEligible)
    {
    }
}
