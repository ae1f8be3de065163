package io.epona.engine;

import io.epona.engine.log.PartitionLog;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.Object2ObjectHashMap;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The topics of an engine at one moment. Immutable once published; the housekeeper replaces it whole, so that every
 * thread can look up without a lock.
 */
final class Catalogue
{
    /** No topics. */
    static final Catalogue EMPTY = new Catalogue(List.of());

    private final List<Entry> entries;
    private final List<TopicInfo> topics;
    private final List<String> offline;
    private final Object2ObjectHashMap<String, Entry> byName = new Object2ObjectHashMap<>();
    private final Long2ObjectHashMap<Entry> byId = new Long2ObjectHashMap<>();

    private Catalogue(final List<Entry> unsorted)
    {
        entries = new ArrayList<>(unsorted);
        entries.sort(Comparator.comparing((entry) -> entry.info().name()));

        final List<TopicInfo> infos = new ArrayList<>();
        final List<String> missing = new ArrayList<>();
        for (final Entry entry : entries)
        {
            infos.add(entry.info());
            byName.put(entry.info().name(), entry);
            byId.put(entry.info().topicId(), entry);
            for (int i = 0; i < entry.partitions().length; i++)
            {
                if (null == entry.partitions()[i])
                {
                    missing.add(entry.info().name() + '-' + i);
                }
            }
        }
        topics = List.copyOf(infos);
        offline = List.copyOf(missing);
    }

    Catalogue with(final Entry entry)
    {
        final List<Entry> next = new ArrayList<>(entries);
        next.add(entry);
        return new Catalogue(next);
    }

    static Catalogue of(final List<Entry> entries)
    {
        return new Catalogue(entries);
    }

    Catalogue without(final long topicId)
    {
        final List<Entry> next = new ArrayList<>(entries);
        next.removeIf((entry) -> entry.info().topicId() == topicId);
        return new Catalogue(next);
    }

    Entry entry(final String name)
    {
        return byName.get(name);
    }

    TopicInfo topic(final String name)
    {
        final Entry entry = byName.get(name);
        return null == entry ? null : entry.info();
    }

    TopicInfo topic(final long topicId)
    {
        final Entry entry = byId.get(topicId);
        return null == entry ? null : entry.info();
    }

    List<TopicInfo> topics()
    {
        return topics;
    }

    List<String> offline()
    {
        return offline;
    }

    List<Entry> entries()
    {
        return entries;
    }

    Partition partition(final String name, final int partition)
    {
        return partition(byName.get(name), partition);
    }

    Partition partition(final long topicId, final int partition)
    {
        return partition(byId.get(topicId), partition);
    }

    int partitionCount()
    {
        int count = 0;
        for (final Entry entry : entries)
        {
            count += entry.info().partitionCount();
        }

        return count;
    }

    private static Partition partition(final Entry entry, final int partition)
    {
        return null == entry || partition < 0 || partition >= entry.partitions().length ?
            null : entry.partitions()[partition];
    }

    /**
     * A topic and what is open of it. The arrays are not changed after publication.
     *
     * @param info       of the topic.
     * @param partitions by index; null where one is offline.
     * @param logs       of the partitions, by index.
     */
    record Entry(TopicInfo info, Partition[] partitions, PartitionLog[] logs)
    {
    }
}
