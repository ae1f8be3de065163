package io.epona.loadgen.driver;

import io.epona.loadgen.scenario.Scenario;

import java.util.Arrays;

/**
 * How the global numbers of partitions map to topics and their partitions.
 */
final class Topics
{
    private final String[] names;
    private final int[] topicOf;
    private final int[] partitionOf;
    private final int partitionsPerTopic;

    Topics(final Scenario.Topology topology)
    {
        names = new String[topology.topics()];
        Arrays.setAll(names, (i) -> "load-" + i);
        partitionsPerTopic = topology.partitions();
        topicOf = new int[topology.totalPartitions()];
        partitionOf = new int[topology.totalPartitions()];
        Arrays.setAll(topicOf, (g) -> g / partitionsPerTopic);
        Arrays.setAll(partitionOf, (g) -> g % partitionsPerTopic);
    }

    int count()
    {
        return names.length;
    }

    int partitionsPerTopic()
    {
        return partitionsPerTopic;
    }

    String name(final int topic)
    {
        return names[topic];
    }

    int topicOf(final int global)
    {
        return topicOf[global];
    }

    int partitionOf(final int global)
    {
        return partitionOf[global];
    }

    int global(final String topic, final int partition)
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

    int[] partitionsOf(final int topic, final int[] globals)
    {
        return Arrays.stream(globals).filter((g) -> topicOf[g] == topic).map((g) -> partitionOf[g]).toArray();
    }
}
