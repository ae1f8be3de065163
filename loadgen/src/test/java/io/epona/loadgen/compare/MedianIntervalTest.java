package io.epona.loadgen.compare;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MedianIntervalTest
{
    /** Values n, n - 1, ..., 1. */
    private static MedianInterval descending(final int n)
    {
        return MedianInterval.of(IntStream.range(0, n).mapToDouble((i) -> n - i).toArray());
    }

    /** Order statistics and coverage computed with whole numbers. */
    @ParameterizedTest
    @CsvSource({
        "6, 1, 6, 0.96875",
        "7, 1, 7, 0.984375",
        "8, 1, 8, 0.9921875",
        "9, 2, 8, 0.9609375",
        "10, 2, 9, 0.978515625",
        "15, 4, 12, 0.96484375",
        "20, 6, 15, 0.958610534",
        "100, 40, 61, 0.964799800",
    })
    void givesTheOrderStatistics(final int n, final double low, final double high, final double coverage)
    {
        final MedianInterval interval = descending(n);
        assertTrue(interval.hasInterval());
        assertEquals(low, interval.low());
        assertEquals(high, interval.high());
        assertEquals(coverage, interval.coverage(), 1e-8);
        assertEquals((n + 1) / 2.0, interval.median());
        assertEquals(1, interval.min());
        assertEquals(n, interval.max());
        assertEquals(n, interval.count());
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1.5", "5, 3"})
    void givesNoIntervalWhereEvenTheRangeSaysTooLittle(final int n, final double median)
    {
        final MedianInterval interval = descending(n);
        assertFalse(interval.hasInterval());
        assertEquals(median, interval.median());
        assertEquals(1, interval.min());
        assertEquals(n, interval.max());
    }

    @Test
    void holdsForTheLargestComparison()
    {
        final MedianInterval interval = descending(200);
        assertEquals(86, interval.low());
        assertEquals(115, interval.high());
        assertTrue(interval.coverage() >= 0.95 && interval.coverage() < 0.97, () -> "" + interval.coverage());
    }

    @Test
    void needsValuesAndLeavesThemAsTheyAre()
    {
        assertThrows(IllegalArgumentException.class, () -> MedianInterval.of(new double[0]));
        final double[] values = { 3, 1, 2 };
        assertEquals(2, MedianInterval.of(values).median());
        assertEquals(3, values[0]);
    }
}
