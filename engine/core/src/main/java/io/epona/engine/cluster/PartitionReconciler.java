package io.epona.engine.cluster;

import io.epona.engine.cluster.PartitionOp.BeginReassignment;
import io.epona.engine.cluster.PartitionOp.CompleteReassignment;
import io.epona.engine.cluster.PartitionOp.ElectUnclean;
import io.epona.engine.cluster.PartitionOp.Reconcile;
import io.epona.engine.cluster.PartitionOp.Removal;
import io.epona.engine.cluster.PartitionOp.Succession;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.Marks;
import io.epona.engine.replica.ProtocolMutation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

import static io.epona.engine.cluster.PartitionTransition.transition;

/**
 * What a controller makes of a partition's state and of what it knows of the brokers: a function of the two, whatever
 * happened before (level-triggered). All changes go through {@link PartitionTransition}.
 * <p>
 * A member (id, life) is <b>complete</b> where its broker lost nothing since that life, and <b>eligible</b> where the
 * broker also is registered and does not stop. Only an eligible member is elected.
 * <p>
 * Owned by the controller.
 */
public final class PartitionReconciler
{
    private static final int NONE = PartitionState.NONE;

    private final IntFunction<BrokerRecord> brokers;
    private final Marks marks;
    private final ProtocolMutation mutation;

    /**
     * @param brokers  by id; {@link BrokerRecord#UNKNOWN} for one that never registered.
     * @param marks    told which guards decided.
     * @param mutation of the simulator.
     */
    public PartitionReconciler(
        final IntFunction<BrokerRecord> brokers, final Marks marks, final ProtocolMutation mutation)
    {
        this.brokers = brokers;
        this.marks = marks;
        this.mutation = mutation;
    }

    /**
     * Drop members that are dead, stop or may have lost data, and see to it that an eligible one leads.
     *
     * @param state           as it is.
     * @param controllerEpoch of the controller.
     * @return state as it should be; the same object where nothing is to be done.
     */
    public PartitionState reconcile(final PartitionState state, final int controllerEpoch)
    {
        if (isAhead(state))
        {
            return state;
        }
        final List<Removal> removals = removals(state);
        final boolean isLeaderLost = isLeaderLost(state, removals);
        if (removals.isEmpty() && !isLeaderLost)
        {
            return state;
        }
        if (!isLeaderLost)
        {
            return transition(state, new Reconcile(controllerEpoch, removals, Succession.KEEP));
        }

        final Succession vacancy = NONE == state.leader() ? Succession.KEEP : Succession.NOBODY;
        final PartitionState vacant = transition(state, new Reconcile(controllerEpoch, removals, vacancy));
        final Member candidate = candidate(vacant);
        if (null != candidate)
        {
            markElection(state, vacant, candidate);
            return transition(state, new Reconcile(
                controllerEpoch, removals, Succession.elect(candidate, brokerEpoch(candidate))));
        }

        final Member last = lastStanding(vacant);
        if (null != last)
        {
            marks.hit(Mark.ELECTED_LAST_KNOWN);
            return transition(vacant, new ElectUnclean(
                controllerEpoch, new Member(last.brokerId(), brokerEpoch(last))));
        }
        if (removals.isEmpty() && NONE == state.leader())
        {
            return state;
        }

        marks.hit(Mark.ELECTED_NONE);
        return vacant;
    }

    /**
     * Give the leadership to the first replica.
     *
     * @param state           with a leader.
     * @param controllerEpoch of the controller.
     * @return state led by the preferred replica; the same object where it cannot lead, or leads.
     */
    PartitionState prefer(final PartitionState state, final int controllerEpoch)
    {
        if (NONE == state.leader() || state.leader() == state.replicas().get(0))
        {
            return state;
        }
        final Member preferred = Member.of(state.isr(), state.replicas().get(0));
        if (null == preferred || !isEligible(state, preferred) || brokerEpoch(preferred) != preferred.brokerEpoch())
        {
            return state;
        }

        marks.hit(Mark.ELECTED_PREFERRED);
        return transition(state, new Reconcile(
            controllerEpoch, List.of(), Succession.elect(preferred, preferred.brokerEpoch())));
    }

