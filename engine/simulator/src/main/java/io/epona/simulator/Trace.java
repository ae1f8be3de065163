package io.epona.simulator;

import org.agrona.DirectBuffer;

/**
 * What happened in a world, as a running hash, and as lines where somebody reads them. Two runs of a seed have the same
 * hash, whether they are read or not: notes are for the reader alone and do not count.
 * <p>
 * Owned by the thread of its world.
 */
public final class Trace
{
    /** Reads the trace. */
    @FunctionalInterface
    public interface Reader
    {
        /**
         * @param nowNs simulated ns.
         * @param line  what happened, without an end of line.
         */
        void onLine(long nowNs, String line);
    }

    private final Reader reader;
    private long nowNs;
    private long hash;

    Trace(final long seed, final Reader reader)
    {
        this.hash = KeyedRandom.mix(seed);
        this.reader = reader;
    }

    void nowNs(final long newNowNs)
    {
        nowNs = newNowNs;
    }

    /** An event begins. Not a line: what it does will be. */
    void onEvent(final String what)
    {
        hash = KeyedRandom.mix(hash ^ nowNs) + what.hashCode();
    }

    /**
     * @return whether somebody reads: then notes are worth building.
     */
    public boolean isRead()
    {
        return null != reader;
    }

    /**
     * @return of all that happened so far.
     */
    public long hash()
    {
        return hash;
    }

    /**
     * Something happened.
     *
     * @param what a constant.
     * @param a    first number.
     * @param b    second number.
     * @param c    third number.
     */
    public void add(final String what, final long a, final long b, final long c)
    {
        hash = KeyedRandom.mix(hash ^ nowNs) + what.hashCode();
        hash = KeyedRandom.mix(hash ^ a) + b;
        hash = KeyedRandom.mix(hash) + c;
        if (null != reader)
        {
            reader.onLine(nowNs, what + ' ' + a + ' ' + b + ' ' + c);
        }
    }

    /**
     * Bytes moved: they count for the hash.
     *
     * @param buffer that holds them.
     * @param index  of the first.
     * @param length of them.
     */
    public void addBytes(final DirectBuffer buffer, final int index, final int length)
    {
        final int words = index + (length & -Long.BYTES);
        long bits = hash + length;
        int i = index;
        while (i < words)
        {
            bits = (bits ^ buffer.getLong(i)) * 0xFF51AFD7ED558CCDL;
            bits ^= bits >>> 32;
            i += Long.BYTES;
        }
        while (i < index + length)
        {
            bits = (bits ^ buffer.getByte(i)) * 0xFF51AFD7ED558CCDL;
            bits ^= bits >>> 32;
            i++;
        }
        hash = bits;
    }

    /**
     * For the reader alone: to be built only where {@link #isRead()}.
     *
     * @param line to read.
     */
    public void note(final String line)
    {
        if (null != reader)
        {
            reader.onLine(nowNs, line);
        }
    }
}
