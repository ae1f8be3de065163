package io.epona.simulator.oracle;

import io.epona.engine.cluster.PartitionState.Member;
import org.agrona.DirectBuffer;

import java.util.List;

/**
 * What can be seen of a replica from outside. Read after an event, on the thread of the world.
 */
public interface ReplicaView
{
    /** Takes batches. */
    @FunctionalInterface
    interface BatchVisitor
    {
        /**
         * @param buffer that holds a batch.
         * @param index  of the batch.
         */
        void onBatch(DirectBuffer buffer, int index);
    }

    /**
     * @return id of the topic.
     */
    long topicId();

    /**
     * @return number of the partition.
     */
    int partition();

    /**
     * @return life of the broker as the replica knows it.
     */
    int brokerEpoch();

    /**
     * @return whether it is in the leader's role.
     */
    boolean isLeader();

    /**
     * @return greatest leader epoch that it took notice of, -1 for none.
     */
    int leaderEpoch();

    /**
     * @return first offset kept.
     */
    long logStart();

    /**
     * @return first offset that is not committed, as far as it knows.
     */
    long highWatermark();

    /**
     * @return next offset to be written.
     */
    long logEnd();

    /**
     * @return log end at which it became leader; undefined unless it is.
     */
    long leaderEpochStart();

    /**
     * @return least number of in-sync replicas that it goes by; undefined unless it is leader.
     */
    int minIsr();

    /**
     * @return committed in-sync replicas that it knows; undefined unless it is leader.
     */
    List<Member> isr();

    /**
     * @return whom its high watermark waits for; undefined unless it is leader.
     */
    List<Member> effectiveIsr();

    /**
     * Ask as a consumer does that wants to read on.
     *
     * @param offset of the next record that it wants.
     * @param epoch  of the last record that it had, -1 for none.
     * @return 0 where it may, else a negative code.
     */
    int checkFetch(long offset, int epoch);

    /**
     * @param brokerId of another replica.
     * @return where its log ends as far as this leader was told, -1 where it was not or this does not lead.
     */
    long followerEnd(int brokerId);

    /**
     * Show all batches from an offset on, up to the log end, committed or not.
     *
     * @param fromOffset base offset of a batch, or the log end.
     * @param visitor    for each.
     */
    void forEachBatch(long fromOffset, BatchVisitor visitor);

    /**
     * Compute again what the log derives from its batches, and compare.
     *
     * @return null where all is well, else what differs.
     */
    String audit();
}
