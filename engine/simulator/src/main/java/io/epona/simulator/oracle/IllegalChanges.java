package io.epona.simulator.oracle;

import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionOp.BeginReassignment;
import io.epona.engine.cluster.PartitionOp.ChangeMinIsr;
import io.epona.engine.cluster.PartitionOp.CompleteReassignment;
import io.epona.engine.cluster.PartitionOp.ElectUnclean;
import io.epona.engine.cluster.PartitionOp.Expand;
import io.epona.engine.cluster.PartitionOp.Reconcile;
import io.epona.engine.cluster.PartitionOp.Recovered;
import io.epona.engine.cluster.PartitionOp.Removal;
import io.epona.engine.cluster.PartitionOp.Resign;
import io.epona.engine.cluster.PartitionOp.Retire;
import io.epona.engine.cluster.PartitionOp.Shrink;
import io.epona.engine.cluster.PartitionOp.Succession;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;

import java.util.ArrayList;
import java.util.List;

/**
 * The changes of a partition's state that no leader and no controller may make: those that name who is no replica or no
 * member, a former life or a former controller, those for which there has to be a leader or none, and any change of a
 * state that is broken itself. Stated here once more, and not taken from what refuses them.
 * <p>
 * Used by one thread.
 */
final class IllegalChanges
{
    /**
     * A change that has to be refused.
     *
     * @param why   it is illegal.
     * @param state that it is asked of.
     * @param op    that is asked for.
     */
    record Change(String why, PartitionState state, PartitionOp op)
    {
    }

    private static final int NONE = PartitionState.NONE;
    /** No broker has this id. */
    private static final int STRANGER = 99;

    private final List<Change> changes = new ArrayList<>();
    private final PartitionState state;
    private final int epoch;

    private IllegalChanges(final PartitionState state)
    {
        this.state = state;
        this.epoch = state.controllerEpoch();
    }

    /**
     * @param state that the tree holds.
     * @return what may not be done to it, in a fixed order.
     */
    static List<Change> of(final PartitionState state)
    {
        final IllegalChanges illegal = new IllegalChanges(state);
        illegal.ofStrangers();
        illegal.ofFormerControllers();
        illegal.ofMoves();
        if (NONE == state.leader())
        {
            illegal.withoutLeader();
        }
        else
        {
            illegal.withLeader();
            illegal.ofBrokenStates();
        }

        return illegal.changes;
    }

    private void ofStrangers()
    {
        final Member stranger = new Member(STRANGER, 1);
        add("to take in who is no replica", new Expand(stranger));
        add("to drop who is no member", new Shrink(stranger));
        add("to drop who is no member", reconcile(List.of(new Removal(stranger, true)), Succession.KEEP));
        add("to elect who is no member", reconcile(List.of(), Succession.elect(stranger, 1)));
        add("to elect who is no replica", new ElectUnclean(epoch, stranger));
        add("to need no replica in sync", new ChangeMinIsr(epoch, 0));
    }

    private void ofFormerControllers()
    {
        add("a former controller retires", new Retire(epoch - 1));
        add("a former controller takes a leadership", new Reconcile(epoch - 1, List.of(), Succession.NOBODY));
        add("a former controller moves", new BeginReassignment(epoch - 1, List.of(STRANGER)));
    }

    private void ofMoves()
    {
        add("to move to nobody", new BeginReassignment(epoch, List.of()));
        add("to move to a broker twice", new BeginReassignment(epoch, List.of(1, STRANGER, 1)));
        if (state.replicas().isEmpty())
        {
            add("to move what is deleted", new BeginReassignment(epoch, List.of(STRANGER)));
        }
        final boolean isMoving = !state.adding().isEmpty() || !state.removing().isEmpty();
        if (isMoving)
        {
            add("to move what moves", new BeginReassignment(epoch, List.of(STRANGER)));
            add("to end a move without a leader", new CompleteReassignment(epoch, null, 1));
            for (final int id : state.removing())
            {
                add("who goes shall lead", new CompleteReassignment(epoch, new Member(id, 1), 1));
            }
        }
        for (final Member member : state.isr())
        {
            if (!isMoving)
            {
                add("to end no move", new CompleteReassignment(epoch, member, member.brokerEpoch()));
            }
            else
            {
                add("to end a move in a former life",
                    new CompleteReassignment(epoch, member, member.brokerEpoch() - 1));
                add("to end a move by who is not in sync",
                    new CompleteReassignment(epoch, former(member), member.brokerEpoch()));
                if (!isr().containsAll(state.adding()))
                {
                    add("to end a move too early",
                        new CompleteReassignment(epoch, member, member.brokerEpoch()));
                }
            }
        }
    }

