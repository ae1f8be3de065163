package io.epona.engine.cluster;

import io.epona.engine.cluster.PartitionOp.BeginReassignment;
import io.epona.engine.cluster.PartitionOp.ChangeMinIsr;
import io.epona.engine.cluster.PartitionOp.CompleteReassignment;
import io.epona.engine.cluster.PartitionOp.ControllerOp;
import io.epona.engine.cluster.PartitionOp.ElectUnclean;
import io.epona.engine.cluster.PartitionOp.Expand;
import io.epona.engine.cluster.PartitionOp.LeaderOp;
import io.epona.engine.cluster.PartitionOp.Reconcile;
import io.epona.engine.cluster.PartitionOp.Recovered;
import io.epona.engine.cluster.PartitionOp.Removal;
import io.epona.engine.cluster.PartitionOp.Resign;
import io.epona.engine.cluster.PartitionOp.Shrink;
import io.epona.engine.cluster.PartitionOp.Succession;
import io.epona.engine.cluster.PartitionState.Member;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The one function by which a {@link PartitionState} changes, used by controller and leader. After each change it is
 * checked that
 * <ul>
 *     <li>the leader, in the life that leads, is in the isr, or there is none;</li>
 *     <li>isr and elr are disjoint subsets of the replicas, and the replicas are distinct;</li>
 *     <li>with |isr| at least minIsr, elr and lastKnownElr are empty;</li>
 *     <li>the leader epoch never falls, and rises by one when leader, or its life, changes;</li>
 *     <li>a leader's operation, but for {@link Resign}, changes neither leader nor epoch, and none changes replicas or
 *     minIsr;</li>
 *     <li>only a leader's operation adds to the isr, except electing a member of the elr into an empty isr, or an
 *     unclean election.</li>
 * </ul>
 * The rule of removal (KIP-966): with |isr| at least minIsr after it, everything committed later is in the rest, so
 * nobody else is eligible; with less, nothing more is committed, so the removed one stays complete and goes to the elr.
 * <p>
 * Pure and stateless: any thread.
 */
public final class PartitionTransition
{
    private static final int NONE = PartitionState.NONE;
    private static final Comparator<Member> BY_ID = Comparator.comparingInt(Member::brokerId);

    private PartitionTransition()
    {
    }

    /**
     * @param state before.
     * @param op    to apply.
     * @return state after; never the same object.
     * @throws IllegalTransitionException where the operation does not fit the state; whoever asked has a broken view.
     */
    public static PartitionState transition(final PartitionState state, final PartitionOp op)
    {
        final Draft draft = new Draft(state, op);
        if (op instanceof ControllerOp controllerOp)
        {
            draft.require(controllerOp.controllerEpoch() >= state.controllerEpoch(), "controller epoch falls");
            draft.controllerEpoch = controllerOp.controllerEpoch();
        }

        if (op instanceof Expand expand)
        {
            expand(draft, expand.member());
        }
        else if (op instanceof Shrink shrink)
        {
            draft.requireLeader();
            draft.require(shrink.member().brokerId() != state.leader(), "a leader cannot shrink itself away");
            draft.require(state.isr().contains(shrink.member()), "not in isr");
            draft.remove(shrink.member(), shrink.isComplete());
        }
        else if (op instanceof Recovered)
        {
            draft.requireLeader();
            draft.recovering = false;
        }
        else if (op instanceof Resign resign)
        {
            resign(draft, resign.isLogGood());
        }
        else if (op instanceof Reconcile reconcile)
        {
            reconcile(draft, reconcile);
        }
        else if (op instanceof ElectUnclean electUnclean)
        {
            electUnclean(draft, electUnclean.leader());
        }
        else if (op instanceof ChangeMinIsr changeMinIsr)
        {
            draft.require(changeMinIsr.minIsr() >= 1, "minIsr below 1");
            draft.minIsr = Math.min(changeMinIsr.minIsr(), Math.max(1, state.replicas().size()));
        }
        else if (op instanceof BeginReassignment begin)
        {
            beginReassignment(draft, begin.target());
        }
        else if (op instanceof CompleteReassignment complete)
        {
            completeReassignment(draft, complete);
        }
        else
        {
            retire(draft);
        }

        final PartitionState next = draft.conclude();
        check(state, next, op);

        return next;
    }

    private static void expand(final Draft draft, final Member member)
    {
        final PartitionState state = draft.state;
        draft.requireLeader();
        draft.require(state.replicas().contains(member.brokerId()), "not a replica");
        draft.require(member.brokerId() != state.leader(), "a leader cannot replace itself");
        draft.require(!state.recovering(), "no expansion while recovering");
        final Member former = Member.of(draft.isr, member.brokerId());
        draft.require(null == former || former.brokerEpoch() < member.brokerEpoch(), "not a newer life");

        draft.isr.remove(former);
        draft.isr.add(member);
        draft.elr.removeIf((other) -> other.brokerId() == member.brokerId());
        draft.lastKnownElr.removeIf((other) -> other.brokerId() == member.brokerId());
    }

