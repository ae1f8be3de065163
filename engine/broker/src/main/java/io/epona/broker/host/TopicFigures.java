package io.epona.broker.host;

import java.util.List;
import java.util.Map;

/**
 * A topic with the figures of its partitions, as one broker knows them. Immutable.
 *
 * @param name       of the topic.
 * @param topicId    of the topic.
 * @param config     settings that were given for it.
 * @param partitions by number.
 */
public record TopicFigures(
    String name, long topicId, Map<String, String> config, List<PartitionFigures> partitions)
{
    /** What is not known. */
    public static final long UNKNOWN = -1;

    /**
     * A partition.
     *
     * @param partition     number.
     * @param leader        broker id, -1 for none.
     * @param leaderEpoch   of the leader.
     * @param logStart      of the replica of this broker, {@link #UNKNOWN} where it has none.
     * @param highWatermark of the replica of this broker.
     * @param logEnd        of the replica of this broker.
     * @param replicas      in the order of preference.
     */
    public record PartitionFigures(
        int partition,
        int leader,
        int leaderEpoch,
        long logStart,
        long highWatermark,
        long logEnd,
        List<ReplicaFigures> replicas)
    {
    }

    /**
     * A replica, as the leader knows it where it is asked, else as far as this broker does.
     *
     * @param brokerId      of its broker.
     * @param logEnd        of it, {@link #UNKNOWN} where nothing is known.
     * @param highWatermark of it, {@link #UNKNOWN} where nothing is known.
     * @param isInSync      whether it is among the in-sync replicas.
     * @param isEligible    whether it could lead without loss though it is not in sync.
     */
    public record ReplicaFigures(
        int brokerId, long logEnd, long highWatermark, boolean isInSync, boolean isEligible)
    {
    }
}
