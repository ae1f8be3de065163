package io.epona.broker;

import org.agrona.concurrent.SystemNanoClock;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.fail;

/**
 * Waits for conditions, with a deadline.
 */
final class Await
{
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(20);

    private Await()
    {
    }

    static void until(final String what, final Runnable step, final BooleanSupplier condition)
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
