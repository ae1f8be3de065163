package io.epona.broker;

import io.epona.broker.host.HostedPartition;
import io.epona.transport.Streams;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The partitions of one shard.
 * <p>
 * Owned by the shard agent.
 */
final class PartitionTable
{
    /**
     * Where partitions are found that this shard has not heard of yet.
     */
    @FunctionalInterface
    interface Source
    {
        /**
         * @param topicId   of the topic.
         * @param partition number.
         * @return the partition, or null where there is none.
         */
        HostedPartition find(long topicId, int partition);
    }

    private final Long2ObjectHashMap<HostedPartition[]> byTopic = new Long2ObjectHashMap<>();
    private final Source source;
    private final int shard;
    private final int shards;
    private Thread owner;

    PartitionTable(final Source source, final int shard, final int shards)
    {
        this.source = source;
        this.shard = shard;
        this.shards = shards;
    }


    /**
     * @param owner thread that appends from now on.
     */
    void owner(final Thread owner)
    {
        this.owner = owner;
        for (final HostedPartition[] partitions : byTopic.values())
        {
            for (final HostedPartition partition : partitions)
            {
                if (null != partition)
                {
                    partition.owner(owner);
                }
            }
        }
    }

    /**
     * @param topicId   of the topic.
     * @param partition number, as a client wrote it.
     * @return the partition, or null where there is none or it belongs to another shard.
     */
    HostedPartition find(final long topicId, final int partition)
    {
        final HostedPartition[] partitions = byTopic.get(topicId);
        final boolean isInRange = null != partitions && partition >= 0 && partition < partitions.length;
        if (isInRange && null != partitions[partition])
        {
            return partitions[partition];
        }

        final boolean isMine = partition >= 0 && shard == Streams.shardOf(topicId, partition, shards);
        return isMine ? adopt(topicId, partition) : null;
    }

    private HostedPartition adopt(final long topicId, final int index)
    {
        final HostedPartition partition = source.find(topicId, index);
        if (null != partition)
        {
            add(partition);
        }

        return partition;
    }

    /**
     * Take a partition over. Adding it again changes nothing.
     *
     * @param partition of this shard.
     */
    void add(final HostedPartition partition)
    {
        final int index = partition.index();
        final HostedPartition[] old = byTopic.get(partition.topicId());
        HostedPartition[] partitions = old;
        if (null == old || index >= old.length)
        {
            partitions = new HostedPartition[Math.max(index + 1, null == old ? 1 : old.length * 2)];
            if (null != old)
            {
                System.arraycopy(old, 0, partitions, 0, old.length);
            }
            byTopic.put(partition.topicId(), partitions);
        }
        if (partitions[index] != partition)
        {
            partitions[index] = partition;
            partition.owner(owner);
        }
    }

    /**
     * Take a partition out.
     *
     * @param topicId of the topic.
     * @param index   of the partition.
     * @return the partition, or null where this shard had not taken it over.
     */
    HostedPartition remove(final long topicId, final int index)
    {
        final HostedPartition[] partitions = byTopic.get(topicId);
        if (null == partitions || index >= partitions.length)
        {
            return null;
        }

        final HostedPartition removed = partitions[index];
        partitions[index] = null;
        for (final HostedPartition other : partitions)
        {
            if (null != other)
            {
                return removed;
            }
        }
        byTopic.remove(topicId);
        return removed;
    }
}
