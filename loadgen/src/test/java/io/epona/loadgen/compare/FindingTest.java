package io.epona.loadgen.compare;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class FindingTest
{
    private static final boolean[] HIGHER_IS_BETTER = {false, false, true};
    private static final double MARGIN = 0.02;
    /** Relative noise of a run: what two runs of a quiet machine differ by. */
    private static final double NOISE = 0.03;

    @Test
    void correctsAsHolmDoes()
    {
        // Worked through in Holm's paper's manner: 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.04 x 1, each no less than the last.
        assertArrayEquals(
            new double[]{0.06, 0.04, 0.06, 0.06},
            Finding.holm(new double[]{0.03, 0.01, 0.04, 0.02}),
            1e-12);
        assertArrayEquals(new double[]{1, 1}, Finding.holm(new double[]{0.6, 0.9}), 1e-12);
    }

    @Test
    void saysNothingOnFewPairs()
    {
        assertEquals(Finding.INCONCLUSIVE, of(ratios(new SplittableRandom(1), 9, 2.0, NOISE), false));
        assertEquals(Finding.SLOWER, of(ratios(new SplittableRandom(1), 10, 2.0, NOISE), false));
        assertEquals(Finding.FASTER, of(ratios(new SplittableRandom(1), 10, 2.0, NOISE), true));
        assertEquals(Finding.FASTER, of(ratios(new SplittableRandom(1), 10, 0.5, NOISE), false));
    }

    @Test
    void callsEquivalentWhatDiffersByLessThanTheMargin()
    {
        assertEquals(Finding.EQUIVALENT, of(ratios(new SplittableRandom(1), 10, 1.001, 0.002), false));
        assertEquals(Finding.INCONCLUSIVE, of(ratios(new SplittableRandom(1), 10, 1.0, 0.2), false));
    }

    private static Finding of(final double[] ratios, final boolean higherIsBetter)
    {
        return Finding.of(
            new RatioEstimate[]{RatioEstimate.of(ratios)}, new boolean[]{higherIsBetter}, MARGIN)[0];
    }

    /**
     * A driver that is slower by so much in every figure, in 200 comparisons of 10 pairs of runs with noise. In 200
     * comparisons of a thing with itself, 5 % false alarms are 10; more than 18 have a probability below 1 %.
     */
    @ParameterizedTest
    @CsvSource({"1.00, 0, 18", "1.05, 100, 200", "1.10, 195, 200", "1.20, 200, 200"})
    void findsWhatIsThereAndNothingElse(final double slower, final int atLeast, final int atMost)
    {
        final SplittableRandom random = new SplittableRandom(20261123);
        int found = 0;
        for (int i = 0; i < 200; i++)
        {
            final Finding[] findings = Finding.of(
                new RatioEstimate[]{
                    RatioEstimate.of(ratios(random, 10, slower, NOISE)),
                    RatioEstimate.of(ratios(random, 10, slower, 2 * NOISE)),
                    RatioEstimate.of(ratios(random, 10, 1 / slower, NOISE))},
                HIGHER_IS_BETTER,
                MARGIN);
            boolean isFound = false;
            for (final Finding finding : findings)
            {
                isFound |= Finding.FASTER == finding || Finding.SLOWER == finding;
                assertTrue(1.0 == slower || Finding.FASTER != finding, "the wrong way round");
            }
            found += isFound ? 1 : 0;
        }

        assertTrue(found >= atLeast && found <= atMost, "found " + found + " of 200");
    }

    /** Runs with a heavy tail, as latencies have it: one in ten is off by much. */
    private static double[] ratios(
        final SplittableRandom random, final int count, final double ratio, final double noise)
    {
        final double[] ratios = new double[count];
        for (int i = 0; i < count; i++)
        {
            ratios[i] = ratio * figure(random, noise) / figure(random, noise);
        }
        return ratios;
    }

    private static double figure(final SplittableRandom random, final double noise)
    {
        final double scale = random.nextInt(10) == 0 ? 4 * noise : noise;
        final double gauss = Math.sqrt(-2 * Math.log(1 - random.nextDouble())) *
            Math.cos(2 * Math.PI * random.nextDouble());
        return Math.exp(scale * gauss);
    }
}
