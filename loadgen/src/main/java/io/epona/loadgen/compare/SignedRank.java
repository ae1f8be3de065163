package io.epona.loadgen.compare;

import java.util.Arrays;

/**
 * What goes with the signed-rank test of Wilcoxon: the estimate of Hodges and Lehmann and its distribution-free
 * interval (Hollander, Wolfe, Chicken: Nonparametric Statistical Methods, 3rd edition, 3.1 to 3.3). Assumes
 * differences that are drawn independently and symmetrically about their centre.
 */
final class SignedRank
{
    private SignedRank()
    {
    }

    /**
     * An interval and the probability with which it holds the centre.
     *
     * @param low      lower end.
     * @param high     upper end.
     * @param coverage probability, exact where no two values are equal.
     */
    record Interval(double low, double high, double coverage)
    {
    }

    /**
     * @param values at least one.
     * @return median of the means of all pairs of values, each with itself too.
     */
    static double centre(final double[] values)
    {
        return median(walshAverages(values));
    }

    /**
     * @param values     at least one.
     * @param confidence least probability, below 1.
     * @return the narrowest interval of that confidence whose ends are the k-th smallest and the k-th largest mean of
     * pairs, or null where there are too few values for any.
     */
    static Interval interval(final double[] values, final double confidence)
    {
        final double[] averages = walshAverages(values);
        final double[] probability = distribution(values.length);
        int k = 0;
        double coverage = Double.NaN;
        double below = 0;
        for (int i = 0; i < averages.length / 2; i++)
        {
            below += probability[i];
            if (1 - 2 * below >= confidence)
            {
                k = i + 1;
                coverage = 1 - 2 * below;
            }
        }

        return 0 == k ? null : new Interval(averages[k - 1], averages[averages.length - k], coverage);
    }

    /**
     * @param n number of values.
     * @return probability of each sum of positive ranks, 0 to n (n + 1) / 2, where the centre is 0.
     */
    static double[] distribution(final int n)
    {
        final double[] probability = new double[n * (n + 1) / 2 + 1];
        probability[0] = 1;
        int highest = 0;
        for (int rank = 1; rank <= n; rank++)
        {
            highest += rank;
            for (int sum = highest; sum >= 0; sum--)
            {
                final double without = probability[sum];
                final double with = sum >= rank ? probability[sum - rank] : 0;
                probability[sum] = (without + with) / 2;
            }
        }

        return probability;
    }

    private static double[] walshAverages(final double[] values)
    {
        final int n = values.length;
        final double[] averages = new double[n * (n + 1) / 2];
        int count = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
            {
                averages[count++] = (values[i] + values[j]) / 2;
            }
        }
        Arrays.sort(averages);

        return averages;
    }

    /**
     * @param sorted at least one value, in order.
     * @return the middle one, of an even number the mean of the two in the middle.
     */
    static double median(final double[] sorted)
    {
        final int n = sorted.length;
        return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }
}
