package io.epona.engine.replica;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.log.PartitionLog;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The replicas of one shard: the protocol of replication as a machine without clock, thread, socket or file of its own.
 * Inputs are the calls, effects go through the ports of the {@link Context}. Nothing blocks; long work on a log is a
 * request to its housekeeper, whose end is seen in a later cycle.
 * <p>
 * Owned by one thread, the shard's, which is also the owner of the logs. Time is that of the last {@link #doWork}.
 */
public final class ReplicaShard
{
    /** An append is answered when it is in the leader's log. */
    public static final byte ACKS_LEADER = 1;
    /** An append is answered when it is committed. */
    public static final byte ACKS_ALL = -1;

    /**
     * Settings and ports of a shard.
     */
    public static final class Context
    {
        private int brokerId = PartitionState.NONE;
        private Links links;
        private Proposals proposals;
        private AppendListener appendListener;
        private ErrorHandler errorHandler;
        private Marks marks = Marks.NONE;
        private ProtocolMutation mutation = ProtocolMutation.NONE;
        private long maxLagNs = TimeUnit.SECONDS.toNanos(10);
        private long silentNs = TimeUnit.SECONDS.toNanos(3);
        private long heartbeatNs = TimeUnit.MILLISECONDS.toNanos(100);
        private long progressNs = TimeUnit.MILLISECONDS.toNanos(10);
        private long ackNowNs = TimeUnit.MILLISECONDS.toNanos(200);
        private long syncMinNs = TimeUnit.MILLISECONDS.toNanos(50);
        private long syncMaxNs = TimeUnit.SECONDS.toNanos(5);
        private long resignIntervalNs = TimeUnit.SECONDS.toNanos(10);
        private int windowLength = 4 * 1024 * 1024;
        private int quantumLength = 128 * 1024;
        private int parkedMax = 64 * 1024;
        private int tailCount = 8;

        /**
         * @param id of this broker.
         * @return this.
         */
        public Context brokerId(final int id)
        {
            brokerId = id;
            return this;
        }

        /**
         * @return id of this broker.
         */
        public int brokerId()
        {
            return brokerId;
        }

        /**
         * @param port to the other brokers.
         * @return this.
         */
        public Context links(final Links port)
        {
            links = port;
            return this;
        }

        Links links()
        {
            return links;
        }

        /**
         * @param port to the states.
         * @return this.
         */
        public Context proposals(final Proposals port)
        {
            proposals = port;
            return this;
        }

        Proposals proposals()
        {
            return proposals;
        }

        /**
         * @param listener told what became of parked appends.
         * @return this.
         */
        public Context appendListener(final AppendListener listener)
        {
            appendListener = listener;
            return this;
        }

        AppendListener appendListener()
        {
            return appendListener;
        }

        /**
         * @param handler told of replicas that cannot go on, with a {@link ReplicaFault}.
         * @return this.
         */
        public Context errorHandler(final ErrorHandler handler)
        {
            errorHandler = handler;
            return this;
        }

        ErrorHandler errorHandler()
        {
            return errorHandler;
        }

        /**
         * @param port told which guards decided; none by default.
         * @return this.
         */
        public Context marks(final Marks port)
        {
            marks = port;
            return this;
        }

        Marks marks()
        {
            return marks;
        }

        /**
         * For the simulator alone: get something wrong.
         *
         * @param planted what.
         * @return this.
         */
        public Context mutation(final ProtocolMutation planted)
        {
            mutation = planted;
            return this;
        }

        ProtocolMutation mutation()
        {
            return mutation;
        }

        /**
         * @param timeNs that a member may lag before it leaves the in-sync replicas; 10 s by default.
         * @return this.
         */
        public Context maxLagNs(final long timeNs)
        {
            maxLagNs = timeNs;
            return this;
        }

        long maxLagNs()
        {
            return maxLagNs;
        }

        /**
         * @param timeNs without a message after which a broker counts as silent; 3 s by default.
         * @return this.
         */
        public Context silentNs(final long timeNs)
        {
            silentNs = timeNs;
            return this;
        }

        long silentNs()
        {
            return silentNs;
        }

        /**
         * @param timeNs between messages to a broker with which partitions are shared; 100 ms by default.
         * @return this.
         */
        public Context heartbeatNs(final long timeNs)
        {
            heartbeatNs = timeNs;
            return this;
        }

        long heartbeatNs()
        {
            return heartbeatNs;
        }

        /**
         * @param timeNs after which a moved high watermark is told without data; 10 ms by default.
         * @return this.
         */
        public Context progressNs(final long timeNs)
        {
            progressNs = timeNs;
            return this;
        }

        long progressNs()
        {
            return progressNs;
        }

