package io.epona.loadgen.driver;

import io.epona.codecs.batch.Record;
import io.epona.loadgen.scenario.Scenario;

import java.util.Arrays;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * How the global numbers of partitions map to topics and their partitions.
 */
public final class Topics
{
    private final String[] names;
    private final int[] topicOf;
    private final int[] partitionOf;
    private final int partitionsPerTopic;

    /**
     * @param topology of the load.
     */
    public Topics(final Scenario.Topology topology)
    {
        this(topology, "load-");
    }

    /**
     * @param topology of the load.
     * @param prefix   of the topics' names, before their numbers.
     */
    public Topics(final Scenario.Topology topology, final String prefix)
    {
        names = new String[topology.topics()];
        Arrays.setAll(names, (i) -> prefix + i);
        partitionsPerTopic = topology.partitions();
        topicOf = new int[topology.totalPartitions()];
        partitionOf = new int[topology.totalPartitions()];
        Arrays.setAll(topicOf, (g) -> g / partitionsPerTopic);
        Arrays.setAll(partitionOf, (g) -> g % partitionsPerTopic);
    }

    /**
     * @return number of topics.
     */
    public int count()
    {
        return names.length;
    }

    /**
     * @return partitions of each.
     */
    public int partitionsPerTopic()
    {
        return partitionsPerTopic;
    }

    /**
     * @param topic number of the topic.
     * @return its name.
     */
    public String name(final int topic)
    {
        return names[topic];
    }

    /**
     * @param global number of a partition.
     * @return number of its topic.
     */
    public int topicOf(final int global)
    {
        return topicOf[global];
    }

    /**
     * @param global number of a partition.
     * @return its number in its topic.
     */
    public int partitionOf(final int global)
    {
        return partitionOf[global];
    }

    /**
     * @param topic     name of a topic.
     * @param partition number in it.
     * @return the partition's global number.
     */
    public int global(final String topic, final int partition)
    {
        if (1 == names.length)
        {
            return partition;
        }

        for (int i = 0; i < names.length; i++)
        {
            if (names[i].equals(topic))
            {
                return i * partitionsPerTopic + partition;
            }
        }

        throw new DriverException("a record of a topic that was not asked for: " + topic);
    }

    /** What a driver tells of a record's key. */
    static long keyOf(final Record record)
    {
        final int length = record.keyLength();
        return length < 0 ? LoadDriver.NO_KEY : LoadDriver.KEY_LENGTH == length ?
            record.buffer().getLong(record.keyIndex(), LITTLE_ENDIAN) : LoadDriver.WRONG_KEY;
    }

    int[] partitionsOf(final int topic, final int[] globals)
    {
        return Arrays.stream(globals).filter((g) -> topicOf[g] == topic).map((g) -> partitionOf[g]).toArray();
    }
}
