package io.epona.loadgen.load;

import io.epona.loadgen.scenario.Scenario.Idle;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;

import java.util.concurrent.TimeUnit;

/**
 * Idle strategies by their word in scenarios.
 */
public final class Idling
{
    private Idling()
    {
    }

    /**
     * @param idle the word.
     * @return a new strategy, for one thread.
     */
    public static IdleStrategy strategy(final Idle idle)
    {
        return switch (idle)
        {
            case SPIN -> new BusySpinIdleStrategy();
            case YIELD -> new YieldingIdleStrategy();
            default -> new BackoffIdleStrategy(
                100, 1000, TimeUnit.MICROSECONDS.toNanos(50), TimeUnit.MILLISECONDS.toNanos(1));
        };
    }
}
