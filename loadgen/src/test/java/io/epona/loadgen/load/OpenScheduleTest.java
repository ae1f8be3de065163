package io.epona.loadgen.load;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigInteger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class OpenScheduleTest
{
    private static final long T0 = 123_456_789L;

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 7, 1_000, 99_999, 100_000, 333_333, 1_000_000, 7_654_321, 1_000_000_000})
    void messageIIsDueAtTheFloorOfItsShare(final long rate)
    {
        final OpenSchedule schedule = OpenSchedule.even(rate, T0);
        for (long i = 0; i < 300_000; i++)
        {
            final long expected = BigInteger.valueOf(i).multiply(BigInteger.valueOf(1_000_000_000L))
                .divide(BigInteger.valueOf(rate)).longValueExact();
            if (T0 + expected != schedule.nextNs())
            {
                assertEquals(T0 + expected, schedule.nextNs(), "message " + i + " at rate " + rate);
            }
            schedule.advance();
        }
    }

    @Test
    void messagesOfABurstAreDueTogetherAndBurstsNeverDrift()
    {
        final OpenSchedule schedule = OpenSchedule.bursts(333_333, T0, 7);
        for (long i = 0; i < 300_000; i++)
        {
            assertEquals(T0 + i / 7 * 7 * 1_000_000_000L / 333_333, schedule.nextNs());
            schedule.advance();
        }
    }

    @Test
    void poissonArrivalsNeverDriftAndNeverGoBack()
    {
        final long rate = 333_333;
        final OpenSchedule schedule = OpenSchedule.poisson(rate, T0, 42);
        long last = T0;
        boolean uneven = false;
        for (long i = 0; i < 10L * OpenSchedule.CYCLE; i++)
        {
            final long next = schedule.nextNs();
            assertTrue(next >= last, "message " + i);
            uneven |= next - last > 4 * 1_000_000_000L / rate;
            if (i % OpenSchedule.CYCLE == 0)
            {
                assertEquals(T0 + i * 1_000_000_000L / rate, next, "cycle " + i / OpenSchedule.CYCLE);
            }
            last = next;
            schedule.advance();
        }
        assertTrue(uneven, "gaps of an exponential distribution differ");
    }

    @Test
    void aPoissonTableIsMadeFromItsSeed()
    {
        final OpenSchedule one = OpenSchedule.poisson(1_000, 0, 1);
        final OpenSchedule same = OpenSchedule.poisson(1_000, 0, 1);
        final OpenSchedule other = OpenSchedule.poisson(1_000, 0, 2);
        one.advance();
        same.advance();
        other.advance();
        assertEquals(one.nextNs(), same.nextNs());
        assertNotEquals(one.nextNs(), other.nextNs());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 7, 1_000, 333_333, 1_000_000})
    void aWindowHoldsTheMessagesThatAreDueInIt(final long rate)
    {
        for (final long windowNs : new long[]{1, 999, 1_000_000, 1_000_001, 333_333_333, 1_000_000_000})
        {
            final OpenSchedule schedule = OpenSchedule.even(rate, 0);
            long count = 0;
            while (schedule.nextNs() < windowNs)
            {
                count++;
                schedule.advance();
            }
            assertEquals(count, OpenSchedule.scheduledIn(rate, windowNs), rate + " in " + windowNs);
        }
        assertEquals(86_400L * rate, OpenSchedule.scheduledIn(rate, 86_400_000_000_000L));
    }
}
