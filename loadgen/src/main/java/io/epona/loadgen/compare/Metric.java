package io.epona.loadgen.compare;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A figure of a run that two systems are compared by.
 */
enum Metric
{
    /** Median latency from the intended time to receipt. */
    E2E_P50("e2e p50", "ns", "/latencyNs/e2e/p50"),
    /** The same, 99th percentile. */
    E2E_P99("e2e p99", "ns", "/latencyNs/e2e/p99"),
    /** Rate of intact deliveries. */
    DELIVERED("delivered", "1/s", "/rates/delivered");

    private final String text;
    private final String unit;
    private final String pointer;

    Metric(final String text, final String unit, final String pointer)
    {
        this.text = text;
        this.unit = unit;
        this.pointer = pointer;
    }

    String text()
    {
        return text;
    }

    String unit()
    {
        return unit;
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
