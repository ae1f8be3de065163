package io.epona.codecs;

import org.agrona.DirectBuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * The hash with which Kafka's producers choose the partition of a key (Austin Appleby's 32-bit MurmurHash2 with Kafka's
 * seed), so that a key keeps its partition whichever of the two systems computed it. Pure functions: any thread.
 */
public final class Murmur2
{
    private static final int SEED = 0x9747b28c;
    private static final int MULTIPLIER = 0x5bd1e995;
    private static final int SHIFT = 24;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, LITTLE_ENDIAN);

    private Murmur2()
    {
    }

    /**
     * Hash a range of a buffer.
     *
     * @param buffer holding the key.
     * @param index  of the key.
     * @param length in bytes.
     * @return the hash, any int.
     */
    public static int hash(final DirectBuffer buffer, final int index, final int length)
    {
        final int end = index + length;
        int hash = SEED ^ length;
        int i = index;
        for (; end - i >= 4; i += 4)
        {
            hash = mix(hash, buffer.getInt(i, LITTLE_ENDIAN));
        }

        if (i < end)
        {
            int tail = 0;
            for (int j = end - 1; j >= i; j--)
            {
                tail = (tail << 8) | (buffer.getByte(j) & 0xFF);
            }
            hash = (hash ^ tail) * MULTIPLIER;
        }

        return finish(hash);
    }

    /**
     * Hash a key.
     *
     * @param key bytes.
     * @return the hash, any int.
     */
    public static int hash(final byte[] key)
    {
        int hash = SEED ^ key.length;
        int i = 0;
        for (; key.length - i >= 4; i += 4)
        {
            hash = mix(hash, (int)INT.get(key, i));
        }

        if (i < key.length)
        {
            int tail = 0;
            for (int j = key.length - 1; j >= i; j--)
            {
                tail = (tail << 8) | (key[j] & 0xFF);
            }
            hash = (hash ^ tail) * MULTIPLIER;
        }

        return finish(hash);
    }

    /**
     * Drop the sign as Kafka does: not the absolute value, but the lower 31 bits.
     *
     * @param hash any int.
     * @return the lower 31 bits, not negative.
     */
    public static int toPositive(final int hash)
    {
        return hash & 0x7fffffff;
    }

    /**
     * The partition of a hashed key.
     *
     * @param hash           of the key.
     * @param partitionCount of the topic, at least 1.
     * @return 0 to partitionCount - 1.
     */
    public static int partition(final int hash, final int partitionCount)
    {
        return toPositive(hash) % partitionCount;
    }

    private static int mix(final int hash, final int word)
    {
        int k = word * MULTIPLIER;
        k ^= k >>> SHIFT;
        k *= MULTIPLIER;

        return (hash * MULTIPLIER) ^ k;
    }

    private static int finish(final int hash)
    {
        int h = hash ^ (hash >>> 13);
        h *= MULTIPLIER;

        return h ^ (h >>> 15);
    }
}
