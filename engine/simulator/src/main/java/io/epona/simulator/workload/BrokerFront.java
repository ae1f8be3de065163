package io.epona.simulator.workload;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.node.ClusterNode;
import io.epona.engine.node.FetchResult;
import io.epona.engine.node.NodeMetadata;
import io.epona.engine.replica.AppendListener;
import io.epona.engine.replica.Replica;
import io.epona.simulator.World;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What of a broker serves clients, in one life of its process: hands requests to the node and answers back. It decides
 * nothing: that is the node's part and the client's.
 * <p>
 * Owned by the thread of its world.
 */
final class BrokerFront implements AppendListener
{
    private static final long PRODUCE_TIMEOUT_NS = 10 * World.SECOND;
    private static final int FETCH_LENGTH = 16 * 1024;
    private static final int PUSHES_UNREAD = 4;
    private static final byte ACKS_NONE = 0;
    private static final byte ACKS_ALL = -1;

    /** Told what the broker decided, before any client is. */
    interface Watcher
    {
        /** For who reads the trace. */
        void note(Supplier<String> line);

        /** A batch was stored, waiting or not. */
        void onTaken(long topicId, int partition);

        void onParked(long topicId, int partition, long correlationId);

        void onDecided(long topicId, int partition, long correlationId, int code, int leaderEpoch, long baseOffset);

        /** A consumer that wants only what comes was told where that begins. */
        void onLatest(long topicId, int partition, int leaderEpoch, long offset);
    }

    /** Takes the answer to a batch. */
    interface AckHandler
    {
        void onAck(int code, int leaderEpoch, long baseOffset);
    }

    /** Takes what a subscription brings. */
    interface PushHandler
    {
        void onPush(int subscriptionId, int leaderEpoch, long highWatermark, long logStart, UnsafeBuffer batches);

        void onEnd(int subscriptionId, int code, int leaderEpoch, int divergedEpoch, long divergedEnd);
    }

    private record Pending(ClientLane lane, AckHandler handler)
    {
    }

    private static final class Subscription
    {
        ClientLane lane;
        PushHandler handler;
        int id;
        long topicId;
        int partition;
        long position;
        int lastEpoch;
        int unread;
    }

    private final ClusterNode node;
    private final LongSupplier clock;
    private final Watcher watcher;
    private final Map<Long, Pending> pending = new TreeMap<>();
    private final List<Subscription> subscriptions = new ArrayList<>();
    private final FetchResult result = new FetchResult();
    private long nextCorrelationId = 1;

    BrokerFront(final ClusterNode node, final LongSupplier clock, final Watcher watcher)
    {
        this.node = node;
        this.clock = clock;
        this.watcher = watcher;
    }

    ClusterNode node()
    {
        return node;
    }

    void produce(
        final ClientLane lane,
        final long topicId,
        final int partition,
        final byte acks,
        final DirectBuffer batch,
        final AckHandler handler)
    {
        final long nowNs = clock.getAsLong();
        final long correlationId = nextCorrelationId++;
        final long position = node.shard().produce(
            topicId, partition, batch, 0, batch.capacity(), acks, correlationId, nowNs + PRODUCE_TIMEOUT_NS, nowNs);
        if (position >= 0)
        {
            watcher.onTaken(topicId, partition);
        }
        if (position >= 0 && ACKS_ALL == acks)
        {
            pending.put(correlationId, new Pending(lane, handler));
            watcher.onParked(topicId, partition, correlationId);
        }
        else if (ACKS_NONE != acks)
        {
            final int code = position < 0 ? (int)position : 0;
            final long base = ResultCode.OUT_OF_ORDER_SEQUENCE.code() == code ?
                lastSequence(topicId, partition, batch) : position;
            lane.answer(() -> handler.onAck(code, -1, base));
        }
        watcher.note(() -> " produce " + topicId + "/" + partition + " of " +
            RecordBatchDescriptor.producerId(batch, 0) + "/" + RecordBatchDescriptor.producerEpoch(batch, 0) +
            " from " + RecordBatchDescriptor.baseSequence(batch, 0) + ", " +
            RecordBatchDescriptor.recordCount(batch, 0) + " records: " + position);
    }

    private long lastSequence(final long topicId, final int partition, final DirectBuffer batch)
    {
        final Replica replica = node.shard().replica(topicId, partition);
        return null == replica ? -1 : replica.log().appender().lastSequence(
            RecordBatchDescriptor.producerId(batch, 0), RecordBatchDescriptor.producerEpoch(batch, 0));
    }

