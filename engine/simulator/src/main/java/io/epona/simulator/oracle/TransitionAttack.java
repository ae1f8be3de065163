package io.epona.simulator.oracle;

import io.epona.engine.cluster.IllegalTransitionException;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.simulator.Site;

import java.util.Arrays;
import java.util.List;

/**
 * Asks the one function that changes states for what it has to refuse, of states as they come about in a run.
 * <p>
 * Owned by the thread of its world.
 */
public final class TransitionAttack
{
    /** Changes that are asked of a state at a time. */
    private static final int CHANGES = 4;

    /** What makes the next state of a partition. */
    @FunctionalInterface
    public interface Transition
    {
        /**
         * @param state before.
         * @param op    to apply.
         * @return state after.
         * @throws IllegalTransitionException where the operation does not fit the state.
         */
        PartitionState transition(PartitionState state, PartitionOp op);
    }

    private final Verdicts verdicts;
    private final Transition transition;

    /**
     * @param verdicts   to tell.
     * @param transition to attack.
     */
    public TransitionAttack(final Verdicts verdicts, final Transition transition)
    {
        this.verdicts = verdicts;
        this.transition = transition;
    }

    /**
     * Ask for some of what may not be done.
     *
     * @param state that the tree holds.
     * @param site  that draws which.
     */
    public void attack(final PartitionState state, final Site site)
    {
        final List<IllegalChanges.Change> illegal = IllegalChanges.of(state);
        for (int i = 0; i < CHANGES; i++)
        {
            attempt(illegal.get(site.nextInt(illegal.size())));
        }
    }

    /**
     * Ask for everything that may not be done.
     *
     * @param state that the tree holds.
     */
    public void attackByAll(final PartitionState state)
    {
        IllegalChanges.of(state).forEach(this::attempt);
    }

    private void attempt(final IllegalChanges.Change change)
    {
        final byte[] before = NodeValues.encodeState(change.state());
        String outcome;
        try
        {
            outcome = "gives " + transition.transition(change.state(), change.op());
        }
        catch (final IllegalTransitionException ex)
        {
            outcome = Arrays.equals(before, NodeValues.encodeState(change.state())) ? null :
                "is refused, but changed the state";
        }
        catch (final RuntimeException ex)
        {
            outcome = "throws " + ex;
        }
        final String seen = outcome;
        verdicts.check(
            Invariant.TRANSITION, null == seen,
            () -> "illegal (" + change.why() + "): " + change.op() + " on " + change.state() + ' ' + seen);
    }
}
