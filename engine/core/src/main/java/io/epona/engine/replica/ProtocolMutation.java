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

    /** Take what was said in another leader epoch for said in the own one, whoever said it. */
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

    /** Let retention and compaction pass the high watermark. */
    M19,

    /** Take no notice of the topic id. */
    M20,

    /** Read the states before registering, and before any other write, so that a restarted broker sees older epochs. */
    M21,

    /** Take the least number of in-sync replicas from the broker's settings instead of the state. */
    M23,

    /** Let a bounced leader go on in the epoch that it led. */
    M24,

    /** Drop AppendBatches that overtake their SyncReply. */
    M26,

    /** Keep the own log start when the leader answers OK with a higher one. */
    M27,

    /** Count the log end instead of the flushed end though the partition is to be flushed before it is committed. */
    M28,

    /** Let compaction drop the first batch header of an epoch. */
    M29,

    // Guards that are deleted, each named by the mark of what it decides.
    /** Without the guard of {@link Mark#LEADER_OF_FORMER_LIFE}. */
    NO_LEADER_OF_FORMER_LIFE(Mark.LEADER_OF_FORMER_LIFE),
    /** Without the guard of {@link Mark#PRODUCE_NOT_ENOUGH_REPLICAS}. */
    NO_PRODUCE_NOT_ENOUGH_REPLICAS(Mark.PRODUCE_NOT_ENOUGH_REPLICAS),
    /** Without the guard of {@link Mark#STATE_FENCED_EPOCH}. */
    NO_STATE_FENCED_EPOCH(Mark.STATE_FENCED_EPOCH),
    /** Without the guard of {@link Mark#STATE_UNKNOWN_EPOCH}. */
    NO_STATE_UNKNOWN_EPOCH(Mark.STATE_UNKNOWN_EPOCH),
    /** Without the guard of {@link Mark#STATE_STALE_BROKER}. */
    NO_STATE_STALE_BROKER(Mark.STATE_STALE_BROKER),
    /** Without the guard of {@link Mark#STATE_OLD_SYNC}. */
    NO_STATE_OLD_SYNC(Mark.STATE_OLD_SYNC),
    /** Without the guard of {@link Mark#STATE_MEMBER_LOST_DATA}. */
    NO_STATE_MEMBER_LOST_DATA(Mark.STATE_MEMBER_LOST_DATA),
    /** Without the guard of {@link Mark#STATE_AHEAD_IN_OWN_EPOCH}. */
    NO_STATE_AHEAD_IN_OWN_EPOCH(Mark.STATE_AHEAD_IN_OWN_EPOCH),
    /** Without the guard of {@link Mark#ACK_STALE_EPOCH}. */
    NO_ACK_STALE_EPOCH(Mark.ACK_STALE_EPOCH),
    /** Without the guard of {@link Mark#ACK_STALE_SYNC}. */
    NO_ACK_STALE_SYNC(Mark.ACK_STALE_SYNC),
    /** Without the guard of {@link Mark#ACK_STALE_BROKER}. */
    NO_ACK_STALE_BROKER(Mark.ACK_STALE_BROKER),
    /** Without the guard of {@link Mark#NACK_GAP}. */
    NO_NACK_GAP(Mark.NACK_GAP),
    /** Without the guard of {@link Mark#NACK_FENCED}. */
    NO_NACK_FENCED(Mark.NACK_FENCED),
    /** Without the guard of {@link Mark#NACK_STORAGE}. */
    NO_NACK_STORAGE(Mark.NACK_STORAGE),
    /** Without the guard of {@link Mark#NACK_CORRUPT_BAD}. */
    NO_NACK_CORRUPT_BAD(Mark.NACK_CORRUPT_BAD),
    /** Without the guard of {@link Mark#LEADER_SILENCED}. */
    NO_LEADER_SILENCED(Mark.LEADER_SILENCED),
    /** Without the guard of {@link Mark#HW_BELOW_MIN_ISR}. */
    NO_HW_BELOW_MIN_ISR(Mark.HW_BELOW_MIN_ISR),
    /** Without the guard of {@link Mark#HW_MEMBER_NOT_HEARD}. */
    NO_HW_MEMBER_NOT_HEARD(Mark.HW_MEMBER_NOT_HEARD),
    /** Without the guard of {@link Mark#HW_PENDING_MEMBER_COUNTED}. */
    NO_HW_PENDING_MEMBER_COUNTED(Mark.HW_PENDING_MEMBER_COUNTED),
    /** Without the guard of {@link Mark#EXPAND_BELOW_HW}. */
    NO_EXPAND_BELOW_HW(Mark.EXPAND_BELOW_HW),
    /** Without the guard of {@link Mark#EXPAND_BELOW_LESO}. */
    NO_EXPAND_BELOW_LESO(Mark.EXPAND_BELOW_LESO),
    /** Without the guard of {@link Mark#EXPAND_NOT_RUNNING}. */
    NO_EXPAND_NOT_RUNNING(Mark.EXPAND_NOT_RUNNING),
    /** Without the guard of {@link Mark#EXPAND_WHILE_RECOVERING}. */
    NO_EXPAND_WHILE_RECOVERING(Mark.EXPAND_WHILE_RECOVERING),
    /** Without the guard of {@link Mark#SHRINK_WAITS_FOR_BOUNCED}. */
    NO_SHRINK_WAITS_FOR_BOUNCED(Mark.SHRINK_WAITS_FOR_BOUNCED),
    /** Without the guard of {@link Mark#SHRINK_WOULD_RESIGN}. */
    NO_SHRINK_WOULD_RESIGN(Mark.SHRINK_WOULD_RESIGN),
    /** Without the guard of {@link Mark#CAS_SELF_CHECK_FAILED}. */
    NO_CAS_SELF_CHECK_FAILED(Mark.CAS_SELF_CHECK_FAILED),
    /** Without the guard of {@link Mark#CAS_MEMBER_CHECK_FAILED}. */
    NO_CAS_MEMBER_CHECK_FAILED(Mark.CAS_MEMBER_CHECK_FAILED),
    /** Without the guard of {@link Mark#FETCH_DIVERGED}. */
    NO_FETCH_DIVERGED(Mark.FETCH_DIVERGED),
    /** Without the guard of {@link Mark#FETCH_LATEST_NOT_AVAILABLE}. */
    NO_FETCH_LATEST_NOT_AVAILABLE(Mark.FETCH_LATEST_NOT_AVAILABLE),
    /** Without the guard of {@link Mark#FOLLOW_OLDER_EPOCH}. */
    NO_FOLLOW_OLDER_EPOCH(Mark.FOLLOW_OLDER_EPOCH),
    /** Without the guard of {@link Mark#FOLLOW_BELOW_LAST_RECORD}. */
    NO_FOLLOW_BELOW_LAST_RECORD(Mark.FOLLOW_BELOW_LAST_RECORD),
    /** Without the guard of {@link Mark#SYNC_STALE_REPLY}. */
    NO_SYNC_STALE_REPLY(Mark.SYNC_STALE_REPLY),
    /** Without the guard of {@link Mark#SYNC_DIVERGED_FLOOR}. */
    NO_SYNC_DIVERGED_FLOOR(Mark.SYNC_DIVERGED_FLOOR),
    /** Without the guard of {@link Mark#SYNC_UNKNOWN_PAST}. */
    NO_SYNC_UNKNOWN_PAST(Mark.SYNC_UNKNOWN_PAST),
    /** Without the guard of {@link Mark#APPEND_STALE_SYNC}. */
    NO_APPEND_STALE_SYNC(Mark.APPEND_STALE_SYNC),
    /** Without the guard of {@link Mark#APPEND_STALE_EPOCH}. */
    NO_APPEND_STALE_EPOCH(Mark.APPEND_STALE_EPOCH),
    /** Without the guard of {@link Mark#APPEND_HIGHER_EPOCH}. */
    NO_APPEND_HIGHER_EPOCH(Mark.APPEND_HIGHER_EPOCH),
    /** Without the guard of {@link Mark#APPEND_GAP}. */
    NO_APPEND_GAP(Mark.APPEND_GAP),
    /** Without the guard of {@link Mark#APPEND_BATCH_EPOCH}. */
    NO_APPEND_BATCH_EPOCH(Mark.APPEND_BATCH_EPOCH),
    /** Without the guard of {@link Mark#APPEND_WHILE_BUSY}. */
    NO_APPEND_WHILE_BUSY(Mark.APPEND_WHILE_BUSY),
    /** Without the guard of {@link Mark#PROGRESS_STALE}. */
    NO_PROGRESS_STALE(Mark.PROGRESS_STALE),
    /** Without the guard of {@link Mark#NEW_IMAGE_RESYNC}. */
    NO_NEW_IMAGE_RESYNC(Mark.NEW_IMAGE_RESYNC),
    /** Without the guard of {@link Mark#FOREIGN_BROKER_EPOCH}. */
    NO_FOREIGN_BROKER_EPOCH(Mark.FOREIGN_BROKER_EPOCH),
    /** Without the guard of {@link Mark#CONTROLLER_CANDIDATE_MOVED}. */
    NO_CONTROLLER_CANDIDATE_MOVED(Mark.CONTROLLER_CANDIDATE_MOVED),
    /** Without the guard of {@link Mark#DROPPED_UNCLEAN}. */
    NO_DROPPED_UNCLEAN(Mark.DROPPED_UNCLEAN),
    /** Without the guard of {@link Mark#DROPPED_STOPPING}. */
    NO_DROPPED_STOPPING(Mark.DROPPED_STOPPING),
    /** Without the guard of {@link Mark#KEPT_LAST_STOPPING}. */
    NO_KEPT_LAST_STOPPING(Mark.KEPT_LAST_STOPPING),
    /** Without the guard of {@link Mark#ELECTED_SKIPPED_RESIGNED}. */
    NO_ELECTED_SKIPPED_RESIGNED(Mark.ELECTED_SKIPPED_RESIGNED),
    /** Without the guard of {@link Mark#BARRIER_CONFIRMED}. */
    NO_BARRIER_CONFIRMED(Mark.BARRIER_CONFIRMED);

    private final Mark deleted;

    ProtocolMutation()
    {
        this(null);
    }

    ProtocolMutation(final Mark deleted)
    {
        this.deleted = deleted;
    }

    /**
     * @return the guard that is deleted, null for none.
     */
    public Mark deleted()
    {
        return deleted;
    }
}
