package io.epona.engine.replica;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.log.PartitionLog;
import org.agrona.DirectBuffer;

import java.util.List;

/**
 * One replica of a partition: its role, and what outlives the roles. Public to be looked at from outside. Owned by the
 * shard's thread, which is also the only one to look.
 * <p>
 * Transitions, all of them in {@link #onState} but for those that are named:
 * <pre>
 *  any but FAULTED --state, higher epoch, this life leads----------> LEADER
 *  any but FAULTED --state, higher epoch, another leads------------> FOLLOWER
 *  any but FAULTED --state names a former life of this broker------> WAITING
 *  any but FAULTED --state without leader, or without this replica-> IDLE
 *  LEADER --new registration, fenced by a follower, resigned-------> WAITING (no state of the same epoch ends it)
 *  FOLLOWER --an invariant or the storage failed-------------------> FAULTED
 *  LEADER --an invariant or the storage failed---------------------> WAITING, and FAULTED in the next epoch
 * </pre>
 */
public final class Replica
{
    private final ShardState shard;
    private final PartitionLog log;
    private PartitionState state;
    private int version = -1;
    private int leaderEpoch = -1;
    private Role role = Role.IDLE;
    private Leader leader;
    /** Kept for the mutations that go on with what should have ended. */
    private Leader formerLeader;
    private Follower follower;
    private final Commitment commitment;
    private final Resignation resignation;
    private final FetchCheck fetchCheck;
    private final LogCut logCut;
    private final ReplicaHints hints;
    /** The log cannot be trusted any more: it is neither led with nor continued. */
    private boolean isFaulted;
    private boolean isRemoved;
    private boolean isListed;

    Replica(final ShardState shard, final PartitionLog log)
    {
        this.shard = shard;
        this.log = log;
        if (null == log.replicated())
        {
            throw new IllegalArgumentException("a log that is alone has no replicas");
        }
        this.resignation = new Resignation(this, shard);
        this.fetchCheck = new FetchCheck(this, shard);
        this.logCut = new LogCut(log);
        this.commitment = new Commitment(log);
        this.hints = new ReplicaHints(shard);
    }

    /**
     * @return id of the topic.
     */
    public long topicId()
    {
        return log.topicId();
    }

    /**
     * @return number of the partition.
     */
    public int partition()
    {
        return log.partition();
    }

    /**
     * @return the local log.
     */
    public PartitionLog log()
    {
        return log;
    }

    /**
     * @return what it does.
     */
    public Role role()
    {
        return role;
    }

    /**
     * @return how far it has come with that.
     */
    public Phase phase()
    {
        if (logCut.isUnderWay())
        {
            return Role.FOLLOWER == role && !logCut.isForFormerRole() ? Phase.TRUNCATING : Phase.LOADING;
        }

        return Role.LEADER == role && leader.isLoading() ? Phase.LOADING :
            Role.FOLLOWER == role && follower.isSyncing() ? Phase.SYNCING : Phase.RUNNING;
    }

    /**
     * @return greatest leader epoch that it acted on, -1 for none. Never falls.
     */
    public int leaderEpoch()
    {
        return leaderEpoch;
    }

    /**
     * @return the newest state that it knows, or null.
     */
    public PartitionState state()
    {
        return state;
    }

    /**
     * @return version of that state, -1 for none.
     */
    public int version()
    {
        return version;
    }

    /**
     * @return first offset that is not known to be committed.
     */
    public long highWatermark()
    {
        return commitment.highWatermark();
    }

    /**
     * @return next offset to be written.
     */
    public long logEnd()
    {
        return log.logEnd();
    }

    /**
     * @return first offset kept.
     */
    public long logStart()
    {
        return log.logStart();
    }

    /**
     * @return a leader's log end when it became leader of its epoch, -1 for others, and until it has loaded.
     */
    public long leaderEpochStart()
    {
        return Role.LEADER == role ? leader.epochStart() : -1;
    }

