package io.epona.loadgen.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.HdrHistogram.Histogram;

/**
 * The figures of one histogram. A percentile is null unless at least {@link #MIN_BEYOND} samples lie beyond it.
 */
final class Percentiles
{
    /** Samples that must lie beyond a percentile before it is told. */
    static final int MIN_BEYOND = 10;

    /** Names in the summary. */
    static final String[] NAMES = {"p50", "p90", "p99", "p99_9", "p99_99"};

    private static final double[] POINTS = {50.0, 90.0, 99.0, 99.9, 99.99};
    private static final long[] BEYOND_ONE_IN = {2, 10, 100, 1_000, 10_000};

    private Percentiles()
    {
    }

    /**
     * @param histogram of nanoseconds.
     * @param name      one of {@link #NAMES}.
     * @return the value, or null where too few samples lie beyond it.
     */
    static Long value(final Histogram histogram, final String name)
    {
        for (int i = 0; i < NAMES.length; i++)
        {
            if (NAMES[i].equals(name))
            {
                return histogram.getTotalCount() / BEYOND_ONE_IN[i] >= MIN_BEYOND ?
                    histogram.getValueAtPercentile(POINTS[i]) : null;
            }
        }

        throw new IllegalArgumentException(name);
    }

    /**
     * @param histogram of nanoseconds.
     * @param node      that gets count, min, mean, percentiles and max.
     */
    static void write(final Histogram histogram, final ObjectNode node)
    {
        final long count = histogram.getTotalCount();
        node.put("count", count);
        node.put("min", count > 0 ? histogram.getMinValue() : null);
        node.put("mean", count > 0 ? (Double)(Math.round(histogram.getMean() * 10) / 10.0) : null);
        for (final String name : NAMES)
        {
            node.put(name, value(histogram, name));
        }
        node.put("max", count > 0 ? histogram.getMaxValue() : null);
    }
}
