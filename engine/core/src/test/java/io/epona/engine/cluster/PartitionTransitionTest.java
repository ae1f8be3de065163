package io.epona.engine.cluster;

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
import io.epona.engine.cluster.PartitionState.Member;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static io.epona.engine.cluster.PartitionState.NONE;
import static io.epona.engine.cluster.PartitionTransition.transition;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

public class PartitionTransitionTest
{
    private static final int CONTROLLER = 4;

    @Test
    public void shouldKeepWhoLeavesEligibleOnceTheIsrIsTooSmall()
    {
        final PartitionState three = state(7, 1, 2, members(1, 2, 3));

        final PartitionState two = transition(three, new Shrink(member(2)));
        assertEquals(members(1, 3), two.isr());
        assertEquals(List.of(), two.elr());

        final PartitionState one = transition(two, new Shrink(member(3)));
        assertEquals(members(1), one.isr());
        assertEquals(members(3), one.elr());
        assertEquals(7, one.leaderEpoch());

        final PartitionState none = transition(one, drop(Succession.NOBODY, member(1)));
        assertEquals(List.of(), none.isr());
        assertEquals(members(1, 3), none.elr());
        assertEquals(NONE, none.leader());
        assertEquals(8, none.leaderEpoch());

        // 1 lost power and comes back in another life: what it held is not believed any more, 3 is elected.
        final PartitionState elected = transition(none, new Reconcile(
            CONTROLLER, List.of(new Removal(member(1), false)), Succession.elect(member(3), 12)));
        assertEquals(List.of(new Member(3, 12)), elected.isr());
        assertEquals(List.of(), elected.elr());
        assertEquals(members(1), elected.lastKnownElr());
        assertEquals(3, elected.leader());
        assertEquals(12, elected.leaderBrokerEpoch());
        assertEquals(9, elected.leaderEpoch());
        assertEquals(CONTROLLER, elected.controllerEpoch());

        // A full isr needs no other candidate.
        final PartitionState expanded = transition(elected, new Expand(new Member(1, 11)));
        assertEquals(List.of(new Member(1, 11), new Member(3, 12)), expanded.isr());
        assertEquals(List.of(), expanded.lastKnownElr());
    }

    @Test
    public void shouldRemoveTheLeaderLast()
    {
        final PartitionState dead = transition(
            state(1, 1, 2, members(1, 2, 3)), drop(Succession.NOBODY, member(1), member(2), member(3)));

        assertEquals(members(1, 3), dead.elr());
        assertEquals(2, dead.leaderEpoch());
    }

    @Test
    public void shouldElectInOneEpochMoreThanBefore()
    {
        final PartitionState next = transition(
            state(5, 1, 1, members(1, 2, 3)), drop(Succession.elect(member(2), 2), member(1)));

        assertEquals(2, next.leader());
        assertEquals(6, next.leaderEpoch());
        assertEquals(members(2, 3), next.isr());
        assertEquals(List.of(), next.elr());
    }

    @Test
    public void shouldNotElectFromElrBesideAnIsr()
    {
        final PartitionState one = transition(state(5, 1, 2, members(1, 2)), new Shrink(member(2)));

        assertThrows(IllegalTransitionException.class, () -> transition(
            one, new Reconcile(CONTROLLER, List.of(), Succession.elect(member(2), 2))));
        assertThrows(IllegalTransitionException.class, () -> transition(
            one, new Reconcile(CONTROLLER, List.of(), Succession.elect(member(3), 3))));
        assertThrows(IllegalTransitionException.class, () -> transition(
            one, new Reconcile(CONTROLLER, List.of(), Succession.elect(member(1), 0))));
        assertThrows(IllegalTransitionException.class, () -> transition(one, drop(Succession.KEEP, member(1))));
    }

    @Test
    public void shouldReplaceAnOlderLifeOnly()
    {
        final PartitionState two = state(5, 1, 2, members(1, 2));

        assertEquals(
            List.of(member(1), new Member(2, 9)), transition(two, new Expand(new Member(2, 9))).isr());
        assertThrows(IllegalTransitionException.class, () -> transition(two, new Expand(member(2))));
        assertThrows(IllegalTransitionException.class, () -> transition(two, new Expand(new Member(2, 1))));
        assertThrows(IllegalTransitionException.class, () -> transition(two, new Expand(new Member(1, 9))));
        assertThrows(IllegalTransitionException.class, () -> transition(two, new Expand(new Member(8, 9))));
        assertThrows(IllegalTransitionException.class, () -> transition(two, new Shrink(member(1))));
        assertThrows(IllegalTransitionException.class, () -> transition(two, new Shrink(new Member(2, 9))));
    }

