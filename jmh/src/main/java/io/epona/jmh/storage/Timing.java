package io.epona.jmh.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.SystemNanoClock;

import java.util.concurrent.TimeUnit;

/**
 * Times of one kind, in nanoseconds. One thread records.
 */
final class Timing
{
    private static final long MAX_NS = TimeUnit.SECONDS.toNanos(120);
    private static final double NS_PER_US = 1000.0;
    private static final double[] PERCENTILES = { 50, 90, 99, 99.9, 99.99 };

    private final Histogram histogram = new Histogram(1, MAX_NS, 3);

    static long nowNs()
    {
        return SystemNanoClock.INSTANCE.nanoTime();
    }

    void record(final long elapsedNs)
    {
        histogram.recordValue(Math.max(0, Math.min(elapsedNs, MAX_NS)));
    }

    void reset()
    {
        histogram.reset();
    }

    long count()
    {
        return histogram.getTotalCount();
    }

    double us(final double percentile)
    {
        return histogram.getValueAtPercentile(percentile) / NS_PER_US;
    }

    double maxUs()
    {
        return histogram.getMaxValue() / NS_PER_US;
    }

    void writeTo(final ObjectNode node)
    {
        node.put("count", histogram.getTotalCount());
        for (final double percentile : PERCENTILES)
        {
            node.put(name(percentile), us(percentile));
        }
        node.put("maxUs", maxUs());
    }

    @Override
    public String toString()
    {
        return String.format(
            "p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  p99.99 %.2f  max %.1f us (%d)",
            us(50), us(90), us(99), us(99.9), us(99.99), maxUs(), histogram.getTotalCount());
    }

    private static String name(final double percentile)
    {
        final boolean isWhole = percentile == Math.rint(percentile);
        return "p" + (isWhole ? Long.toString((long)percentile) : Double.toString(percentile)) + "Us";
    }
}
