package io.epona.simulator;

/**
 * How fast an ensemble is. Times in simulated ns.
 *
 * @param oneWayNs         mean of the way to or from a server.
 * @param commitNs         mean of what a quorum takes to agree on a write.
 * @param lagNs            mean by which the server of a session is behind.
 * @param slowLagNs        the same of a server that is slow.
 * @param slowChance       of a connection to be to a slow server.
 * @param lateNs           mean after which a request that was under way is applied, though its connection is lost.
 * @param sessionTimeoutNs without a sign of life, after which a server ends a session.
 */
public record ZkSettings(
    long oneWayNs,
    long commitNs,
    long lagNs,
    long slowLagNs,
    double slowChance,
    long lateNs,
    long sessionTimeoutNs)
{
    /**
     * A healthy ensemble nearby.
     *
     * @return the settings.
     */
    public static ZkSettings healthy()
    {
        return new ZkSettings(
            200_000, 800_000, World.MS, 300 * World.MS, 0.1, 400 * World.MS, 4 * World.SECOND);
    }

    /**
     * An ensemble with its own habits, drawn from a seed: nearby or far, prompt or late, with servers that lag by more
     * than a session's patience in the worst case.
     *
     * @param site of the dice.
     * @return the settings.
     */
    public static ZkSettings drawn(final Site site)
    {
        if (site.chance(0.4))
        {
            return healthy();
        }

        return new ZkSettings(
            100_000L << site.nextInt(6),
            400_000L << site.nextInt(6),
            World.MS << site.nextInt(6),
            site.between(50, 2_000) * World.MS,
            site.nextDouble() * 0.6,
            site.between(50, 1_500) * World.MS,
            site.between(2_500, 6_000) * World.MS);
    }

    /**
     * Nearly without delays, for tests.
     *
     * @return the settings.
     */
    public static ZkSettings quick()
    {
        return new ZkSettings(1_000, 1_000, 1_000, 1_000, 0, 100 * World.MS, 4 * World.SECOND);
    }
}
