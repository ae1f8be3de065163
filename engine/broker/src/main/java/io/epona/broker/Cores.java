package io.epona.broker;

import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

import java.util.function.Supplier;

/**
 * What the machine gives to threads that spin.
 *
 * @param count        of cores.
 * @param spinningIdle what a thread with a core of its own does when there is no work; asked once for each thread.
 */
record Cores(int count, Supplier<IdleStrategy> spinningIdle)
{
    static Cores ofThisMachine()
    {
        return new Cores(Runtime.getRuntime().availableProcessors(), () -> BusySpinIdleStrategy.INSTANCE);
    }
}