    @Override
    public void onAppendDecided(
        final long topicId,
        final int partition,
        final long correlationId,
        final int code,
        final int leaderEpoch,
        final long baseOffset)
    {
        watcher.onDecided(topicId, partition, correlationId, code, leaderEpoch, baseOffset);
        final Pending waiting = pending.remove(correlationId);
        if (null != waiting)
        {
            waiting.lane.answer(() -> waiting.handler.onAck(code, leaderEpoch, baseOffset));
        }
    }

    void subscribe(
        final ClientLane lane,
        final int subscriptionId,
        final long topicId,
        final int partition,
        final long offset,
        final int lastEpoch,
        final PushHandler handler)
    {
        final Subscription subscription = new Subscription();
        subscription.lane = lane;
        subscription.handler = handler;
        subscription.id = subscriptionId;
        subscription.topicId = topicId;
        subscription.partition = partition;
        subscription.position = offset;
        subscription.lastEpoch = lastEpoch;
        subscriptions.add(subscription);
    }

    void unsubscribe(final ClientLane lane, final int subscriptionId)
    {
        subscriptions.removeIf((known) -> known.lane == lane && known.id == subscriptionId);
    }

    void onLaneGone(final ClientLane lane)
    {
        subscriptions.removeIf((known) -> known.lane == lane);
        pending.values().removeIf((known) -> known.lane == lane);
    }

    /** Push what is committed to those who subscribed. */
    void push()
    {
        for (int i = subscriptions.size() - 1; i >= 0; i--)
        {
            if (subscriptions.get(i).unread < PUSHES_UNREAD && !push(subscriptions.get(i)))
            {
                subscriptions.remove(i);
            }
        }
    }

    /**
     * @return false where the subscription is over.
     */
    private boolean push(final Subscription to)
    {
        final int code = node.shard().fetch(
            to.topicId, to.partition, to.position, to.lastEpoch, FETCH_LENGTH,
            (buffer, index, length, nextOffset, highWatermark, logStart, leaderEpoch) ->
            {
                final UnsafeBuffer copy = new UnsafeBuffer(new byte[length]);
                copy.putBytes(0, buffer, index, length);
                to.position = nextOffset;
                to.lastEpoch = lastEpoch(copy);
                to.unread++;
                to.lane.answer(() ->
                {
                    to.unread--;
                    to.handler.onPush(to.id, leaderEpoch, highWatermark, logStart, copy);
                });
            },
            result);
        if (code >= 0)
        {
            return true;
        }
        final int leaderEpoch = result.leaderEpoch();
        final int divergedEpoch = result.divergedEpoch();
        final long divergedEnd = result.divergedEnd();
        to.lane.answer(() -> to.handler.onEnd(to.id, code, leaderEpoch, divergedEpoch, divergedEnd));

        return false;
    }

    private static int lastEpoch(final DirectBuffer batches)
    {
        int index = 0;
        int epoch = -1;
        while (index < batches.capacity())
        {
            epoch = RecordBatchDescriptor.leaderEpoch(batches, index);
            index += RecordBatchDescriptor.length(batches, index);
        }

        return epoch;
    }

    /**
     * Answer with an end of the log.
     */
    void listOffsets(
        final ClientLane lane, final long topicId, final int partition, final boolean isEarliest,
        final AckHandler handler)
    {
        if (!isEarliest)
        {
            answerLatest(lane, node.shard().replica(topicId, partition), handler);
            return;
        }
        final int code = node.shard().fetch(
            topicId, partition, 0, -1, 1,
            (buffer, index, length, nextOffset, highWatermark, logStart, leaderEpoch) ->
            {
                // Only the positions are asked for.
            },
            result);
        final long offset = result.logStart();
        final int epoch = result.leaderEpoch();
        final boolean isKnown = offset >= 0 && (code >= 0 || ResultCode.OFFSET_OUT_OF_RANGE.code() == code);
        lane.answer(() -> handler.onAck(isKnown ? 0 : code, epoch, isKnown ? offset : -1));
    }

    private void answerLatest(final ClientLane lane, final Replica replica, final AckHandler handler)
    {
        final long offset = null == replica ? ResultCode.UNKNOWN_TOPIC.code() : replica.latestOffset();
        final int epoch = null == replica ? -1 : replica.leaderEpoch();
        if (offset >= 0)
        {
            watcher.onLatest(replica.topicId(), replica.partition(), epoch, offset);
        }
        lane.answer(() -> handler.onAck(offset < 0 ? (int)offset : 0, epoch, offset));
    }

    void producerId(final ClientLane lane, final AckHandler handler)
    {
        node.allocateProducerId((id) -> lane.answer(() -> handler.onAck(id < 0 ? (int)id : 0, -1, id)));
    }

    int pendingCount()
    {
        return pending.size();
    }

    NodeMetadata metadata()
    {
        return node.metadata();
    }
}
