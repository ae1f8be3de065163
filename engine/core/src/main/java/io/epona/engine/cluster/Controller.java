package io.epona.engine.cluster;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.ControllerState.Partition;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.Marks;
import io.epona.engine.replica.ProtocolMutation;
import org.agrona.ErrorHandler;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The cluster's controller, as every broker carries one: it claims to be the only one, reads the whole tree, and brings
 * every partition's state to what it should be, for as long as the claim holds. Level-triggered: it looks at what is,
 * never at what happened, so a missed hint of a change is made up by the next one.
 * <p>
 * A partition has at most one change under way. A refused one is followed by reading what moved, and by looking at the
 * partition again; one whose outcome is unknown is issued again as it is ({@link ControllerWrites}).
 * <p>
 * Owned by the thread that owns the coordination, which polls it, and drives this by {@link #doWork}. Never blocks.
 */
public final class Controller
{
    private static final int PARTITIONS_PER_CYCLE = 256;
    private static final int MAX_UNDER_WAY = 256;

    /**
     * Hears of the controller, on the owner's thread.
     */
    public interface Listener
    {
        /**
         * This broker is the controller and knows the tree, or is it no more.
         *
         * @param isActive        whether it is.
         * @param controllerEpoch that it claimed.
         */
        void onController(boolean isActive, int controllerEpoch);

        /**
         * A leader was elected that may lack records which were acknowledged.
         *
         * @param topicId     of the topic.
         * @param partition   index.
         * @param leader      broker id.
         * @param leaderEpoch in which it leads.
         */
        void onUncleanElection(long topicId, int partition, int leader, int leaderEpoch);
    }

    private final Coordination coordination;
    private final Listener listener;
    private final ErrorHandler errorHandler;
    private final Marks marks;
    private final ProtocolMutation mutation;
    private final ControllerState state;
    private final TreeMirror mirror;
    private final ControllerWrites writes;
    private final ControllerClaim claim;
    private final ControllerTopics topics;
    private final PartitionReconciler reconciler;
    private final ControllerRequests requests;
    private int controllerEpoch = -1;
    private boolean isActive;
    private boolean isConnected;

    /**
     * @param ctx      settings; not to be changed any more.
     * @param listener to tell.
     */
    public Controller(final Context ctx, final Listener listener)
    {
        this.coordination = ctx.coordination;
        this.listener = listener;
        this.errorHandler = ctx.errorHandler;
        this.marks = ctx.marks;
        this.mutation = ctx.mutation;
        state = new ControllerState(errorHandler);
        mirror = new TreeMirror(coordination, state);
        mirror.follow(Paths.BROKER_EPOCHS, 1);
        mirror.follow(Paths.BROKER_IDS, 1);
        mirror.follow(Paths.TOPICS, 1);
        mirror.follow(Paths.STATE, 2);
        mirror.follow(Paths.ADMIN, 2);
        writes = new ControllerWrites(coordination, marks, mutation, this::onFenced);
        claim = new ControllerClaim(coordination, ctx.brokerId, marks, errorHandler, new Claim());
        topics = new ControllerTopics(coordination, state, writes, mirror, marks, errorHandler, ctx.deletionGraceNs);
        reconciler = new PartitionReconciler(state::broker, marks, mutation);
        requests = new ControllerRequests(state, writes, topics, mirror, reconciler, marks, errorHandler);
    }

    /**
     * A life of this broker began: from now on it may be the controller.
     *
     * @param sessionId   of the session.
     * @param brokerEpoch of the life.
     */
    public void onRegistered(final long sessionId, final int brokerEpoch)
    {
        isConnected = true;
        claim.begin(sessionId, brokerEpoch);
    }

    /**
     * The connection was interrupted, or came back with the same session.
     *
     * @param isConnected whether it is there.
     */
    public void onSession(final boolean isConnected)
    {
        this.isConnected = isConnected;
        if (isConnected)
        {
            claim.verify();
        }
    }

    /**
     * The session is over: this broker is no controller any more.
     */
    public void onSessionLost()
    {
        isConnected = false;
        claim.end();
    }

    /**
     * Make progress.
     *
     * @param nowNs any clock that only rises.
     * @return number of things done.
     */
    public int doWork(final long nowNs)
    {
        int workCount = claim.doWork(nowNs, isConnected);
        if (controllerEpoch < 0 || !isConnected)
        {
            return workCount;
        }

        workCount += mirror.doWork(nowNs);
        if (!isActive)
        {
            if (mirror.isSettled())
            {
                workCount++;
                activate();
            }
            return workCount;
        }

        workCount += writes.doWork(nowNs);
        workCount += topics.doWork(nowNs);
        workCount += requests.doWork();
        for (int i = 0; i < PARTITIONS_PER_CYCLE && isActive && writes.underWayCount() < MAX_UNDER_WAY; i++)
        {
            final Partition partition = state.pollDirty();
            if (null == partition)
            {
                break;
            }
            workCount++;
            look(partition);
        }

        return workCount;
    }

    /**
     * @return whether this broker is the controller and knows the tree.
     */
    public boolean isActive()
    {
        return isActive;
    }

    /**
     * @return epoch that this broker claimed, or -1 where it is not the controller.
     */
    public int controllerEpoch()
    {
        return controllerEpoch;
    }

    /**
     * @return broker that is controller as far as this one knows, or {@link PartitionState#NONE}.
     */
    public int controllerId()
    {
        return claim.controllerId();
    }

    /**
     * Create a topic.
     *
     * @param topic   to create.
     * @param handler for the outcome, possibly before this returns.
     */
    public void createTopic(final NewTopic topic, final TopicHandler handler)
    {
        if (isAnswering(handler))
        {
            topics.create(topic, handler);
        }
    }

    /**
     * Delete a topic.
     *
     * @param name    of the topic.
     * @param handler for the outcome, possibly before this returns. The replicas are deleted afterwards.
     */
    public void deleteTopic(final String name, final TopicHandler handler)
    {
        if (isAnswering(handler))
        {
            topics.delete(name, handler);
        }
    }

    /**
     * Change how many in-sync replicas a commit needs.
     *
     * @param name    of the topic.
     * @param minIsr  from 1; more than there are replicas counts as all of them.
     * @param handler for the outcome, possibly before this returns: done once it holds in every partition.
     */
    public void changeMinIsr(final String name, final int minIsr, final TopicHandler handler)
    {
        if (isAnswering(handler))
        {
            requests.changeMinIsr(name, minIsr, handler);
        }
    }

    private boolean isAnswering(final TopicHandler handler)
    {
        if (!isActive)
        {
            handler.onTopic(ResultCode.NOT_CONTROLLER, -1, "ask the controller: broker " + controllerId());
        }

        return isActive;
    }

    private void activate()
    {
        isActive = true;
        topics.begin(controllerEpoch);
        requests.begin(controllerEpoch);
        for (final TreeMap<Integer, Partition> ofTopic : state.partitions().values())
        {
            ofTopic.values().forEach(state::markDirty);
        }
        listener.onController(true, controllerEpoch);
    }

    private void look(final Partition partition)
    {
        if (partition.isWriting() || partition.isStale() ||
            partition != state.partition(partition.topicId(), partition.partition()))
        {
            // Looked at again when the change is decided, or the state was read; or gone.
            return;
        }
        if (partition.state().controllerEpoch() > controllerEpoch)
        {
            // There is a later controller. This one is about to hear of it.
            return;
        }
        if (null == state.topic(partition.topicId()))
        {
            topics.considerOrphan(partition.topicId());
            if (topics.isOrphan(partition.topicId()) && !partition.isRetired())
            {
                write(partition, PartitionTransition.transition(
                    partition.state(), new PartitionOp.Retire(controllerEpoch)));
            }
            return;
        }
        for (final int id : partition.state().replicas())
        {
            if (null == state.broker(id))
            {
                return;
            }
        }

        PartitionState next = reconciler.reconcile(partition.state(), controllerEpoch);
        if (next.equals(partition.state()))
        {
            next = requests.asRequested(partition);
        }
        if (!next.equals(partition.state()))
        {
            write(partition, next);
        }
    }

    private void write(final Partition partition, final PartitionState next)
    {
        final PartitionState former = partition.state();
        final String path = Paths.state(partition.topicId(), partition.partition());
        final int version = partition.version();
        final boolean isElection =
            PartitionState.NONE != next.leader() && next.leaderEpoch() != former.leaderEpoch();
        final List<Operation> operations = new ArrayList<>(2);
        if (isElection && ProtocolMutation.M10 != mutation && Mark.CONTROLLER_CANDIDATE_MOVED != mutation.deleted())
        {
            operations.add(Operation.check(Paths.brokerEpoch(next.leader()), next.leaderBrokerEpoch()));
        }
        operations.add(Operation.set(path, NodeValues.encodeState(next), version));
        final int stateIndex = operations.size() - 1;

        partition.isWriting(true);
        writes.issue(
            operations,
            (status, failedIndex, wasUnknown) ->
            {
                partition.isWriting(false);
                state.markDirty(partition);
                if (Status.OK == status)
                {
                    if (next.lastUncleanEpoch() != former.lastUncleanEpoch())
                    {
                        listener.onUncleanElection(
                            partition.topicId(), partition.partition(), next.leader(), next.leaderEpoch());
                    }
                    if (partition == state.partition(partition.topicId(), partition.partition()))
                    {
                        state.put(partition.topicId(), partition.partition(), next, version + 1);
                    }
                    return;
                }

                partition.onRefused();
                mirror.refresh(path);
                if (failedIndex < stateIndex)
                {
                    marks.hit(Mark.CONTROLLER_CANDIDATE_MOVED);
                    mirror.refresh(Paths.brokerEpoch(next.leader()));
                    mirror.refresh(Paths.brokerId(next.leader()));
                }
                else
                {
                    marks.hit(Mark.CONTROLLER_BAD_VERSION);
                }
            });
    }

    private void onFenced()
    {
        claim.verify();
    }

    /** What becomes of the claim. */
    private final class Claim implements ControllerClaim.Listener
    {
        @Override
        public void onClaimed(final int epoch)
        {
            controllerEpoch = epoch;
            state.clear();
            writes.begin(epoch);
            mirror.start();
        }

        @Override
        public void onLost()
        {
            final int epoch = controllerEpoch;
            final boolean wasActive = isActive;
            isActive = false;
            controllerEpoch = -1;
            mirror.stop();
            writes.end();
            topics.end();
            state.clear();
            requests.end();
            if (wasActive)
            {
                listener.onController(false, epoch);
            }
        }
    }

    /**
     * What a controller needs. One thread.
     */
    public static final class Context
    {
        private Coordination coordination;
        private int brokerId;
        private ErrorHandler errorHandler;
        private long deletionGraceNs = TimeUnit.SECONDS.toNanos(60);
        private Marks marks = Marks.NONE;
        private ProtocolMutation mutation = ProtocolMutation.NONE;

        /**
         * @param coordination to work on; the caller owns and polls it.
         * @return this.
         */
        public Context coordination(final Coordination coordination)
        {
            this.coordination = coordination;
            return this;
        }

        /**
         * @param brokerId of this broker.
         * @return this.
         */
        public Context brokerId(final int brokerId)
        {
            this.brokerId = brokerId;
            return this;
        }

        /**
         * @param errorHandler told of values that are damaged and of requests that cannot be done.
         * @return this.
         */
        public Context errorHandler(final ErrorHandler errorHandler)
        {
            this.errorHandler = errorHandler;
            return this;
        }

        /**
         * @param deletionGraceNs time between the retirement of a deleted topic's partitions and the removal of their
         *                        states, in which brokers see the first and delete their replicas. A replica whose
         *                        broker misses it is set aside by its broker instead.
         * @return this.
         */
        public Context deletionGraceNs(final long deletionGraceNs)
        {
            this.deletionGraceNs = deletionGraceNs;
            return this;
        }

        /**
         * @param marks told which guards decided.
         * @return this.
         */
        public Context marks(final Marks marks)
        {
            this.marks = marks;
            return this;
        }

        /**
         * For the simulator alone.
         *
         * @param mutation to plant.
         * @return this.
         */
        public Context mutation(final ProtocolMutation mutation)
        {
            this.mutation = mutation;
            return this;
        }
    }
}
