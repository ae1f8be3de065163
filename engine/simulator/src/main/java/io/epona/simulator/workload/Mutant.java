package io.epona.simulator.workload;

import io.epona.engine.replica.ProtocolMutation;
import io.epona.simulator.oracle.Invariant;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static io.epona.simulator.oracle.Invariant.ASSERTION;
import static io.epona.simulator.oracle.Invariant.I1;
import static io.epona.simulator.oracle.Invariant.I10;
import static io.epona.simulator.oracle.Invariant.I11;
import static io.epona.simulator.oracle.Invariant.I12;
import static io.epona.simulator.oracle.Invariant.I13;
import static io.epona.simulator.oracle.Invariant.I14;
import static io.epona.simulator.oracle.Invariant.I15;
import static io.epona.simulator.oracle.Invariant.I16;
import static io.epona.simulator.oracle.Invariant.I18;
import static io.epona.simulator.oracle.Invariant.I2;
import static io.epona.simulator.oracle.Invariant.I20;
import static io.epona.simulator.oracle.Invariant.I3;
import static io.epona.simulator.oracle.Invariant.I4;
import static io.epona.simulator.oracle.Invariant.I5;
import static io.epona.simulator.oracle.Invariant.I6;
import static io.epona.simulator.oracle.Invariant.I7;
import static io.epona.simulator.oracle.Invariant.I8;
import static io.epona.simulator.oracle.Invariant.I9;
import static io.epona.simulator.oracle.Invariant.LIVENESS;

/**
 * The hunt for one planted bug: from several seeds on, until an invariant that has to find it breaks. Others may break
 * before in the same run, which goes on over them.
 * <p>
 * Owned by one thread.
 */
final class Mutant
{
    private static final Map<ProtocolMutation, Set<Invariant>> FINDERS = new EnumMap<>(ProtocolMutation.class);

    static
    {
        FINDERS.put(ProtocolMutation.M1, EnumSet.of(I4, I9, I10));
        FINDERS.put(ProtocolMutation.M2, EnumSet.of(I3));
        FINDERS.put(ProtocolMutation.M3, EnumSet.of(I3, I7, I18));
        FINDERS.put(ProtocolMutation.M4, EnumSet.of(I7, I5));
        FINDERS.put(ProtocolMutation.M5, EnumSet.of(I3));
        FINDERS.put(ProtocolMutation.M6, EnumSet.of(I3, LIVENESS));
        FINDERS.put(ProtocolMutation.M7, EnumSet.of(I14, I5, I4, I10));
        FINDERS.put(ProtocolMutation.M8, EnumSet.of(I6, I5));
        FINDERS.put(ProtocolMutation.M9, EnumSet.of(I6, LIVENESS));
        FINDERS.put(ProtocolMutation.M10, EnumSet.of(I14, I5));
        FINDERS.put(ProtocolMutation.M11, EnumSet.of(I4, I10));
        FINDERS.put(ProtocolMutation.M12, EnumSet.of(I13, I1));
        FINDERS.put(ProtocolMutation.M13, EnumSet.of(I5, I20, I3));
        FINDERS.put(ProtocolMutation.M14, EnumSet.of(I12, I10, I15));
        FINDERS.put(ProtocolMutation.M15, EnumSet.of(I16));
        FINDERS.put(ProtocolMutation.M16, EnumSet.of(I3));
        FINDERS.put(ProtocolMutation.M17, EnumSet.of(I8, I11));
        FINDERS.put(ProtocolMutation.M19, EnumSet.of(I10, I7));
        FINDERS.put(ProtocolMutation.M20, EnumSet.of(I18));
        FINDERS.put(ProtocolMutation.M21, EnumSet.of(I2, I9));
        FINDERS.put(ProtocolMutation.M23, EnumSet.of(I6, I10));
        FINDERS.put(ProtocolMutation.M24, EnumSet.of(I1, I3));
        FINDERS.put(ProtocolMutation.M26, EnumSet.of(LIVENESS));
        FINDERS.put(ProtocolMutation.M27, EnumSet.of(I3, I11));
        FINDERS.put(ProtocolMutation.M28, EnumSet.of(I5, I10));
        FINDERS.put(ProtocolMutation.M29, EnumSet.of(I9, I15));
    }

    private final ProtocolMutation mutation;
    private final boolean isFaulty;
    private final Set<Invariant> finders;
    private final Map<Invariant, Integer> firsts = new EnumMap<>(Invariant.class);
    private final Map<Invariant, Integer> found = new EnumMap<>(Invariant.class);
    private final List<Long> lived = new ArrayList<>();
    private int survivals;

    /**
     * @param mutation planted.
     * @param isFaulty whether anything else goes wrong; where nothing does, whatever breaks is told.
     */
    Mutant(final ProtocolMutation mutation, final boolean isFaulty)
    {
        this.mutation = mutation;
        this.isFaulty = isFaulty;
        // A deleted guard has no row: whatever finds it, but for a crash.
        this.finders = isFaulty ?
            FINDERS.getOrDefault(mutation, EnumSet.complementOf(EnumSet.of(ASSERTION))) :
            EnumSet.allOf(Invariant.class);
    }

    /**
     * @return mutations that have a row.
     */
    static Set<ProtocolMutation> all()
    {
        return FINDERS.keySet();
    }

    /**
     * Hunt it.
     *
     * @param from first seed.
     * @param most seeds after which it survives.
     */
    void hunt(final long from, final long most)
    {
        for (long seed = from; seed < from + most; seed++)
        {
            final Scenario scenario = Scenario.of(seed);
            final RunResult result =
                Run.of(scenario, FaultSchedule.of(scenario, isFaulty), mutation, finders, null);
            if (!result.isClean())
            {
                firsts.merge(result.violations().get(0).invariant(), 1, Integer::sum);
            }
            for (final Invariant finder : finders)
            {
                if (result.isBroken(finder))
                {
                    found.merge(finder, 1, Integer::sum);
                    lived.add(seed - from);
                    return;
                }
            }
        }
        survivals++;
    }

    /**
     * @return what was seen, in one line: seeds that it lived through before it was found, by what, and what broke
     *         first in each run that showed anything.
     */
    String report()
    {
        final List<Long> sorted = lived.stream().sorted().toList();
        return mutation + (sorted.isEmpty() ? " found never" : " found " + sorted.size() + " times by " + found +
            ", after seeds " + lived + ", median " + sorted.get(sorted.size() / 2)) +
            (0 == survivals ? "" : ", survived " + survivals + " times") + "; broke first in its runs: " + firsts;
    }
}
