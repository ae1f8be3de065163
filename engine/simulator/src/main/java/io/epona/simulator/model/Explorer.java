package io.epona.simulator.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/**
 * Visits every state of a model, breadth first, so that the way to the first broken one is a shortest one. Then looks
 * whether from each of them a settled one can be reached without anything going wrong any more. Owned by one thread.
 *
 * @param <S> states.
 */
final class Explorer<S> implements Model.Steps<S>
{
    private static final int INITIAL = 1 << 16;

    private final Model<S> model;
    private final int limit;
    private final StateTable table;
    private int[] parents = new int[INITIAL];
    private int[] edges = new int[4 * INITIAL];
    private int edgeCount;
    private long stepCount;
    private final BitSet settled = new BitSet();

    private int from;
    private Object[] fromParts;
    private String broken;
    private int brokenAt = -1;

    // While a way is told.
    private int wanted = -1;
    private String told;

    /**
     * @param model to walk through.
     * @param limit states after which it gives up.
     */
    Explorer(final Model<S> model, final int limit)
    {
        this.model = model;
        this.limit = limit;
        this.table = new StateTable(model.parts(model.initial()).length);
    }

    /**
     * Walk. Once.
     *
     * @return what was found.
     */
    Exploration run()
    {
        take(model.initial(), null, -1);
        int depth = 0;
        int levelEnd = 1;
        while (from < table.count() && null == broken && table.count() <= limit)
        {
            if (from == levelEnd)
            {
                depth++;
                levelEnd = table.count();
            }
            fromParts = table.get(from);
            model.steps(model.whole(fromParts), this);
            from++;
        }

        final boolean isComplete = from >= table.count();
        if (null == broken && isComplete)
        {
            brokenAt = firstStuck();
            broken = brokenAt < 0 ? null : Exploration.NOT_LIVE;
        }
        final int states = table.count();

        return new Exploration(
            states, stepCount, depth, settled.cardinality(), isComplete, broken,
            null == broken ? List.of() : way(brokenAt));
    }

    @Override
    public void step(final String action, final int who, final int whom, final S next)
    {
        final int to = visit(action, who, whom, next);
        if (to >= 0 && to != from)
        {
            if (edgeCount + 2 > edges.length)
            {
                edges = Arrays.copyOf(edges, edges.length * 2);
            }
            edges[edgeCount++] = from;
            edges[edgeCount++] = to;
        }
    }

    @Override
    public void fault(final String action, final int who, final int whom, final S next)
    {
        visit(action, who, whom, next);
    }

    private int visit(final String action, final int who, final int whom, final S next)
    {
        if (wanted >= 0)
        {
            if (null == told && table.add(model.parts(next), fromParts, from) == wanted)
            {
                told = action + " " + who + (whom < 0 ? "" : " " + whom);
            }
            return -1;
        }
        if (null != broken)
        {
            return -1;
        }

        stepCount++;
        return take(next, fromParts, from);
    }

    private int take(final S next, final Object[] origin, final int originNumber)
    {
        final int known = table.count();
        final int number = table.add(model.parts(next), origin, Math.max(0, originNumber));
        if (number == known)
        {
            if (number == parents.length)
            {
                parents = Arrays.copyOf(parents, parents.length * 2);
            }
            parents[number] = originNumber;
            broken = model.broken(next);
            brokenAt = null == broken ? -1 : number;
            settled.set(number, model.isSettled(next));
        }

        return number;
    }

    /** First state from which no settled one can be reached, -1 for none. */
    private int firstStuck()
    {
        final BitSet good = (BitSet)settled.clone();
        boolean isMoving = true;
        while (isMoving)
        {
            // Most steps lead from lower to higher numbers, so a few rounds backwards do.
            isMoving = false;
            for (int i = edgeCount - 2; i >= 0; i -= 2)
            {
                if (good.get(edges[i + 1]) && !good.get(edges[i]))
                {
                    good.set(edges[i]);
                    isMoving = true;
                }
            }
        }

        final int stuck = good.nextClearBit(0);
        return stuck < table.count() ? stuck : -1;
    }

    private List<String> way(final int end)
    {
        final List<String> way = new ArrayList<>();
        way.add(model.whole(table.get(end)).toString());
        for (int number = end; parents[number] >= 0; number = parents[number])
        {
            from = parents[number];
            fromParts = table.get(from);
            wanted = number;
            told = null;
            model.steps(model.whole(fromParts), this);
            way.add(told);
        }
        Collections.reverse(way);

        return way;
    }
}
