package io.epona.simulator;

/**
 * Random numbers that are a function of what they are for: of a seed, a component, a site in it, and how often that
 * site has asked. Taking one event out of a run therefore does not change the numbers of the others, which is what
 * makes a failing run shrink.
 * <p>
 * Stateless: any thread. The mixing is the finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
 * Number Generators, 2014), the hash of names FNV-1a.
 */
public final class KeyedRandom
{
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final long FNV_OFFSET = 0xCBF29CE484222325L;
    private static final long FNV_PRIME = 0x100000001B3L;

    private KeyedRandom()
    {
    }

    /**
     * @param seed      of the run.
     * @param component key of the component, see {@link #key(String)}.
     * @param site      key of the place in it that asks.
     * @param counter   how often it asked before.
     * @return 64 random bits.
     */
    public static long at(final long seed, final long component, final long site, final long counter)
    {
        long bits = mix(seed + GOLDEN_GAMMA);
        bits = mix(bits ^ component);
        bits = mix(bits + GOLDEN_GAMMA ^ site);

        return mix(bits + (counter + 1) * GOLDEN_GAMMA);
    }

    /**
     * @param name of a component or a site.
     * @return its key.
     */
    public static long key(final String name)
    {
        long hash = FNV_OFFSET;
        for (int i = 0; i < name.length(); i++)
        {
            hash = (hash ^ name.charAt(i)) * FNV_PRIME;
        }

        return mix(hash);
    }

    static long mix(final long value)
    {
        long bits = value;
        bits = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
        bits = (bits ^ bits >>> 27) * 0x94D049BB133111EBL;

        return bits ^ bits >>> 31;
    }
}