    /**
     * Elect a replica although it may lack records, by the will of an operator.
     *
     * @param state           without leader, reconciled before.
     * @param controllerEpoch of the controller.
     * @param brokerId        to elect.
     * @return state led by the broker; the same object where it cannot lead now.
     */
    PartitionState electUnclean(final PartitionState state, final int controllerEpoch, final int brokerId)
    {
        final BrokerRecord broker = brokers.apply(brokerId);
        if (NONE != state.leader() || !state.replicas().contains(brokerId) || !broker.isRunning())
        {
            return state;
        }

        marks.hit(Mark.ELECTED_UNCLEAN);
        return transition(state, new ElectUnclean(controllerEpoch, new Member(brokerId, broker.brokerEpoch())));
    }

    /**
     * Begin to move a partition.
     *
     * @param state           as it is.
     * @param controllerEpoch of the controller.
     * @param target          brokers that shall hold it.
     * @return state with old and new replicas; the same object where it cannot begin, or is done.
     */
    PartitionState beginReassignment(
        final PartitionState state, final int controllerEpoch, final List<Integer> target)
    {
        if (!state.adding().isEmpty() || !state.removing().isEmpty() || target.equals(state.replicas()))
        {
            return state;
        }

        marks.hit(Mark.REASSIGN_BEGUN);
        return transition(state, new BeginReassignment(controllerEpoch, target));
    }

    /**
     * End a move once what was added is in sync.
     *
     * @param state           as it is.
     * @param controllerEpoch of the controller.
     * @return state with the new replicas alone; the same object where it is not that far.
     */
    PartitionState completeReassignment(final PartitionState state, final int controllerEpoch)
    {
        if (NONE == state.leader() || state.adding().isEmpty() && state.removing().isEmpty())
        {
            return state;
        }
        final List<Integer> target = new ArrayList<>(state.replicas());
        target.removeAll(state.removing());
        int inSyncCount = 0;
        Member leader = null;
        for (final int id : target)
        {
            final Member member = Member.of(state.isr(), id);
            if (null == member)
            {
                if (state.adding().contains(id))
                {
                    return state;
                }
                continue;
            }
            inSyncCount++;
            if (isEligible(state, member) && (null == leader || id == state.leader()))
            {
                leader = member;
            }
        }
        if (null == leader || inSyncCount < Math.min(state.minIsr(), target.size()))
        {
            return state;
        }

        marks.hit(Mark.REASSIGN_ENDED);
        return transition(state, new CompleteReassignment(controllerEpoch, leader, brokerEpoch(leader)));
    }

    /**
     * Whether the state names a life that is not known yet: the state was read after, the broker before that life
     * began. What is known of the broker says nothing about it then, and is about to be read.
     */
    private boolean isAhead(final PartitionState state)
    {
        return isAhead(state.isr()) || isAhead(state.elr());
    }

    private boolean isAhead(final List<Member> members)
    {
        for (final Member member : members)
        {
            if (brokerEpoch(member) < member.brokerEpoch())
            {
                return true;
            }
        }

        return false;
    }

    private List<Removal> removals(final PartitionState state)
    {
        final List<Removal> removals = new ArrayList<>();
        final List<Member> stopping = new ArrayList<>();
        boolean isOtherEligible = false;
        for (final Member member : state.isr())
        {
            final BrokerRecord broker = brokers.apply(member.brokerId());
            if (!isComplete(state, member))
            {
                marks.hit(Mark.DROPPED_UNCLEAN);
                removals.add(new Removal(member, false));
            }
            else if (!broker.isRegistered())
            {
                marks.hit(Mark.DROPPED_DEAD);
                removals.add(new Removal(member, true));
            }
            else if (!broker.isRunning() && Mark.DROPPED_STOPPING != mutation.deleted())
            {
                stopping.add(member);
            }
            else
            {
                isOtherEligible = true;
            }
        }
        for (final Member member : state.elr())
        {
            if (!isComplete(state, member))
            {
                removals.add(new Removal(member, false));
            }
            else
            {
                // Beside an isr that only stops, a member of the elr can take over.
                isOtherEligible |= isEligible(state, member);
            }
        }

        for (final Member member : stopping)
        {
            if (isOtherEligible || Mark.KEPT_LAST_STOPPING == mutation.deleted())
            {
                marks.hit(Mark.DROPPED_STOPPING);
                removals.add(new Removal(member, true));
            }
            else
            {
                marks.hit(Mark.KEPT_LAST_STOPPING);
            }
        }
        for (final Removal removal : removals)
        {
            if (!removal.isComplete())
            {
                marks.hit(Mark.MOVED_TO_LAST_KNOWN_ELR);
            }
            else if (state.isr().size() - removals.size() < state.minIsr())
            {
                marks.hit(Mark.MOVED_TO_ELR);
            }
        }

        return removals;
    }

