package io.epona.broker;

import java.util.Arrays;

/**
 * The tokens of the open sessions, as the shards see them. Written by the conductor alone, which publishes a new sorted
 * array at every change; read by the shards without a lock.
 */
final class SessionTable
{
    private static final long[] EMPTY = new long[0];

    // The volatile store in add/remove pairs with the volatile load in snapshot: the array behind it never changes.
    private volatile long[] tokens = EMPTY;

    void add(final long token)
    {
        final long[] old = tokens;
        final long[] updated = Arrays.copyOf(old, old.length + 1);
        updated[old.length] = token;
        Arrays.sort(updated);
        tokens = updated;
    }

    void remove(final long token)
    {
        final long[] old = tokens;
        final int at = Arrays.binarySearch(old, token);
        if (at >= 0)
        {
            final long[] updated = new long[old.length - 1];
            System.arraycopy(old, 0, updated, 0, at);
            System.arraycopy(old, at + 1, updated, at, old.length - at - 1);
            tokens = updated;
        }
    }

    /**
     * @return the tokens, sorted: not to be changed. A different array stands for a changed table.
     */
    long[] snapshot()
    {
        return tokens;
    }

    static boolean contains(final long[] snapshot, final long token)
    {
        return Arrays.binarySearch(snapshot, token) >= 0;
    }
}
