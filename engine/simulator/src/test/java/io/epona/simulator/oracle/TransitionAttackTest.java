package io.epona.simulator.oracle;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.cluster.PartitionTransition;
import io.epona.simulator.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TransitionAttackTest
{
    private static final int NONE = PartitionState.NONE;

    private final Verdicts verdicts = new Verdicts();

    static Stream<PartitionState> states()
    {
        final Member one = new Member(1, 4);
        final Member two = new Member(2, 7);
        final Member three = new Member(3, 1);
        return Stream.of(
            state(1, false, List.of(1, 2, 3), List.of(), List.of(), List.of(one, two, three), List.of(), List.of()),
            state(1, false, List.of(1, 2, 3), List.of(), List.of(), List.of(one), List.of(two), List.of(three)),
            state(1, true, List.of(1, 2, 3), List.of(), List.of(), List.of(one), List.of(), List.of()),
            state(1, false, List.of(4, 1, 2, 3), List.of(4), List.of(2), List.of(one, two), List.of(), List.of()),
            state(NONE, false, List.of(1, 2, 3), List.of(), List.of(), List.of(), List.of(two), List.of(one)),
            state(NONE, false, List.of(1, 2, 3), List.of(), List.of(), List.of(two), List.of(), List.of()),
            state(NONE, false, List.of(), List.of(), List.of(), List.of(), List.of(), List.of()));
    }

    private static PartitionState state(
        final int leader, final boolean isRecovering, final List<Integer> replicas, final List<Integer> adding,
        final List<Integer> removing, final List<Member> isr, final List<Member> elr, final List<Member> lastKnown)
    {
        return new PartitionState(
            leader, 4, 9, 2, isRecovering ? 9 : NONE, 5, NONE, false, false, isRecovering, replicas, adding, removing,
            isr, elr, lastKnown);
    }

    @ParameterizedTest
    @MethodSource("states")
    void shouldSeeEveryIllegalChangeRefused(final PartitionState state)
    {
        new TransitionAttack(verdicts, PartitionTransition::transition).attackByAll(state);
        assertEquals(List.of(), verdicts.violations());
        assertTrue(verdicts.exercised(Invariant.TRANSITION) >= 15);
    }

    @ParameterizedTest
    @MethodSource("states")
    void shouldFindATransitionThatAccepts(final PartitionState state)
    {
        new TransitionAttack(verdicts, (before, op) -> before).attack(state, new World(1).site("test", "attack"));
        assertEquals(4, verdicts.violations().size());
        assertEquals(Invariant.TRANSITION, verdicts.violations().get(0).invariant());
    }

    @Test
    void shouldFindATransitionThatFailsInAnotherWay()
    {
        new TransitionAttack(
            verdicts,
            (before, op) ->
            {
                throw new IndexOutOfBoundsException();
            }).attack(states().findFirst().orElseThrow(), new World(1).site("test", "attack"));
        assertEquals(Invariant.TRANSITION, verdicts.violations().get(0).invariant());
    }
}
