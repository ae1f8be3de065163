package io.epona.loadgen.compare;

import java.util.Arrays;

/**
 * Several values of a figure in short.
 *
 * @param count  of values.
 * @param median of the values; of an even number the mean of the two in the middle.
 * @param min    smallest value.
 * @param max    largest value.
 */
record Spread(int count, double median, double min, double max)
{
    /**
     * @param values at least one, none of them NaN; in any order.
     * @return them in short.
     */
    static Spread of(final double[] values)
    {
        if (0 == values.length)
        {
            throw new IllegalArgumentException("no values");
        }

        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Spread(sorted.length, SignedRank.median(sorted), sorted[0], sorted[sorted.length - 1]);
    }
}
