package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.Checkpoint;
import io.epona.engine.CheckpointWriter;
import io.epona.engine.CleanMarker;
import io.epona.engine.DataDirectory;
import io.epona.engine.DataDirectory.PartitionDirectory;
import io.epona.engine.LogKeeper;
import io.epona.engine.Reporter;
import io.epona.engine.log.CleanState;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.LogContext;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.log.ReplicatedLog;
import io.epona.engine.log.UnreadableLogException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The logs of the replicas that this broker holds, by topic id and partition: makes them, looks after them, removes
 * them, and sets aside what nobody knows. It does what it is told and decides nothing; {@link ReplicaPlan} does.
 * <pre>
 *   (none) -- hold --> OPEN -- delete --> DELETING --> (none)
 *                       |
 *                       +---- set aside --> (none), the directory is *.stray
 * </pre>
 * Each order to delete or to set aside is answered, also where there is nothing.
 * <p>
 * Owned by the housekeeper: every method may block. A log that is told to be open is the shard's from then on, and its
 * place in {@code published} is assigned before; one that is to go was let go by the shard before.
 */
final class ReplicaDirectory
{
    /** Hears of logs that come and go. */
    interface Listener
    {
        /**
         * @param id  of the partition.
         * @param log of it, open from now on.
         */
        void onLogOpened(PartitionId id, PartitionLog log);

        /**
         * @param id of the partition, whose log is gone.
         */
        void onLogRemoved(PartitionId id);

        /** A log takes no appends any more. */
        void onLogFenced();
    }

    private static final class Local
    {
        private final PartitionId id;
        private final Path path;
        private final PartitionLog log;
        private boolean isUnreadable;
        private boolean isDeleting;
        private boolean isForgotten;
        private boolean isFailing;

        private Local(final PartitionId id, final Path path, final PartitionLog log)
        {
            this.id = id;
            this.path = path;
            this.log = log;
        }
    }

    private static final class Wish
    {
        private final PartitionId id;
        private final String topic;
        private final LogConfig config;
        private long dueNs = Long.MIN_VALUE;
        private boolean isRepeated;

        private Wish(final PartitionId id, final String topic, final LogConfig config)
        {
            this.id = id;
            this.topic = topic;
            this.config = config;
        }
    }

    private static final long CREATE_RETRY_NS = TimeUnit.SECONDS.toNanos(1);

    private final DataDirectory directory;
    private final LogContext logContext;
    private final Reporter reporter;
    private final LogKeeper logKeeper;
    private final TreeMap<PartitionId, Local> locals = new TreeMap<>();
    private final TreeMap<PartitionId, Wish> wishes = new TreeMap<>();
    private final ArrayDeque<PartitionId> setAside = new ArrayDeque<>();
    private final List<Local> deleting = new ArrayList<>();
    private final CheckpointWriter checkpoints;
    private final Listener listener;
    private PublishedEnds ends;

    /**
     * @param directory  of the broker.
     * @param logContext for the logs.
     * @param reporter   told of what fails.
     * @param listener   told of logs.
     */
    ReplicaDirectory(
        final DataDirectory directory,
        final LogContext logContext,
        final Reporter reporter,
        final Listener listener)
    {
        this.listener = listener;
        this.directory = directory;
        this.logContext = logContext;
        this.reporter = reporter;
        this.logKeeper = new LogKeeper(reporter, listener::onLogFenced);
        this.checkpoints = new CheckpointWriter(directory, logContext, reporter, 0);
    }

    /**
     * Open a log that the start has found.
     *
     * @param found      directory.
     * @param config     of the log.
     * @param cleanState of the marker, or null.
     * @param checkpoint of it, or null.
     * @param nowNs      epoch ns.
     * @return the log, or null where it cannot be opened: it was reported, and the directory stays as it is.
     */
    PartitionLog recover(
        final PartitionDirectory found,
        final LogConfig config,
        final CleanState cleanState,
        final Checkpoint.Entry checkpoint,
        final long nowNs)
    {
        final PartitionId id = new PartitionId(found.topicId(), found.partition());
        try
        {
            final PartitionLog log = ReplicatedLog.open(
                logContext, found.path(), found.topicId(), found.partition(), config, cleanState,
                null == checkpoint ? null : checkpoint.state(), 0);
            locals.put(id, new Local(id, found.path(), log));
            logKeeper.add(log, nowNs);
            if (null != log.damage())
            {
                reporter.report(
                    ResultCode.PARTITION_FENCED,
                    "the replica of " + id + " is damaged at offset " + log.damage().offset() + ": " +
                    log.damage().message(),
                    null);
            }

            return log;
        }
        catch (final IOException ex)
        {
            reporter.report(
                ResultCode.DATA_LOSS,
                "the replica of " + id + " cannot be opened, its files in " + found.path() + ": " + ex,
                ex);
            final Local local = new Local(id, found.path(), null);
            local.isUnreadable = ex instanceof UnreadableLogException;
            locals.put(id, local);
            return null;
        }
    }

