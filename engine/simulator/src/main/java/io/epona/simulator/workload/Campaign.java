package io.epona.simulator.workload;

import io.epona.engine.replica.ProtocolMutation;
import io.epona.simulator.Trace;
import io.epona.simulator.oracle.Invariant;
import io.epona.simulator.oracle.Violation;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Many runs one after the other: seeds, mutants, and making a failing one smaller. Writes its report as lines.
 * <p>
 * Owned by one thread.
 */
public final class Campaign
{
    /** Every so many seeds one is run twice, to see that the same happens. */
    private static final int REPEATED = 50;
    private static final int SHRINK_ATTEMPTS = 600;

    private final PrintStream out;

    /**
     * @param out for the report.
     */
    public Campaign(final PrintStream out)
    {
        this.out = out;
    }

    /**
     * Run one seed.
     *
     * @param seed     of the run.
     * @param mutation to plant.
     * @param isFaulty whether anything goes wrong.
     * @param reader   of the trace, or null.
     * @return what it showed.
     */
    public static RunResult run(
        final long seed, final ProtocolMutation mutation, final boolean isFaulty, final Trace.Reader reader)
    {
        final Scenario scenario = Scenario.of(seed);
        return Run.of(scenario, FaultSchedule.of(scenario, isFaulty), mutation, reader);
    }

    /**
     * Run seeds until one shows a violation.
     *
     * @param from     first seed.
     * @param count    of seeds.
     * @param mutation to plant.
     * @param isFaulty whether anything goes wrong.
     * @return the first result with a violation, or null.
     */
    public RunResult seeds(
        final long from, final long count, final ProtocolMutation mutation, final boolean isFaulty)
    {
        final Distribution distribution = new Distribution();
        RunResult failed = null;
        for (long seed = from; seed < from + count && null == failed; seed++)
        {
            final RunResult result = run(seed, mutation, isFaulty, null);
            distribution.add(result);
            if (!result.isClean())
            {
                failed = result;
            }
            else if (0 == seed % REPEATED && run(seed, mutation, isFaulty, null).traceHash() != result.traceHash())
            {
                out.println("seed " + seed + " does not repeat");
                failed = result;
            }
        }
        out.print(distribution.report());
        out.println("invariants never checked: " + distribution.vacuous());
        out.println("guards never reached: " + distribution.unreached());

        return failed;
    }

    /**
     * Plant each mutation and count the seeds that it lives through.
     *
     * @param mutations to plant.
     * @param from      first seed.
     * @param most      seeds after which a mutant counts as surviving.
     * @param deaths    deaths of each, of which the median is told.
     */
    public void mutants(
        final List<ProtocolMutation> mutations, final long from, final long most, final int deaths)
    {
        for (final ProtocolMutation mutation : mutations)
        {
            final List<Long> lived = new ArrayList<>();
            final Map<Invariant, Integer> killers = new EnumMap<>(Invariant.class);
            long seed = from;
            long bornAt = from;
            while (seed < from + most && lived.size() < deaths)
            {
                final RunResult result = run(seed++, mutation, true, null);
                if (!result.isClean())
                {
                    lived.add(seed - bornAt);
                    bornAt = seed;
                    killers.merge(result.violations().get(0).invariant(), 1, Integer::sum);
                }
            }
            Collections.sort(lived);
            out.println(mutation + (lived.isEmpty() ? " survived " + (seed - from) + " seeds" :
                " died " + lived.size() + " times in " + (seed - from) + " seeds, median " +
                lived.get(lived.size() / 2) + ", by " + killers));
        }
    }

    /**
     * Make a failing run smaller while the same invariant breaks first.
     *
     * @param failed   with a violation.
     * @param mutation that was planted.
     * @return the smaller run.
     */
    public SavedRun shrink(final RunResult failed, final ProtocolMutation mutation)
    {
        final Invariant invariant = failed.violations().get(0).invariant();
        final Scenario scenario = failed.scenario();
        final List<Input> smaller = new Shrinker<Input>(
            (inputs) ->
            {
                final List<Violation> violations = Run.of(scenario, inputs, mutation, null).violations();
                return !violations.isEmpty() && violations.get(0).invariant() == invariant;
            },
            SHRINK_ATTEMPTS).shrink(failed.inputs());
        out.println("of " + failed.inputs().size() + " inputs " + smaller.size() + " are left");

        return new SavedRun(scenario, smaller);
    }
}
