package io.epona.engine.replica;

import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;

import java.util.ArrayList;
import java.util.List;

/**
 * The one change of the state that a leader has proposed and that is not decided, and what it would propose next. Owned
 * by the shard's thread.
 * <p>
 * <b>Joining.</b> Under load a follower may be a little behind the high watermark all the time, however closely it
 * follows: the others are quicker. Such a one is waited for. The high watermark stands still meanwhile, which is about
 * one exchange of messages, 50 ms at most, and not again for half a second.
 * <p>
 * Who is proposed to come in counts before the proposal can be known to anybody; who is proposed to go counts until it
 * is decided. So what the leader counts is never less than what the state says, however late the leader hears of it.
 */
final class IsrChanges
{
    private enum Kind
    {
        NONE,
        EXPAND,
        SHRINK,
        RECOVERED
    }

    /** Longest wait for who joins, and most that it may lag then: in intervals in which the high watermark is told. */
    private static final int JOIN_PROGRESSES = 5;
    /** From the beginning of one wait to that of the next, in waits. */
    private static final int JOIN_PAUSES = 10;

    private final Leader leader;
    private final Followers followers;
    private final Replica replica;
    private final ShardState shard;
    private Kind pending = Kind.NONE;
    private Member member;
    private int version;
    /** Who is waited for, null for nobody. */
    private Member joining;
    private long joinEndNs;
    private long nextJoinNs;

    IsrChanges(final Leader leader, final Followers followers, final Replica replica, final ShardState shard)
    {
        this.leader = leader;
        this.followers = followers;
        this.replica = replica;
        this.shard = shard;
        this.nextJoinNs = shard.nowNs();
    }

    private PartitionState state()
    {
        return replica.state();
    }

    /** Replicas that count for the high watermark. */
    List<Member> effectiveIsr()
    {
        final List<Member> members = new ArrayList<>(state().isr());
        if (Kind.EXPAND == pending)
        {
            members.add(member);
        }

        return members;
    }

    /** For whom the high watermark waits although the state does not name it, null for nobody. */
    Member awaited()
    {
        return Kind.EXPAND == pending ? member : joining;
    }

    /** Who is proposed to go, null for none. */
    Member shrinking()
    {
        return Kind.SHRINK == pending ? member : null;
    }

    /** A newer state is known: what was proposed is in it, or will never be. */
    void onState()
    {
        pending = Kind.NONE;
        member = null;
        joining = null;
    }

    /** What was proposed on a version, if it still is open, can never apply: a check refused it. */
    void onRefused(final int expectedVersion)
    {
        if (Kind.NONE != pending && expectedVersion == version)
        {
            onState();
            shard.mark(Mark.CAS_MEMBER_CHECK_FAILED);
        }
    }

    /** Propose what is due. May end the leadership. */
    void doWork()
    {
        final boolean isRecovering = state().recovering() && !shard.isDeleted(Mark.EXPAND_WHILE_RECOVERING);
        if (Kind.NONE != pending || isRecovering)
        {
            markWaiting();
        }
        if (null != joining && shard.nowNs() - joinEndNs >= 0)
        {
            joining = null;
        }
        if (!shard.isConnected() || Kind.NONE != pending)
        {
            return;
        }
        if (isRecovering)
        {
            shard.mark(Mark.RECOVERED_PROPOSED);
            propose(Kind.RECOVERED, null, new PartitionOp.Recovered());
            return;
        }

        for (int i = 0; i < followers.count() && Kind.NONE == pending && !leader.isEnded(); i++)
        {
            final FollowerProgress progress = followers.get(i);
            final Member known = followers.member(progress.brokerId());
            if (null != known && isShrinkDue(progress, known))
            {
                shrink(progress, known);
            }
            else if (null == known || known.brokerEpoch() != progress.brokerEpoch())
            {
                tryExpand(progress, known);
            }
        }
    }

