package io.epona.loadgen.load;

import io.epona.loadgen.scenario.Scenario.KeyDist;
import io.epona.loadgen.scenario.Scenario.Keys;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The keys of a load in their order: drawn beforehand, so that nothing is drawn while it lasts, and begun again where
 * they are used up. A key always goes to the same partition.
 * <p>
 * Owned by the generator's thread.
 */
final class KeyTable
{
    /** Keys that are drawn: more than are told apart by most caches, and quickly drawn. */
    static final int DRAWN = 1 << 18;

    private final Keys keys;
    private final int partitions;
    private final int[] drawn;
    private int index;

    KeyTable(final Keys keys, final long seed, final int partitions)
    {
        this.keys = keys;
        this.partitions = partitions;
        this.drawn = new int[KeyDist.ROUND_ROBIN == keys.dist() ? keys.count() : DRAWN];
        draw(new SplittableRandom(seed ^ 0x6B657973L));
    }

    private void draw(final SplittableRandom random)
    {
        final int count = keys.count();
        final double[] shares = KeyDist.ZIPF == keys.dist() ? zipf(count, keys.theta()) : null;
        for (int i = 0; i < drawn.length; i++)
        {
            drawn[i] = switch (keys.dist())
            {
                case ROUND_ROBIN -> i;
                case ZIPF -> at(shares, random.nextDouble());
                case HOT -> 1 == count || random.nextDouble() < keys.share() ? 0 : 1 + random.nextInt(count - 1);
                default -> random.nextInt(count);
            };
        }
    }

    /** Of each key the share of it and all before it. */
    private static double[] zipf(final int count, final double theta)
    {
        final double[] shares = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += Math.pow(i + 1, -theta);
            shares[i] = sum;
        }
        for (int i = 0; i < count; i++)
        {
            shares[i] /= sum;
        }

        return shares;
    }

    private static int at(final double[] shares, final double ticket)
    {
        final int found = Arrays.binarySearch(shares, ticket);
        return Math.min(shares.length - 1, found < 0 ? -found - 1 : found + 1);
    }

    /**
     * @return key of the next message, not negative.
     */
    long key()
    {
        return drawn[index];
    }

    /**
     * @return partition of that key.
     */
    int partition()
    {
        // Neighbouring keys are spread (finalizer of MurmurHash3, 32 bits).
        int hash = drawn[index];
        hash = (hash ^ hash >>> 16) * 0x85EBCA6B;
        hash = (hash ^ hash >>> 13) * 0xC2B2AE35;
        return Integer.remainderUnsigned(hash ^ hash >>> 16, partitions);
    }

    /** The next message was sent. */
    void next()
    {
        if (++index == drawn.length)
        {
            index = 0;
        }
    }
}
