package io.epona.engine.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One cut of a log's end, in the order of the cuts. A reader keeps the last one it knows and finds later ones behind
 * it, however many they were and however far the log has grown again since; what no reader keeps is garbage.
 * Written by the housekeeper.
 */
final class Truncation
{
    private static final VarHandle NEXT;

    static
    {
        try
        {
            NEXT = MethodHandles.lookup().findVarHandle(Truncation.class, "next", Truncation.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final long offset;
    private Truncation next;

    /**
     * @param offset from which on everything was cut.
     */
    Truncation(final long offset)
    {
        this.offset = offset;
    }

    long offset()
    {
        return offset;
    }

    /**
     * @return the cut that followed this one, or null. Any thread.
     */
    Truncation next()
    {
        // pairs with the release in next(Truncation)
        return (Truncation)NEXT.getAcquire(this);
    }

    /** Housekeeper only. */
    void next(final Truncation following)
    {
        // pairs with the acquire in next(); the full fences of readers and housekeeper order it against the pins
        NEXT.setRelease(this, following);
    }
}
