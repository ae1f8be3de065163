package io.epona.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Keeps threads that would do the same work apart without a lock: who enters is alone, who cannot goes away and comes
 * again. What one did inside is visible to the next. Any thread; leaving is for the one that entered.
 */
final class BusyFlag
{
    private static final VarHandle HOLDER;

    static
    {
        try
        {
            HOLDER = MethodHandles.lookup().findVarHandle(BusyFlag.class, "holder", Thread.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private volatile Thread holder;

    /**
     * @return whether the calling thread is inside now. Not reentrant.
     */
    boolean enter()
    {
        // Acquire pairs with the release in exit(): what the former thread did is visible.
        return null == (Thread)HOLDER.compareAndExchangeAcquire(this, (Thread)null, Thread.currentThread());
    }

    /** By the thread that entered. */
    void exit()
    {
        // Release pairs with the acquire in enter().
        HOLDER.setRelease(this, (Thread)null);
    }

    /**
     * @return whether the calling thread is inside.
     */
    boolean isHeldByCaller()
    {
        return Thread.currentThread() == holder;
    }
}
