package io.epona.loadgen.chaos;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Kinds of rounds, in the order in which they are run. */
public enum Category
{
    /** One broker that leads is killed (SIGKILL) and started again. */
    KILL("kill", 100, 10, 1, false),
    /** Two brokers are killed at once, one of which leads at least. */
    KILL_TWO("kill-two", 10, 5, 1, false),
    /** All brokers are killed at once and started in random order. */
    KILL_ALL("kill-all", 10, 5, 1, false),
    /** A broker that leads stands still (SIGSTOP) for longer than its session. */
    PAUSE("pause", 30, 10, 1, false),
    /** The session of a broker that leads is ended by ZooKeeper. */
    ZK_EXPIRE("zk-expire", 20, 10, 1, false),
    /** The leader of an ensemble of three is killed and started again. */
    ZK_LEADER("zk-leader", 5, 5, 3, false),
    /** All of ZooKeeper is down for a minute. */
    ZK_DOWN("zk-down", 1, 1, 1, false),
    /** A broker that leads is cut off from the others, not from ZooKeeper nor clients. */
    PARTITION_BROKERS("partition-brokers", 5, 5, 1, true),
    /** A broker that leads is cut off from ZooKeeper, not from the others nor clients. */
    PARTITION_ZK("partition-zk", 5, 5, 1, true),
    /** Every broker in turn is stopped in order and started again: a round is all of them. */
    ROLLING("rolling", 20, 5, 1, false);

    private final String text;
    private final int fullRounds;
    private final int roundsOfGroup;
    private final int zooKeepers;
    private final boolean needsNamespaces;

    Category(
        final String text,
        final int fullRounds,
        final int roundsOfGroup,
        final int zooKeepers,
        final boolean needsNamespaces)
    {
        this.text = text;
        this.fullRounds = fullRounds;
        this.roundsOfGroup = roundsOfGroup;
        this.zooKeepers = zooKeepers;
        this.needsNamespaces = needsNamespaces;
    }

    /**
     * @param text as people write it.
     * @return the category, or null where there is none.
     */
    public static Category of(final String text)
    {
        return Arrays.stream(values()).filter((category) -> category.text.equals(text)).findFirst().orElse(null);
    }

    /**
     * @return all names, for people.
     */
    public static String names()
    {
        return Arrays.stream(values()).map(Category::text).collect(Collectors.joining(", "));
    }

    /**
     * @return its name.
     */
    public String text()
    {
        return text;
    }

    /**
     * @return rounds of a full run.
     */
    public int fullRounds()
    {
        return fullRounds;
    }

    /** Rounds under one load, which is verified at its end. */
    int roundsOfGroup()
    {
        return roundsOfGroup;
    }

    int zooKeepers()
    {
        return zooKeepers;
    }

    boolean needsNamespaces()
    {
        return needsNamespaces;
    }
}
