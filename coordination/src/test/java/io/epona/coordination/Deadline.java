package io.epona.coordination;

import org.agrona.concurrent.SystemNanoClock;

/**
 * Ends a wait that would not end.
 */
final class Deadline
{
    private final long endNs;

    Deadline(final long timeoutNs)
    {
        endNs = SystemNanoClock.INSTANCE.nanoTime() + timeoutNs;
    }

    void check()
    {
        if (SystemNanoClock.INSTANCE.nanoTime() - endNs > 0)
        {
            throw new AssertionError("the awaited condition did not come true");
        }
    }
}
