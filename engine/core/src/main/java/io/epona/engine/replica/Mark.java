package io.epona.engine.replica;

/**
 * The guards of the protocol, each with the event that it decided. Whoever writes a guard adds its constant and its
 * {@link Marks#hit}. Immutable: any thread.
 */
public enum Mark
{
    // The leader (per partition).
    /** A state with a higher epoch names this life of this broker: it leads. */
    LEADER_ELECTED,
    /** A newer state of the same epoch was adopted by the leader. */
    LEADER_ADOPTED_STATE,
    /** A state names this broker in another life: it does not lead. */
    LEADER_OF_FORMER_LIFE,
    /** A state names another leader or none: what was pending failed, the leadership ended. */
    LEADER_STEPPED_DOWN,
    /** An append was refused because the replica does not lead. */
    PRODUCE_NOT_LEADER,
    /** An append was refused because the producer state is still being loaded. */
    PRODUCE_LOADING,
    /** An append with acks=all was refused below the least number of in-sync replicas. */
    PRODUCE_NOT_ENOUGH_REPLICAS,
    /** An append with acks=all waits for the high watermark. */
    PRODUCE_PARKED,
    /** A parked append passed its deadline. */
    PRODUCE_TIMED_OUT,
    /** A parked append failed because the leadership ended. */
    PRODUCE_FAILED_ON_STEP_DOWN,
    /** A duplicate below the high watermark was answered at once. */
    PRODUCE_DUPLICATE_COMMITTED,
    /** A duplicate above the high watermark was parked again. */
    PRODUCE_DUPLICATE_PARKED,
    /** An append was refused by its sequence. */
    PRODUCE_OUT_OF_ORDER,
    /** An append of a producer without state did not begin at sequence 0. */
    PRODUCE_UNKNOWN_PRODUCER,
    /** A FollowerState of a lower epoch was refused. */
    STATE_FENCED_EPOCH,
    /** A FollowerState of a higher epoch was refused and the own state read again. */
    STATE_UNKNOWN_EPOCH,
    /** A FollowerState reached a replica that does not lead. */
    STATE_NOT_LEADER,
    /** A FollowerState came from a broker that is no replica. */
    STATE_NOT_REPLICA,
    /** A FollowerState came from a former life of its broker. */
    STATE_STALE_BROKER,
    /** A FollowerState with a sync id below the known one was ignored. */
    STATE_OLD_SYNC,
    /** A follower's log matched. */
    STATE_OK,
    /** A follower's log did not match and has to be cut. */
    STATE_DIVERGED,
    /** A follower's log ends below the leader's log start. */
    STATE_BELOW_START,
    /** An in-sync incarnation came with a log end below the high watermark. */
    STATE_MEMBER_LOST_DATA(true),
    /** A follower holds more of the leader's own epoch than the leader: the leader gives way. */
    STATE_AHEAD_IN_OWN_EPOCH(true),
    /** An acknowledgement of another epoch was dropped. */
    ACK_STALE_EPOCH,
    /** An acknowledgement of another sync was dropped. */
    ACK_STALE_SYNC,
    /** An acknowledgement of another life of its broker was dropped. */
    ACK_STALE_BROKER,
    /** An acknowledgement moved what is known of a follower. */
    ACK_ADVANCED,
    /** A follower reported a gap. */
    NACK_GAP,
    /** A follower knows a higher epoch: the leader gives way and reads the state again. */
    NACK_FENCED,
    /** A follower cannot write: it is shrunk at once. */
    NACK_STORAGE,
    /** A follower reported a damaged batch that is whole in the own log. */
    NACK_CORRUPT_GOOD,
    /** A follower reported a damaged batch that is damaged in the own log too: the leader resigns. */
    NACK_CORRUPT_BAD,
    /** Without ZooKeeper and without any other member the leader refuses to serve. */
    LEADER_SILENCED,
    /** The high watermark stayed because too few replicas are in sync. */
    HW_BELOW_MIN_ISR,
    /** The high watermark stayed because a member has not acknowledged in this epoch. */
    HW_MEMBER_NOT_HEARD,
    /** The high watermark was held by a member whose change is pending. */
    HW_PENDING_MEMBER_COUNTED,
    /** The leader's high watermark moved. */
    HW_ADVANCED,
    /** The leader's high watermark moved on what is flushed, behind the log end. */
    HW_ADVANCED_BY_FLUSH,
    /** A follower that caught up was proposed for the in-sync replicas. */
    EXPAND_PROPOSED,
    /** A proposal replaced a former life of the same broker. */
    EXPAND_REPLACED_INCARNATION,
    /** No expansion: the follower is below the high watermark. */
    EXPAND_BELOW_HW,
    /** The high watermark waits for a follower that is closely below it. */
    EXPAND_JOINING,
    /** No expansion: the follower is below the start of the leader epoch. */
    EXPAND_BELOW_LESO,
    /** No expansion: the follower's broker is stopping, dead or of another life. */
    EXPAND_NOT_RUNNING,
    /** No expansion: the partition recovers from an unclean election. */
    EXPAND_WHILE_RECOVERING,
    /** No expansion: another change is undecided. */
    EXPAND_WHILE_PENDING,
    /** A follower that lags was proposed to leave the in-sync replicas. */
    SHRINK_PROPOSED,
    /** A member whose broker bounced is not shrunk yet. */
    SHRINK_WAITS_FOR_BOUNCED,
    /** Instead of a shrink below the least number for silent links, the leader resigned. */
    SHRINK_WOULD_RESIGN,
    /** A leader resigned. */
    RESIGNED,
    /** A leader after an unclean election proposed the end of the recovery. */
    RECOVERED_PROPOSED,
    /** A proposed change was applied. */
    CAS_APPLIED,
    /** A proposed change met a moved version of the same epoch, which was adopted. */
    CAS_STALE_SAME_EPOCH,
    /** A proposed change met a moved version of another epoch: step down. */
    CAS_STALE_OTHER_EPOCH,
    /** The outcome of a proposed change was not known; it stays pending. */
    CAS_UNKNOWN,
    /** A change of unknown outcome was issued again with the same version and content. */
    CAS_REISSUED,
    /** The check of the own life refused a change: a newer life of this broker exists. */
    CAS_SELF_CHECK_FAILED,
    /** The check of an added member's life refused a change. */
    CAS_MEMBER_CHECK_FAILED,
    /** A fetch named an epoch that does not match. */
    FETCH_DIVERGED,
    /** A fetch between high watermark and log end waits. */
    FETCH_ABOVE_HW,
    /** The latest offset is not known yet: the high watermark is below the leader epoch's start. */
    FETCH_LATEST_NOT_AVAILABLE,
    // The follower (per partition).
    /** A state with a higher epoch names a leader: sync with it. */
    FOLLOW_NEW_EPOCH,
    /** The new epoch has the same leader as before: sync all the same. */
    FOLLOW_SAME_LEADER,
    /** A state of an older epoch was ignored. */
    FOLLOW_OLDER_EPOCH(true),
    /** A state with an epoch below the last record's was ignored; it is read again behind a barrier. */
    FOLLOW_BELOW_LAST_RECORD(true),
    /** A state without leader: keep the log. */
    FOLLOW_NONE,
    /** A SyncReply of another sync, epoch or life was dropped. */
    SYNC_STALE_REPLY,
    /** A SyncReply told that the log matches. */
    SYNC_OK,
    /** A SyncReply told where to cut. */
    SYNC_DIVERGED,
    /** The cut fell on the own floor epoch: another round is needed. */
    SYNC_DIVERGED_FLOOR,
    /** A SyncReply told to begin anew at the leader's log start. */
    SYNC_BELOW_START,
    /** BELOW_START was refused because this replica is in sync. */
    SYNC_BELOW_START_IN_ISR,
    /** A log without batches may have another past than the leader's: it begins anew. */
    SYNC_UNKNOWN_PAST,
    /** A SyncReply refused: back off and read the state. */
    SYNC_REFUSED,
    /** A SyncReply was missing: ask again with a new sync id. */
    SYNC_RETRIED,
    /** The leader's higher log start was taken with the OK. */
    SYNC_RAISED_LOG_START,
    /** Batches or progress came before the SyncReply: an implicit OK. */
    SYNC_IMPLICIT_OK,
    /** Batches were appended. */
    APPENDED,
    /** Batches of another sync were dropped. */
    APPEND_STALE_SYNC,
    /** Batches of a lower epoch were dropped and answered FENCED. */
    APPEND_STALE_EPOCH,
    /** Batches of a higher epoch were dropped and the state read again. */
    APPEND_HIGHER_EPOCH(true),
    /** Batches above the log end, or with another previous epoch, were dropped: sync again. */
    APPEND_GAP,
    /** Batches below the log end were dropped: sync again. */
    APPEND_DUPLICATE(true),
    /** A batch with an epoch outside of what may come was refused. */
    APPEND_BATCH_EPOCH(true),
    /** A batch with a wrong checksum was refused. */
    APPEND_CORRUPT,
    /** The log could not take a batch: parked and reported. */
    APPEND_STORAGE_REFUSED,
    /** What the leader sent was dropped during a truncation or while loading. */
    APPEND_WHILE_BUSY(true),
    /** Batches came before memory was prepared for them: sync again. */
    APPEND_UNPREPARED,
    /** The high watermark was learnt from an idle leader. */
    PROGRESS_HW,
    /** The leader asked for an acknowledgement. */
    PROGRESS_ACK_NOW,
    /** A LeaderProgress of another sync, epoch or life was dropped. */
    PROGRESS_STALE,
    /** A truncation or a load ended. */
    TICKET_DONE,
    /** A newer state ended the wait for a truncation or a load. */
    TICKET_CANCELLED,
    /** A new image from the leader's broker: sync again. */
    NEW_IMAGE_RESYNC,
    /** A state left this broker out: the replica stops. */
    NOT_A_REPLICA_ANY_MORE,
    /** A barrier confirmed a version before something destructive. */
    BARRIER_CONFIRMED,
    /** A barrier found a newer version: nothing was destroyed. */
    BARRIER_REFUSED,
    /** A local directory without a state was set aside. */
    STRAY,
    /** A message for a topic id that is not here was dropped. */
    FOREIGN_TOPIC,
    /** A message from a former life of a broker was dropped. */
    FOREIGN_BROKER_EPOCH,
    // The controller.
    /** A controller claim won. */
    CLAIM_WON,
    /** A controller claim lost. */
    CLAIM_LOST,
    /** A write of a former controller was refused by the controller epoch. */
    CONTROLLER_FENCED,
    /** A controller's write met a moved version: read again and redo. */
    CONTROLLER_BAD_VERSION,
    /** A controller's write was refused because the candidate has a newer life. */
    CONTROLLER_CANDIDATE_MOVED,
    /** The outcome of a controller's write was not known. */
    CONTROLLER_UNKNOWN,
    /** A dead entry left the in-sync replicas. */
    DROPPED_DEAD,
    /** A stopping entry left the in-sync replicas. */
    DROPPED_STOPPING,
    /** A stopping entry stayed because no other is eligible. */
    KEPT_LAST_STOPPING,
    /** An entry of a life before the last clean one left the in-sync replicas. */
    DROPPED_UNCLEAN,
    /** A dropped entry stays eligible. */
    MOVED_TO_ELR,
    /** A dropped entry may have lost data. */
    MOVED_TO_LAST_KNOWN_ELR,
    /** A leader was elected from the in-sync replicas. */
    ELECTED_FROM_ISR,
    /** A leader was elected from the eligible replicas. */
    ELECTED_FROM_ELR,
    /** The bounced leader was elected again in a new epoch. */
    ELECTED_BOUNCED_LEADER,
    /** An election passed over the broker that resigned. */
    ELECTED_SKIPPED_RESIGNED,
    /** The broker that resigned was elected, as nobody else is eligible. */
    ELECTED_RESIGNED,
    /** The last leader was elected after all stopped by kill -9, by the boot id rule. */
    ELECTED_LAST_KNOWN,
    /** An operator's unclean election. */
    ELECTED_UNCLEAN,
    /** The preferred replica took the leadership. */
    ELECTED_PREFERRED,
    /** Nobody is eligible: the partition waits without leader. */
    ELECTED_NONE,
    /** The least number of in-sync replicas changed. */
    MIN_ISR_CHANGED,
    /** A topic was created. */
    TOPIC_CREATED,
    /** A topic was deleted. */
    TOPIC_DELETED,
    /** A state without topic was removed. */
    ORPHAN_REMOVED,
    /** A reassignment began. */
    REASSIGN_BEGUN,
    /** A reassignment ended. */
    REASSIGN_ENDED,
    // Membership.
    /** A life of a broker was registered. */
    REGISTERED,
    /** A registration removed the stale one of the former life of the same directory. */
    REGISTERED_OVER_STALE_OWN,
    /** The outcome of a registration was not known. */
    REGISTRATION_UNKNOWN,
    /** A registration of unknown outcome was recognised as applied. */
    REGISTRATION_RECOGNISED,
    /** Another directory holds the broker id: wait. */
    REGISTRATION_ID_IN_USE,
    /** The own life was moved by another process: fatal. */
    REGISTRATION_MOVED,
    /** A new session of a process that lives: registered again. */
    SESSION_RENEWED,
    /** A start found a valid clean marker. */
    START_CLEAN,
    /** A start found that only the process ended: memory of the host was kept. */
    START_KILLED,
    /** A start could not rule out a loss. */
    START_UNCLEAN,
    /** A start found that the last life that registered never wrote that down in the directory. */
    START_LIFE_NOT_WRITTEN;

    private final boolean isSecondFence;

    Mark()
    {
        this(false);
    }

    Mark(final boolean isSecondFence)
    {
        this.isSecondFence = isSecondFence;
    }

    /**
     * @return whether it stands behind another guard, or behind what the protocol makes impossible, so that it never
     *         decides anything: where it does, something else is wrong.
     */
    public boolean isSecondFence()
    {
        return isSecondFence;
    }
}
