package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.DataDirectory;
import io.epona.engine.EngineException;
import io.epona.engine.Reporter;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.PartitionLog;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * The side of a broker that may block: it recovers the directory at the start, makes, keeps, removes and closes logs,
 * writes whose the directory is. It does what it is told, and tells the conductor what became of it.
 * <p>
 * <b>Threads.</b> Owned by the housekeeper's, which runs every method. Two others tell it what to do, each through a
 * {@link Crossing} of its own: the conductor what concerns the broker, the shard what concerns replicas, since a log is
 * let go by the shard before it is closed. It answers through a third one. So what it opens is handed to the shard by
 * way of the conductor after the last store to it here, and what it closes came back from there: between the two
 * messages a log belongs to the shard, but for what {@link PartitionLog} gives a housekeeper to do. How far the two
 * senders' messages overtake each other does not matter: one that concerns the broker names no replica.
 */
final class NodeHousekeeper implements ReplicaDirectory.Listener
{
    /** Hears what became of things; on the conductor's thread. */
    interface Listener
    {
        /**
         * The logs that were found are open.
         *
         * @param clusterId that the directory belongs to, or null.
         * @param dirId     of the directory.
         * @param evidence  of how the life before has ended.
         * @param found     replicas.
         */
        void onRecovered(
            Uuid clusterId, Uuid dirId, StartEvidence evidence, List<LocalReplicas.Found> found);

        /** The directory remembers the cluster. */
        void onClusterIdKept();

        /** The directory belongs to a life of this process, and the logs publish their ends. */
        void onOwned();

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

        /** Everything is on disk, and nothing is open any more. */
        void onClosed();
    }

    private static final int LIMIT = 1024;

    private final NodeContext ctx;
    private final NodeStatus status;
    private final Reporter reporter;
    private final Crossing fromConductor;
    private final Crossing fromShard;
    private final Crossing toConductor;
    private final Listener listener;
    private Map<String, TopicRecord> topics;
    private StartRecovery recovery;
    private ReplicaDirectory directory;
    private boolean isStorageLow;
    private boolean isRecovered;
    private boolean isDisowned;
    private boolean isClosed;
    private long nowNs;

    /**
     * @param ctx           of the broker.
     * @param status        of the broker.
     * @param fromConductor what to do with the broker's directory.
     * @param fromShard     what to do with replicas.
     * @param toConductor   for the answers.
     * @param listener      told of them on the conductor's thread.
     */
    NodeHousekeeper(
        final NodeContext ctx,
        final NodeStatus status,
        final Crossing fromConductor,
        final Crossing fromShard,
        final Crossing toConductor,
        final Listener listener)
    {
        this.ctx = ctx;
        this.status = status;
        this.reporter = new Reporter(ctx.errorHandler());
        this.fromConductor = fromConductor;
        this.fromShard = fromShard;
        this.toConductor = toConductor;
        this.listener = listener;
    }

    /**
     * One cycle of everything but the logs.
     *
     * @param now epoch ns.
     * @return amount of work done.
     */
    int doWork(final long now)
    {
        nowNs = now;
        if (status.isOver())
        {
            return 0;
        }

        int workCount = toConductor.flush() + fromConductor.drain(LIMIT) + fromShard.drain(LIMIT);
        if (null != topics && !isRecovered)
        {
            workCount++;
            recover();
        }
        else if (isRecovered && !isClosed && !status.isOver())
        {
            workCount += directory.doWork(now);
        }

        return workCount;
    }

    /**
     * Look after the logs.
     *
     * @param now epoch ns.
     * @return amount of work done.
     */
    int keepLogs(final long now)
    {
        return null == directory || isClosed || status.isOver() ? 0 : directory.keepLogs(now);
    }

    /**
     * @return the open logs, by topic id and partition.
     */
    List<PartitionLog> logs()
    {
        return null == directory ? List.of() : directory.logs();
    }