    private void withoutLeader()
    {
        add("nobody drops", new Shrink(new Member(STRANGER, 1)));
        add("nobody has rebuilt", new Recovered());
        add("nobody resigns", new Resign(true));
        add("nobody loses the leadership", reconcile(List.of(), Succession.NOBODY));
        for (final int id : state.replicas())
        {
            add("nobody takes in", new Expand(new Member(id, Integer.MAX_VALUE)));
        }
        for (final Member member : state.lastKnownElr())
        {
            add("to elect who may have lost records", reconcile(List.of(), elect(member)));
        }
        ofElections();
    }

    private void withLeader()
    {
        final Member leader = new Member(state.leader(), state.leaderBrokerEpoch());
        add("a leader drops itself", new Shrink(leader));
        add("a leader takes its next life in",
            new Expand(new Member(leader.brokerId(), leader.brokerEpoch() + 1)));
        add("to keep a leader that is dropped", reconcile(List.of(new Removal(leader, true)), Succession.KEEP));
        add("to elect who may have lost records", reconcile(List.of(new Removal(leader, false)), elect(leader)));
        add("to elect uncleanly beside a leader", new ElectUnclean(epoch, leader));
        for (final Member member : state.isr())
        {
            add("to take a life in again", new Expand(member));
            add("to take a former life in", new Expand(former(member)));
            add("to drop a former life", new Shrink(former(member)));
        }
        for (final Member member : state.elr())
        {
            add("to elect who is not in sync beside who is", reconcile(List.of(), elect(member)));
        }
        for (final int id : state.replicas())
        {
            if (state.recovering())
            {
                add("to take in before the leader has rebuilt", new Expand(new Member(id, Integer.MAX_VALUE)));
            }
        }
        ofElections();
    }

    private void ofElections()
    {
        for (final Member member : state.isr().isEmpty() ? state.elr() : state.isr())
        {
            add("to elect a former life",
                reconcile(List.of(), Succession.elect(member, member.brokerEpoch() - 1)));
            add("to elect who is known by a former life", reconcile(List.of(), elect(former(member))));
        }
    }

    /** Nothing is built on a state that breaks a rule: whoever wrote it, the next change does not go on with it. */
    private void ofBrokenStates()
    {
        final Member leader = new Member(state.leader(), state.leaderBrokerEpoch());
        final List<Member> others = new ArrayList<>(state.isr());
        others.remove(leader);
        broken("the leader is not in sync", state.replicas(), others, state.elr());
        final List<Integer> doubled = new ArrayList<>(state.replicas());
        doubled.add(state.leader());
        broken("a replica twice", doubled, state.isr(), state.elr());
        final List<Member> overlapping = new ArrayList<>(state.isr());
        overlapping.add(former(leader));
        broken("a member twice", state.replicas(), overlapping, state.elr());
        final List<Integer> fewer = new ArrayList<>(state.replicas());
        fewer.remove((Integer)state.leader());
        broken("a member that is no replica", fewer, state.isr(), state.elr());
    }

    private void broken(
        final String why, final List<Integer> replicas, final List<Member> isr, final List<Member> elr)
    {
        final PartitionState damaged = new PartitionState(
            state.leader(), state.leaderBrokerEpoch(), state.leaderEpoch(), state.minIsr(), state.lastUncleanEpoch(),
            epoch, state.resigned(), state.groupFsync(), state.uncleanElection(), state.recovering(), replicas,
            state.adding(), state.removing(), isr, elr, state.lastKnownElr());
        changes.add(new Change(why, damaged, reconcile(List.of(), Succession.KEEP)));
        changes.add(new Change(why, damaged, new Recovered()));
    }

    private Reconcile reconcile(final List<Removal> removals, final Succession succession)
    {
        return new Reconcile(epoch, removals, succession);
    }

    private static Succession elect(final Member member)
    {
        return Succession.elect(member, member.brokerEpoch());
    }

    private static Member former(final Member member)
    {
        return new Member(member.brokerId(), member.brokerEpoch() - 1);
    }

    private List<Integer> isr()
    {
        return state.isr().stream().map(Member::brokerId).toList();
    }

    private void add(final String why, final PartitionOp op)
    {
        changes.add(new Change(why, state, op));
    }
}