    /**
     * @param id of a log that could not be opened.
     * @return whether that is what its files hold, and not a device that fails.
     */
    boolean isUnreadable(final PartitionId id)
    {
        return locals.get(id).isUnreadable;
    }

    /**
     * A life is registered: the logs publish their ends from now on.
     *
     * @param published to be used.
     */
    void publishEnds(final PublishedEnds published)
    {
        ends = published;
        locals.values().stream().filter((local) -> null != local.log).forEach(this::publishEnd);
    }

    /**
     * @return whether the logs publish their ends.
     */
    boolean isPublishing()
    {
        return null != ends;
    }

    private void publishEnd(final Local local)
    {
        final int index = ends.add(local.id, local.log.logEnd());
        if (index < 0)
        {
            throw new IllegalStateException("no place for the end of " + local.id);
        }
        local.log.mirrorLogEnd(ends.buffer(), index);
    }

    /**
     * Make an empty log. Done in a later cycle.
     *
     * @param id     of the partition.
     * @param topic  name.
     * @param config of the log.
     */
    void hold(final PartitionId id, final String topic, final LogConfig config)
    {
        wishes.put(id, new Wish(id, topic, config));
    }

    /**
     * Delete a log, for which nobody asks any more. Done in later cycles; nothing stops it then.
     *
     * @param id of the partition.
     */
    void delete(final PartitionId id)
    {
        wishes.remove(id);
        final Local local = locals.get(id);
        if (null == local)
        {
            listener.onLogRemoved(id);
        }
        else if (!local.isDeleting)
        {
            local.isDeleting = true;
            deleting.add(local);
        }
    }

    /**
     * Close a log and rename its directory, so that the records stay for whoever may miss them.
     *
     * @param id of the partition.
     */
    void setAside(final PartitionId id)
    {
        wishes.remove(id);
        if (!locals.containsKey(id))
        {
            listener.onLogRemoved(id);
        }
        else if (!setAside.contains(id))
        {
            // Once: a second time it would be the log that was made in its place.
            setAside.add(id);
        }
    }

    /**
     * Do one thing that was asked for.
     *
     * @param nowNs epoch ns.
     * @return amount of work done.
     */
    int doWork(final long nowNs)
    {
        int workCount = checkpoints.doWork();
        if (checkpoints.isDue(nowNs) && checkpoints.begin(nowNs, usable(), List.of()))
        {
            workCount++;
        }
        if (!setAside.isEmpty())
        {
            putAside(locals.get(setAside.poll()), nowNs);
            workCount++;
        }
        for (int i = deleting.size() - 1; i >= 0; i--)
        {
            workCount += delete(deleting.get(i), nowNs);
        }
        return workCount + createNext(nowNs);
    }

    /**
     * Look after the logs.
     *
     * @param nowNs epoch ns.
     * @return amount of work done.
     */
    int keepLogs(final long nowNs)
    {
        return logKeeper.doWork(nowNs);
    }

    /**
     * @param isLow whether every log refuses appends for want of space; those that come too.
     */
    void storageLow(final boolean isLow)
    {
        logKeeper.storageLow(isLow);
    }

    private int createNext(final long nowNs)
    {
        for (final Wish wish : wishes.values())
        {
            if (nowNs >= wish.dueNs)
            {
                create(wish, nowNs);
                return 1;
            }
        }

        return 0;
    }

    private void create(final Wish wish, final long nowNs)
    {
        final Path path = directory.partitionPath(wish.topic, wish.id.partition(), wish.id.topicId());
        try
        {
            if (wish.isRepeated)
            {
                directory.deletePartition(path);
            }
            final PartitionLog log = ReplicatedLog.create(
                logContext, path, wish.id.topicId(), wish.id.partition(), wish.config);
            directory.sync();
            final Local local = new Local(wish.id, path, log);
            wishes.remove(wish.id);
            locals.put(wish.id, local);
            if (isPublishing())
            {
                publishEnd(local);
            }
            logKeeper.add(log, nowNs);
            listener.onLogOpened(wish.id, log);
        }
        catch (final IOException ex)
        {
            // Until it is made, the broker takes no part in the partition.
            if (!wish.isRepeated)
            {
                reporter.report(
                    ResultCode.STORAGE_LOW,
                    "the replica of " + wish.id + " cannot be made in " + path + " (" + ex +
                    "): it is tried again every second",
                    ex);
            }
            wish.isRepeated = true;
            wish.dueNs = nowNs + CREATE_RETRY_NS;
        }
    }

