package io.epona.broker;

import io.epona.engine.Partition;
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
        Partition find(long topicId, int partition);
    }

    private final Long2ObjectHashMap<Partition[]> byTopic = new Long2ObjectHashMap<>();
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
        for (final Partition[] partitions : byTopic.values())
        {
            for (final Partition partition : partitions)
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
    Partition find(final long topicId, final int partition)
    {
        final Partition[] partitions = byTopic.get(topicId);
        final boolean isInRange = null != partitions && partition >= 0 && partition < partitions.length;
        if (isInRange && null != partitions[partition])
        {
            return partitions[partition];
        }

        final boolean isMine = partition >= 0 && shard == Streams.shardOf(topicId, partition, shards);
        return isMine ? adopt(topicId, partition) : null;
    }

    private Partition adopt(final long topicId, final int index)
    {
        final Partition partition = source.find(topicId, index);
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
    void add(final Partition partition)
    {
        final int index = partition.index();
        final Partition[] old = byTopic.get(partition.topicId());
        Partition[] partitions = old;
        if (null == old || index >= old.length)
        {
            partitions = new Partition[Math.max(index + 1, null == old ? 1 : old.length * 2)];
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

    void remove(final Partition partition)
    {
        final Partition[] partitions = byTopic.get(partition.topicId());
        if (null != partitions && partition.index() < partitions.length)
        {
            partitions[partition.index()] = null;
            for (final Partition other : partitions)
            {
                if (null != other)
                {
                    return;
                }
            }
            byTopic.remove(partition.topicId());
        }
    }
}
