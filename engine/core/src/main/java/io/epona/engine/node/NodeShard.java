package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.replica.Proposals;
import io.epona.engine.replica.Replica;
import io.epona.engine.replica.ReplicaFault;
import io.epona.engine.replica.ReplicaShard;
import org.agrona.DirectBuffer;

import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The replicas of a broker, and the entry points by which its clients and the other brokers reach them. There from the
 * beginning of the {@link ClusterNode}; until the broker has recovered its logs it holds nothing and refuses.
 * <p>
 * <b>Threads.</b> Owned by the thread of the shard: every method is called by it alone, those that are not public by
 * what the conductor told, out of {@link #doWork}. It shares no field with another thread but {@link NodeStatus}, and
 * tells the conductor and the housekeeper through a {@link Crossing} each. Wishes to the conductor carry the life of
 * the broker in which they were made, so that one that crosses a new registration is dropped there: the leadership it
 * belonged to is over. They are bounded by two for each replica, a change and a resignation; a hint that finds no room
 * is dropped, since it is repeated while it holds. When the housekeeper's queue is full, nothing more is taken from the
 * conductor.
 */
public final class NodeShard
{
    /** Receives what leaders wish, on the conductor's thread. */
    interface WishListener
    {
        /**
         * @param brokerEpoch     life in which it was wished.
         * @param id              of the partition.
         * @param expectedVersion of its state.
         * @param op              what to change.
         */
        void onProposal(int brokerEpoch, PartitionId id, int expectedVersion, PartitionOp.LeaderOp op);

        /**
         * @param id of the partition, whose state is to be read again.
         */
        void onHint(PartitionId id);
    }

    private static final int NOT_CONNECTED = ResultCode.NOT_CONNECTED.code();
    /** Time that a leader whose log failed has to give its leaderships up before the broker halts. */
    private static final long HALT_DELAY_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int LIMIT = 1024;

    private final NodeContext ctx;
    private final NodeStatus status;
    private final Crossing fromConductor;
    private final Crossing toConductor;
    private final Crossing toHousekeeper;
    private final WishListener wishListener;
    private final NodeHousekeeper housekeeper;
    private final ShardListener listener;
    private final ReplicaShard shard;
    private final ReplicaFetcher fetcher;
    private final TreeMap<Long, Long> renamed = new TreeMap<>();
    private int brokerEpoch = -1;
    private boolean isClosed;
    private ReplicaFault haltCause;
    private long haltNs;
    private long nowNs;

    /**
     * @param ctx           of the broker.
     * @param status        of the broker.
     * @param fromConductor what is known of the cluster, and what to do.
     * @param toConductor   for wishes of leaders.
     * @param wishListener  that they are for.
     * @param toHousekeeper for what is to be done with files.
     * @param housekeeper   that it is for.
     */
    NodeShard(
        final NodeContext ctx,
        final NodeStatus status,
        final Crossing fromConductor,
        final Crossing toConductor,
        final WishListener wishListener,
        final Crossing toHousekeeper,
        final NodeHousekeeper housekeeper)
    {
        this.ctx = ctx;
        this.status = status;
        this.fromConductor = fromConductor;
        this.toConductor = toConductor;
        this.wishListener = wishListener;
        this.toHousekeeper = toHousekeeper;
        this.housekeeper = housekeeper;
        this.listener = ctx.shardListener();
        this.shard = new ReplicaShard(ctx.replicas()
            .brokerId(ctx.brokerId())
            .links(ctx.links())
            .proposals(new Wishes())
            .appendListener(ctx.appendListener())
            .errorHandler(this::onReplicaError)
            .marks(ctx.marks())
            .mutation(ctx.mutation()));
        this.fetcher = new ReplicaFetcher(shard);
    }

    /** What leaders wish, on its way to the conductor. */
    private final class Wishes implements Proposals
    {
        @Override
        public void propose(
            final long topicId, final int partition, final int expectedVersion, final PartitionOp.LeaderOp op)
        {
            final int epoch = brokerEpoch;
            final PartitionId id = new PartitionId(topicId, partition);
            toConductor.send(() -> wishListener.onProposal(epoch, id, expectedVersion, op));
        }

        @Override
        public void refresh(final long topicId, final int partition)
        {
            if (!toConductor.isClogged())
            {
                final PartitionId id = new PartitionId(topicId, partition);
                toConductor.send(() -> wishListener.onHint(id));
            }
        }
    }

    /**
     * One cycle: what the conductor told, deadlines, everything that is to be sent. To be called after the streams were
     * polled; never blocks.
     *
     * @param now epoch ns, never less than before.
     * @return amount of work done, 0 for none.
     */
    public int doWork(final long now)
    {
        nowNs = now;
        if (status.isOver())
        {
            return 0;
        }

        int workCount = toHousekeeper.flush() + toConductor.flush();
        if (!toHousekeeper.isClogged())
        {
            workCount += fromConductor.drain(LIMIT);
        }
        if (isOpen())
        {
            workCount += shard.doWork(now);
            halt();
        }

        return workCount;
    }

    private boolean isOpen()
    {
        return !isClosed && status.isMember();
    }

    private void onReplicaError(final Throwable error)
    {
        ctx.errorHandler().onError(error);
        if (null == haltCause && error instanceof ReplicaFault && ((ReplicaFault)error).isLogSuspect())
        {
            haltCause = (ReplicaFault)error;
            haltNs = nowNs + HALT_DELAY_NS;
            final PartitionId id = new PartitionId(haltCause.topicId(), haltCause.partition());
            toHousekeeper.send(() -> housekeeper.disown(id));
        }
    }

    /** A broker with a log that cannot be trusted ends, so that its replicas are not eligible when it comes back. */
    private void halt()
    {
        if (null != haltCause && nowNs >= haltNs)
        {
            status.fail(new EngineException(
                ResultCode.INTERNAL,
                "the broker halts, a log cannot be trusted any more (" + haltCause.getMessage() +
                "): mend the disk, then start again",
                haltCause));
        }
    }

    /**
     * An image of the control or data stream from another broker came.
     *
     * @param brokerId of the sender.
     */
    public void onImage(final int brokerId)
    {
        if (isOpen())
        {
            shard.onImage(brokerId);
        }
    }

    /**
     * An image of the control or data stream from another broker went.
     *
     * @param brokerId of the sender.
     */
    public void onImageGone(final int brokerId)
    {
        if (isOpen())
        {
            shard.onImageGone(brokerId);
        }
    }

    /**
     * A message of another broker.
     *
     * @param brokerId of the sender, known by the image.
     * @param buffer   that holds it; valid until the call returns.
     * @param index    of the SBE message header.
     * @param length   in bytes.
     */
    public void onMessage(final int brokerId, final DirectBuffer buffer, final int index, final int length)
    {
        if (isOpen())
        {
            shard.onMessage(brokerId, buffer, index, length);
        }
    }

    /**
     * Append a batch of a producer.
     *
     * @param topicId       of the topic.
     * @param partition     number.
     * @param batch         buffer that holds the batch.
     * @param index         of the batch.
     * @param length        of the batch.
     * @param acks          0 none, 1 leader, -1 all in-sync replicas.
     * @param correlationId that the {@link io.epona.engine.replica.AppendListener} is given, where acks are -1.
     * @param deadlineNs    epoch ns after which a wait for other replicas ends with TIMED_OUT.
     * @param now           epoch ns.
     * @return base offset, or a negative result code.
     */
    public long produce(
        final long topicId, final int partition, final DirectBuffer batch, final int index, final int length,
        final byte acks, final long correlationId, final long deadlineNs, final long now)
    {
        return isServing() ?
            shard.append(currentId(topicId), partition, batch, index, length, acks, correlationId, deadlineNs, now) :
            NOT_CONNECTED;
    }

    private boolean isServing()
    {
        return !isClosed && status.isActive();
    }

    /** The topic that is meant: always that one, but for the planted bug that goes by names. */
    private long currentId(final long topicId)
    {
        return renamed.isEmpty() ? topicId : renamed.getOrDefault(topicId, topicId);
    }

    /**
     * Read committed batches from the one that holds an offset on.
     *
     * @param topicId   of the topic.
     * @param partition number.
     * @param offset    of the next record wanted.
     * @param lastEpoch leader epoch of the record before it, -1 where the caller has read none.
     * @param maxLength of what is handed over, in bytes; a first batch that is longer is handed over alone.
     * @param handler   called at most once.
     * @param result    filled with the answer.
     * @return {@link FetchResult#code()}.
     */
    public int fetch(
        final long topicId, final int partition, final long offset, final int lastEpoch, final int maxLength,
        final FetchHandler handler, final FetchResult result)
    {
        if (isServing())
        {
            return fetcher.fetch(currentId(topicId), partition, offset, lastEpoch, maxLength, handler, result);
        }

        result.set(NOT_CONNECTED, -1, -1, -1);
        return NOT_CONNECTED;
    }

    /**
     * @param topicId   of the topic.
     * @param partition number.
     * @return the local replica, to look at; null where there is none. Not to be kept over a cycle: it may go.
     */
    public Replica replica(final long topicId, final int partition)
    {
        return isOpen() ? shard.replica(topicId, partition) : null;
    }

    // What the conductor tells.

    void onRegistered(final Uuid clusterId, final int epoch)
    {
        brokerEpoch = epoch;
        shard.onRegistered(epoch);
        listener.onRegistered(clusterId, epoch);
    }

    void onSession(final boolean isConnected)
    {
        shard.onSession(isConnected);
    }

    void onBroker(final NodeMetadata.Broker broker)
    {
        shard.onBroker(broker.brokerId(), broker.brokerEpoch(), broker.isRunning());
        listener.onBroker(broker);
    }

    void onBrokerGone(final int brokerId)
    {
        shard.onBroker(brokerId, -1, false);
        listener.onBrokerGone(brokerId);
    }

    void onState(final PartitionLog log, final int version, final PartitionState state)
    {
        if (!isClosed)
        {
            shard.onState(log, version, state);
        }
    }

    void onLogFenced()
    {
        shard.onLogFenced();
    }

    void onReplicaRemoved(final PartitionId id)
    {
        if (null != shard.replica(id.topicId(), id.partition()))
        {
            shard.onReplicaRemoved(id.topicId(), id.partition());
            fetcher.onReplicaRemoved(id);
            listener.onReplicaRemoved(id.topicId(), id.partition());
        }
    }

    void onProposalDecided(
        final PartitionId id,
        final int expectedVersion,
        final Proposals.Outcome outcome,
        final int version,
        final PartitionState state)
    {
        shard.onProposalDecided(id.topicId(), id.partition(), expectedVersion, outcome, version, state);
    }

    void onRenamed(final long formerId, final long topicId)
    {
        renamed.put(formerId, topicId);
    }

    void hold(final PartitionId id, final String topic, final LogConfig config)
    {
        toHousekeeper.send(() -> housekeeper.hold(id, topic, config));
    }

    void delete(final PartitionId id)
    {
        onReplicaRemoved(id);
        toHousekeeper.send(() -> housekeeper.delete(id));
    }

    void setAside(final PartitionId id)
    {
        onReplicaRemoved(id);
        toHousekeeper.send(() -> housekeeper.setAside(id));
    }

    /** Use no log any more, and let everything be put on disk. */
    void close(final int epoch)
    {
        isClosed = true;
        fetcher.close();
        toHousekeeper.send(() -> housekeeper.close(epoch));
    }
}
