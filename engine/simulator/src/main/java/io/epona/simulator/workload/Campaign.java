package io.epona.simulator.workload;

import io.epona.engine.replica.ProtocolMutation;
import io.epona.simulator.Trace;
import io.epona.simulator.oracle.Violation;

import java.io.PrintStream;
import java.util.List;

/**
 * Runs of seeds, of mutants, and making a failing one smaller. Writes its report as lines.
 * <p>
 * Owned by one thread.
 */
public final class Campaign
{
    private static final int SHRINK_ATTEMPTS = 600;

    private final PrintStream out;
    private final int shrinkAttempts;

    /**
     * @param out for the report.
     */
    public Campaign(final PrintStream out)
    {
        this(out, SHRINK_ATTEMPTS);
    }

    /**
     * @param out            for the report.
     * @param shrinkAttempts runs at most to make a failing one smaller.
     */
    public Campaign(final PrintStream out, final int shrinkAttempts)
    {
        this.out = out;
        this.shrinkAttempts = shrinkAttempts;
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
     * @return bugs to plant of which it is said what has to find them.
     */
    public static List<ProtocolMutation> mutations()
    {
        return List.copyOf(Mutant.all());
    }

    /**
     * Plant a bug and see after how many seeds what has to find it does.
     *
     * @param mutation to plant.
     * @param isFaulty whether anything else goes wrong.
     * @param froms    first seeds, from each of which the bug is hunted.
     * @param most     seeds after which it survives.
     * @return what was seen, in one line.
     */
    public static String hunt(
        final ProtocolMutation mutation, final boolean isFaulty, final List<Long> froms, final long most)
    {
        final Mutant mutant = new Mutant(mutation, isFaulty);
        froms.forEach((from) -> mutant.hunt(from, most));

        return mutant.report();
    }

    /**
     * Make a failing run smaller while the same invariant breaks first, in the same way.
     *
     * @param failed   with a violation.
     * @param mutation that was planted.
     * @return the smaller run.
     */
    public SavedRun shrink(final RunResult failed, final ProtocolMutation mutation)
    {
        final Violation shown = failed.violations().get(0);
        final Scenario scenario = failed.scenario();
        final List<Input> smaller = new Shrinker<Input>(
            (inputs) ->
            {
                final List<Violation> violations = Run.of(scenario, inputs, mutation, null).violations();
                return !violations.isEmpty() && violations.get(0).isLike(shown);
            },
            shrinkAttempts).shrink(failed.inputs());
        out.println("of " + failed.inputs().size() + " inputs " + smaller.size() + " are left");

        return new SavedRun(scenario, smaller);
    }
}
