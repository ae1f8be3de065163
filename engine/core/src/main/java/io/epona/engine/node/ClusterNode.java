package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.DataDirectory;
import io.epona.engine.EngineException;
import io.epona.engine.Reporter;
import io.epona.engine.TopicNames;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.NewTopic;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.TopicHandler;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.LogContext;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.replica.ReplicaFault;
import io.epona.engine.replica.ReplicaShard;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Everything that a broker does in a cluster, between its ports: files, coordination, links to the other brokers, and
 * the entry points that a session of a client reaches. One object is one life of a broker's process.
 * <p>
 * Three duty cycles drive it: {@link #conduct} and {@link NodeShard#doWork} take decisions and never block,
 * {@link #housekeep} does what may block. Who embeds it calls all, each at least every few milliseconds. A
 * process that is killed just calls them no more.
 * <p>
 * It is made of three parts, each owned by one thread where there are several: the conductor ({@link NodeConductor})
 * with all that concerns the coordination, the shard ({@link ReplicaShard}) with the replicas, the housekeeper
 * ({@link StartRecovery}, {@link ReplicaDirectory}) with the files. {@link ShardCrossing} and
 * {@link ReplicaDirectory.Listener} are where one calls another.
 * <p>
 * <b>Threads.</b> One thread makes every call.
 */
public final class ClusterNode
{
    private static final int NOT_CONNECTED = ResultCode.NOT_CONNECTED.code();
    /** Time that a leader whose log failed has to give its leaderships up before the broker halts. */
    private static final long HALT_DELAY_NS = TimeUnit.SECONDS.toNanos(1);

    private final NodeContext ctx;
    private final Coordination coordination;
    private final Reporter reporter;
    private final TopicLookup lookup;
    private ReplicaDirectory directory;
    private StartRecovery recovery;
    private NodeConductor conductor;
    private final NodeShard nodeShard = new NodeShard(this);
    private ReplicaFetcher fetcher;
    private NodePhase phase = NodePhase.CONNECTING;
    private boolean isConnected;
    private boolean isStopWanted;
    private boolean isOwnershipDue;
    private long stopDeadlineNs;
    private RuntimeException haltCause;
    private long haltNs;
    private long nowNs;

    /**
     * Touches no file yet: the first duty cycles begin.
     *
     * @param context of this life; concluded here.
     */
    public ClusterNode(final NodeContext context)
    {
        this.ctx = context.conclude();
        this.coordination = ctx.coordination();
        this.reporter = new Reporter(ctx.errorHandler());
        this.lookup = new TopicLookup(coordination, ctx.errorHandler());
        coordination.sessionListener(new StartSession());
    }

    /** Before the broker is a member, its session serves to look the topics up. */
    private final class StartSession implements Coordination.SessionListener
    {
        @Override
        public void onConnected(final long sessionId)
        {
            isConnected = true;
            if (NodePhase.CONNECTING == phase)
            {
                lookup.begin();
            }
        }

        @Override
        public void onSuspended()
        {
            isConnected = false;
        }

        @Override
        public void onExpired()
        {
            isConnected = false;
        }
    }

    /**
     * One cycle of the conductor: answers of the coordination, membership, control, what is known of the cluster, the
     * wishes of leaders, the plan of replicas. Never blocks.
     *
     * @param now epoch ns, never less than before.
     * @return amount of work done, 0 for none.
     */
    public int conduct(final long now)
    {
        nowNs = now;
        if (NodePhase.STOPPED == phase || NodePhase.FAILED == phase)
        {
            return 0;
        }

        int workCount = coordination.poll();
        switch (phase)
        {
            case CONNECTING ->
            {
                workCount += lookup.doWork(now, isConnected);
                if (lookup.isDone())
                {
                    phase = NodePhase.RECOVERING;
                    workCount++;
                }
            }
            case REGISTERING, RUNNING, STOPPING ->
            {
                workCount += conductor.doWork(now);
            }
            default ->
            {
                // The housekeeper's turn, or nothing any more.
            }
        }

        return workCount;
    }

    /**
     * @return the side of the replicas, the same from the beginning on.
     */
    public NodeShard shard()
    {
        return nodeShard;
    }

    long currentId(final long topicId)
    {
        return conductor.currentId(topicId);
    }

    /**
     * One cycle of what may block: recovery at the start, making and removing replicas, looking after the logs, the
     * checkpoint.
     *
     * @param now epoch ns, never less than before.
     * @return amount of work done, 0 for none.
     */
    public int housekeep(final long now)
    {
        final int workCount = housekeepDirectory(now);
        final boolean isOpen = null != directory && NodePhase.STOPPED != phase && NodePhase.FAILED != phase;

        return isOpen ? workCount + directory.keepLogs(now) : workCount;
    }

    /**
     * The same without looking after the logs, for who calls {@link PartitionLog#housekeep} of {@link #logs()} in an
     * order and at times of its own.
     *
     * @param now epoch ns, never less than before.
     * @return amount of work done, 0 for none.
     */
    public int housekeepDirectory(final long now)
    {
        nowNs = now;
        try
        {
            switch (phase)
            {
                case RECOVERING ->
                {
                    recover();
                    return 1;
                }
                case REGISTERING, RUNNING ->
                {
                    return own() + directory.doWork(now);
                }
                case STOPPING ->
                {
                    return own() + directory.doWork(now) + finishStop();
                }
                default ->
                {
                    return 0;
                }
            }
        }
        catch (final IOException ex)
        {
            fail(new EngineException(
                ResultCode.INTERNAL,
                "the data directory " + ctx.dataDir() + " cannot be used (" + ex + "): mend it, then start again", ex));
        }
        catch (final EngineException ex)
        {
            fail(ex);
        }

        return 1;
    }

    private void recover() throws IOException
    {
        if (null == recovery)
        {
            final DataDirectory dataDirectory = DataDirectory.openUnlocked(ctx.dataDir(), ctx.storage());
            directory = new ReplicaDirectory(
                dataDirectory,
                new LogContext(ctx.storage(), ctx.clock(), ctx.errorHandler(), ctx.recoveryListener()),
                ctx.maxPartitions(),
                reporter);
            recovery = new StartRecovery(ctx, dataDirectory, reporter, directory);
            recovery.begin();
        }
        else if (!recovery.recoverNext(lookup.topics(), nowNs))
        {
            join();
        }
    }

    /** The logs are there: become a member. */
    private void join()
    {
        conductor = new NodeConductor(ctx, directory, new Whole());
        directory.listener(conductor);
        final ReplicaShard shard = new ReplicaShard(ctx.replicas()
            .brokerId(ctx.brokerId())
            .links(ctx.links())
            .proposals(conductor.proposals())
            .appendListener(ctx.appendListener())
            .errorHandler(this::onReplicaError)
            .marks(ctx.marks())
            .mutation(ctx.mutation()));
        fetcher = new ReplicaFetcher(shard);
        nodeShard.begin(shard, fetcher);
        phase = NodePhase.REGISTERING;
        conductor.begin(
            new ShardCrossing(shard, fetcher),
            recovery.clusterId(), recovery.dirId(), recovery.evidence());
    }

    /** The directory belongs to the life that was registered last. */
    private int own() throws IOException
    {
        if (!isOwnershipDue)
        {
            return 0;
        }

        isOwnershipDue = false;
        recovery.own(conductor.brokerEpoch());
        return 1;
    }

    /** What the conductor tells of the whole broker. */
    private final class Whole implements NodeConductor.Listener
    {
        @Override
        public void onClusterId(final Uuid clusterId)
        {
            try
            {
                recovery.belongTo(clusterId);
            }
            catch (final IOException ex)
            {
                fail(new EngineException(
                    ResultCode.INTERNAL, "the data directory " + ctx.dataDir() + " cannot be written: " + ex, ex));
            }
        }

        @Override
        public void onRegistered(final int brokerEpoch)
        {
            isOwnershipDue = true;
            if (NodePhase.REGISTERING == phase)
            {
                phase = NodePhase.RUNNING;
                if (isStopWanted)
                {
                    beginStop();
                }
            }
        }

        @Override
        public void onFatal(final EngineException reason)
        {
            fail(reason);
        }
    }

    private void onReplicaError(final Throwable error)
    {
        ctx.errorHandler().onError(error);
        if (null == haltCause && error instanceof ReplicaFault && ((ReplicaFault)error).isLogSuspect())
        {
            haltCause = (ReplicaFault)error;
            haltNs = nowNs + HALT_DELAY_NS;
        }
    }

    /** A broker with a log that cannot be trusted ends, so that its replicas are not eligible when it comes back. */
    void halt()
    {
        if (null != haltCause && nowNs >= haltNs)
        {
            recovery.disown();
            fail(new EngineException(
                ResultCode.INTERNAL,
                "the broker halts, a log cannot be trusted any more (" + haltCause.getMessage() +
                "): mend the disk, then start again",
                haltCause));
        }
    }

    private void fail(final EngineException reason)
    {
        if (NodePhase.FAILED != phase)
        {
            phase = NodePhase.FAILED;
            ctx.errorHandler().onError(reason);
        }
    }

    /**
     * @return the open logs, by topic id and partition.
     */
    public List<PartitionLog> logs()
    {
        return null == directory ? List.of() : directory.logs();
    }

    /**
     * @return where this life stands. With FAILED the process is to end at once; the error handler was told why.
     */
    public NodePhase phase()
    {
        return phase;
    }

    /**
     * @return whether it is a member and knows the whole cluster.
     */
    public boolean isServing()
    {
        return isActive() && conductor.view().isComplete();
    }

    /**
     * Begin a controlled stop: tell the others, wait until this broker leads nothing or the time is over, put
     * everything on disk, write the clean marker. Goes on in the duty cycles until the phase is STOPPED. Idempotent.
     */
    public void stop()
    {
        isStopWanted = true;
        if (NodePhase.RUNNING == phase)
        {
            beginStop();
        }
    }

    private void beginStop()
    {
        phase = NodePhase.STOPPING;
        stopDeadlineNs = nowNs + ctx.stopTimeoutNs();
        conductor.stop();
    }

    private int finishStop()
    {
        if (!conductor.isReleased() && nowNs < stopDeadlineNs)
        {
            return 0;
        }

        phase = NodePhase.STOPPED;
        fetcher.close();
        directory.closeClean(conductor.brokerEpoch(), nowNs);
        coordination.close();
        return 1;
    }

    boolean isActive()
    {
        return NodePhase.RUNNING == phase || NodePhase.STOPPING == phase;
    }

    boolean isMember()
    {
        return NodePhase.REGISTERING == phase || isActive();
    }

    /**
     * @return what this broker knows of the cluster.
     */
    public NodeMetadata metadata()
    {
        return isMember() ? conductor.view().metadata(controllerId()) : NodeMetadata.NONE;
    }

    /**
     * Take a producer id that nobody else has.
     *
     * @param handler for the id.
     */
    public void allocateProducerId(final ProducerIdHandler handler)
    {
        if (isActive())
        {
            conductor.producerIds().allocate(handler);
        }
        else
        {
            handler.onProducerId(NOT_CONNECTED);
        }
    }

    /**
     * Make a topic. Only the controller does.
     *
     * @param name              of the topic.
     * @param partitionCount    number of partitions.
     * @param replicationFactor number of replicas of each, -1 for the default.
     * @param config            settings of the topic.
     * @param handler           for the outcome, possibly before this returns.
     */
    public void createTopic(
        final String name, final int partitionCount, final int replicationFactor, final Map<String, String> config,
        final TopicHandler handler)
    {
        if (!isActive())
        {
            handler.onTopic(ResultCode.NOT_CONTROLLER, -1, "this broker starts or stops");
        }
        else if (!TopicNames.isValid(name))
        {
            handler.onTopic(ResultCode.INVALID_NAME, -1, ResultCode.INVALID_NAME.remedy());
        }
        else
        {
            try
            {
                final TopicConfig settings = TopicConfig.of(config, ctx.topicDefaults());
                conductor.controller().createTopic(
                    new NewTopic(
                        name, partitionCount, replicationFactor, settings.minIsr(), settings.isGroupFsync(),
                        settings.isUncleanElection(), config),
                    handler);
            }
            catch (final EngineException ex)
            {
                handler.onTopic(ex.code(), -1, ex.getMessage());
            }
        }
    }

    /**
     * Delete a topic. Only the controller does.
     *
     * @param name    of the topic.
     * @param handler for the outcome.
     */
    public void deleteTopic(final String name, final TopicHandler handler)
    {
        if (isActive())
        {
            conductor.controller().deleteTopic(name, handler);
        }
        else
        {
            handler.onTopic(ResultCode.NOT_CONTROLLER, -1, "this broker starts or stops");
        }
    }

    /**
     * Change how many in-sync replicas a commit of a topic needs. Only the controller does.
     *
     * @param name    of the topic.
     * @param minIsr  from 1; more than there are replicas counts as all of them.
     * @param handler for the outcome, possibly before this returns.
     */
    public void changeMinIsr(final String name, final int minIsr, final TopicHandler handler)
    {
        if (isActive())
        {
            conductor.controller().changeMinIsr(name, minIsr, handler);
        }
        else
        {
            handler.onTopic(ResultCode.NOT_CONTROLLER, -1, "this broker starts or stops");
        }
    }

    /**
     * @return whether this broker is the controller, as far as it knows.
     */
    public boolean isController()
    {
        return isActive() && conductor.controller().isActive();
    }

    /**
     * @return broker id of the controller, -1 where none is known.
     */
    public int controllerId()
    {
        return isActive() ? conductor.controller().controllerId() : PartitionState.NONE;
    }

    /**
     * @return epoch of the life that was registered last, -1 before there was one.
     */
    public int brokerEpoch()
    {
        return null == conductor ? -1 : conductor.brokerEpoch();
    }
}