    private boolean isLeaderLost(final PartitionState state, final List<Removal> removals)
    {
        if (NONE == state.leader())
        {
            return true;
        }
        for (final Removal removal : removals)
        {
            if (removal.member().brokerId() == state.leader())
            {
                return true;
            }
        }
        final BrokerRecord broker = brokers.apply(state.leader());

        return ProtocolMutation.M24 != mutation && broker.brokerEpoch() != state.leaderBrokerEpoch();
    }

    /** First eligible in the order of the replicas, who resigned last. */
    private Member candidate(final PartitionState vacant)
    {
        final List<Member> pool = vacant.isr().isEmpty() ? vacant.elr() : vacant.isr();
        Member resigned = null;
        for (final int id : vacant.replicas())
        {
            final Member member = Member.of(pool, id);
            if (null != member && isEligible(vacant, member))
            {
                if (id != vacant.resigned() || Mark.ELECTED_SKIPPED_RESIGNED == mutation.deleted())
                {
                    return member;
                }
                resigned = member;
            }
        }

        return resigned;
    }

    /**
     * The last leader of a partition that commits with one replica, after an unclean end: nobody can have more than it
     * has. Only in a later life, whose recovery has cut what was torn, and only of the same undamaged directory.
     */
    private Member lastStanding(final PartitionState vacant)
    {
        // With somebody in the isr that would suffice, and lastKnownElr be empty.
        if (1 != vacant.minIsr() || 1 != vacant.lastKnownElr().size() || !vacant.elr().isEmpty())
        {
            return null;
        }
        final Member last = vacant.lastKnownElr().get(0);
        final BrokerRecord broker = brokers.apply(last.brokerId());
        final boolean wasLeader = last.brokerEpoch() == vacant.leaderBrokerEpoch() &&
            (NONE == vacant.resigned() || last.brokerId() == vacant.resigned());

        return wasLeader && broker.isRunning() && broker.brokerEpoch() > last.brokerEpoch() &&
            last.brokerEpoch() >= broker.durableSince() ? last : null;
    }

    private boolean isEligible(final PartitionState state, final Member member)
    {
        return brokers.apply(member.brokerId()).isRunning() && isComplete(state, member);
    }

    private boolean isComplete(final PartitionState state, final Member member)
    {
        final BrokerRecord broker = brokers.apply(member.brokerId());
        if (ProtocolMutation.M10 == mutation || Mark.DROPPED_UNCLEAN == mutation.deleted() ||
            ProtocolMutation.M11 == mutation && member.brokerEpoch() == state.leaderBrokerEpoch())
        {
            return true;
        }

        return member.brokerEpoch() >= (state.groupFsync() ? broker.durableSince() : broker.cleanSince());
    }

    private int brokerEpoch(final Member member)
    {
        return brokers.apply(member.brokerId()).brokerEpoch();
    }

    private void markElection(final PartitionState state, final PartitionState vacant, final Member candidate)
    {
        final int id = candidate.brokerId();
        marks.hit(vacant.isr().isEmpty() ? Mark.ELECTED_FROM_ELR : Mark.ELECTED_FROM_ISR);
        if (id == state.leader())
        {
            marks.hit(Mark.ELECTED_BOUNCED_LEADER);
        }
        if (id == vacant.resigned())
        {
            marks.hit(Mark.ELECTED_RESIGNED);
        }
        else if (NONE != vacant.resigned())
        {
            marks.hit(Mark.ELECTED_SKIPPED_RESIGNED);
        }
    }
}