    @Test
    public void shouldResign()
    {
        final PartitionState two = state(5, 1, 1, members(1, 2));

        final PartitionState good = transition(two, new Resign(true));
        assertEquals(NONE, good.leader());
        assertEquals(1, good.resigned());
        assertEquals(6, good.leaderEpoch());
        assertEquals(members(1, 2), good.isr());

        final PartitionState bad = transition(two, new Resign(false));
        assertEquals(members(2), bad.isr());
        assertEquals(List.of(), bad.lastKnownElr());
        final PartitionState alone = transition(state(5, 1, 1, members(1)), new Resign(false));
        assertEquals(List.of(), alone.isr());
        assertEquals(members(1), alone.lastKnownElr());

        assertThrows(IllegalTransitionException.class, () -> transition(good, new Resign(true)));
        assertThrows(IllegalTransitionException.class, () -> transition(good, new Expand(member(3))));
        assertThrows(IllegalTransitionException.class, () -> transition(good, new Shrink(member(2))));
        assertThrows(IllegalTransitionException.class, () -> transition(good, new Recovered()));
        assertEquals(NONE, transition(good, new Reconcile(
            CONTROLLER, List.of(), Succession.elect(member(2), 2))).resigned());
    }

    @Test
    public void shouldElectUncleanAndNotExpandBeforeItRecovered()
    {
        final PartitionState dead = transition(
            state(1, 1, 2, members(1, 2, 3)), drop(Succession.NOBODY, member(1), member(2), member(3)));
        final PartitionState unclean = transition(dead, new ElectUnclean(CONTROLLER, new Member(2, 7)));

        assertEquals(2, unclean.leader());
        assertEquals(3, unclean.leaderEpoch());
        assertEquals(3, unclean.lastUncleanEpoch());
        assertTrue(unclean.recovering());
        assertEquals(List.of(new Member(2, 7)), unclean.isr());
        assertEquals(List.of(), unclean.elr());
        assertThrows(IllegalTransitionException.class, () -> transition(unclean, new Expand(member(3))));

        final PartitionState recovered = transition(unclean, new Recovered());
        assertFalse(recovered.recovering());
        assertEquals(List.of(new Member(2, 7), member(3)), transition(recovered, new Expand(member(3))).isr());
        assertThrows(IllegalTransitionException.class, () -> transition(
            recovered, new ElectUnclean(CONTROLLER, member(3))));
    }

    @Test
    public void shouldClearElrWhenMinIsrFalls()
    {
        final PartitionState one = transition(state(5, 1, 2, members(1, 2)), new Shrink(member(2)));

        final PartitionState lower = transition(one, new ChangeMinIsr(CONTROLLER, 1));
        assertEquals(List.of(), lower.elr());
        assertEquals(1, lower.minIsr());
        assertEquals(3, transition(lower, new ChangeMinIsr(CONTROLLER, 9)).minIsr());
        assertThrows(IllegalTransitionException.class, () -> transition(lower, new ChangeMinIsr(CONTROLLER, 0)));
        assertThrows(IllegalTransitionException.class, () -> transition(lower, new ChangeMinIsr(CONTROLLER - 1, 1)));
    }

    @Test
    public void shouldReassign()
    {
        final PartitionState before = state(5, 1, 2, members(1, 2, 3));
        final PartitionState begun = transition(before, new BeginReassignment(CONTROLLER, List.of(4, 2, 3)));
        assertEquals(List.of(4, 2, 3, 1), begun.replicas());
        assertEquals(List.of(4), begun.adding());
        assertEquals(List.of(1), begun.removing());
        assertEquals(5, begun.leaderEpoch());
        assertEquals(before.isr(), begun.isr());
        assertThrows(IllegalTransitionException.class, () -> transition(
            begun, new CompleteReassignment(CONTROLLER, member(2), 2)));

        final PartitionState caughtUp = transition(begun, new Expand(member(4)));
        assertThrows(IllegalTransitionException.class, () -> transition(
            caughtUp, new CompleteReassignment(CONTROLLER, member(1), 1)));
        final PartitionState done = transition(caughtUp, new CompleteReassignment(CONTROLLER, member(4), 4));
        assertEquals(List.of(4, 2, 3), done.replicas());
        assertEquals(members(2, 3, 4), done.isr());
        assertEquals(4, done.leader());
        assertEquals(6, done.leaderEpoch());
    }

    @Test
    public void shouldRetire()
    {
        final PartitionState retired = transition(state(5, 1, 2, members(1, 2, 3)), new Retire(CONTROLLER));

        assertEquals(NONE, retired.leader());
        assertEquals(List.of(), retired.replicas());
        assertEquals(List.of(), retired.isr());
        assertEquals(6, retired.leaderEpoch());
    }

    private static Reconcile drop(final Succession succession, final Member... members)
    {
        final List<Removal> removals = new ArrayList<>();
        Arrays.stream(members).forEach((member) -> removals.add(new Removal(member, true)));
        return new Reconcile(CONTROLLER, removals, succession);
    }

    private static PartitionState state(
        final int leaderEpoch, final int leader, final int minIsr, final List<Member> isr)
    {
        return new PartitionState(
            leader, leader, leaderEpoch, minIsr, NONE, CONTROLLER, NONE, false, false, false,
            List.of(1, 2, 3), List.of(), List.of(), isr, List.of(), List.of());
    }

    private static Member member(final int id)
    {
        return new Member(id, id);
    }

    private static List<Member> members(final int... ids)
    {
        return Arrays.stream(ids).mapToObj(PartitionTransitionTest::member).toList();
    }
}
