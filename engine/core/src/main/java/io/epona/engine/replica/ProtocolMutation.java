package io.epona.engine.replica;

/**
 * Known ways to get the protocol wrong, planted for the simulator: one class of defect that real systems had, each at
 * one place. The simulator has to find every one of them, which is the proof that its checks can fail. Production code
 * only ever runs with {@link #NONE}: no public setting leads to another constant. Immutable: any thread.
 */
public enum ProtocolMutation
{
    /** The protocol as it should be. */
    NONE,

    /** On becoming a follower, cut the log at the own high watermark instead of asking the leader. */
    M1,

    /**
     * Cut in one round: take the leader's end offset alone, without the floor of the own epochs and without asking
     * again.
     */
    M2,

    /** Take no notice of the leader epoch in FollowerState, AppendBatches and ReplicaAcks. */
    M3,

    /** Keep what followers acknowledged over a change of the leader epoch. */
    M4,

    /** Do not sync again where the leader is the same broker as before, though epochs were missed. */
    M5,

    /** Make no entry (epoch, log end) in the epoch cache on becoming leader. */
    M6,

    /**
     * Add to the in-sync replicas whoever has reached the high watermark, without asking for the leader epoch's start.
     */
    M7,

    /**
     * Count only the committed in-sync replicas for the high watermark while an expansion is pending, or already the
     * shrunk ones before the shrink is decided.
     */
    M8,

    /** Take a lost connection for a refusal of the proposed change, and forget it. */
    M9,

    /** Add a member, and elect one, without checking the life of its broker. */
    M10,

    /**
     * Move the high watermark with fewer in-sync replicas than the minimum, and elect the last one again after an
     * unclean restart.
     */
    M11,

    /** Write as controller without checking the controller epoch. */
    M12,

    /** Delete the clean marker only after recovery, and do not zero and sync the tail on a truncation. */
    M13,

    /**
     * Leave the producer state as it is on a truncation, and answer a duplicate before the high watermark passed it.
     */
    M14,

    /** Complete parked appends by moves of the high watermark after stepping down. */
    M15,

    /** Go on with an image that came back without a new sync and without checking for a gap. */
    M16,

    /** Take the high watermark out of a DIVERGED reply. */
    M17,

    /** Read the high watermark or the log end twice in one fetch. */
    M18,

    /** Let retention and compaction pass the high watermark. */
    M19,

    /** Take no notice of the topic id. */
    M20,

    /** Read the states before registering, so that a restarted broker sees older epochs. */
    M21,

    /** Let a follower take batches of an epoch above its own. */
    M22,

    /** Take the least number of in-sync replicas from the broker's settings instead of the state. */
    M23,

    /** Let a bounced leader go on in the epoch that it led. */
    M24,

    /** Count brokers that are stopping when waiting for followers that are near the high watermark. */
    M25,

    /** Drop AppendBatches that overtake their SyncReply. */
    M26,

    /** Keep the own log start when the leader answers OK with a higher one. */
    M27,

    /** Count the log end instead of the flushed end though the partition is to be flushed before it is committed. */
    M28,

    /** Let compaction drop the first batch header of an epoch. */
    M29
}