    private int delete(final Local local, final long nowNs)
    {
        try
        {
            if (!local.isForgotten)
            {
                local.isForgotten = true;
                forget(local);
                // Before the files go, so that a start does not miss them.
                checkpoints.write(nowNs, usable(), List.of());
            }
            if (null == local.log)
            {
                directory.deletePartition(local.path);
                directory.sync();
            }
            else if (!local.log.delete())
            {
                return 0;
            }
            deleting.remove(local);
            locals.remove(local.id);
            listener.onLogRemoved(local.id);
        }
        catch (final IOException ex)
        {
            if (!local.isFailing)
            {
                local.isFailing = true;
                reporter.report(
                    ResultCode.INTERNAL,
                    "files of the replica of " + local.id + " in " + local.path + " cannot be deleted (" + ex +
                    "): it is tried again",
                    ex);
            }
        }

        return 1;
    }

    private void putAside(final Local local, final long nowNs)
    {
        if (null == local || local.isDeleting)
        {
            return;
        }

        forget(local);
        if (null != local.log)
        {
            local.log.closeClean();
        }
        locals.remove(local.id);
        // Before the directory goes, so that a start does not miss it.
        checkpoints.write(nowNs, usable(), List.of());
        try
        {
            final Path aside = directory.putAside(local.path);
            final boolean isWhole = null != local.log && null == local.log.damage();
            reporter.report(
                ResultCode.UNKNOWN_TOPIC,
                "the directory " + local.path +
                (isWhole ? " belongs to no replica of this broker" : " is damaged, is fetched anew from its leader") +
                " and was renamed to " + aside.getFileName() + ": delete it if its records are not needed",
                null);
        }
        catch (final IOException ex)
        {
            reporter.report(
                ResultCode.INTERNAL, "the directory " + local.path + " cannot be set aside (" + ex + ")", ex);
        }
        listener.onLogRemoved(local.id);
    }

    private void forget(final Local local)
    {
        if (null != local.log)
        {
            logKeeper.remove(local.log);
            local.log.mirrorLogEnd(null, 0);
            local.log.appender().owner(null);
        }
        if (isPublishing())
        {
            ends.remove(local.id);
        }
    }

    /**
     * Have all of a log read by the next start, also what was on disk long before.
     *
     * @param id of the partition.
     * @throws IOException where that cannot be written down.
     */
    void suspect(final PartitionId id) throws IOException
    {
        final Local local = locals.get(id);
        if (null != local)
        {
            ReplicatedLog.suspect(logContext.storage(), local.path);
        }
    }

    /**
     * @return the replicas that the start has found.
     */
    List<LocalReplicas.Found> found()
    {
        return locals.values().stream().map((local) ->
            new LocalReplicas.Found(local.id, local.log, setAside.contains(local.id))).toList();
    }

    /**
     * @return partitions that have a log here, in order.
     */
    List<PartitionId> ids()
    {
        return new ArrayList<>(locals.keySet());
    }

    /**
     * @return the logs that are open, in order.
     */
    List<PartitionLog> logs()
    {
        return usable();
    }

    /**
     * Put everything on disk, and say so last. The shard uses no log any more.
     *
     * @param brokerEpoch of this life, -1 to say nothing: the next start goes by what else it finds.
     * @param nowNs       epoch ns.
     */
    void closeClean(final int brokerEpoch, final long nowNs)
    {
        final List<CleanMarker.Entry> entries = new ArrayList<>();
        boolean isComplete = true;
        for (final Local local : locals.values())
        {
            if (local.isDeleting || null == local.log)
            {
                isComplete = false;
                continue;
            }
            local.log.mirrorLogEnd(null, 0);
            local.log.appender().owner(null);
            final CleanState state = local.log.closeClean();
            isComplete &= null != state;
            if (null != state)
            {
                entries.add(new CleanMarker.Entry(local.id.topicId(), local.id.partition(), state));
            }
            else if (null == local.log.damage())
            {
                // What is damaged is fenced since the start, and was reported then.
                reporter.report(
                    ResultCode.PARTITION_FENCED,
                    "the replica of " + local.id + " could not be closed in order: the next start scans every log",
                    null);
            }
        }
        checkpoints.write(nowNs, usable(), List.of());
        closeEnds();
        if (isComplete && brokerEpoch >= 0)
        {
            writeMarker(new CleanMarker(brokerEpoch, entries));
        }
    }

    /** The mapped ends are not stored to any more. */
    void closeEnds()
    {
        if (isPublishing())
        {
            usable().forEach((log) -> log.mirrorLogEnd(null, 0));
            ends.close();
            ends = null;
        }
    }

    private void writeMarker(final CleanMarker marker)
    {
        try
        {
            directory.writeMarker(marker);
        }
        catch (final IOException ex)
        {
            reporter.report(
                ResultCode.INTERNAL, "the clean marker cannot be written (" + ex + "): the next start scans", ex);
        }
    }

    private List<PartitionLog> usable()
    {
        return locals.values().stream()
            .filter((local) -> !local.isDeleting && null != local.log).map((local) -> local.log).toList();
    }
}