    /**
     * @return in-sync replicas as a leader knows them; empty for others.
     */
    public List<Member> isr()
    {
        return Role.LEADER == role ? state.isr() : List.of();
    }

    /**
     * @return those that a leader counts for the high watermark: the in-sync replicas and one that is proposed; empty
     *         for others.
     */
    public List<Member> effectiveIsr()
    {
        return Role.LEADER == role ? leader.effectiveIsr() : List.of();
    }

    /**
     * @param brokerId of another replica.
     * @return log end of that replica as it told this leader last; -1 where it has not, and where this does not lead.
     */
    public long followerEnd(final int brokerId)
    {
        return Role.LEADER == role ? leader.followerEnd(brokerId) : -1;
    }

    /**
     * @return appends that wait for the high watermark.
     */
    public int parkedCount()
    {
        return Role.LEADER == role ? leader.parkedCount() : 0;
    }

    /**
     * May a consumer go on here?
     *
     * @param offset of the next record that it wants.
     * @param epoch  leader epoch of the last record that it had, -1 where it had none.
     * @return 0 to read up to the high watermark, which may have to come first; NOT_LEADER, LOADING, UNKNOWN_EPOCH;
     *         TRUNCATED where its records are not those of this log: {@link #endOffsetFor} says where they part;
     *         OFFSET_OUT_OF_RANGE.
     */
    public int checkFetch(final long offset, final int epoch)
    {
        return Role.LEADER == role ? fetchCheck.check(leader, offset, epoch) : ResultCode.NOT_LEADER.code();
    }

    /**
     * @return offset from which a consumer reads that wants only what comes; or NOT_LEADER, or LOADING while the high
     *         watermark is below the start of the leader epoch, when it would be told an offset from the past.
     */
    public long latestOffset()
    {
        return Role.LEADER == role ? fetchCheck.latestOffset(leader) : ResultCode.NOT_LEADER.code();
    }

    /**
     * @param epoch of a record elsewhere.
     * @return offset at which the greatest epoch of this log that is not above it ends; the log start where all are.
     */
    public long endOffsetFor(final int epoch)
    {
        return fetchCheck.endOffsetFor(epoch);
    }

    // The shard's side.

    boolean isListed()
    {
        return isListed;
    }

    void isListed(final boolean isNamed)
    {
        isListed = isNamed;
    }

    /** Whether the log is the housekeeper's, to be cut or to begin anew. */
    boolean isLogBusy()
    {
        return logCut.isUnderWay() || log.replicated().isBusy();
    }

    /** Epoch of the last batch, -1 where the log has none. */
    int lastRecordEpoch()
    {
        return log.lastEpoch();
    }

    Commitment commitment()
    {
        return commitment;
    }

    /** By a leader what is committed, by a follower what it learnt; not while the log is the housekeeper's. */
    void raiseHighWatermark(final long offset)
    {
        if (offset > commitment.highWatermark() && !logCut.isUnderWay())
        {
            commitment.raise(offset, leaderEpoch);
            if (shard.is(ProtocolMutation.M15) && null != formerLeader && Role.LEADER != role)
            {
                formerLeader.completeAfterEnd(offset);
            }
        }
    }

    /** A newer state; missed versions do no harm. */
    void onState(final int newVersion, final PartitionState newState)
    {
        if (newVersion <= version || isRemoved)
        {
            return;
        }
        if (newState.leaderEpoch() < leaderEpoch && shard.decides(Mark.FOLLOW_OLDER_EPOCH))
        {
            refresh();
            return;
        }
        if (newState.leaderEpoch() < lastRecordEpoch() && newState.replicas().contains(shard.brokerId()) &&
            !shard.is(ProtocolMutation.M21) && shard.decides(Mark.FOLLOW_BELOW_LAST_RECORD))
        {
            // This broker wrote or copied records of a later epoch: what it is told is from before that.
            refresh();
            return;
        }

        version = newVersion;
        state = newState;
        if (!isFaulted)
        {
            decideRole();
        }
        else if (newState.leaderEpoch() > leaderEpoch)
        {
            // The leadership that it gave up is over for everybody.
            leaderEpoch = newState.leaderEpoch();
            become(Role.FAULTED);
        }
        shard.activate(this);
    }

