package io.epona.loadgen.sweep;

import io.epona.loadgen.sweep.RateSearch.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongPredicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RateSearchTest
{
    private static final int MAX_RUNS = 200;

    private final List<Long> rates = new ArrayList<>();

    private RateSearch search(final long first, final LongPredicate system)
    {
        final RateSearch search = new RateSearch(first, Math.max(1, first / 1000), first * 1000);
        for (int i = 0; State.SEARCHING == search.state(); i++)
        {
            assertTrue(i < MAX_RUNS, () -> "no end: " + rates);
            rates.add(search.nextRate());
            search.onRun(system.test(search.nextRate()));
        }

        return search;
    }

    @ParameterizedTest
    @ValueSource(longs = {1_100, 99_999, 100_000, 100_001, 129_999, 1_234_567, 99_000_000})
    void findsTheLimitOfASteadySystemWithinFivePercent(final long limit)
    {
        final RateSearch search = search(100_000, (rate) -> rate <= limit);

        assertEquals(State.FOUND, search.state());
        assertTrue(search.heldRate() <= limit && search.heldRate() * 1.05 >= limit, () -> rates.toString());
        final List<Long> last = rates.subList(rates.size() - RateSearch.CONFIRMATIONS, rates.size());
        assertTrue(last.stream().allMatch((rate) -> rate == search.heldRate()), () -> rates.toString());
    }

    @Test
    void climbsInStepsOfThreeTenths()
    {
        search(1000, (rate) -> rate <= 2000);
        assertEquals(List.of(1000L, 1300L, 1690L, 2197L), rates.subList(0, 4));
    }

    @Test
    void staysWithinItsRange()
    {
        assertEquals(State.NONE, search(1_000, (rate) -> false).state());
        assertEquals(1, rates.get(rates.size() - 1));
        rates.clear();
        assertEquals(1_000_000, search(1_000, (rate) -> true).heldRate());
    }

    @Test
    void goesOnBelowARateThatDoesNotHoldWhenConfirmed()
    {
        final int[] runsAtLimit = {0};
        final RateSearch search = search(1000, (rate) -> rate < 1000 || 1000 == rate && ++runsAtLimit[0] < 3);

        assertEquals(State.FOUND, search.state());
        assertTrue(search.heldRate() < 1000 && search.heldRate() > 900, () -> rates.toString());
    }

    @Test
    void saysThatTheMachineIsTooNoisy()
    {
        final SplittableRandom random = new SplittableRandom(1);
        int unsteady = 0;
        for (int i = 0; i < 50; i++)
        {
            rates.clear();
            unsteady += State.UNSTEADY == search(100_000, (rate) -> random.nextInt(5) < 2).state() ? 1 : 0;
        }
        assertTrue(unsteady > 0, "never");
    }

    @Test
    void refusesARangeThatIsNone()
    {
        assertThrows(IllegalArgumentException.class, () -> new RateSearch(10, 11, 20));
        assertThrows(IllegalArgumentException.class, () -> new RateSearch(10, 0, 20));
        assertThrows(IllegalArgumentException.class, () -> new RateSearch(30, 10, 20));
    }

    /** Three searches on a machine whose limit moves by some percent from run to run agree within 10 %. */
    @Test
    void findsTheSameRateThreeTimes()
    {
        final SplittableRandom random = new SplittableRandom(7);
        final long[] found = new long[3];
        for (int i = 0; i < found.length; i++)
        {
            found[i] = search(100_000, (rate) -> rate <= 1_000_000 * (0.98 + 0.04 * random.nextDouble())).heldRate();
        }
        for (final long rate : found)
        {
            assertTrue(rate > 0.9 * found[0] && rate < 1.1 * found[0], rate + " beside " + found[0]);
        }
    }
}
