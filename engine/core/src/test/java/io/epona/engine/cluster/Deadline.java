package io.epona.engine.cluster;

import org.agrona.concurrent.SystemNanoClock;

/**
 * Ends a wait that would not end.
 */
public final class Deadline
{
    private final long endNs;

    public Deadline(final long timeoutNs)
    {
        endNs = SystemNanoClock.INSTANCE.nanoTime() + timeoutNs;
    }

    /** Throws once the time is over. */
    public void check()
    {
        if (SystemNanoClock.INSTANCE.nanoTime() - endNs > 0)
        {
            throw new AssertionError("the awaited condition did not come true");
        }
    }
}
