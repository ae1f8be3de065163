package io.epona.loadgen.compare;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;

/**
 * Two runs, one of each system, one straight after the other.
 *
 * @param number   from 1.
 * @param isAFirst whether A ran before B.
 * @param a        summary of the run of A.
 * @param b        summary of the run of B.
 */
record Pair(int number, boolean isAFirst, JsonNode a, JsonNode b)
{
    /**
     * @return why the pair says nothing: the reasons of its runs that did not pass, or that the cores were near to each
     * other for one run and far for the other; empty where it counts.
     */
    List<String> reasons()
    {
        final List<String> reasons = new ArrayList<>();
        addReasons("A", a, reasons);
        addReasons("B", b, reasons);
        final String coresA = cores(a);
        final String coresB = cores(b);
        if (!coresA.equals(coresB))
        {
            reasons.add("the cores of A were " + coresA + ", those of B " + coresB);
        }

        return reasons;
    }

    private static String cores(final JsonNode summary)
    {
        final String before = summary.at("/coreToCore/before/state").asText();
        final String after = summary.at("/coreToCore/after/state").asText();
        return before.equals(after) ? before : before + ", then " + after;
    }

    private static void addReasons(final String side, final JsonNode summary, final List<String> reasons)
    {
        if (!"PASS".equals(summary.path("verdict").asText()))
        {
            final List<String> because = new ArrayList<>();
            summary.path("reasons").forEach((reason) -> because.add(reason.asText()));
            reasons.add(side + " " + summary.path("verdict").asText() + ": " + String.join("; ", because));
        }
    }

    boolean counts()
    {
        return reasons().isEmpty();
    }

    /**
     * @param metric to compare by.
     * @return A's figure over B's, NaN where one of them has none.
     */
    double ratio(final Metric metric)
    {
        return metric.of(a) / metric.of(b);
    }
}
