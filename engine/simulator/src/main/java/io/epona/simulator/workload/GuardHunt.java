package io.epona.simulator.workload;

import io.epona.engine.replica.Mark;
import io.epona.engine.replica.ProtocolMutation;
import io.epona.simulator.oracle.Invariant;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The hunt for deleted guards. Until a guard decides something for the first time, a run without it is the run with
 * it: so each seed is run as it is, and then only without those guards that decided something in it.
 * <p>
 * {@link #tryAll} may be called by any threads; the rest is owned by one.
 */
public final class GuardHunt
{
    private static final Set<Invariant> FINDERS = EnumSet.complementOf(EnumSet.of(Invariant.ASSERTION));

    /**
     * What a run without a guard showed.
     *
     * @param guard  that was deleted.
     * @param broken invariant that broke, or null.
     */
    public record Tried(ProtocolMutation guard, Invariant broken)
    {
    }

    private final Set<ProtocolMutation> alive = ConcurrentHashMap.newKeySet();
    private final Map<ProtocolMutation, Integer> tries = new EnumMap<>(ProtocolMutation.class);
    private final int triesMax;

    /**
     * @param guards   to delete, one at a time.
     * @param triesMax runs without a guard after which it is given up.
     */
    public GuardHunt(final List<ProtocolMutation> guards, final int triesMax)
    {
        this.triesMax = triesMax;
        alive.addAll(guards);
        guards.forEach((guard) -> tries.put(guard, 0));
    }

    /**
     * @return all guards that can be deleted.
     */
    public static List<ProtocolMutation> all()
    {
        final List<ProtocolMutation> guards = new ArrayList<>(List.of(ProtocolMutation.values()));
        guards.removeIf((mutation) -> null == mutation.deleted());

        return guards;
    }

    /**
     * Run a seed as it is and without each guard that is still hunted and decides something in it.
     *
     * @param seed of the runs.
     * @return what the runs without a guard showed.
     */
    public List<Tried> tryAll(final long seed)
    {
        final List<Tried> tried = new ArrayList<>();
        final Map<Mark, Long> marks = Campaign.run(seed, ProtocolMutation.NONE, true, null).marks();
        final Scenario scenario = Scenario.of(seed);
        for (final ProtocolMutation guard : ProtocolMutation.values())
        {
            if (alive.contains(guard) && marks.containsKey(guard.deleted()))
            {
                final RunResult result = Run.of(scenario, FaultSchedule.of(scenario, true), guard, FINDERS, null);
                tried.add(new Tried(guard, FINDERS.stream().filter(result::isBroken).findFirst().orElse(
                    result.isBroken(Invariant.ASSERTION) ? Invariant.ASSERTION : null)));
            }
        }

        return tried;
    }

    /**
     * Take note of what a seed showed; seeds in order.
     *
     * @param seed  that was run.
     * @param tried what it showed.
     * @return a line for each guard that was found, or is given up.
     */
    public List<String> take(final long seed, final List<Tried> tried)
    {
        final List<String> lines = new ArrayList<>();
        for (final Tried one : tried)
        {
            if (!alive.contains(one.guard))
            {
                continue;
            }
            final int count = tries.merge(one.guard, 1, Integer::sum);
            if (null != one.broken)
            {
                alive.remove(one.guard);
                lines.add(one.guard + " found by " + one.broken + " in seed " + seed + ", the run " + count +
                    " in which it decides");
            }
            else if (count >= triesMax)
            {
                alive.remove(one.guard);
                lines.add(one.guard + " lived through " + count + " runs in which it decides, up to seed " + seed);
            }
        }

        return lines;
    }

    /**
     * @return whether there is anything left to hunt.
     */
    public boolean isGoingOn()
    {
        return !alive.isEmpty();
    }

    /**
     * @return a line for each guard that was neither found nor given up.
     */
    public List<String> rest()
    {
        final List<String> lines = new ArrayList<>();
        tries.forEach((guard, count) ->
        {
            if (alive.contains(guard))
            {
                lines.add(guard + " lived through all " + count + " runs in which it decides");
            }
        });

        return lines;
    }
}
