package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import io.epona.engine.Reporter;
import io.epona.engine.cluster.Controller;
import io.epona.engine.cluster.Membership;
import io.epona.engine.cluster.MembershipContext;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.node.ClusterView.VersionedState;
import io.epona.engine.replica.Proposals;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.Marks;
import io.epona.engine.replica.ProtocolMutation;
import org.agrona.ErrorHandler;

import java.util.List;
import java.util.TreeMap;

/**
 * The side of a broker that talks to the coordination: it is a member, knows the cluster, writes what its leaders
 * wish, and decides which replicas it holds. What the replicas have to know goes through {@link ShardCrossing}.
 * <p>
 * In each session: register first, then read everything; what was pending before is dropped. An interruption changes
 * no role: nothing is started until the connection is back.
 * <p>
 * Owned by the thread that owns the coordination.
 */
final class NodeConductor
    implements Membership.Listener, Controller.Listener, ClusterView.Listener, StateProposals.Listener
{
    /** Hears what concerns the whole broker. */
    interface Listener
    {
        /**
         * @param clusterId that the directory is to belong to from now on; told with
         *                  {@link NodeConductor#onClusterIdKept()} when it does.
         */
        void onClusterId(Uuid clusterId);

        /**
         * @param brokerEpoch of the life that began, which the directory is to belong to; told with
         *                    {@link NodeConductor#onOwned()} when it does.
         */
        void onRegistered(int brokerEpoch);

        /**
         * @param reason why the broker must end at once.
         */
        void onFatal(EngineException reason);
    }

    private final NodeContext ctx;
    private final Listener listener;
    private final ClusterView view;
    private final StateProposals proposals;
    private final ReplicaPlan plan;
    private final LocalReplicas locals;
    private final ProducerIds producerIds;
    private final OperatorRequests requests;
    private final TreeMap<Long, String> formerNames = new TreeMap<>();
    private final Controller controller;
    private final Membership membership;
    private final ShardCrossing shard;
    private int brokerEpoch = -1;
    private boolean isRegistered;
    private boolean isConnected;
    private boolean isViewBegun;
    private boolean isClusterIdKept;
    private boolean isDirectoryOwned;

    /**
     * Begin to become a member: the logs are recovered.
     *
     * @param ctx       of the broker.
     * @param crossing  to the replicas.
     * @param found     replicas, by the start.
     * @param clusterId that the directory belongs to, or null.
     * @param dirId     of the directory.
     * @param evidence  of how the life before has ended.
     * @param listener  told of what concerns the whole broker.
     */
    NodeConductor(
        final NodeContext ctx,
        final ShardCrossing crossing,
        final List<LocalReplicas.Found> found,
        final Uuid clusterId,
        final Uuid dirId,
        final StartEvidence evidence,
        final Listener listener)
    {
        this.ctx = ctx;
        this.listener = listener;
        this.shard = crossing;
        this.locals = new LocalReplicas(crossing, found, ctx.maxPartitions(), new Reporter(ctx.errorHandler()));
        this.view = new ClusterView(ctx.coordination(), this, ctx.errorHandler());
        this.proposals = new StateProposals(ctx, view, this);
        this.plan = new ReplicaPlan(ctx, view, proposals, locals);
        this.producerIds = new ProducerIds(ctx.coordination(), ctx.errorHandler());
        this.requests = new OperatorRequests(ctx.coordination());
        this.controller = new Controller(
            new Controller.Context()
                .coordination(ctx.coordination())
                .brokerId(ctx.brokerId())
                .errorHandler(ctx.errorHandler())
                .deletionGraceNs(ctx.deletionGraceNs())
                .marks(ctx.marks())
                .mutation(ctx.mutation()),
            this);
        this.membership = new Membership(
            new MembershipContext()
                .coordination(ctx.coordination())
                .brokerId(ctx.brokerId())
                .dirId(dirId)
                .clusterId(clusterId)
                .newClusterId(ctx.uuids().get())
                .lastLife(new FormerLife(evidence, ctx.mutation(), ctx.marks(), ctx.errorHandler()))
                .maxMessageBytes(ctx.maxMessageBytes())
                .endpoint(ctx.host(), ctx.port())
                .shards(ctx.shards())
                .sessionTimeoutNs(ctx.sessionTimeoutNs())
                .marks(ctx.marks()),
            this);
    }

    private record FormerLife(
        StartEvidence evidence, ProtocolMutation mutation, Marks marks, ErrorHandler errorHandler)
        implements Membership.LastLife
    {
        @Override
        public boolean isComplete(final int brokerEpoch)
        {
            final StartKind kind = StartKind.of(evidence, brokerEpoch, mutation);
            marks.hit(
                StartKind.CLEAN == kind ? Mark.START_CLEAN :
                StartKind.SAME_BOOT == kind ? Mark.START_KILLED : Mark.START_UNCLEAN);

            return kind.isClean();
        }

        @Override
        public boolean isDurable(final int brokerEpoch)
        {
            if (evidence.lifeEpoch() >= 0 && Math.max(evidence.lifeEpoch(), evidence.markerEpoch()) < brokerEpoch)
            {
                marks.hit(Mark.START_LIFE_NOT_WRITTEN);
                errorHandler.onError(new EngineException(
                    ResultCode.DATA_LOSS,
                    "the data directory was last used in life " + evidence.lifeEpoch() + " of this broker, life " +
                    brokerEpoch + " registered since. It ended before it was written down, or this is an older copy: " +
                    "where a copy was put back, stop this broker and start it on an empty directory"));
            }

            return StartKind.of(evidence, brokerEpoch, mutation).isDurable();
        }
    }

    /**
     * One cycle, after the coordination was polled.
     *
     * @param nowNs epoch ns.
     * @return amount of work done.
     */
    int doWork(final long nowNs)
    {
        final boolean isUsable = isRegistered && isConnected;

        return (isReadingFirst() ? 0 : membership.doWork(nowNs)) +
            controller.doWork(nowNs) +
            view.doWork(nowNs, isConnected) +
            proposals.doWork(nowNs, isUsable) +
            plan.doWork(nowNs, isUsable) +
            producerIds.doWork(isUsable) +
            requests.doWork(nowNs, isUsable);
    }

    /** Wrong, and planted: nothing is written on this session before everything is read. */
    private boolean isReadingFirst()
    {
        return ProtocolMutation.M21 == ctx.mutation() && !view.isComplete();
    }

    ClusterView view()
    {
        return view;
    }

    /**
     * @return what clients are told now; null where it is what they were told last.
     */
    NodeMetadata takeMetadata()
    {
        return view.takeMetadata(controller.controllerId());
    }

    // What the shard tells.

    /** A leader wishes something: dropped where it led in a former life of this broker. */
    void onProposal(
        final int epoch, final PartitionId id, final int expectedVersion, final PartitionOp.LeaderOp op)
    {
        if (epoch == brokerEpoch)
        {
            proposals.propose(id.topicId(), id.partition(), expectedVersion, op);
        }
    }

    void onHint(final PartitionId id)
    {
        proposals.refresh(id.topicId(), id.partition());
    }

    OperatorRequests requests()
    {
        return requests;
    }

    ProducerIds producerIds()
    {
        return producerIds;
    }

    Controller controller()
    {
        return controller;
    }

    /** Tell the others that this broker stops. */
    void stop()
    {
        membership.stop();
    }

    /**
     * @return whether the coordination is connected.
     */
    boolean isConnected()
    {
        return isConnected;
    }

    /**
     * @return whether the others know that this broker stops, and nothing waits for it that could go on with another:
     *         it leads no such partition and is in the isr of none, as far as it knows.
     */
    boolean isReleased()
    {
        return membership.isStopAnnounced() && !view.isInSyncWithOthers(ctx.brokerId(), brokerEpoch);
    }

    /**
     * @return the life that was registered last, -1 before there was one.
     */
    int brokerEpoch()
    {
        return brokerEpoch;
    }

    @Override
    public void onClusterId(final Uuid clusterId)
    {
        listener.onClusterId(clusterId);
    }

    @Override
    public boolean isClusterIdKept()
    {
        return isClusterIdKept;
    }

    /** The directory remembers the cluster. */
    void onClusterIdKept()
    {
        isClusterIdKept = true;
    }

    /**
     * The directory belongs to this process, and the logs publish their ends: before the first replica has a role,
     * since from then on its log is the shard's.
     */
    void onOwned()
    {
        isDirectoryOwned = true;
        if (isRegistered && !isViewBegun)
        {
            beginView();
        }
    }

    @Override
    public void onRegistered(final long sessionId, final int epoch)
    {
        brokerEpoch = epoch;
        isRegistered = true;
        proposals.onRegistered(epoch);
        shard.onRegistered(membership.clusterId(), epoch);
        controller.onRegistered(sessionId, epoch);
        if (isDirectoryOwned && !isViewBegun)
        {
            beginView();
        }
        listener.onRegistered(epoch);
    }

    private void beginView()
    {
        isViewBegun = true;
        view.begin();
    }

    @Override
    public void onSession(final boolean isThere)
    {
        isConnected = isThere;
        shard.onSession(isThere);
        controller.onSession(isThere);
        if (isThere && !isViewBegun && ProtocolMutation.M21 == ctx.mutation())
        {
            beginView();
        }
    }

    @Override
    public void onSessionLost()
    {
        isConnected = false;
        isRegistered = false;
        isViewBegun = false;
        view.end();
        shard.onSession(false);
        controller.onSessionLost();
        requests.onSessionLost();
    }

    @Override
    public void onFatal(final EngineException reason)
    {
        isRegistered = false;
        listener.onFatal(reason);
    }

    @Override
    public void onFenced()
    {
        membership.verify();
    }

    @Override
    public void onProposalDecided(
        final long topicId,
        final int partition,
        final int expectedVersion,
        final Proposals.Outcome outcome,
        final int version,
        final PartitionState state)
    {
        shard.onProposalDecided(new PartitionId(topicId, partition), expectedVersion, outcome, version, state);
    }

    @Override
    public void onState(final long topicId, final int partition, final int version, final PartitionState state)
    {
        final PartitionId id = new PartitionId(topicId, partition);
        proposals.onState(topicId, partition);
        if (state.replicas().contains(ctx.brokerId()))
        {
            tellShard(id, version, state);
        }
        else
        {
            shard.onReplicaRemoved(id);
        }
        plan.onState(id, new VersionedState(version, state));
    }

    private void tellShard(final PartitionId id, final int version, final PartitionState state)
    {
        final PartitionLog log = locals.log(id);
        if (null != log)
        {
            shard.onState(log, version, state);
        }
    }

    @Override
    public void onStateGone(final long topicId, final int partition)
    {
        final PartitionId id = new PartitionId(topicId, partition);
        proposals.onStateGone(topicId, partition);
        shard.onReplicaRemoved(id);
        plan.onStateGone(id);
    }

    @Override
    public void onTopic(final String name, final TopicRecord topic)
    {
        plan.onTopic(topic.topicId());
        if (ProtocolMutation.M20 == ctx.mutation())
        {
            formerNames.forEach((formerId, formerName) ->
            {
                if (formerName.equals(name))
                {
                    shard.onRenamed(formerId, topic.topicId());
                }
            });
        }
    }

    @Override
    public void onTopicGone(final String name, final TopicRecord topic)
    {
        // The states say what becomes of the replicas.
        if (ProtocolMutation.M20 == ctx.mutation())
        {
            formerNames.put(topic.topicId(), name);
        }
    }

    @Override
    public void onBroker(final NodeMetadata.Broker broker)
    {
        if (broker.brokerId() != ctx.brokerId())
        {
            shard.onBroker(broker);
        }
        else if (isRegistered && broker.brokerEpoch() != brokerEpoch)
        {
            membership.verify();
        }
    }

    @Override
    public void onBrokerGone(final int brokerId)
    {
        if (brokerId != ctx.brokerId())
        {
            shard.onBrokerGone(brokerId);
        }
        else if (isRegistered)
        {
            // Somebody deleted it under the session that holds: nobody else will say so.
            membership.verify();
        }
    }

    @Override
    public void onEverythingRead()
    {
        if (!view.isRegistered(ctx.brokerId()))
        {
            // Deleted before the first look, which is never told as gone.
            membership.verify();
        }
        plan.onEverythingRead();
    }

    // What the housekeeper tells.

    void onLogOpened(final PartitionId id, final PartitionLog log)
    {
        final VersionedState known = view.state(id.topicId(), id.partition());
        if (locals.onLogOpened(id, log) && null != known && known.state().replicas().contains(ctx.brokerId()))
        {
            tellShard(id, known.version(), known.state());
        }
    }

    void onLogRemoved(final PartitionId id)
    {
        locals.onLogRemoved(id);
        plan.onLogRemoved(id);
    }

    @Override
    public void onController(final boolean isActive, final int controllerEpoch)
    {
        // Clients ask whom they need.
    }

    @Override
    public void onUncleanElection(
        final long topicId, final int partition, final int leader, final int leaderEpoch)
    {
        ctx.errorHandler().onError(new EngineException(
            ResultCode.DATA_LOSS,
            new PartitionId(topicId, partition) + " is led by broker " + leader + " in epoch " + leaderEpoch +
            ", which may lack records that were acknowledged and not yet on disk: compare with their source"));
    }
}
