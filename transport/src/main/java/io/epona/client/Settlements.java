package io.epona.client;

import io.epona.client.session.ProducerPartition;

/**
 * What became of records, from the machine that decided it to the application: told when the machine is at rest, so
 * that a handler may send or throw. Grows to what one step settles at most and is used again. Owned by the producer's
 * thread.
 */
final class Settlements
{
    private Entry[] entries = new Entry[64];
    private int head;
    private int count;

    /** One range of records. */
    static final class Entry
    {
        ProducerPartition partition;
        long firstNumber;
        int records;
        int code;
        boolean isOutcomeKnown;
        long baseOffset;
        int leaderEpoch;
        int inMemory;
        int onDisk;
    }

    Settlements()
    {
        fill(entries, 0);
    }

    /** @return an entry to be filled in at once. */
    Entry add()
    {
        if (entries.length == count)
        {
            final Entry[] larger = new Entry[2 * count];
            for (int i = 0; i < count; i++)
            {
                larger[i] = entries[head + i & count - 1];
            }
            fill(larger, count);
            entries = larger;
            head = 0;
        }
        return entries[head + count++ & entries.length - 1];
    }

    /** @return the oldest entry, valid until the next call of a method, or null. It is taken out. */
    Entry poll()
    {
        if (0 == count)
        {
            return null;
        }
        final Entry oldest = entries[head];
        head = head + 1 & entries.length - 1;
        count--;
        return oldest;
    }

    boolean isEmpty()
    {
        return 0 == count;
    }

    private static void fill(final Entry[] entries, final int from)
    {
        for (int i = from; i < entries.length; i++)
        {
            entries[i] = new Entry();
        }
    }
}
