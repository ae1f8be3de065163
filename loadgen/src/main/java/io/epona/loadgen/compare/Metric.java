package io.epona.loadgen.compare;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A figure of a run that two systems are compared by.
 */
enum Metric
{
    /** Median latency from the intended time to receipt. */
    E2E_P50("e2e p50", "ns", "/latencyNs/e2e/p50", false),
    /** The same, 99th percentile. */
    E2E_P99("e2e p99", "ns", "/latencyNs/e2e/p99", false),
    /** Rate of intact deliveries. */
    DELIVERED("delivered", "1/s", "/rates/delivered", true);

    private final String text;
    private final String unit;
    private final String pointer;
    private final boolean isHigherBetter;

    Metric(final String text, final String unit, final String pointer, final boolean isHigherBetter)
    {
        this.text = text;
        this.unit = unit;
        this.pointer = pointer;
        this.isHigherBetter = isHigherBetter;
    }

    String text()
    {
        return text;
    }

    String unit()
    {
        return unit;
    }

    boolean isHigherBetter()
    {
        return isHigherBetter;
    }

    /**
     * @param summary of a run.
     * @return the figure, NaN where the run has none: a flood has no latency.
     */
    double of(final JsonNode summary)
    {
        final JsonNode value = summary.at(pointer);
        return value.isNumber() && value.asDouble() > 0 ? value.asDouble() : Double.NaN;
    }
}
