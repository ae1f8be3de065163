package io.epona.loadgen.compare;

import io.epona.loadgen.scenario.Flat;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioWriter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The keys in which two scenarios differ, once every default is written out.
 *
 * @param key of the scenario, such as {@code engine.mtu}.
 * @param a   its value in the first, empty where it has none.
 * @param b   its value in the second, empty where it has none.
 */
record ScenarioDiff(String key, String a, String b)
{
    /**
     * @param a resolved.
     * @param b resolved.
     * @return one for each key, in their order; empty where the scenarios are the same.
     */
    static List<ScenarioDiff> of(final Scenario a, final Scenario b)
    {
        final Map<String, String> valuesA = values(a);
        final Map<String, String> valuesB = values(b);
        final SortedSet<String> keys = new TreeSet<>(valuesA.keySet());
        keys.addAll(valuesB.keySet());

        final List<ScenarioDiff> diffs = new ArrayList<>();
        for (final String key : keys)
        {
            final String valueA = valuesA.getOrDefault(key, "");
            final String valueB = valuesB.getOrDefault(key, "");
            if (!valueA.equals(valueB))
            {
                diffs.add(new ScenarioDiff(key, valueA, valueB));
            }
        }

        return diffs;
    }

    private static Map<String, String> values(final Scenario scenario)
    {
        final Map<String, String> values = new TreeMap<>();
        Flat.yaml("", ScenarioWriter.write(scenario), values);
        return values;
    }
}