        /**
         * @param timeNs without an acknowledgement after which one is asked for; 200 ms by default.
         * @return this.
         */
        public Context ackNowNs(final long timeNs)
        {
            ackNowNs = timeNs;
            return this;
        }

        long ackNowNs()
        {
            return ackNowNs;
        }

        /**
         * @param minNs before a FollowerState is sent again the first time; 50 ms by default.
         * @param maxNs before it is at last; 5 s by default.
         * @return this.
         */
        public Context syncRetryNs(final long minNs, final long maxNs)
        {
            syncMinNs = minNs;
            syncMaxNs = maxNs;
            return this;
        }

        long syncMinNs()
        {
            return syncMinNs;
        }

        long syncMaxNs()
        {
            return syncMaxNs;
        }

        /**
         * @param timeNs between two resignations of a partition's leader for silent links; 10 s by default.
         * @return this.
         */
        public Context resignIntervalNs(final long timeNs)
        {
            resignIntervalNs = timeNs;
            return this;
        }

        long resignIntervalNs()
        {
            return resignIntervalNs;
        }

        /**
         * @param length bytes of a partition that may be on their way to a follower; 4 MiB by default.
         * @return this.
         */
        public Context windowLength(final int length)
        {
            windowLength = length;
            return this;
        }

        int windowLength()
        {
            return windowLength;
        }

        /**
         * @param length bytes of batches in a message, unless one batch is longer; 128 KiB by default.
         * @return this.
         */
        public Context quantumLength(final int length)
        {
            quantumLength = length;
            return this;
        }

        int quantumLength()
        {
            return quantumLength;
        }

        /**
         * @param count of parked appends of a partition above which more are refused; 65,536 by default.
         * @return this.
         */
        public Context parkedMax(final int count)
        {
            parkedMax = count;
            return this;
        }

        int parkedMax()
        {
            return parkedMax;
        }

        /**
         * @param count of leader epochs that a follower tells of, 0 to 8; 8 by default.
         * @return this.
         */
        public Context tailCount(final int count)
        {
            tailCount = count;
            return this;
        }

        int tailCount()
        {
            return tailCount;
        }

        private void conclude()
        {
            Objects.requireNonNull(links, "links");
            Objects.requireNonNull(proposals, "proposals");
            Objects.requireNonNull(appendListener, "appendListener");
            Objects.requireNonNull(errorHandler, "errorHandler");
            Objects.requireNonNull(marks, "marks");
            Objects.requireNonNull(mutation, "mutation");
            if (brokerId < 0 || tailCount < 0 || tailCount > 8)
            {
                throw new IllegalArgumentException("broker id " + brokerId + ", epochs told of " + tailCount);
            }
        }
    }

    private final ShardState shard;
    private final ReplicaTable replicas = new ReplicaTable();
    private final ReplicationAdapter adapter;

    /**
     * @param ctx settings and ports.
     */
    public ReplicaShard(final Context ctx)
    {
        ctx.conclude();
        this.shard = new ShardState(ctx);
        this.adapter = new ReplicationAdapter(shard, replicas);
    }

    /**
     * A new life of this broker is registered: every leadership and every sync of a former one ends.
     *
     * @param brokerEpoch of the life.
     */
    public void onRegistered(final int brokerEpoch)
    {
        if (brokerEpoch <= shard.brokerEpoch())
        {
            return;
        }

        shard.brokerEpoch(brokerEpoch);
        for (int i = 0; i < replicas.count(); i++)
        {
            replicas.get(i).onRegistered();
        }
    }

    /**
     * The connection to ZooKeeper is there, or is not. Ends no role.
     *
     * @param isConnected whether it is there.
     */
    public void onSession(final boolean isConnected)
    {
        shard.isConnected(isConnected);
        activateAll();
    }

    /**
     * What is known of another broker.
     *
     * @param brokerId    of the broker.
     * @param brokerEpoch of its life, -1 where it is not registered.
     * @param isRunning   whether it is registered and not stopping.
     */
    public void onBroker(final int brokerId, final int brokerEpoch, final boolean isRunning)
    {
        if (brokerId != shard.brokerId())
        {
            shard.link(brokerId).onBroker(brokerEpoch, isRunning);
            activateAll();
        }
    }

    /**
     * The state of a partition that has, or had, a replica here; applied where it is newer than what is known. Missed
     * versions do no harm.
     *
     * @param log     the local replica, open as one; always the same while the replica is here.
     * @param version of the state.
     * @param state   of the partition.
     */
    public void onState(final PartitionLog log, final int version, final PartitionState state)
    {
        Replica replica = replica(log.topicId(), log.partition());
        if (null == replica)
        {
            replica = new Replica(shard, log);
            replicas.add(replica);
        }
        else if (replica.log() != log)
        {
            throw new IllegalArgumentException(
                "another log of partition " + log.partition() + " of topic " + log.topicId());
        }
        replica.onState(version, state);
    }

