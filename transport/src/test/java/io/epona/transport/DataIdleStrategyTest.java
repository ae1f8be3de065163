package io.epona.transport;

import io.epona.transport.DataIdleStrategy.Step;
import org.agrona.concurrent.NanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.epona.transport.DataIdleStrategy.LONE_CYCLES;
import static io.epona.transport.DataIdleStrategy.LONE_WINDOW_NS;
import static io.epona.transport.DataIdleStrategy.SHARED_NS;
import static io.epona.transport.DataIdleStrategy.SLOW_YIELD_NS;
import static io.epona.transport.DataIdleStrategy.SPINS;
import static io.epona.transport.DataIdleStrategy.SUSTAINED_WINDOW_NS;
import static org.junit.jupiter.api.Assertions.assertEquals;

class DataIdleStrategyTest
{
    private static final long MS = 1_000_000L;

    private long nowNs = -3 * MS;
    private final DataIdleStrategy idle = new DataIdleStrategy(() -> nowNs);

    private void spin()
    {
        for (int i = 0; i < SPINS; i++)
        {
            assertEquals(Step.SPIN, idle.nextStep());
        }
    }

    private void work(final int cycles)
    {
        for (int i = 0; i < cycles; i++)
        {
            idle.onWork();
        }
        spin();
    }

    /** From here on without work it yields for so long, and waits then until there is work. */
    private void assertYields(final long windowNs)
    {
        assertEquals(Step.YIELD, idle.nextStep());
        nowNs += windowNs - 1;
        assertEquals(Step.YIELD, idle.nextStep());
        nowNs += 1;
        assertEquals(Step.WAIT, idle.nextStep());
        nowNs += MS;
        assertEquals(Step.WAIT, idle.nextStep());
    }

    @Test
    void shouldWaitSoonWhereThereWasNoWorkAtAll()
    {
        spin();
        assertYields(LONE_WINDOW_NS);
    }

    @ParameterizedTest
    @ValueSource(longs = { 6, 10, 100, 10_000 })
    void shouldWaitSoonAfterEachWorkOfATimer(final long periodMs)
    {
        for (int i = 0; i < 5; i++)
        {
            final long dueNs = nowNs + periodMs * MS;
            work(2);
            assertYields(LONE_WINDOW_NS);
            nowNs = dueNs;
        }
    }

    @Test
    void shouldWaitSoonAfterWorkThatIsShortAndHasPauses()
    {
        nowNs += 10 * MS;
        work(1);
        assertEquals(Step.YIELD, idle.nextStep());
        nowNs += LONE_WINDOW_NS / 2;
        work(1);
        assertEquals(Step.YIELD, idle.nextStep());
        nowNs += LONE_WINDOW_NS / 2;
        work(1);
        assertYields(LONE_WINDOW_NS);
    }

    @ParameterizedTest
    @ValueSource(longs = { 1, 2, 5 })
    void shouldMeetOnlyTheFirstOfRegularMessagesWaiting(final long periodMs)
    {
        nowNs += 100 * MS;
        work(1);
        assertEquals(Step.YIELD, idle.nextStep());
        for (int i = 0; i < 20; i++)
        {
            nowNs += periodMs * MS - 1;
            assertEquals(0 == i ? Step.WAIT : Step.YIELD, idle.nextStep());
            nowNs++;
            work(1);
            assertEquals(Step.YIELD, idle.nextStep());
        }
        assertYields(SUSTAINED_WINDOW_NS);
    }

    @Test
    void shouldTakeManyCyclesWithoutAPauseForSustainedWork()
    {
        nowNs += 100 * MS;
        work(LONE_CYCLES);
        assertYields(LONE_WINDOW_NS);
        nowNs += 100 * MS;
        work(LONE_CYCLES + 1);
        assertYields(SUSTAINED_WINDOW_NS);
    }

    @Test
    void shouldTakeARoundTripAfterTheOtherForSustainedWork()
    {
        nowNs += 100 * MS;
        for (int i = 0; i < 51; i++)
        {
            work(1);
            assertEquals(Step.YIELD, idle.nextStep());
            nowNs += LONE_WINDOW_NS / 50;
        }
        work(1);
        assertYields(SUSTAINED_WINDOW_NS);
    }

    @Test
    void shouldForgetSustainedWorkAfterAPause()
    {
        work(LONE_CYCLES + 1);
        assertYields(SUSTAINED_WINDOW_NS);
        work(1);
        assertYields(LONE_WINDOW_NS);
    }

    @Test
    void shouldTakeWorkByTheIdleStrategysMethods()
    {
        spin();
        nowNs += LONE_WINDOW_NS;
        assertEquals(Step.WAIT, idle.nextStep());
        idle.idle(1);
        assertEquals(Step.SPIN, idle.nextStep());
        idle.reset();
        spin();
        assertEquals(Step.YIELD, idle.nextStep());
        assertEquals("epona-data", idle.alias());
    }

    private static DataIdleStrategy givingWay(final DriverSockets sockets, final NanoClock clock)
    {
        return new DataIdleStrategy(clock, sockets);
    }

    @Test
    void shouldYieldWithoutSpinsWhereItGivesWayAndTheCoreIsItsOwn()
    {
        try (DriverSockets sockets = new DriverSockets())
        {
            final DataIdleStrategy strategy = givingWay(sockets, () -> nowNs);
            for (int i = 0; i < 10; i++)
            {
                assertEquals(Step.YIELD, strategy.nextStep());
                nowNs += SLOW_YIELD_NS;
                strategy.onYielded();
            }
            nowNs += LONE_WINDOW_NS;
            assertEquals(Step.WAIT, strategy.nextStep());
        }
    }

    @Test
    void shouldWaitAfterASlowYieldUntilItIsTimeToTryAnother()
    {
        try (DriverSockets sockets = new DriverSockets())
        {
            final DataIdleStrategy strategy = givingWay(sockets, () -> nowNs);
            assertEquals(Step.YIELD, strategy.nextStep());
            nowNs += SLOW_YIELD_NS + 1;
            strategy.onYielded();

            strategy.onWork();
            assertEquals(Step.WAIT, strategy.nextStep());
            nowNs += SHARED_NS - 1;
            strategy.onWork();
            assertEquals(Step.WAIT, strategy.nextStep());
            nowNs++;
            strategy.onWork();
            assertEquals(Step.YIELD, strategy.nextStep());
        }
    }
}