    private static void resign(final Draft draft, final boolean isLogGood)
    {
        final PartitionState state = draft.state;
        draft.requireLeader();
        if (!isLogGood)
        {
            draft.remove(new Member(state.leader(), state.leaderBrokerEpoch()), false);
        }
        draft.resigned = state.leader();
        draft.leader = NONE;
        draft.leaderEpoch++;
    }

    private static void reconcile(final Draft draft, final Reconcile op)
    {
        final PartitionState state = draft.state;
        final List<Removal> removals = new ArrayList<>(op.removals());
        removals.sort(Comparator
            .comparing((final Removal removal) -> removal.member().brokerId() == state.leader())
            .thenComparingInt((removal) -> removal.member().brokerId()));
        for (final Removal removal : removals)
        {
            draft.require(
                state.isr().contains(removal.member()) || state.elr().contains(removal.member()), "not a member");
            draft.remove(removal.member(), removal.isComplete());
        }

        switch (op.succession().kind())
        {
            case ELECT -> elect(draft, op.succession());
            case NOBODY ->
            {
                draft.require(NONE != state.leader(), "no leader to take the leadership from");
                draft.leader = NONE;
                draft.leaderEpoch++;
            }
            default ->
            {
                // The former leader is gone only where check() finds it missing in the isr.
            }
        }
    }

    private static void elect(final Draft draft, final Succession succession)
    {
        final Member candidate = succession.candidate();
        draft.require(succession.brokerEpoch() >= candidate.brokerEpoch(), "the life of the candidate falls");
        if (draft.isr.isEmpty())
        {
            draft.require(draft.elr.remove(candidate), "neither in isr nor in elr");
        }
        else
        {
            draft.require(draft.isr.remove(candidate), "not in isr");
        }
        draft.isr.add(new Member(candidate.brokerId(), succession.brokerEpoch()));
        draft.lead(candidate.brokerId(), succession.brokerEpoch());
    }

    private static void electUnclean(final Draft draft, final Member leader)
    {
        draft.require(NONE == draft.state.leader(), "there is a leader");
        draft.require(draft.state.replicas().contains(leader.brokerId()), "not a replica");
        draft.isr.clear();
        draft.elr.clear();
        draft.lastKnownElr.clear();
        draft.isr.add(leader);
        draft.lead(leader.brokerId(), leader.brokerEpoch());
        draft.lastUncleanEpoch = draft.leaderEpoch;
        draft.recovering = true;
    }

    private static void beginReassignment(final Draft draft, final List<Integer> target)
    {
        final PartitionState state = draft.state;
        draft.require(state.adding().isEmpty() && state.removing().isEmpty(), "a reassignment is under way");
        draft.require(!target.isEmpty() && target.stream().distinct().count() == target.size(), "target not distinct");
        draft.require(!state.replicas().isEmpty(), "the partition is deleted");

        // The target leads the order of preference, what goes stands behind it.
        draft.replicas = new ArrayList<>(target);
        for (final int id : state.replicas())
        {
            if (!target.contains(id))
            {
                draft.replicas.add(id);
                draft.removing.add(id);
            }
        }
        for (final int id : target)
        {
            if (!state.replicas().contains(id))
            {
                draft.adding.add(id);
            }
        }
    }

    private static void completeReassignment(final Draft draft, final CompleteReassignment op)
    {
        final PartitionState state = draft.state;
        draft.require(!state.adding().isEmpty() || !state.removing().isEmpty(), "no reassignment is under way");
        draft.require(null != op.leader() && !state.removing().contains(op.leader().brokerId()), "leader goes");
        for (final int id : state.adding())
        {
            draft.require(null != Member.of(state.isr(), id), "an added replica is not in the isr yet");
        }

        draft.replicas.removeAll(state.removing());
        draft.isr.removeIf((member) -> state.removing().contains(member.brokerId()));
        draft.elr.removeIf((member) -> state.removing().contains(member.brokerId()));
        draft.lastKnownElr.removeIf((member) -> state.removing().contains(member.brokerId()));
        draft.adding.clear();
        draft.removing.clear();
        draft.minIsr = Math.min(draft.minIsr, draft.replicas.size());
        draft.require(draft.isr.size() >= draft.minIsr, "what stays in sync is less than minIsr");
        draft.require(draft.isr.remove(op.leader()), "not in isr");
        draft.require(op.brokerEpoch() >= op.leader().brokerEpoch(), "the life of the leader falls");
        draft.isr.add(new Member(op.leader().brokerId(), op.brokerEpoch()));
        draft.lead(op.leader().brokerId(), op.brokerEpoch());
    }

    private static void retire(final Draft draft)
    {
        draft.leader = NONE;
        draft.leaderEpoch++;
        draft.replicas.clear();
        draft.adding.clear();
        draft.removing.clear();
        draft.isr.clear();
        draft.elr.clear();
        draft.lastKnownElr.clear();
    }

