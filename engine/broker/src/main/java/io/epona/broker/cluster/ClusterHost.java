package io.epona.broker.cluster;

import io.epona.broker.host.BrokerHost;
import io.epona.broker.host.HostedPartition;
import io.epona.broker.host.HostedTopics;
import io.epona.broker.host.ShardWork;
import io.epona.broker.replication.LinkCounters;
import io.epona.codecs.ResultCode;
import io.epona.coordination.CuratorCoordination;
import io.epona.engine.Engine;
import io.epona.engine.EngineException;
import io.epona.engine.NodeProcess;
import io.epona.engine.node.ClusterNode;
import io.epona.engine.node.NodeContext;
import io.epona.engine.node.NodeMetadata;
import io.epona.engine.node.NodePhase;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A broker of a cluster: a node on a data directory, over Aeron and ZooKeeper.
 * <p>
 * Its threads: the broker's conductor runs that of the node and owns the session with ZooKeeper; the shard runs that of
 * the node; the housekeeper and the flushers have threads of their own.
 */
public final class ClusterHost implements BrokerHost
{
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(1);
    /** Over the time that a node gives itself to stop: what it takes to put everything on disk. */
    private static final long CLOSE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    /** A session may end later than its timeout, by what ZooKeeper rounds it up to. */
    private static final int SESSION_SLACK_PERCENT = 150;

    private final Engine.Context ctx;
    private final ClusterSettings settings;
    private final ErrorHandler errorHandler;
    private final NodeProcess process;
    private final ClusterShard shard;
    private final ClusterTopics topics;
    private CuratorCoordination coordination;
    private ClusterNode node;
    private volatile Throwable fatal;

    private ClusterHost(
        final Engine.Context ctx,
        final ClusterSettings settings,
        final ClusterSettings.Network network,
        final LinkCounters counters,
        final NodeProcess process)
    {
        this.ctx = ctx;
        this.settings = settings;
        this.errorHandler = ctx.errorHandler();
        this.process = process;
        this.shard = new ClusterShard(ctx.brokerId(), network, counters, ctx.errorHandler());
        this.topics = new ClusterTopics(shard, ctx.brokerId());
    }

    /**
     * Lock the data directory. Nothing else is done before {@link #begin}.
     *
     * @param ctx      of the engine whose settings hold, concluded.
     * @param settings of the cluster.
     * @param network  between brokers.
     * @param counters of the streams between brokers.
     * @return the host.
     * @throws EngineException where the directory cannot be had.
     */
    public static ClusterHost open(
        final Engine.Context ctx,
        final ClusterSettings settings,
        final ClusterSettings.Network network,
        final LinkCounters counters)
    {
        return new ClusterHost(ctx, settings, network, counters, NodeProcess.open(ctx));
    }

    @Override
    public void begin(final NodeMetadata.Broker self)
    {
        coordination = CuratorCoordination.launch(new CuratorCoordination.Context()
            .connectString(settings.connect())
            .cluster(settings.clusterName())
            .sessionTimeoutMs(settings.sessionTimeoutMs())
            .connectionTimeoutMs(settings.connectionTimeoutMs())
            .threadFactory(ctx.threadFactory())
            .errorHandler(errorHandler));
        final NodeContext nodeContext = new NodeContext()
            .brokerId(self.brokerId())
            .endpoint(self.host(), self.port())
            .shards(self.shards())
            .maxMessageBytes(self.maxMessageBytes())
            .dataDir(ctx.dataDir())
            .storage(ctx.storage())
            .clock(ctx.clock())
            .coordination(coordination)
            .links(shard.links())
            .appendListener(shard)
            .shardListener(shard)
            .bootId(BootId.read())
            .topicDefaults(ctx.topicDefaults())
            .errorHandler(this::onError)
            .recoveryListener(ctx.recoveryListener())
            .logContext(process.logContext())
            .maxPartitions(ctx.maxPartitions())
            .sessionTimeoutNs(
                TimeUnit.MILLISECONDS.toNanos((long)settings.sessionTimeoutMs() * SESSION_SLACK_PERCENT / 100))
            .stopTimeoutNs(TimeUnit.MILLISECONDS.toNanos(settings.stopTimeoutMs()));
        nodeContext.replicas().maxLagNs(TimeUnit.MILLISECONDS.toNanos(settings.maxLagMs()));
        node = new ClusterNode(nodeContext);
        shard.begin(node);
        topics.begin(node);
        process.start(node);
    }

    private void onError(final Throwable error)
    {
        if (error instanceof EngineException)
        {
            fatal = error;
        }
        errorHandler.onError(error);
    }

    @Override
    public HostedPartition partition(final long topicId, final int index)
    {
        return shard.partition(topicId, index);
    }

    @Override
    public HostedTopics topics()
    {
        return topics;
    }

    @Override
    public ShardWork shardWork(final int number)
    {
        return shard;
    }

    @Override
    public int conduct(final long nowNs)
    {
        return node.conduct(nowNs);
    }

    @Override
    public Throwable failure()
    {
        if (NodePhase.FAILED != node.phase())
        {
            return null;
        }

        return null == fatal ? new IllegalStateException("the node failed: see the error log") : fatal;
    }

    @Override
    public void awaitServing()
    {
        final long startNs = ctx.clock().nowNs();
        final long connectNs = TimeUnit.MILLISECONDS.toNanos(2L * settings.sessionTimeoutMs());
        while (!node.isServing())
        {
            final Throwable failure = failure();
            if (failure instanceof EngineException refusal)
            {
                throw refusal;
            }
            if (NodePhase.CONNECTING == node.phase() && ctx.clock().nowNs() - startNs > connectNs)
            {
                throw new EngineException(
                    ResultCode.NOT_CONNECTED,
                    "ZooKeeper at " + settings.shownConnect() + " was not reached within " +
                    2 * settings.sessionTimeoutMs() + " ms: start it, or correct zookeeper.connect");
            }
            if (null != failure)
            {
                throw new EngineException(ResultCode.INTERNAL, "the broker could not start: " + failure, failure);
            }
            LockSupport.parkNanos(LOOK_INTERVAL_NS);
        }
    }

    @Override
    public void leave(final BooleanSupplier isFutile)
    {
        node.stop();
        final long deadlineNs = ctx.clock().nowNs() +
            TimeUnit.MILLISECONDS.toNanos(settings.stopTimeoutMs()) + CLOSE_TIMEOUT_NS;
        while (!isOver() && !isFutile.getAsBoolean() && ctx.clock().nowNs() - deadlineNs < 0)
        {
            LockSupport.parkNanos(LOOK_INTERVAL_NS);
        }
    }

    private boolean isOver()
    {
        final NodePhase phase = node.phase();
        return NodePhase.STOPPED == phase || NodePhase.FAILED == phase;
    }

    @Override
    public void addCountersTo(final Map<String, Long> values)
    {
        // What the shard counts is with the counters of the broker.
    }

    @Override
    public void close()
    {
        process.close();
        CloseHelper.close(errorHandler, null == coordination ? null : coordination::close);
    }
}
