package io.epona.loadgen.compare;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * Against the worked example of Hollander, Wolfe, Chicken: Nonparametric Statistical Methods, 3rd edition, examples
 * 3.1, 3.3 and 3.4: the Hamilton depression scale of nine patients before and after a tranquilizer.
 */
class SignedRankTest
{
    private static final double[] BEFORE = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
    private static final double[] AFTER = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};

    private static double[] gains()
    {
        final double[] gains = new double[BEFORE.length];
        Arrays.setAll(gains, (i) -> BEFORE[i] - AFTER[i]);
        return gains;
    }

    @Test
    void estimatesTheCentreOfThePublishedExample()
    {
        assertEquals(0.46, SignedRank.centre(gains()), 1e-9);
    }

    @Test
    void givesTheIntervalOfThePublishedExample()
    {
        final SignedRank.Interval interval = SignedRank.interval(gains(), 0.95);
        assertEquals(0.010, interval.low(), 1e-9);
        assertEquals(0.786, interval.high(), 1e-9);
        assertEquals(1 - 2 * 0.0195, interval.coverage(), 1e-4);
    }

    @Test
    void distributionIsThatOfCoinTossesOverRanks()
    {
        final int n = 6;
        final double[] expected = new double[n * (n + 1) / 2 + 1];
        for (int signs = 0; signs < 1 << n; signs++)
        {
            int sum = 0;
            for (int rank = 1; rank <= n; rank++)
            {
                sum += (signs >> rank - 1 & 1) * rank;
            }
            expected[sum] += 1.0 / (1 << n);
        }

        final double[] distribution = SignedRank.distribution(n);
        assertEquals(expected.length, distribution.length);
        for (int sum = 0; sum < expected.length; sum++)
        {
            assertEquals(expected[sum], distribution[sum], 1e-15);
        }
    }

    @Test
    void fiveValuesAreTooFewForAnInterval()
    {
        assertNull(SignedRank.interval(new double[]{1, 2, 3, 4, 5}, 0.95));
        assertEquals(1, SignedRank.interval(new double[]{1, 2, 3, 4, 5, 6}, 0.95).low());
        assertEquals(6, SignedRank.interval(new double[]{1, 2, 3, 4, 5, 6}, 0.95).high());
    }
}
