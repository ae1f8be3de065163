package io.epona.engine.cluster;

import java.util.Map;

/**
 * A topic to create. Immutable: any thread.
 *
 * @param name              checked before.
 * @param partitionCount    from 1.
 * @param replicationFactor from 1, or -1 for as many brokers as run, but no more than 3.
 * @param minIsr            from 1; more than there are replicas counts as all of them.
 * @param groupFsync        whether what is committed has to be flushed.
 * @param uncleanElection   whether the topic allows an unclean election.
 * @param config            settings that were given for the topic, checked before.
 */
public record NewTopic(
    String name, int partitionCount, int replicationFactor, int minIsr, boolean groupFsync, boolean uncleanElection,
    Map<String, String> config)
{
    /** Brokers that hold a partition, unless the topic says otherwise or fewer run. */
    public static final int REPLICATION_FACTOR_DEFAULT = 3;
    /** In-sync replicas that a commit needs, unless the topic says otherwise. */
    public static final int MIN_ISR_DEFAULT = 2;
    /** Most partitions of a topic. */
    public static final int MAX_PARTITIONS = 4096;
}
