package io.epona.broker;

import org.agrona.concurrent.SystemNanoClock;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.fail;

/**
 * Waits for conditions, with a deadline.
 */
public final class Await
{
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(20);

    private Await()
    {
    }

    /**
     * Wait for a condition, and fail where it does not come true in 20 seconds.
     *
     * @param what      is waited for.
     * @param step      to make between two looks.
     * @param condition to come true.
     */
    public static void until(final String what, final Runnable step, final BooleanSupplier condition)
    {
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + DEADLINE_NS;
        while (!condition.getAsBoolean())
        {
            step.run();
            if (SystemNanoClock.INSTANCE.nanoTime() - deadlineNs > 0)
            {
                fail("in vain: " + what);
            }
            Thread.yield();
        }
    }
}
