package io.epona.broker;

import java.util.Locale;

/**
 * How the agents of a broker are laid out over threads. Every profile runs the same agents: only their composition
 * differs. The housekeeper of the engine always has a thread of its own.
 */
public enum Profile
{
    /**
     * One data thread runs everything: the media driver, the conductor and the shards. For two-core machines, tests
     * and embedding.
     */
    SHARED,

    /**
     * A thread for the media driver, one for the conductor, one for each shard; all of them back off when idle.
     */
    BALANCED,

    /**
     * Three threads for the media driver, one for the conductor, one spinning thread for each shard.
     */
    DEDICATED;

    /**
     * @param shards of the broker.
     * @return threads that spin without ever yielding: there must be a core for each.
     */
    public int spinningThreads(final int shards)
    {
        // Sender and receiver of the driver spin; its conductor and ours back off.
        return DEDICATED == this ? shards + 2 : 0;
    }

    /**
     * @param text name in any case.
     * @return the profile.
     * @throws IllegalArgumentException naming the valid ones.
     */
    public static Profile parse(final String text)
    {
        for (final Profile profile : values())
        {
            if (profile.name().equalsIgnoreCase(text.trim()))
            {
                return profile;
            }
        }

        throw new IllegalArgumentException(
            "no profile is named '" + text + "': use shared, balanced or dedicated");
    }

    @Override
    public String toString()
    {
        return name().toLowerCase(Locale.ROOT);
    }
}
