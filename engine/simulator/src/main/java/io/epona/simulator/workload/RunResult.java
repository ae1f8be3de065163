package io.epona.simulator.workload;

import io.epona.engine.replica.Mark;
import io.epona.simulator.oracle.Invariant;
import io.epona.simulator.oracle.Verdicts;
import io.epona.simulator.oracle.Violation;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run showed.
 * <p>
 * Owned by the thread of its world.
 */
public final class RunResult
{
    static final String SIMULATED_MS = "simulated ms";
    static final String EVENTS = "events";
    static final String FAULTS = "faults";
    static final String ACKNOWLEDGED = "acknowledged records";
    private static final Map<String, Long> LEAST = new TreeMap<>(Map.of(
        SIMULATED_MS, 30_000L, EVENTS, 5_000L, FAULTS, 3L, ACKNOWLEDGED, 200L));

    private final Scenario scenario;
    private final List<Input> inputs;
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final Map<Mark, Long> marks = new EnumMap<>(Mark.class);
    private final Map<Invariant, Long> exercised = new EnumMap<>(Invariant.class);
    private List<Violation> violations = List.of();
    private Throwable cause;
    private long traceHash;

    RunResult(final Scenario scenario, final List<Input> inputs)
    {
        this.scenario = scenario;
        this.inputs = inputs;
    }

    void count(final String what, final long count)
    {
        counts.merge(what, count, Long::sum);
    }

    void hit(final Mark mark)
    {
        marks.merge(mark, 1L, Long::sum);
    }

    void verdicts(final Verdicts verdicts)
    {
        violations = List.copyOf(verdicts.violations());
        for (final Invariant invariant : Invariant.values())
        {
            exercised.put(invariant, verdicts.exercised(invariant));
        }
    }

    void traceHash(final long hash)
    {
        traceHash = hash;
    }

    void cause(final Throwable thrown)
    {
        cause = thrown;
    }

    /**
     * @return shape of the run.
     */
    public Scenario scenario()
    {
        return scenario;
    }

    /**
     * @return what happened from outside.
     */
    public List<Input> inputs()
    {
        return inputs;
    }

    /**
     * @return how often what happened, by its name.
     */
    public Map<String, Long> counts()
    {
        return counts;
    }

    /**
     * @return how often each guard decided; none for those that never did.
     */
    public Map<Mark, Long> marks()
    {
        return marks;
    }

    /**
     * @return how often each invariant was checked.
     */
    public Map<Invariant, Long> exercised()
    {
        return exercised;
    }

    /**
     * @return what was seen broken, in order.
     */
    public List<Violation> violations()
    {
        return violations;
    }

    /**
     * @return whether nothing was seen broken.
     */
    public boolean isClean()
    {
        return violations.isEmpty();
    }

    /**
     * @return what the run did too little of to say anything, null where it did enough.
     */
    public String missing()
    {
        for (final Map.Entry<String, Long> least : LEAST.entrySet())
        {
            final long count = counts.get(least.getKey());
            if (count < least.getValue())
            {
                return count + " " + least.getKey() + ", " + least.getValue() + " are the least";
            }
        }

        return null;
    }

    /**
     * @param invariant to look for.
     * @return whether it was seen broken.
     */
    public boolean isBroken(final Invariant invariant)
    {
        return violations.stream().anyMatch((violation) -> violation.invariant() == invariant);
    }

    /**
     * @return what a machine threw, or null.
     */
    public Throwable cause()
    {
        return cause;
    }

    /**
     * @return of everything that happened.
     */
    public long traceHash()
    {
        return traceHash;
    }
}