    private void markWaiting()
    {
        for (int i = 0; i < followers.count(); i++)
        {
            final FollowerProgress progress = followers.get(i);
            final boolean isWaiting = progress.isMatched() && null == followers.member(progress.brokerId()) &&
                progress.acked() >= replica.highWatermark() && progress.acked() >= leader.epochStart();
            if (isWaiting && !(Kind.EXPAND == pending && member.brokerId() == progress.brokerId()))
            {
                shard.mark(state().recovering() ? Mark.EXPAND_WHILE_RECOVERING : Mark.EXPAND_WHILE_PENDING);
            }
        }
    }

    private boolean isShrinkDue(final FollowerProgress progress, final Member known)
    {
        final boolean isSame = known.brokerEpoch() == progress.brokerEpoch();
        if (isSame && (progress.isLost() || progress.hasStorageFault()))
        {
            return true;
        }

        final boolean isDue = progress.link().isSilent(leader.sinceNs()) ||
            progress.lagNs(known.brokerEpoch()) > shard.ctx.maxLagNs();

        return isDue ||
            !isSame && progress.brokerEpoch() >= 0 && !shard.decides(Mark.SHRINK_WAITS_FOR_BOUNCED);
    }

    private void shrink(final FollowerProgress progress, final Member known)
    {
        final PeerLink link = progress.link();
        if (state().isr().size() - 1 < leader.minIsr() && link.isSilent(leader.sinceNs()) && link.isRunning() &&
            shard.decides(Mark.SHRINK_WOULD_RESIGN))
        {
            // Where that is too soon the isr stays: without the other nothing is committed either, and who alone is
            // in the isr is elected again.
            if (replica.mayResign())
            {
                replica.resign(true);
            }
            return;
        }

        shard.mark(Mark.SHRINK_PROPOSED);
        propose(Kind.SHRINK, known, new PartitionOp.Shrink(known, !progress.isLost()));
    }

    private void tryExpand(final FollowerProgress progress, final Member former)
    {
        final long acked = progress.acked();
        if (!progress.isMatched() || progress.isLost() || acked < 0 || progress.hasStorageFault() ||
            null != former && former.brokerEpoch() > progress.brokerEpoch())
        {
            return;
        }
        if (acked < replica.highWatermark() && shard.decides(Mark.EXPAND_BELOW_HW))
        {
            tryJoin(progress);
            return;
        }

        final boolean isHeldBack =
            acked < leader.epochStart() && !shard.is(ProtocolMutation.M7) && shard.decides(Mark.EXPAND_BELOW_LESO) ||
            !isReachable(progress) && shard.decides(Mark.EXPAND_NOT_RUNNING);
        if (!isHeldBack)
        {
            shard.mark(null == former ? Mark.EXPAND_PROPOSED : Mark.EXPAND_REPLACED_INCARNATION);
            final Member added = new Member(progress.brokerId(), progress.brokerEpoch());
            propose(Kind.EXPAND, added, new PartitionOp.Expand(added));
        }
    }

    private void tryJoin(final FollowerProgress progress)
    {
        final long nowNs = shard.nowNs();
        final long joinNs = JOIN_PROGRESSES * shard.ctx.progressNs();
        if (null == joining && nowNs - nextJoinNs >= 0 && progress.lagNs(progress.brokerEpoch()) <= joinNs &&
            progress.link().isRunning(progress.brokerEpoch()))
        {
            joining = new Member(progress.brokerId(), progress.brokerEpoch());
            joinEndNs = nowNs + joinNs;
            nextJoinNs = nowNs + JOIN_PAUSES * joinNs;
            shard.mark(Mark.EXPAND_JOINING);
        }
    }

    private boolean isReachable(final FollowerProgress progress)
    {
        return progress.link().isRunning(progress.brokerEpoch()) && !progress.link().isSilent(leader.sinceNs());
    }

    private void propose(final Kind kind, final Member about, final PartitionOp.LeaderOp op)
    {
        // It counts before anybody can know of it.
        pending = kind;
        member = about;
        joining = null;
        version = replica.version();
        shard.ctx.proposals().propose(replica.topicId(), replica.partition(), version, op);
    }
}
