package io.epona.client;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class DrivingIdleStrategyTest
{
    private long nowNs;
    private final DrivingIdleStrategy idle = new DrivingIdleStrategy(() -> nowNs);

    private void idle(final int times)
    {
        for (int i = 0; i < times; i++)
        {
            idle.idle(0);
        }
    }

    @Test
    void shouldParkOnlyWhenItSpunAndYieldedAndNothingHappenedForFiveMilliseconds()
    {
        nowNs = -7;
        idle(1);
        nowNs += DrivingIdleStrategy.PARK_AFTER_NS;
        idle(DrivingIdleStrategy.SPINS + DrivingIdleStrategy.YIELDS - 2);
        assertFalse(idle.isParkDue());
        idle(1);
        assertTrue(idle.isParkDue());
        nowNs--;
        assertFalse(idle.isParkDue());
        idle(10);
        nowNs++;
        assertTrue(idle.isParkDue());
        idle.idle(1);
        assertFalse(idle.isParkDue());
        idle(DrivingIdleStrategy.SPINS + DrivingIdleStrategy.YIELDS);
        assertFalse(idle.isParkDue());
        nowNs += DrivingIdleStrategy.PARK_AFTER_NS;
        assertTrue(idle.isParkDue());
        idle.reset();
        assertFalse(idle.isParkDue());
        assertEquals("epona-driving", idle.alias());
    }
}
