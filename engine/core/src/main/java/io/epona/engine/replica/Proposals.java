package io.epona.engine.replica;

import io.epona.engine.cluster.PartitionOp;

/**
 * Port: a leader's wishes to change the state of its partition. Called on the thread of the shard; answers come with
 * {@link ReplicaShard#onProposalDecided}, in a later cycle.
 * <p>
 * Who implements it applies {@link io.epona.engine.cluster.PartitionTransition} to the state of the expected version,
 * writes the result by compare-and-set, and issues the same change with the same version and content again for as long
 * as the outcome is unknown.
 */
public interface Proposals
{
    /**
     * What became of a wish.
     */
    enum Outcome
    {
        /** It was written: version and state are what it made. */
        APPLIED,
        /**
         * It was not, and never will be. Where the state has a higher version than expected, that state counts. Where
         * it has the expected version still, a check refused (the life of an added member moved): nothing changed.
         */
        STALE
    }

    /**
     * Change the state, from the expected version only. A replica has one such wish at a time; a resignation may come
     * while another is undecided, and is to be tried until the leader epoch has moved.
     *
     * @param topicId         of the topic.
     * @param partition       of the topic.
     * @param expectedVersion version of the state that the wish rests on.
     * @param op              what to change.
     */
    void propose(long topicId, int partition, int expectedVersion, PartitionOp.LeaderOp op);

    /**
     * Read the state again: somebody knows more than this replica. A hint, repeated while it holds; to be paced.
     *
     * @param topicId   of the topic.
     * @param partition of the topic.
     */
    void refresh(long topicId, int partition);
}
