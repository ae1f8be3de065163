package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.Reporter;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.PartitionLog;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The replicas of this broker as the conductor knows them: what it told the housekeeper to hold and let go, and what
 * that one answered.
 * <pre>
 *   (none) -- hold --> WANTED -- log opened --> HELD -- delete, set aside --> LEAVING -- log removed --> (none)
 *   found by the start ------------------------> |                              ^
 *                        WANTED -- delete -------------------------------------+  a log opened now goes as well
 * </pre>
 * The housekeeper answers each order to let go, also where there was nothing. While a replica is leaving nothing is
 * told of it to anybody, and nothing asked: a log that goes is never given to the shard.
 * <p>
 * Owned by the thread that owns the coordination.
 */
final class LocalReplicas
{
    /**
     * What the start has found.
     *
     * @param id        of the partition.
     * @param log       of it, open, or null where it cannot be opened.
     * @param isLeaving whether it is on its way out already.
     */
    record Found(PartitionId id, PartitionLog log, boolean isLeaving)
    {
    }

    private enum Stage
    {
        WANTED,
        HELD,
        LEAVING
    }

    private static final class Entry
    {
        private Stage stage;
        private PartitionLog log;

        private Entry(final Stage stage, final PartitionLog log)
        {
            this.stage = stage;
            this.log = log;
        }
    }

    private final ShardCrossing shard;
    private final Reporter reporter;
    private final int maxPartitions;
    private final TreeMap<PartitionId, Entry> entries = new TreeMap<>();

    /**
     * @param shard         to which orders go, and from there to the housekeeper.
     * @param found         by the start.
     * @param maxPartitions that are held at most.
     * @param reporter      told of what finds no place.
     */
    LocalReplicas(
        final ShardCrossing shard, final List<Found> found, final int maxPartitions, final Reporter reporter)
    {
        this.shard = shard;
        this.maxPartitions = maxPartitions;
        this.reporter = reporter;
        found.forEach((replica) -> entries.put(
            replica.id(), new Entry(replica.isLeaving() ? Stage.LEAVING : Stage.HELD, replica.log())));
    }

    /**
     * Have an empty log, unless there is one.
     *
     * @param id     of the partition.
     * @param topic  name.
     * @param config of the log.
     */
    void hold(final PartitionId id, final String topic, final LogConfig config)
    {
        if (entries.containsKey(id))
        {
            return;
        }

        if (entries.size() < maxPartitions)
        {
            entries.put(id, new Entry(Stage.WANTED, null));
            shard.hold(id, topic, config);
        }
        else
        {
            reporter.report(
                ResultCode.LIMIT_REACHED,
                "there is no place for a replica of " + id + ": this broker holds " + entries.size() +
                ", raise max.partitions or add brokers",
                null);
        }
    }

    /**
     * Let a replica go for good, or do without it where it was wanted only. Nothing stops it then.
     *
     * @param id of the partition.
     */
    void delete(final PartitionId id)
    {
        final Entry entry = entries.get(id);
        if (null != entry && Stage.LEAVING != entry.stage)
        {
            entry.stage = Stage.LEAVING;
            shard.delete(id);
        }
    }

    /**
     * Let a replica go, so that its records stay for whoever may miss them.
     *
     * @param id of the partition.
     */
    void setAside(final PartitionId id)
    {
        final Entry entry = entries.get(id);
        if (null != entry && Stage.LEAVING != entry.stage)
        {
            entry.stage = Stage.LEAVING;
            shard.setAside(id);
        }
    }

    /**
     * The housekeeper made a log.
     *
     * @param id  of the partition.
     * @param log of it.
     * @return whether it is still wanted.
     */
    boolean onLogOpened(final PartitionId id, final PartitionLog log)
    {
        final Entry entry = entries.get(id);
        if (null == entry || Stage.WANTED != entry.stage)
        {
            return false;
        }

        entry.stage = Stage.HELD;
        entry.log = log;

        return true;
    }

    /**
     * The housekeeper has let a replica go.
     *
     * @param id of the partition.
     */
    void onLogRemoved(final PartitionId id)
    {
        entries.remove(id);
    }

    /**
     * @param id of a partition.
     * @return its log, null where there is none that can be used.
     */
    PartitionLog log(final PartitionId id)
    {
        final Entry entry = entries.get(id);
        return null == entry || Stage.HELD != entry.stage || isDamaged(entry) ? null : entry.log;
    }

    /**
     * @param id of a partition.
     * @return whether there is a directory of it, whatever is in it.
     */
    boolean holds(final PartitionId id)
    {
        final Entry entry = entries.get(id);
        return null != entry && Stage.WANTED != entry.stage;
    }

    /**
     * @param id of a partition.
     * @return whether there is something of it here that cannot be used: damaged, or not to be opened.
     */
    boolean isDamaged(final PartitionId id)
    {
        final Entry entry = entries.get(id);
        return null != entry && Stage.WANTED != entry.stage && isDamaged(entry);
    }

    private static boolean isDamaged(final Entry entry)
    {
        return null == entry.log || null != entry.log.damage();
    }

    /**
     * @return partitions that have a directory here, in order.
     */
    List<PartitionId> ids()
    {
        final List<PartitionId> ids = new ArrayList<>();
        entries.forEach((id, entry) ->
        {
            if (Stage.WANTED != entry.stage)
            {
                ids.add(id);
            }
        });

        return ids;
    }
}
