package io.epona.simulator.model;

import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.cluster.PartitionTransition;
import io.epona.simulator.model.IsrNode.Progress;
import io.epona.simulator.model.IsrNode.Role;
import io.epona.simulator.model.IsrNode.Stage;
import io.epona.simulator.model.IsrNode.Wish;
import io.epona.simulator.model.IsrNode.Write;

import java.util.Collections;
import java.util.List;

/**
 * What a broker of {@link IsrModel} makes of what it hears: roles, the high watermark, its proposal. Each changes a
 * state that is being made. Immutable.
 */
final class IsrRules
{
    private final int count;
    private final IsrWrong wrong;

    /**
     * @param count brokers.
     * @param wrong what is planted, or null.
     */
    IsrRules(final int count, final IsrWrong wrong)
    {
        this.count = count;
        this.wrong = wrong;
    }

    boolean is(final IsrWrong planted)
    {
        return planted == wrong;
    }

    /** Who neither leads nor has proposed something does nothing with another version of the same epoch. */
    static boolean isNews(final IsrState state, final IsrNode node)
    {
        return null == node.known ? state.partition.leaderEpoch() > node.epoch : state.version > node.version;
    }

    /** A broker learns a state, by reading or by what was answered. */
    void read(final IsrState next, final int id, final int version, final PartitionState state)
    {
        final IsrNode node = next.nodes[id];
        if (null != node.known && version <= node.version)
        {
            return;
        }

        final Wish wish = node.wish;
        node.version = version;
        node.known = state;
        node.wish = null;
        final boolean isResigning = null != wish && wish.op() instanceof PartitionOp.Resign;
        final boolean isSameReign = isLedBy(state, id, node.life) &&
            (state.leaderEpoch() == node.epoch || is(IsrWrong.RESIGNS_AGAIN));
        if (isResigning && isSameReign && !is(IsrWrong.RESIGNS_ONCE))
        {
            wish(next, id, wish.op());
        }
        decideRole(next, id);
        node.forget();
    }

    static boolean isLedBy(final PartitionState state, final int id, final int life)
    {
        return id == state.leader() && life == state.leaderBrokerEpoch();
    }

    private void decideRole(final IsrState next, final int id)
    {
        final IsrNode node = next.nodes[id];
        final PartitionState state = node.known;
        final boolean isHigher = state.leaderEpoch() > node.epoch;
        final int before = node.epoch;
        node.epoch = Math.max(node.epoch, state.leaderEpoch());
        if (node.isFaulted || state.leaderEpoch() < before)
        {
            return;
        }

        if (id == state.leader())
        {
            if (!isLedBy(state, id, node.life) && !is(IsrWrong.FORMER_LIFE_LEADS))
            {
                become(node, Role.WAITING);
            }
            else if (isHigher)
            {
                lead(next, id);
            }
            else if (Role.LEADER == node.role)
            {
                advance(next, id);
            }
        }
        else if (PartitionState.NONE == state.leader())
        {
            become(node, Role.WAITING);
        }
        else if (isHigher || Role.FOLLOWER != node.role)
        {
            become(node, Role.FOLLOWER);
            node.leaderId = state.leader();
        }
    }

    void become(final IsrNode node, final Role role)
    {
        final List<Progress> before = node.progress;
        node.become(role);
        node.progress = is(IsrWrong.PROGRESS_IS_KEPT) ? before : node.progress;
    }

    void lead(final IsrState next, final int id)
    {
        final IsrNode node = next.nodes[id];
        become(node, Role.LEADER);
        node.start = node.log.length();
        if (node.progress.isEmpty())
        {
            node.progress = Collections.nCopies(count, Progress.NONE);
        }
        if (!node.log.startsWith(next.committed))
        {
            next.broken = "I4";
        }
        advance(next, id);
    }

    void ack(final IsrState next, final int id, final int leaderId)
    {
        next.nodes[leaderId].acked(id, new Progress(next.nodes[id].life, next.nodes[id].log.length()));
        advance(next, leaderId);
    }

    static int common(final String one, final String other)
    {
        int end = 0;
        while (end < one.length() && end < other.length() && one.charAt(end) == other.charAt(end))
        {
            end++;
        }

        return end;
    }

    /** The leader recomputes what is committed. */
    void advance(final IsrState next, final int id)
    {
        final IsrNode node = next.nodes[id];
        if (Role.LEADER != node.role ||
            node.known.isr().size() < node.known.minIsr() && !is(IsrWrong.MIN_ISR_IS_IGNORED))
        {
            return;
        }

        int end = node.log.length();
        for (final Member member : is(IsrWrong.PENDING_IS_NOT_COUNTED) ? node.known.isr() :
            node.effectiveIsr())
        {
            final boolean isCounted = id != member.brokerId() &&
                !(is(IsrWrong.SHRUNK_IS_NOT_COUNTED) && member.equals(node.shrinking()));
            end = isCounted ? Math.min(end, reached(node, member)) : end;
        }
        if (end > node.highWatermark)
        {
            node.highWatermark = end;
            final String part = node.log.substring(0, end);
            if (!part.startsWith(next.committed) && !next.committed.startsWith(part))
            {
                next.broken = "I8";
            }
            next.committed = end > next.committed.length() ? part : next.committed;
        }
    }

    private int reached(final IsrNode node, final Member member)
    {
        final Progress progress = node.progress.get(member.brokerId());
        return progress.life() == member.brokerEpoch() || is(IsrWrong.LIFE_IS_NOT_COMPARED) ?
            progress.end() : -1;
    }

    void wish(final IsrState next, final int id, final PartitionOp.LeaderOp op)
    {
        final IsrNode node = next.nodes[id];
        final Member checked = op instanceof PartitionOp.Expand expand && !is(IsrWrong.MEMBER_IS_NOT_CHECKED) ?
            expand.member() : null;
        node.wish = new Wish(
            op,
            new Write(
                new Member(id, node.life), node.version, PartitionTransition.transition(node.known, op), checked),
            Stage.ISSUED);
    }

    void answer(final IsrState next, final int id)
    {
        final IsrNode node = next.nodes[id];
        final Wish wish = node.wish;
        final boolean isTakenForApplied = Stage.MOVED == wish.stage() && is(IsrWrong.STALE_IS_APPLIED);
        if (Stage.APPLIED == wish.stage() || isTakenForApplied)
        {
            read(next, id, wish.write().version() + 1, wish.write().next());
        }
        else if (Stage.MOVED == wish.stage())
        {
            node.wish = wish.at(is(IsrWrong.RETRIED_FOR_EVER) ? Stage.ISSUED : Stage.TO_READ);
        }
        else
        {
            node.wish = null;
            advance(next, id);
            node.forget();
        }
    }
}
