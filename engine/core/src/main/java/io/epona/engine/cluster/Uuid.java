package io.epona.engine.cluster;

import java.security.SecureRandom;

/**
 * 128 random bits: the identity of a cluster or a directory.
 *
 * @param high first 64 bits.
 * @param low  last 64 bits.
 */
public record Uuid(long high, long low)
{
    /**
     * @return a new one.
     */
    public static Uuid random()
    {
        final SecureRandom random = new SecureRandom();
        return new Uuid(random.nextLong(), random.nextLong());
    }

    @Override
    public String toString()
    {
        return String.format("%016x%016x", high, low);
    }
}
