package io.epona.loadgen.compare;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RatioEstimateTest
{
    /** The example of {@link SignedRankTest}, whose gains are now logarithms. */
    private static final double[] GAINS = {0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01};

    @Test
    void givesThePOfThePublishedExample()
    {
        final double[] ratios = new double[GAINS.length];
        for (int i = 0; i < ratios.length; i++)
        {
            ratios[i] = Math.exp(GAINS[i]);
        }

        final RatioEstimate estimate = RatioEstimate.of(ratios);
        assertEquals(2 * 0.0195, estimate.p(), 2e-4);
        assertEquals(Math.exp(0.46), estimate.ratio(), 1e-9);
        assertEquals(Math.exp(0.010), estimate.low(), 1e-9);
        assertEquals(Math.exp(0.786), estimate.high(), 1e-9);
        assertTrue(estimate.hasInterval());
    }

    @Test
    void twiceAndHalfWeighAlike()
    {
        final RatioEstimate estimate = RatioEstimate.of(new double[]{2, 0.5});
        assertEquals(1, estimate.ratio(), 1e-12);
        assertEquals(1, estimate.p(), 1e-12);
        assertFalse(estimate.hasInterval());
    }

    @Test
    void pairsWithoutADifferenceAreNoEvidenceOfOne()
    {
        final RatioEstimate estimate = RatioEstimate.of(new double[]{1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
        assertEquals(1, estimate.p());
        assertEquals(1, estimate.low());
        assertEquals(1, estimate.high());
        assertEquals(0, estimate.detectable());
    }

    @Test
    void whatCanBeDetectedShrinksWithTheRootOfThePairs()
    {
        final double few = RatioEstimate.of(alternating(10)).detectable();
        final double many = RatioEstimate.of(alternating(40)).detectable();
        assertEquals(Math.log1p(few) / 2, Math.log1p(many), 0.05 * Math.log1p(few));
        assertTrue(Double.isNaN(RatioEstimate.of(new double[]{1.1}).detectable()));
    }

    private static double[] alternating(final int count)
    {
        final double[] ratios = new double[count];
        for (int i = 0; i < count; i++)
        {
            ratios[i] = Math.exp((i & 1) == 0 ? 0.1 : -0.1);
        }
        return ratios;
    }
}
