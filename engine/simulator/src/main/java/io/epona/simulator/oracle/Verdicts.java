package io.epona.simulator.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Counts how often each invariant was checked where it could have failed, and keeps what was seen broken.
 * <p>
 * Owned by the thread of its world.
 */
public final class Verdicts
{
    private static final int KEPT = 32;

    private final long[] exercised = new long[Invariant.values().length];
    private final List<Violation> violations = new ArrayList<>();
    private Set<Invariant> endAt = Set.of();
    private boolean isOver;

    /**
     * @param invariants of which a violation ends the run; none for all.
     */
    public void endAt(final Set<Invariant> invariants)
    {
        endAt = invariants;
    }

    /**
     * @return whether an invariant broke that ends the run.
     */
    public boolean isOver()
    {
        return isOver;
    }

    /**
     * @param invariant that was checked.
     * @param isHeld    the outcome.
     * @param text      what was seen, built only where it does not hold.
     * @return the outcome.
     */
    public boolean check(final Invariant invariant, final boolean isHeld, final Supplier<String> text)
    {
        exercised[invariant.ordinal()]++;
        final boolean isEnd = !isHeld && (endAt.isEmpty() || endAt.contains(invariant));
        if (!isHeld && (violations.size() < KEPT || isEnd && !isOver))
        {
            violations.add(new Violation(invariant, text.get()));
        }
        isOver |= isEnd;

        return isHeld;
    }

    /**
     * @param invariant to ask for.
     * @return how often it was checked.
     */
    public long exercised(final Invariant invariant)
    {
        return exercised[invariant.ordinal()];
    }

    /**
     * @return what was seen broken, in order; the first ones only where there are many.
     */
    public List<Violation> violations()
    {
        return violations;
    }
}