    private static void check(final PartitionState before, final PartitionState after, final PartitionOp op)
    {
        final Draft draft = new Draft(before, op);
        draft.require(
            NONE == after.leader() || after.isr().contains(new Member(after.leader(), after.leaderBrokerEpoch())),
            "the leader is not in the isr");
        draft.require(areDistinct(after.replicas()), "replicas not distinct");
        final List<Integer> candidates = new ArrayList<>();
        after.isr().forEach((member) -> candidates.add(member.brokerId()));
        after.elr().forEach((member) -> candidates.add(member.brokerId()));
        draft.require(areDistinct(candidates), "isr and elr overlap");
        draft.require(after.replicas().containsAll(candidates), "isr and elr are not among the replicas");
        draft.require(
            after.isr().size() < after.minIsr() || (after.elr().isEmpty() && after.lastKnownElr().isEmpty()),
            "elr beside an isr that suffices");

        final boolean isSameReign = before.leader() == after.leader() &&
            (NONE == after.leader() || before.leaderBrokerEpoch() == after.leaderBrokerEpoch());
        final int risen = after.leaderEpoch() - before.leaderEpoch();
        draft.require(0 == risen || 1 == risen, "the leader epoch moves by " + risen);
        draft.require(isSameReign || 1 == risen, "another leader in the same epoch");
        if (op instanceof LeaderOp)
        {
            draft.require(op instanceof Resign || 0 == risen, "a leader's operation changes the epoch");
            draft.require(
                before.replicas().equals(after.replicas()) && before.minIsr() == after.minIsr() &&
                before.adding().equals(after.adding()) && before.removing().equals(after.removing()),
                "a leader's operation changes the assignment");
        }
        else if (!(op instanceof ElectUnclean))
        {
            for (final Member member : after.isr())
            {
                draft.require(
                    null != Member.of(before.isr(), member.brokerId()) ||
                    1 == after.isr().size() && null != Member.of(before.elr(), member.brokerId()),
                    "the controller adds to the isr");
            }
        }
    }

    private static boolean areDistinct(final List<Integer> ids)
    {
        return ids.stream().distinct().count() == ids.size();
    }

    /** The state as it is being changed. */
    private static final class Draft
    {
        private final PartitionState state;
        private final PartitionOp op;
        private int leader;
        private int leaderBrokerEpoch;
        private int leaderEpoch;
        private int minIsr;
        private int lastUncleanEpoch;
        private int controllerEpoch;
        private int resigned;
        private boolean recovering;
        private List<Integer> replicas;
        private final List<Integer> adding;
        private final List<Integer> removing;
        private final List<Member> isr;
        private final List<Member> elr;
        private final List<Member> lastKnownElr;

        private Draft(final PartitionState state, final PartitionOp op)
        {
            this.state = state;
            this.op = op;
            leader = state.leader();
            leaderBrokerEpoch = state.leaderBrokerEpoch();
            leaderEpoch = state.leaderEpoch();
            minIsr = state.minIsr();
            lastUncleanEpoch = state.lastUncleanEpoch();
            controllerEpoch = state.controllerEpoch();
            resigned = state.resigned();
            recovering = state.recovering();
            replicas = new ArrayList<>(state.replicas());
            adding = new ArrayList<>(state.adding());
            removing = new ArrayList<>(state.removing());
            isr = new ArrayList<>(state.isr());
            elr = new ArrayList<>(state.elr());
            lastKnownElr = new ArrayList<>(state.lastKnownElr());
        }

        private void lead(final int brokerId, final int brokerEpoch)
        {
            leader = brokerId;
            leaderBrokerEpoch = brokerEpoch;
            leaderEpoch++;
            resigned = NONE;
        }

        private void remove(final Member member, final boolean isComplete)
        {
            isr.remove(member);
            elr.remove(member);
            if (isr.size() < minIsr)
            {
                final List<Member> target = isComplete ? elr : lastKnownElr;
                target.removeIf((other) -> other.brokerId() == member.brokerId());
                target.add(member);
            }
        }

        private void requireLeader()
        {
            require(NONE != state.leader(), "there is no leader");
        }

        private void require(final boolean isMet, final String rule)
        {
            if (!isMet)
            {
                throw new IllegalTransitionException(rule, state, op);
            }
        }

        private PartitionState conclude()
        {
            if (isr.size() >= minIsr)
            {
                elr.clear();
                lastKnownElr.clear();
            }
            isr.sort(BY_ID);
            elr.sort(BY_ID);
            lastKnownElr.sort(BY_ID);

            return new PartitionState(
                leader, leaderBrokerEpoch, leaderEpoch, minIsr, lastUncleanEpoch, controllerEpoch, resigned,
                state.groupFsync(), state.uncleanElection(), recovering,
                List.copyOf(replicas), List.copyOf(adding), List.copyOf(removing),
                List.copyOf(isr), List.copyOf(elr), List.copyOf(lastKnownElr));
        }
    }
}
