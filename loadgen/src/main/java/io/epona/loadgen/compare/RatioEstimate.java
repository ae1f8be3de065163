package io.epona.loadgen.compare;

import org.apache.commons.statistics.inference.WilcoxonSignedRankTest;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * What the ratios of pairs say of the true ratio. They are taken as logarithms, so that twice and half weigh alike:
 * the estimate of Hodges and Lehmann with its interval, and the signed-rank test of Wilcoxon of the ratio 1, exact
 * where no two ratios are equal.
 *
 * @param spread     of the ratios.
 * @param ratio      estimate of the ratio.
 * @param low        lower end of its interval, NaN where there are too few values.
 * @param high       upper end of its interval, NaN where there are too few values.
 * @param coverage   probability that the interval holds the ratio, at least 95 %; NaN where there is none.
 * @param p          probability of ratios as far from 1 as these or farther, were the true ratio 1; two-sided.
 * @param detectable smallest relative difference that as many pairs with as much noise show four times out of five,
 *                   0.05 for 5 %; NaN for a single pair.
 */
record RatioEstimate(
    Spread spread, double ratio, double low, double high, double coverage, double p, double detectable)
{
    /** Fewest pairs that an interval can be given for. */
    static final int MIN_COUNT = 6;
    private static final double CONFIDENCE = 0.95;
    /** Of the normal distribution: 97.5 % (5 % two-sided) and 80 % (power). */
    private static final double QUANTILES = 1.959964 + 0.841621;
    /** Efficiency of the signed-rank test beside the t-test where the noise is normal: 3 / pi. */
    private static final double EFFICIENCY = 3 / Math.PI;

    /**
     * @param ratios at least one, all above 0, in any order.
     * @return what they say.
     */
    static RatioEstimate of(final double[] ratios)
    {
        final double[] logs = map(ratios, Math::log);
        final SignedRank.Interval interval = SignedRank.interval(logs, CONFIDENCE);
        return new RatioEstimate(
            Spread.of(ratios),
            Math.exp(SignedRank.centre(logs)),
            null == interval ? Double.NaN : Math.exp(interval.low()),
            null == interval ? Double.NaN : Math.exp(interval.high()),
            null == interval ? Double.NaN : interval.coverage(),
            significance(logs),
            detectable(logs));
    }

    private static double significance(final double[] logs)
    {
        // Pairs without any difference tell nothing of a direction (Wilcoxon's own treatment of zeros).
        final double[] different = Arrays.stream(logs).filter((log) -> 0 != log).toArray();
        return 0 == different.length ? 1 : WilcoxonSignedRankTest.withDefaults().test(different).getPValue();
    }

    private static double detectable(final double[] logs)
    {
        final int n = logs.length;
        if (n < 2)
        {
            return Double.NaN;
        }

        final double mean = Arrays.stream(logs).sum() / n;
        final double variance = Arrays.stream(logs).map((log) -> (log - mean) * (log - mean)).sum() / (n - 1);
        return Math.expm1(QUANTILES * Math.sqrt(variance / (n * EFFICIENCY)));
    }

    private static double[] map(final double[] values, final DoubleUnaryOperator function)
    {
        return Arrays.stream(values).map(function).toArray();
    }

    /**
     * @return whether there were values enough for an interval.
     */
    boolean hasInterval()
    {
        return !Double.isNaN(coverage);
    }
}