    private void decideRole()
    {
        final int newEpoch = state.leaderEpoch();
        final boolean isHigher = newEpoch > leaderEpoch;
        if (!state.replicas().contains(shard.brokerId()))
        {
            shard.mark(Mark.NOT_A_REPLICA_ANY_MORE);
            leaderEpoch = newEpoch;
            become(Role.IDLE);
        }
        else if (PartitionState.NONE == state.leader())
        {
            shard.mark(Mark.FOLLOW_NONE);
            leaderEpoch = newEpoch;
            become(Role.IDLE);
        }
        else if (state.leader() == shard.brokerId())
        {
            if (state.leaderBrokerEpoch() != shard.brokerEpoch() && !shard.is(ProtocolMutation.M24) &&
                shard.decides(Mark.LEADER_OF_FORMER_LIFE))
            {
                leaderEpoch = newEpoch;
                become(Role.WAITING);
            }
            else if (isHigher)
            {
                lead(newEpoch);
            }
            else if (Role.LEADER == role)
            {
                leader.onState();
            }
        }
        else if (isHigher || Role.FOLLOWER != role)
        {
            follow(newEpoch);
        }
    }

    /** Leave the role: a leader answers all that waits first. */
    private void become(final Role next)
    {
        if (null != leader)
        {
            shard.mark(Mark.LEADER_STEPPED_DOWN);
            // Also where the replica goes: what waits is written, and may yet be committed by others.
            leader.end(ResultCode.NOT_LEADER.code());
            formerLeader = leader;
            leader = null;
        }
        if (null != follower)
        {
            follower.end();
            follower = null;
        }
        if (logCut.leaveToNextRole())
        {
            shard.mark(Mark.TICKET_CANCELLED);
        }
        if (Role.WAITING != next)
        {
            resignation.end();
        }
        role = next;
    }

    private void lead(final int epoch)
    {
        shard.mark(Mark.LEADER_ELECTED);
        final Leader before = null != leader ? leader : formerLeader;
        leaderEpoch = epoch;
        become(Role.LEADER);
        commitment.onMatched(epoch);
        leader = new Leader(this, shard, before);
        leader.tryBegin();
        shard.activate(this);
    }

    private void follow(final int epoch)
    {
        final Follower before = follower;
        final boolean isSameLeader = null != before && before.leaderId() == state.leader();
        shard.mark(isSameLeader ? Mark.FOLLOW_SAME_LEADER : Mark.FOLLOW_NEW_EPOCH);
        leaderEpoch = epoch;
        become(Role.FOLLOWER);
        follower = new Follower(this, shard, state.leader(), state.leaderBrokerEpoch());
        if (isSameLeader && shard.is(ProtocolMutation.M5))
        {
            follower.goOnWith(before);
        }
        if (shard.is(ProtocolMutation.M1) && !isLogBusy() && commitment.highWatermark() < logEnd())
        {
            cut(commitment.highWatermark(), false);
        }
    }

    /** A new life of this broker: whatever was said in the name of a former one ends. */
    void onRegistered()
    {
        if (Role.LEADER == role && !shard.is(ProtocolMutation.M24))
        {
            become(Role.WAITING);
        }
        else if (Role.FOLLOWER == role)
        {
            follower.sync();
        }
    }

    void onRemoved()
    {
        isRemoved = true;
        become(Role.IDLE);
    }

    void onImage(final int brokerId)
    {
        if (Role.FOLLOWER == role && follower.leaderId() == brokerId && !shard.is(ProtocolMutation.M16) &&
            shard.decides(Mark.NEW_IMAGE_RESYNC))
        {
            follower.sync();
        }
    }

