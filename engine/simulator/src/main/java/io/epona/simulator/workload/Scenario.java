package io.epona.simulator.workload;

import io.epona.simulator.Site;
import io.epona.simulator.World;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The shape of a run, drawn from its seed. Immutable: any thread.
 *
 * @param seed        of everything that is random inside of the world.
 * @param brokers     number of brokers, ids from 1.
 * @param topics      number of names of topics.
 * @param partitions  of each topic.
 * @param replication replicas of each partition.
 * @param minIsr      least number of in-sync replicas.
 * @param isFlushed   whether records are flushed before they are committed.
 * @param producers   number of producers.
 * @param consumers   number of consumers.
 * @param retention   how logs are kept: 0 whole, 1 up to a length, 2 for a time, 3 compacted.
 * @param durationMs  simulated time of the first phase, in which things go wrong.
 */
public record Scenario(
    long seed,
    int brokers,
    int topics,
    int partitions,
    int replication,
    int minIsr,
    boolean isFlushed,
    int producers,
    int consumers,
    int retention,
    int durationMs)
{
    /** Records are kept for a time. */
    static final int TIMED = 2;
    /** Of each key the last record is kept. */
    static final int COMPACTED = 3;
    private static final String COMPONENT = "scenario";
    private static final int KEYS = 7;
    /** Partitions, so that one message does not hold what two brokers have to say about them. */
    private static final int MANY = 40;
    private static final int DURATION_MS = 30_000;

    /**
     * Draw the shape of a run.
     *
     * @param seed of the run.
     * @return the shape.
     */
    public static Scenario of(final long seed)
    {
        final World dice = new World(seed);
        final Site site = dice.site(COMPONENT, "shape");
        final int brokers = site.between(3, 5);
        final int topics = site.between(1, 2);
        final int partitions = site.between(1, 4);
        // Three replicas are what the protocol is for; fewer are there to see its edges.
        final int replication = site.chance(0.7) ? 3 : site.between(1, 2);
        final int minIsr = 1 == replication ? 1 : site.chance(0.8) ? 2 : 1;
        final Site many = dice.site(COMPONENT, "many");
        final boolean isMany = many.chance(0.02);

        return new Scenario(
            seed, brokers, isMany ? 1 : topics, isMany ? many.between(MANY, 2 * MANY) : partitions, replication,
            minIsr, site.chance(0.3), site.between(2, 4),
            site.between(1, 3), site.chance(0.4) ? site.between(1, 3) : 0, DURATION_MS);
    }

    /**
     * @param topic number of the topic, from 0.
     * @return its name.
     */
    public String topicName(final int topic)
    {
        return "t" + topic;
    }

    /**
     * Acknowledgements that a producer asks for.
     *
     * @param producer number, from 0.
     * @return -1 for all, 1 or 0.
     */
    public int acks(final int producer)
    {
        return 0 == producer || 0 != producer % 3 ? -1 : (seed & 1) == 0 ? 1 : 0;
    }

    /**
     * @param producer number, from 0.
     * @return whether its records are written once, whatever happens.
     */
    public boolean isIdempotent(final int producer)
    {
        return -1 == acks(producer) && 2 != producer;
    }

    /**
     * @param consumer number, from 0.
     * @return whether it begins with what comes, and not with what is there.
     */
    public boolean isFromLatest(final int consumer)
    {
        return 1 == consumer % 3;
    }

    /**
     * @return whether two brokers have more to say than one message holds.
     */
    public boolean hasManyPartitions()
    {
        return partitions >= MANY;
    }

    /**
     * @return whether records go with time.
     */
    public boolean isDeleting()
    {
        return 0 != retention && COMPACTED != retention;
    }

    /**
     * @param id of a record.
     * @return its key, 0 to 5; -1 where it has none, as some records of compacted topics, and all others.
     */
    public int keyOf(final long id)
    {
        return COMPACTED == retention ? (int)(id % KEYS) - 1 : -1;
    }

    /**
     * @return settings of each topic.
     */
    public Map<String, String> topicConfig()
    {
        final Map<String, String> config = new LinkedHashMap<>();
        config.put("min.insync.replicas", Integer.toString(minIsr));
        if (isFlushed)
        {
            config.put("flush.policy", "commit");
        }
        if (0 == seed % 4)
        {
            config.put("unclean.leader.election.enable", "true");
        }
        if (0 != retention)
        {
            config.put("segment.bytes", "64k");
            config.put("segment.ms", COMPACTED == retention ? "1000" : "2000");
        }
        switch (retention)
        {
            case 1 -> config.put("retention.bytes", "64k");
            case TIMED -> config.put("retention.ms", "3000");
            case COMPACTED ->
            {
                config.put("cleanup.policy", "compact");
                config.put("min.cleanable.dirty.ratio", "0.1");
            }
            default ->
            {
                // Everything is kept.
            }
        }

        return config;
    }

    /**
     * Read what {@link #toString()} wrote.
     *
     * @param line of eleven words, or ten as they were before retention.
     * @return the shape.
     */
    public static Scenario parse(final String line)
    {
        final String[] words = line.trim().split(" +");
        if (10 != words.length && 11 != words.length)
        {
            throw new IllegalArgumentException("eleven words expected: " + line);
        }
        final int[] n = new int[words.length];
        for (int i = 1; i < words.length; i++)
        {
            n[i] = 6 == i ? 0 : Integer.parseInt(words[i]);
        }

        return new Scenario(
            Long.parseLong(words[0]), n[1], n[2], n[3], n[4], n[5], Boolean.parseBoolean(words[6]), n[7], n[8],
            11 == words.length ? n[9] : 0, n[words.length - 1]);
    }

    @Override
    public String toString()
    {
        return seed + " " + brokers + " " + topics + " " + partitions + " " + replication + " " + minIsr + " " +
            isFlushed + " " + producers + " " + consumers + " " + retention + " " + durationMs;
    }
}
