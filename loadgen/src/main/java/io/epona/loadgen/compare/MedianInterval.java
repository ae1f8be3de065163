package io.epona.loadgen.compare;

import java.util.Arrays;

/**
 * The median of a sample, and an interval that holds the median of what it was drawn from with a probability of at
 * least 95 %, whatever the distribution: from the k-th smallest to the k-th largest value, where k is the largest
 * number with 1 - 2 P(Binomial(n, 1/2) &lt; k) &gt;= 0.95. It takes {@link #MIN_COUNT} values; with fewer even the
 * whole range says less.
 *
 * @param count    of values.
 * @param median   of the values; of an even number the mean of the two in the middle.
 * @param min      smallest value.
 * @param max      largest value.
 * @param low      lower end of the interval, NaN where there are too few values.
 * @param high     upper end of the interval, NaN where there are too few values.
 * @param coverage probability that the interval holds the median, NaN where there is none.
 */
public record MedianInterval(
    int count, double median, double min, double max, double low, double high, double coverage)
{
    /** Fewest values that an interval can be given for. */
    public static final int MIN_COUNT = 6;
    private static final double CONFIDENCE = 0.95;

    /**
     * @param values at least one, none of them NaN; in any order.
     * @return what they say of their median.
     */
    public static MedianInterval of(final double[] values)
    {
        if (0 == values.length)
        {
            throw new IllegalArgumentException("no values");
        }

        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        final int n = sorted.length;
        final double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;

        int k = 0;
        double coverage = Double.NaN;
        double probability = Math.pow(0.5, n);
        double below = 0;
        // below is P(Binomial < i + 1), for the pair of the values number i + 1 from either end
        for (int i = 0; i < n / 2; i++)
        {
            below += probability;
            probability *= (double)(n - i) / (i + 1);
            if (1 - 2 * below >= CONFIDENCE)
            {
                k = i + 1;
                coverage = 1 - 2 * below;
            }
        }

        return new MedianInterval(
            n,
            median,
            sorted[0],
            sorted[n - 1],
            0 == k ? Double.NaN : sorted[k - 1],
            0 == k ? Double.NaN : sorted[n - k],
            coverage);
    }

    /**
     * @return whether there were values enough for an interval.
     */
    public boolean hasInterval()
    {
        return !Double.isNaN(coverage);
    }
}
