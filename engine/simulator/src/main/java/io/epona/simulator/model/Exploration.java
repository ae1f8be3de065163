package io.epona.simulator.model;

import java.util.List;

/**
 * What a walk through a model showed. Immutable: any thread.
 *
 * @param states     different states that were reached.
 * @param steps      steps that were taken, those to known states included.
 * @param depth      steps on the longest of the shortest ways to a state.
 * @param settled    states that are as they should be in the end.
 * @param isComplete whether there is nothing left to visit.
 * @param broken     what must never be, {@link #NOT_LIVE}, or null where nothing was found.
 * @param way        a shortest way there, a line for each step, and the state.
 */
public record Exploration(
    int states, long steps, int depth, int settled, boolean isComplete, String broken, List<String> way)
{
    /** From some state no way without faults leads to a settled one. */
    public static final String NOT_LIVE = "LIVENESS";

    /**
     * @return whether every state was visited and all was well in each.
     */
    public boolean isClean()
    {
        return null == broken && isComplete;
    }

    @Override
    public String toString()
    {
        final String size = states + " states, " + steps + " steps, depth " + depth + ", " + settled + " settled";
        return null == broken ? size + (isComplete ? "" : ", not complete") :
            broken + " after " + size + System.lineSeparator() + String.join(System.lineSeparator(), way);
    }
}
