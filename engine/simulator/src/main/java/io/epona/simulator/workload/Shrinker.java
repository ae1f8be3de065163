package io.epona.simulator.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Makes a list that shows a failure smaller while it still does: delta debugging (Zeller, Hildebrandt: Simplifying and
 * Isolating Failure-Inducing Input, 2002), with subsets and complements in one pass each.
 * <p>
 * Used by one thread.
 *
 * @param <T> kind of the inputs.
 */
public final class Shrinker<T>
{
    private final Predicate<List<T>> isFailing;
    private int attemptsLeft;

    /**
     * @param isFailing   whether a list still shows the same failure.
     * @param maxAttempts most lists to try.
     */
    public Shrinker(final Predicate<List<T>> isFailing, final int maxAttempts)
    {
        this.isFailing = isFailing;
        this.attemptsLeft = maxAttempts;
    }

    /**
     * Leave out what does not matter.
     *
     * @param failing a list that shows the failure.
     * @return a part of it that does, of which no single input can be left out, unless the attempts ran out.
     */
    public List<T> shrink(final List<T> failing)
    {
        List<T> current = failing;
        int parts = 2;
        while (current.size() >= 2 && attemptsLeft > 0)
        {
            final List<T> smaller = withoutOnePart(current, parts);
            if (null != smaller)
            {
                current = smaller;
                parts = Math.max(2, parts - 1);
            }
            else if (parts >= current.size())
            {
                return current;
            }
            else
            {
                parts = Math.min(current.size(), 2 * parts);
            }
        }

        return current;
    }

    private List<T> withoutOnePart(final List<T> current, final int parts)
    {
        for (int i = 0; i < parts && attemptsLeft > 0; i++)
        {
            final int from = (int)((long)current.size() * i / parts);
            final int to = (int)((long)current.size() * (i + 1) / parts);
            final List<T> candidate = new ArrayList<>(current.subList(0, from));
            candidate.addAll(current.subList(to, current.size()));
            attemptsLeft--;
            if (to > from && isFailing.test(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
