package io.epona.loadgen.compare;

import java.util.Arrays;
import java.util.Comparator;

/**
 * What a comparison says of one figure.
 */
enum Finding
{
    /** A is better, and not by chance. */
    FASTER("A faster"),
    /** B is better, and not by chance. */
    SLOWER("A slower"),
    /** They differ by less than what is taken for a difference, with the confidence of the interval. */
    EQUIVALENT("equivalent"),
    /** Nothing of that can be said: too much noise or too few pairs. */
    INCONCLUSIVE("inconclusive");

    /** Fewest pairs that a verdict is given on. */
    static final int MIN_PAIRS = 10;
    private static final double SIGNIFICANCE = 0.05;

    private final String text;

    Finding(final String text)
    {
        this.text = text;
    }

    String text()
    {
        return text;
    }

    /**
     * Judge the figures of one comparison.
     *
     * @param estimates      one for each figure, of A's figure over B's.
     * @param higherIsBetter for each figure.
     * @param margin         relative difference up to which two systems are called equivalent, 0.05 for 5 %.
     * @return a finding for each figure.
     */
    static Finding[] of(final RatioEstimate[] estimates, final boolean[] higherIsBetter, final double margin)
    {
        final double[] corrected = holm(Arrays.stream(estimates).mapToDouble(RatioEstimate::p).toArray());
        final Finding[] findings = new Finding[estimates.length];
        for (int i = 0; i < findings.length; i++)
        {
            findings[i] = of(estimates[i], corrected[i], higherIsBetter[i], margin);
        }

        return findings;
    }

    private static Finding of(
        final RatioEstimate estimate, final double p, final boolean isHigherBetter, final double margin)
    {
        if (estimate.spread().count() < MIN_PAIRS)
        {
            return INCONCLUSIVE;
        }
        if (estimate.low() > 1 / (1 + margin) && estimate.high() < 1 + margin)
        {
            return EQUIVALENT;
        }
        if (p >= SIGNIFICANCE)
        {
            return INCONCLUSIVE;
        }

        return estimate.ratio() > 1 == isHigherBetter ? FASTER : SLOWER;
    }

    /**
     * Correct for the number of tests, so that the chance of one false alarm among all stays at 5 % (Holm, 1979: A
     * simple sequentially rejective multiple test procedure).
     *
     * @param p of each test.
     * @return corrected, in the same order.
     */
    static double[] holm(final double[] p)
    {
        final Integer[] order = new Integer[p.length];
        Arrays.setAll(order, (i) -> i);
        Arrays.sort(order, Comparator.comparingDouble((i) -> p[i]));

        final double[] corrected = new double[p.length];
        double highest = 0;
        for (int i = 0; i < order.length; i++)
        {
            highest = Math.max(highest, Math.min(1, p[order[i]] * (p.length - i)));
            corrected[order[i]] = highest;
        }

        return corrected;
    }
}
