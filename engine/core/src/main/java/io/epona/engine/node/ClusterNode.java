package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import io.epona.engine.TopicNames;
import io.epona.engine.cluster.AdminRequests;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.NewTopic;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.TopicHandler;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.PartitionLog;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that a broker does in a cluster, between its ports: files, coordination, links to the other brokers, and
 * the entry points that a session of a client reaches. One object is one life of a broker's process.
 * <p>
 * Three duty cycles drive it: {@link #conduct} and {@link NodeShard#doWork} take decisions and never block,
 * {@link #housekeep} does what may block. Who embeds it calls all, each at least every few milliseconds. A process that
 * is killed just calls them no more.
 * <p>
 * <b>Threads.</b> Each cycle has a thread of its own, or shares one with another. The conductor's owns all that
 * concerns the coordination ({@link NodeConductor}), the shard's the replicas ({@link NodeShard}), the housekeeper's
 * the files ({@link NodeHousekeeper}). They share {@link NodeStatus} and logs, whose sides are documented with
 * {@link PartitionLog}; everything else goes from one to another as a message through a {@link Crossing}:
 * <pre>
 *   conductor   -- roles, brokers, decided wishes; replicas to hold and to let go --> shard
 *   shard       -- wishes of leaders ---------------------------------------------> conductor
 *   shard       -- replicas to hold and to let go, halt --------------------------> housekeeper
 *   conductor   -- start, identity, life -----------------------------------------> housekeeper
 *   housekeeper -- recovered, owned, closed; logs that are open and gone ---------> conductor
 * </pre>
 * So a log goes around in one direction: opened by the housekeeper, told to the conductor, given to the shard with its
 * first role; let go by the shard and handed on to the housekeeper, who closes it. The circle cannot come to a halt by
 * full queues: the shard and the housekeeper always take what they are told, but for a shard whose housekeeper is
 * behind; what the housekeeper answers is bounded by what it was told.
 */
public final class ClusterNode
{
    private static final int NOT_CONNECTED = ResultCode.NOT_CONNECTED.code();
    private static final int QUEUE_CAPACITY = 4096;
    private static final int LIMIT = 1024;

    private final NodeContext ctx;
    private final Coordination coordination;
    private final NodeStatus status;
    private final TopicLookup lookup;
    private final Crossing toShard = new Crossing(QUEUE_CAPACITY);
    private final Crossing toHousekeeper = new Crossing(QUEUE_CAPACITY);
    private final Crossing fromShard = new Crossing(QUEUE_CAPACITY);
    private final Crossing fromHousekeeper = new Crossing(QUEUE_CAPACITY);
    private final NodeHousekeeper housekeeper;
    private final NodeShard shard;
    private final ShardCrossing shardCrossing;
    private final NodeStop stop;
    /** Null until the logs are recovered. */
    private NodeConductor conductor;
    private boolean isConnected;

    /**
     * Touches no file yet: the first duty cycles begin.
     *
     * @param context of this life; concluded here.
     */
    public ClusterNode(final NodeContext context)
    {
        this.ctx = context.conclude();
        this.coordination = ctx.coordination();
        this.status = new NodeStatus(ctx.errorHandler());
        this.lookup = new TopicLookup(coordination, ctx.mutation(), ctx.errorHandler());
        final Crossing fromShardToHousekeeper = new Crossing(QUEUE_CAPACITY);
        this.housekeeper = new NodeHousekeeper(
            ctx, status, toHousekeeper, fromShardToHousekeeper, fromHousekeeper, new Answers());
        this.shard = new NodeShard(
            ctx, status, toShard, fromShard, new Wishes(), fromShardToHousekeeper, housekeeper);
        this.shardCrossing = new ShardCrossing(toShard, shard);
        this.stop = new NodeStop(ctx, status, shardCrossing);
        coordination.sessionListener(new StartSession());
    }

    /** Before the broker is a member, its session serves to look the topics up. */
    private final class StartSession implements Coordination.SessionListener
    {
        @Override
        public void onConnected(final long sessionId)
        {
            isConnected = true;
            if (NodePhase.CONNECTING == phase())
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

    /** What leaders wish. */
    private final class Wishes implements NodeShard.WishListener
    {
        @Override
        public void onProposal(
            final int brokerEpoch, final PartitionId id, final int expectedVersion, final PartitionOp.LeaderOp op)
        {
            conductor.onProposal(brokerEpoch, id, expectedVersion, op);
        }

        @Override
        public void onHint(final PartitionId id)
        {
            conductor.onHint(id);
        }
    }

    /** What the housekeeper tells. */
    private final class Answers implements NodeHousekeeper.Listener
    {
        @Override
        public void onRecovered(
            final Uuid clusterId, final Uuid dirId, final StartEvidence evidence, final List<LocalReplicas.Found> found)
        {
            conductor = new NodeConductor(ctx, shardCrossing, found, clusterId, dirId, evidence, new Whole());
            status.moveTo(NodePhase.REGISTERING);
        }

        @Override
        public void onClusterIdKept()
        {
            conductor.onClusterIdKept();
        }

        @Override
        public void onOwned()
        {
            conductor.onOwned();
        }

        @Override
        public void onLogOpened(final PartitionId id, final PartitionLog log)
        {
            conductor.onLogOpened(id, log);
        }

        @Override
        public void onLogRemoved(final PartitionId id)
        {
            conductor.onLogRemoved(id);
        }

        @Override
        public void onLogFenced()
        {
            shardCrossing.onLogFenced();
        }

        @Override
        public void onClosed()
        {
            coordination.close();
            status.moveTo(NodePhase.STOPPED);
        }
    }

    /** What the conductor tells of the whole broker. */
    private final class Whole implements NodeConductor.Listener
    {
        @Override
        public void onClusterId(final Uuid clusterId)
        {
            toHousekeeper.send(() -> housekeeper.onClusterId(clusterId));
        }

        @Override
        public void onRegistered(final int brokerEpoch)
        {
            status.brokerEpoch(brokerEpoch);
            toHousekeeper.send(() -> housekeeper.onRegistered(brokerEpoch));
            if (NodePhase.REGISTERING == phase())
            {
                status.moveTo(NodePhase.RUNNING);
            }
        }

        @Override
        public void onFatal(final EngineException reason)
        {
            status.fail(reason);
        }
    }

    /**
     * One cycle of the conductor: answers of the coordination, membership, control, what is known of the cluster, the
     * wishes of leaders, the plan of replicas. Never blocks. The conductor's thread.
     *
     * @param now epoch ns, never less than before.
     * @return amount of work done, 0 for none.
     */
    public int conduct(final long now)
    {
        if (status.isOver())
        {
            return 0;
        }

        int workCount = toShard.flush() + toHousekeeper.flush();
        workCount += fromHousekeeper.drain(LIMIT);
        if (stop.isClosing() || toShard.isClogged() || status.isOver())
        {
            // What the coordination brings would only make more messages.
            return workCount;
        }

        workCount += fromShard.drain(LIMIT) + coordination.poll();
        switch (phase())
        {
            case CONNECTING -> workCount += lookUp(now);
            case REGISTERING, RUNNING, STOPPING ->
            {
                workCount += conductor.doWork(now);
                publish();
            }
            default ->
            {
                // The housekeeper's turn, or nothing any more.
            }
        }

        return workCount + stop.doWork(now, conductor);
    }

    private int lookUp(final long now)
    {
        final int workCount = lookup.doWork(now, isConnected);
        if (!lookup.isDone())
        {
            return workCount;
        }

        status.moveTo(NodePhase.RECOVERING);
        final Map<String, TopicRecord> topics = new TreeMap<>(lookup.topics());
        toHousekeeper.send(() -> housekeeper.onStart(topics));

        return workCount + 1;
    }

    private void publish()
    {
        final NodeMetadata changed = conductor.takeMetadata();
        if (null != changed)
        {
            status.metadata(changed);
        }
        if (conductor.view().isComplete() && !status.isComplete())
        {
            status.complete();
        }
    }

    /**
     * @return the side of the replicas, the same from the beginning on. The shard's thread.
     */
    public NodeShard shard()
    {
        return shard;
    }

    /**
     * One cycle of what may block: recovery at the start, making and removing replicas, looking after the logs, the
     * checkpoint. The housekeeper's thread.
     *
     * @param now epoch ns, never less than before.
     * @return amount of work done, 0 for none.
     */
    public int housekeep(final long now)
    {
        return housekeeper.doWork(now) + housekeeper.keepLogs(now);
    }

    /**
     * The same without looking after the logs, for who calls {@link PartitionLog#housekeep} of {@link #logs()} in an
     * order and at times of its own. The housekeeper's thread.
     *
     * @param now epoch ns, never less than before.
     * @return amount of work done, 0 for none.
     */
    public int housekeepDirectory(final long now)
    {
        return housekeeper.doWork(now);
    }

    /**
     * @return the open logs, by topic id and partition. The housekeeper's thread.
     */
    public List<PartitionLog> logs()
    {
        return housekeeper.logs();
    }

    /**
     * Refuse appends for want of space, or take them again. The housekeeper's thread.
     *
     * @param isLow whether space is wanting.
     */
    public void storageLow(final boolean isLow)
    {
        housekeeper.storageLow(isLow);
    }

    /**
     * @return where this life stands. With FAILED the process is to end at once; the error handler was told why. Any
     *         thread.
     */
    public NodePhase phase()
    {
        return status.phase();
    }

    /**
     * @return whether it is a member and knows the whole cluster. Any thread.
     */
    public boolean isServing()
    {
        return status.isActive() && status.isComplete();
    }

    /**
     * Begin a controlled stop: tell the others, wait until no partition needs this broker or the time is over, put
     * everything on disk, write the clean marker. Goes on in the duty cycles until the phase is STOPPED. A broker that
     * is no member yet tells nobody, and one that has touched no file leaves them alone. Idempotent; any thread.
     */
    public void stop()
    {
        status.wantStop();
    }

    /**
     * @return what this broker knows of the cluster. Any thread.
     */
    public NodeMetadata metadata()
    {
        return status.isMember() ? status.metadata() : NodeMetadata.NONE;
    }

    /**
     * Take a producer id that nobody else has.
     *
     * @param handler for the id.
     */
    public void allocateProducerId(final ProducerIdHandler handler)
    {
        if (status.isActive())
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
        if (!status.isActive())
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
        if (status.isActive())
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
        if (status.isActive())
        {
            conductor.controller().changeMinIsr(name, minIsr, handler);
        }
        else
        {
            handler.onTopic(ResultCode.NOT_CONTROLLER, -1, "this broker starts or stops");
        }
    }

    /**
     * @param name of a topic.
     * @return the settings that were given for it; none where the topic is not known. The conductor's thread.
     */
    public Map<String, String> topicConfig(final String name)
    {
        final TopicRecord topic = null == conductor ? null : conductor.view().topic(name);
        return null == topic ? Map.of() : topic.config();
    }

    /**
     * Ask the controller to let the preferred replica of a partition lead, which is the first one, if it is in sync.
     * Any broker passes that on.
     *
     * @param topicId   of the topic.
     * @param partition number.
     * @param handler   told when the request stands; what becomes of it shows in the metadata.
     */
    public void electPreferred(final long topicId, final int partition, final TopicHandler handler)
    {
        request(topicId, AdminRequests.prefer(topicId, partition), handler);
    }

    /**
     * Ask the controller to let a replica lead that may lack records which were acknowledged, where no other can. Any
     * broker passes that on.
     *
     * @param topicId   of the topic.
     * @param partition number, which has no leader.
     * @param replicaId broker id of the replica.
     * @param handler   told when the request stands; what becomes of it shows in the metadata.
     */
    public void electUnclean(
        final long topicId, final int partition, final int replicaId, final TopicHandler handler)
    {
        request(topicId, AdminRequests.electUnclean(topicId, partition, replicaId), handler);
    }

    /**
     * Ask the controller to move a partition. A broker is drained by giving each of its partitions a target in which
     * it comes last, or is not, and then asking for the preferred leaders. Any broker passes that on.
     *
     * @param topicId   of the topic.
     * @param partition number.
     * @param target    broker ids that shall hold it, in the order of preference.
     * @param handler   told when the request stands; what becomes of it shows in the metadata.
     */
    public void reassign(
        final long topicId, final int partition, final List<Integer> target, final TopicHandler handler)
    {
        request(topicId, AdminRequests.reassign(topicId, partition, target), handler);
    }

    private void request(final long topicId, final Operation creation, final TopicHandler handler)
    {
        if (status.isActive())
        {
            conductor.requests().add(topicId, creation, handler);
        }
        else
        {
            handler.onTopic(ResultCode.NOT_CONNECTED, -1, "this broker starts or stops");
        }
    }

    /**
     * @return whether this broker is the controller, as far as it knows.
     */
    public boolean isController()
    {
        return status.isActive() && conductor.controller().isActive();
    }

    /**
     * @return broker id of the controller, -1 where none is known.
     */
    public int controllerId()
    {
        return status.isActive() ? conductor.controller().controllerId() : PartitionState.NONE;
    }

    /**
     * @return epoch of the life that was registered last, -1 before there was one. Any thread.
     */
    public int brokerEpoch()
    {
        return status.brokerEpoch();
    }
}
