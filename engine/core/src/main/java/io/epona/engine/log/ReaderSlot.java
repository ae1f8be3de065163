package io.epona.engine.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The pin of one reader: a count that is odd while the reader is inside a poll. It is written by the thread that uses
 * the reader and read by the housekeeper. A count that changed since the housekeeper looked belongs to a later poll,
 * which has seen what the housekeeper published before it looked.
 */
final class ReaderSlot
{
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PADDED_LENGTH = 33;
    private static final int INDEX = 16;

    // The count lies in the middle of an array of its own, at least 128 bytes from anything else.
    private final long[] counts = new long[PADDED_LENGTH];

    /**
     * Pin, and order it before everything that follows. Reader only.
     */
    void pin()
    {
        // pairs with the acquire in count(); the fence pairs with the one in ReaderTable.snapshot: either the
        // housekeeper sees this pin, or this reader sees what the housekeeper published
        COUNT.setRelease(counts, INDEX, counts[INDEX] + 1);
        VarHandle.fullFence();
    }

    /**
     * Everything that was read under the pin was read before this. Reader only.
     */
    void unpin()
    {
        // pairs with the acquire in count()
        COUNT.setRelease(counts, INDEX, counts[INDEX] + 1);
    }

    long count()
    {
        // pairs with the releases in pin and unpin
        return (long)COUNT.getAcquire(counts, INDEX);
    }

    static boolean isPinned(final long count)
    {
        return 0 != (count & 1);
    }
}
