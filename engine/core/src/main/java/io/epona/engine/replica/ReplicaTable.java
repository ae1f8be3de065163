package io.epona.engine.replica;

import org.agrona.collections.Long2ObjectHashMap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The replicas of a shard, by topic and partition, and in the order in which they came: the order of everything that
 * concerns several. Owned by the shard's thread.
 */
final class ReplicaTable
{
    private final Long2ObjectHashMap<Replica[]> topics = new Long2ObjectHashMap<>();
    private final List<Replica> list = new ArrayList<>();

    int count()
    {
        return list.size();
    }

    Replica get(final int i)
    {
        return list.get(i);
    }

    /** The replica of a partition, null where it is not here. */
    Replica get(final long topicId, final int partition)
    {
        final Replica[] partitions = topics.get(topicId);
        return null == partitions || partition < 0 || partition >= partitions.length ? null : partitions[partition];
    }

    void add(final Replica replica)
    {
        final int partition = replica.partition();
        final Replica[] known = topics.get(replica.topicId());
        final Replica[] partitions = null == known ? new Replica[partition + 1] :
            Arrays.copyOf(known, Math.max(known.length, partition + 1));
        partitions[partition] = replica;
        topics.put(replica.topicId(), partitions);
        list.add(replica);
    }

    void remove(final Replica replica)
    {
        list.remove(replica);
        final Replica[] partitions = topics.get(replica.topicId());
        partitions[replica.partition()] = null;
        boolean isEmpty = true;
        for (final Replica other : partitions)
        {
            isEmpty &= null == other;
        }
        if (isEmpty)
        {
            topics.remove(replica.topicId());
        }
    }
}
