package io.epona.simulator;

/**
 * One place that asks for random numbers: counts how often, see {@link KeyedRandom}.
 * <p>
 * Owned by the thread of its world.
 */
public final class Site
{
    private final long seed;
    private final long component;
    private final long key;
    private long counter;

    Site(final long seed, final String component, final String name)
    {
        this.seed = seed;
        this.component = KeyedRandom.key(component);
        this.key = KeyedRandom.key(name);
    }

    /**
     * @return 64 random bits.
     */
    public long nextLong()
    {
        return KeyedRandom.at(seed, component, key, counter++);
    }

    /**
     * @param bound above 0.
     * @return from 0 to below the bound.
     */
    public int nextInt(final int bound)
    {
        if (bound <= 0)
        {
            throw new IllegalArgumentException("bound: " + bound);
        }

        return (int)((nextLong() >>> 32) * bound >>> 32);
    }

    /**
     * @param low  lowest value.
     * @param high highest value.
     * @return from the lowest to the highest, both included.
     */
    public int between(final int low, final int high)
    {
        return low + nextInt(high - low + 1);
    }

    /**
     * @param low  lowest value.
     * @param high above it.
     * @return from the lowest to below the highest.
     */
    public long between(final long low, final long high)
    {
        return low + (long)(nextDouble() * (high - low));
    }

    /**
     * @return from 0 to below 1.
     */
    public double nextDouble()
    {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    /**
     * @return heads or tails.
     */
    public boolean nextBoolean()
    {
        return nextLong() < 0;
    }

    /**
     * @param probability 0 for never, 1 for always.
     * @return whether it happened.
     */
    public boolean chance(final double probability)
    {
        return nextDouble() < probability;
    }

    /**
     * @param mean of the distribution, in the unit of the result.
     * @return exponentially distributed, at most 20 times the mean.
     */
    public long exponential(final long mean)
    {
        return (long)(Math.min(20.0, -StrictMath.log(1.0 - nextDouble())) * mean);
    }
}