    /**
     * @param isLow whether appends are to be refused for want of space.
     */
    void storageLow(final boolean isLow)
    {
        isStorageLow = isLow;
        if (null != directory)
        {
            directory.storageLow(isLow);
        }
    }

    // What the conductor tells.

    /**
     * Begin.
     *
     * @param known topics by name, for the settings of their logs; not changed any more.
     */
    void onStart(final Map<String, TopicRecord> known)
    {
        topics = known;
    }

    /**
     * @param clusterId that the directory belongs to from now on.
     */
    void onClusterId(final Uuid clusterId)
    {
        try
        {
            recovery.belongTo(clusterId);
            toConductor.send(listener::onClusterIdKept);
        }
        catch (final IOException ex)
        {
            fail("the data directory " + ctx.dataDir() + " cannot be written: " + ex, ex);
        }
    }

    /**
     * @param brokerEpoch of the life that is registered: the directory is its.
     */
    void onRegistered(final int brokerEpoch)
    {
        if (isClosed || isDisowned)
        {
            return;
        }

        try
        {
            recovery.own(brokerEpoch);
            toConductor.send(listener::onOwned);
        }
        catch (final IOException ex)
        {
            fail(unusable(ex), ex);
        }
    }

    // What the shard tells.

    void hold(final PartitionId id, final String topic, final LogConfig config)
    {
        directory.hold(id, topic, config);
    }

    void delete(final PartitionId id)
    {
        directory.delete(id);
    }

    void setAside(final PartitionId id)
    {
        directory.setAside(id);
    }

    /**
     * A log cannot be trusted any more: what the directory holds is not to be believed by the next start.
     *
     * @param id of its partition.
     */
    void disown(final PartitionId id)
    {
        isDisowned = true;
        recovery.disown();
        try
        {
            directory.suspect(id);
        }
        catch (final IOException ex)
        {
            // Where nothing can be written, published ends and checksums are what the next start has.
            ctx.errorHandler().onError(ex);
        }
    }

    /**
     * The shard uses no log any more.
     *
     * @param brokerEpoch of this life, -1 where none was registered.
     */
    void close(final int brokerEpoch)
    {
        isClosed = true;
        directory.closeClean(isDisowned ? -1 : brokerEpoch, nowNs);
        toConductor.send(listener::onClosed);
    }

    private void recover()
    {
        try
        {
            if (null == recovery)
            {
                final DataDirectory dataDirectory = DataDirectory.openUnlocked(ctx.dataDir(), ctx.storage());
                directory = new ReplicaDirectory(dataDirectory, ctx.logContext(), reporter, this);
                directory.storageLow(isStorageLow);
                recovery = new StartRecovery(ctx, dataDirectory, reporter, directory);
                recovery.begin();
            }
            else if (!recovery.recoverNext(topics, nowNs))
            {
                isRecovered = true;
                tellRecovered();
            }
        }
        catch (final IOException ex)
        {
            fail(unusable(ex), ex);
        }
        catch (final EngineException ex)
        {
            status.fail(ex);
        }
    }

    private void tellRecovered()
    {
        final Uuid clusterId = recovery.clusterId();
        final Uuid dirId = recovery.dirId();
        final StartEvidence evidence = recovery.evidence();
        final List<LocalReplicas.Found> found = directory.found();
        toConductor.send(() -> listener.onRecovered(clusterId, dirId, evidence, found));
    }

    private String unusable(final IOException cause)
    {
        return "the data directory " + ctx.dataDir() + " cannot be used (" + cause + "): mend it, then start again";
    }

    private void fail(final String message, final IOException cause)
    {
        status.fail(new EngineException(ResultCode.INTERNAL, message, cause));
    }

    @Override
    public void onLogOpened(final PartitionId id, final PartitionLog log)
    {
        toConductor.send(() -> listener.onLogOpened(id, log));
    }

    @Override
    public void onLogRemoved(final PartitionId id)
    {
        toConductor.send(() -> listener.onLogRemoved(id));
    }

    @Override
    public void onLogFenced()
    {
        toConductor.send(listener::onLogFenced);
    }
}