    /**
     * A log was fenced: a quiet replica has no step in which it would find out.
     */
    public void onLogFenced()
    {
        activateAll();
    }

    private void activateAll()
    {
        for (int i = 0; i < replicas.count(); i++)
        {
            shard.activate(replicas.get(i));
        }
    }

    /**
     * Topic or replica are deleted: what is pending fails, nothing is sent any more, the log is let go.
     *
     * @param topicId   of the topic.
     * @param partition of the topic.
     */
    public void onReplicaRemoved(final long topicId, final int partition)
    {
        final Replica replica = replica(topicId, partition);
        if (null != replica)
        {
            replica.onRemoved();
            replicas.remove(replica);
        }
    }

    /**
     * A wish of a leader here is decided.
     *
     * @param topicId         of the topic.
     * @param partition       of the topic.
     * @param expectedVersion of the wish.
     * @param outcome         of it.
     * @param version         of the state as it was found or made.
     * @param state           as it was found or made.
     */
    public void onProposalDecided(
        final long topicId,
        final int partition,
        final int expectedVersion,
        final Proposals.Outcome outcome,
        final int version,
        final PartitionState state)
    {
        final Replica replica = replica(topicId, partition);
        if (null != replica)
        {
            replica.onProposalDecided(expectedVersion, outcome, version, state);
        }
    }

    /**
     * A new image of one of the streams from a broker: what was on its way in former ones may be lost.
     *
     * @param brokerId of the broker.
     */
    public void onImage(final int brokerId)
    {
        for (int i = 0; i < replicas.count(); i++)
        {
            replicas.get(i).onImage(brokerId);
        }
    }

    /**
     * An image from a broker is gone. Nothing follows from it: that a broker is silent is seen by the time.
     *
     * @param brokerId of the broker.
     */
    public void onImageGone(final int brokerId)
    {
        shard.link(brokerId);
    }

    /**
     * A message from a broker, SBE message header first. Never fails for what is in it.
     *
     * @param brokerId to which the image belongs.
     * @param buffer   with the message, valid during the call only; batches in it are 8-byte aligned or not.
     * @param index    of the message.
     * @param length   of it.
     */
    public void onMessage(final int brokerId, final DirectBuffer buffer, final int index, final int length)
    {
        adapter.onMessage(brokerId, buffer, index, length);
    }

    /**
     * A bounded step: deadlines, moves of high watermarks, everything that is to be sent. To be called after the
     * streams were polled.
     *
     * @param nowNs epoch ns, monotonic.
     * @return amount of work done.
     */
    public int doWork(final long nowNs)
    {
        shard.nowNs(nowNs);
        final List<PeerLink> links = shard.links();
        boolean isSilenceNew = false;
        for (int i = 0; i < links.size(); i++)
        {
            isSilenceNew |= links.get(i).takeSilence();
        }
        if (isSilenceNew)
        {
            activateAll();
        }

        int work = shard.doActive();
        if (shard.brokerEpoch() >= 0)
        {
            for (int i = 0; i < links.size(); i++)
            {
                work += links.get(i).doWork();
            }
        }

        return work;
    }

    /**
     * Append a producer's batch.
     *
     * @param topicId       of the topic.
     * @param partition     of the topic.
     * @param batch         buffer with the batch.
     * @param index         of the batch.
     * @param length        of the batch.
     * @param acks          {@link #ACKS_ALL}, {@link #ACKS_LEADER} or 0.
     * @param correlationId given back to the {@link AppendListener}.
     * @param deadlineNs    at which an append with acks=all is answered TIMED_OUT.
     * @param nowNs         epoch ns, which the batch is stamped with.
     * @return base offset, where the answer of acks=all comes by the listener, never from within this call; of the same
     *         batch where it is in the log already. Or a negative code at once: NOT_LEADER, LOADING, UNKNOWN_TOPIC,
     *         NOT_ENOUGH_REPLICAS (nothing was appended), LIMIT_REACHED, or what the log says.
     */
    public long append(
        final long topicId,
        final int partition,
        final DirectBuffer batch,
        final int index,
        final int length,
        final byte acks,
        final long correlationId,
        final long deadlineNs,
        final long nowNs)
    {
        final Replica replica = replica(topicId, partition);
        return null == replica ? ResultCode.UNKNOWN_TOPIC.code() :
            replica.append(batch, index, length, acks, correlationId, deadlineNs, nowNs);
    }

    /**
     * @param topicId   of the topic.
     * @param partition of the topic.
     * @return the replica, to look at; null where there is none.
     */
    public Replica replica(final long topicId, final int partition)
    {
        return replicas.get(topicId, partition);
    }
}
