package io.epona.engine.log;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RunwayTest
{
    private static final int KIB = 1024;
    private static final long MS = 1_000_000L;

    @Test
    void shouldKeepTheLeastWhileIdle()
    {
        final Runway runway = new Runway(0);
        assertEquals(64 * KIB, runway.update(0, 0, 0));
        assertEquals(64 * KIB, runway.update(1000 * MS, 1000, 0));
    }

    @Test
    void shouldHoldFourOfTheLargestBatches()
    {
        assertEquals(400 * KIB, new Runway(0).update(0, 0, 100 * KIB));
    }

    @Test
    void shouldReachAHundredMillisecondsOfASteadyRate()
    {
        final Runway runway = new Runway(0);
        final long bytesPerMs = 1_000_000;
        int ahead = 0;
        for (int ms = 1; ms <= 500; ms++)
        {
            ahead = runway.update(ms * MS, ms * bytesPerMs, 0);
            assertTrue(ahead <= 102 * bytesPerMs, "at " + ms);
        }
        assertTrue(ahead >= 99 * bytesPerMs, "ahead " + ahead);
    }

    @Test
    void shouldReachASecondOfARateThatAPauseOfTheHousekeeperWouldOutrun()
    {
        final Runway runway = new Runway(0);
        final long bytesPerMs = 26_000;
        int ahead = 0;
        for (int ms = 1; ms <= 500; ms++)
        {
            ahead = runway.update(ms * MS, ms * bytesPerMs, 0);
            assertTrue(ahead <= 1020 * bytesPerMs, "at " + ms);
        }
        assertTrue(ahead >= 990 * bytesPerMs, "ahead " + ahead);
    }

    @Test
    void shouldDoubleWhileTheOwnerUsesAllThereIs()
    {
        final Runway runway = new Runway(0);
        long position = 64 * KIB;
        for (int i = 0; i < 8; i++)
        {
            final int ahead = runway.update(i, position, 0);
            assertTrue(ahead >= position, "round " + i);
            position += ahead;
        }
        assertTrue(position > 100L * 1024 * KIB);
    }

    @Test
    void shouldNotTakeABurstForARate()
    {
        final Runway runway = new Runway(0);
        assertEquals(2 * 1_000_000, runway.update(MS, 1_000_000, 0));
        runway.update(100_000 * MS, 1_000_000, 0);
        assertEquals(64 * KIB, runway.update(100_001 * MS, 1_000_000, 0));
    }

    @Test
    void shouldDoubleSegmentsAndFitTheLongestBatch()
    {
        final LogConfig config = new LogConfig(1024 * KIB, -1, 128 * KIB);
        assertEquals(256 * KIB, Runway.nextSegmentLength(64 * KIB, config));
        assertEquals(512 * KIB, Runway.nextSegmentLength(256 * KIB, config));
        assertEquals(1024 * KIB, Runway.nextSegmentLength(1024 * KIB, config));
        assertEquals(64 * KIB, Runway.nextSegmentLength(64 * KIB, new LogConfig(64 * KIB, -1, 128 * KIB)));
        assertEquals(
            1 << 30, Runway.nextSegmentLength(1 << 30, new LogConfig(1 << 30, -1, 128 * KIB)));
    }
}
