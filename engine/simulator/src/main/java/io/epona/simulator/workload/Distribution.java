package io.epona.simulator.workload;

import io.epona.engine.replica.Mark;
import io.epona.simulator.oracle.Invariant;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What many runs did, so that one can see whether they were hard enough: how often things happened, how often each
 * invariant was checked, and in how many runs each guard of the protocol decided something.
 * <p>
 * Owned by one thread.
 */
public final class Distribution
{
    private final Map<String, List<Long>> counts = new LinkedHashMap<>();
    private final Map<Mark, Long> runsWithMark = new EnumMap<>(Mark.class);
    private final Map<Mark, Long> marks = new EnumMap<>(Mark.class);
    private final Map<Invariant, Long> exercised = new EnumMap<>(Invariant.class);
    private int runs;

    /**
     * Take a run into account.
     *
     * @param result of it.
     */
    public void add(final RunResult result)
    {
        runs++;
        result.counts().forEach((what, count) -> counts.computeIfAbsent(what, (k) -> new ArrayList<>()).add(count));
        result.marks().forEach((mark, count) ->
        {
            marks.merge(mark, count, Long::sum);
            runsWithMark.merge(mark, 1L, Long::sum);
        });
        result.exercised().forEach((invariant, count) -> exercised.merge(invariant, count, Long::sum));
    }

    /**
     * @return invariants that were never checked.
     */
    public List<Invariant> vacuous()
    {
        final List<Invariant> result = new ArrayList<>();
        for (final Invariant invariant : Invariant.values())
        {
            if (0 == exercised.getOrDefault(invariant, 0L))
            {
                result.add(invariant);
            }
        }

        return result;
    }

    /**
     * @return guards that never decided anything, but for those that never do.
     */
    public List<Mark> unreached()
    {
        final List<Mark> result = new ArrayList<>();
        for (final Mark mark : Mark.values())
        {
            if (!marks.containsKey(mark) && !mark.isSecondFence())
            {
                result.add(mark);
            }
        }

        return result;
    }

    /**
     * @return the report, in lines.
     */
    public String report()
    {
        final StringBuilder out = new StringBuilder();
        out.append(String.format("%d runs; of each run: least, median, most, sum of all%n", runs));
        counts.forEach((what, values) ->
        {
            Collections.sort(values);
            final long sum = values.stream().mapToLong(Long::longValue).sum();
            out.append(String.format(
                "  %-32s %10d %10d %10d %14d%n", what, values.get(0), values.get(values.size() / 2),
                values.get(values.size() - 1), sum));
        });
        out.append("invariants, how often each was checked\n");
        exercised.forEach((invariant, count) ->
            out.append(String.format("  %-12s %14d  %s%n", invariant, count, invariant.words())));
        out.append("guards: runs in which each decided something, and how often\n");
        for (final Mark mark : Mark.values())
        {
            out.append(String.format(
                "  %-34s %8d %14d%n", mark, runsWithMark.getOrDefault(mark, 0L), marks.getOrDefault(mark, 0L)));
        }

        return out.toString();
    }
}