    void onProposalDecided(
        final int expectedVersion,
        final Proposals.Outcome outcome,
        final int decidedVersion,
        final PartitionState decided)
    {
        if (Proposals.Outcome.APPLIED == outcome)
        {
            shard.mark(Mark.CAS_APPLIED);
        }
        else if (decidedVersion > expectedVersion)
        {
            shard.mark(decided.leaderEpoch() == leaderEpoch ? Mark.CAS_STALE_SAME_EPOCH : Mark.CAS_STALE_OTHER_EPOCH);
        }

        if (decidedVersion > version)
        {
            onState(decidedVersion, decided);
        }
        else if (Proposals.Outcome.STALE == outcome && Role.LEADER == role)
        {
            leader.onRefused(expectedVersion);
        }
        shard.activate(this);
    }

    /** Whether a resignation for silent links is not too soon after the last one. */
    boolean mayResign()
    {
        return resignation.mayRepeat();
    }

    /**
     * Give the leadership up, for good in this epoch: nothing is served any more, and then everybody is told.
     *
     * @param isLogGood whether the log still holds what is committed.
     */
    void resign(final boolean isLogGood)
    {
        become(Role.WAITING);
        resignation.begin(isLogGood);
        shard.activate(this);
    }

    /** Something that must never hold does: this replica stops. */
    void fault(final String reason)
    {
        isFaulted = true;
        if (Role.LEADER == role)
        {
            resign(false);
        }
        else
        {
            become(Role.FAULTED);
        }
        shard.ctx.errorHandler().onError(new ReplicaFault(topicId(), partition(), true, reason));
    }

    /** Cut the log, or begin it anew; the role hears of it when it is done. */
    void cut(final long offset, final boolean isReset)
    {
        logCut.begin(offset, isReset);
        shard.activate(this);
        pollCut();
    }

    private boolean pollCut()
    {
        if (!logCut.poll())
        {
            return false;
        }
        if (logCut.result() < 0)
        {
            fault("the log could not be cut: " + ResultCode.nameOf(logCut.result()));
            return true;
        }

        shard.mark(Mark.TICKET_DONE);
        commitment.onCut(logCut.result());
        if (Role.FOLLOWER == role)
        {
            follower.onLogReady();
        }

        return true;
    }

    int doWork()
    {
        int work = pollCut() ? 1 : 0;
        work += resignation.doWork();
        if (Role.LEADER == role)
        {
            work += leader.doWork();
        }
        else if (Role.FOLLOWER == role)
        {
            work += follower.doWork();
        }

        return work;
    }

    boolean isWorkLeft()
    {
        return !isRemoved && (logCut.isUnderWay() || resignation.isWorkLeft() ||
            Role.LEADER == role && leader.isWorkLeft() || Role.FOLLOWER == role && follower.isWorkLeft());
    }

    /** Read the state again, not too often. */
    void refresh()
    {
        if (hints.takeRefreshing())
        {
            shard.ctx.proposals().refresh(topicId(), partition());
        }
    }

    /** Whether a leader of a former epoch is to be told so, which is not done too often. */
    boolean takeFencing()
    {
        return hints.takeFencing();
    }

    /** A follower knows a later epoch: a hint may end a leadership, never begin one. */
    void onFenced()
    {
        become(Role.WAITING);
        refresh();
    }

    /** The leader's side, null where this does not lead. */
    Leader leader()
    {
        return leader;
    }

    /** The follower's side, null where this does not follow. */
    Follower follower()
    {
        return follower;
    }

    /** See {@link ReplicaShard#append}. */
    long append(
        final DirectBuffer batch,
        final int index,
        final int length,
        final byte acks,
        final long correlationId,
        final long deadlineNs,
        final long nowNs)
    {
        if (Role.LEADER != role)
        {
            shard.mark(Mark.PRODUCE_NOT_LEADER);
            return ResultCode.NOT_LEADER.code();
        }

        return leader.append(batch, index, length, acks, correlationId, deadlineNs, nowNs);
    }
}
