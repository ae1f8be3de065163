package io.epona.transport;

import io.epona.codecs.ResultCode;
import io.epona.transport.ConsumePartition.State;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * A consumer's positions and subscriptions over all shards of a broker. When the session or a lane is lost, new ones
 * are opened and every partition goes on from its position. Owned by the consumer's thread.
 */
public final class ConsumeSession
{
    private static final long REOPEN_DELAY_NS = 50_000_000L;

    private final Supplier<SessionInfo> sessions;
    private final RecordSink sink;
    private final boolean isVerifyCrc;
    private final long resetTimestamp;
    private final long requestTimeoutNs;
    private final List<ConsumePartition> partitions = new ArrayList<>();
    private final List<OffsetQuery> strayQueries = new ArrayList<>();
    private ShardConsumer[] shards = new ShardConsumer[0];
    private final long[] reopenNs = new long[Streams.MAX_SHARDS];
    private SessionInfo session;
    private ConsumePartition failed;
    private boolean isWaiting;
    private int startShard;
    private int remaining;
    private int delivered;
    private int subscriptionIds;
    private long correlationIds;
    /** Counters: written by the consumer's thread alone, read by any thread. */
    private volatile long stalePushes;
    private volatile long gaps;
    private volatile long sourcesLost;
    private volatile long malformed;
    /** Failures with UNKNOWN_TOPIC: only the consumer's thread looks at them. */
    private long unknownTopics;

    /**
     * @param sessions         gives the open session or null.
     * @param sink             gets the records.
     * @param isVerifyCrc      whether both checksums of each batch are checked.
     * @param resetTimestamp   {@link PushSource#EARLIEST} or {@link PushSource#LATEST}: where to go when a position is
     *                         out of range; 0 to fail.
     * @param requestTimeoutNs for questions and for opening lanes.
     */
    public ConsumeSession(
        final Supplier<SessionInfo> sessions,
        final RecordSink sink,
        final boolean isVerifyCrc,
        final long resetTimestamp,
        final long requestTimeoutNs)
    {
        this.sessions = sessions;
        this.sink = sink;
        this.isVerifyCrc = isVerifyCrc;
        this.resetTimestamp = resetTimestamp;
        this.requestTimeoutNs = requestTimeoutNs;
    }

    /**
     * Add a partition; its position is found out first.
     *
     * @param tag       for the owner.
     * @param topicId   of the topic.
     * @param partition index.
     * @param timestamp {@link PushSource#EARLIEST} or {@link PushSource#LATEST}; 0 to fail until a seek.
     * @return its state.
     */
    public ConsumePartition add(final Object tag, final long topicId, final int partition, final long timestamp)
    {
        final ConsumePartition added = new ConsumePartition(tag, topicId, partition);
        added.resolveTimestamp = timestamp;
        if (0 == timestamp)
        {
            added.state = State.FAILED;
            added.failure = ResultCode.OFFSET_OUT_OF_RANGE.code();
        }
        partitions.add(added);
        if (null != session)
        {
            attach(added);
        }
        return added;
    }

    /**
     * Forget a partition.
     *
     * @param partition from {@link #add}.
     */
    public void remove(final ConsumePartition partition)
    {
        partitions.remove(partition);
        if (failed == partition)
        {
            failed = null;
        }
        final ShardConsumer shard = shardOf(partition);
        if (null != shard)
        {
            shard.detach(partition);
            shard.partitions().remove(partition);
        }
    }

    /**
     * Go on with a topic that took the place of a deleted one. The position belonged to the deleted one: it is treated
     * as out of range.
     *
     * @param partition from {@link #add}; forgotten.
     * @param topicId   of the topic that has the name now.
     * @return the state that takes its place.
     */
    public ConsumePartition replace(final ConsumePartition partition, final long topicId)
    {
        remove(partition);
        return add(partition.tag, topicId, partition.partition, resetTimestamp);
    }

    /**
     * Go on from an offset. Records that are on their way from before are dropped.
     *
     * @param partition from {@link #add}.
     * @param offset    of the next record, at least 0.
     */
    public void seek(final ConsumePartition partition, final long offset)
    {
        reset(partition, offset, State.SUBSCRIBE);
    }

    /**
     * Go on from an end of the log, as it is when the broker is asked.
     *
     * @param partition from {@link #add}.
     * @param timestamp {@link PushSource#EARLIEST} or {@link PushSource#LATEST}.
     */
    public void seekTo(final ConsumePartition partition, final long timestamp)
    {
        partition.resolveTimestamp = timestamp;
        reset(partition, -1, State.RESOLVE);
    }

    /**
     * Ask for an offset; poll until the query is done.
     *
     * @param topicId   of the topic.
     * @param partition index.
     * @param timestamp {@link PushSource#EARLIEST}, {@link PushSource#LATEST} or epoch ns.
     * @param nowNs     monotonic time.
     * @return the query.
     */
    public OffsetQuery query(final long topicId, final int partition, final long timestamp, final long nowNs)
    {
        final OffsetQuery query = newQuery(topicId, partition, timestamp, nowNs);
        strayQueries.add(query);
        return query;
    }

    /**
     * Receive records and mind everything else.
     *
     * @param nowNs monotonic time.
     * @param limit most records.
     * @return number of records given to the sink, or the negative {@link ResultCode} number of a partition that fails:
     * {@link #failed()}.
     */
    public int poll(final long nowNs, final int limit)
    {
        pollControl(nowNs);
        remaining = limit;
        delivered = 0;
        final int count = shards.length;
        if (count > 0)
        {
            int index = startShard >= count ? 0 : startShard;
            startShard = index + 1;
            for (int i = 0; i < count && remaining > 0; i++)
            {
                if (null != shards[index])
                {
                    shards[index].pollRecords();
                }
                index = index + 1 == count ? 0 : index + 1;
            }
        }
        return delivered > 0 ? delivered : failure();
    }

    /**
     * One step of waiting for the answer to a question. Records that stand in the lane before the answer are passed
     * over; their partitions subscribe again, from their positions, at the next {@link #poll}.
     *
     * @param nowNs monotonic time.
     */
    public void pollWaiting(final long nowNs)
    {
        isWaiting = true;
        try
        {
            pollControl(nowNs);
            for (final ShardConsumer shard : shards)
            {
                if (null != shard)
                {
                    shard.pollRecords();
                }
            }
        }
        finally
        {
            isWaiting = false;
        }
    }

    /**
     * Mind everything but records.
     *
     * @param nowNs monotonic time.
     * @return work count.
     */
    public int pollControl(final long nowNs)
    {
        final SessionInfo current = sessions.get();
        if (current != session)
        {
            onSession(current);
        }

        int workCount = 0;
        for (int i = strayQueries.size() - 1; i >= 0; i--)
        {
            final OffsetQuery query = strayQueries.get(i);
            if (null != session)
            {
                open(Streams.shardOf(query.topicId, query.partition, session.shards())).queries().add(query);
                strayQueries.remove(i);
            }
            else if (nowNs - query.deadlineNs >= 0)
            {
                query.complete(ResultCode.TIMED_OUT.code(), -1);
                strayQueries.remove(i);
            }
        }
        for (int i = 0; i < shards.length; i++)
        {
            final ShardConsumer shard = shards[i];
            if (null != shard)
            {
                workCount += shard.pollControl(nowNs);
                if (shard.isClosed())
                {
                    reopen(i, nowNs);
                }
            }
        }
        return workCount;
    }

    /**
     * @return the partition whose failure {@link #poll} returned last, or null.
     */
    public ConsumePartition failed()
    {
        return failed;
    }

    /**
     * @return pushes of subscriptions that were over. Any thread.
     */
    public long stalePushes()
    {
        return stalePushes;
    }

    /**
     * @return times that batches were missing in a subscription, which was then made anew. Any thread.
     */
    public long gaps()
    {
        return gaps;
    }

    /**
     * @return lanes that were lost. Any thread.
     */
    public long sourcesLost()
    {
        return sourcesLost;
    }

    /**
     * @return messages that made no sense. Any thread.
     */
    public long malformed()
    {
        return malformed;
    }

    /**
     * @return times that a partition failed as UNKNOWN_TOPIC: when it rises, topics should be looked up again.
     */
    public long unknownTopics()
    {
        return unknownTopics;
    }

    /**
     * Close all lanes. Idempotent.
     */
    public void close()
    {
        for (final ShardConsumer shard : shards)
        {
            if (null != shard)
            {
                shard.close();
            }
        }
        shards = new ShardConsumer[0];
        session = null;
        partitions.clear();
    }

    OffsetQuery newQuery(final long topicId, final int partition, final long timestamp, final long nowNs)
    {
        return new OffsetQuery(topicId, partition, timestamp, nowNs + requestTimeoutNs);
    }

    long nextCorrelationId()
    {
        return ++correlationIds;
    }

    int nextSubscriptionId()
    {
        // 0 stands for none
        subscriptionIds = Integer.MAX_VALUE == subscriptionIds ? 1 : subscriptionIds + 1;
        return subscriptionIds;
    }

    boolean isWaiting()
    {
        return isWaiting;
    }

    boolean mayDeliver()
    {
        return remaining > 0;
    }

    void onDelivered()
    {
        remaining--;
        delivered++;
    }

    void onStalePush()
    {
        stalePushes++;
    }

    void onGap()
    {
        gaps++;
    }

    void onMalformed()
    {
        malformed++;
    }

    void onFailed(final int code)
    {
        if (ResultCode.UNKNOWN_TOPIC.code() == code)
        {
            unknownTopics++;
        }
    }

    boolean resets()
    {
        return 0 != resetTimestamp;
    }

    long resetTimestamp()
    {
        return resetTimestamp;
    }

    private int failure()
    {
        for (int i = 0, size = partitions.size(); i < size; i++)
        {
            final ConsumePartition partition = partitions.get(i);
            if (0 != partition.failure)
            {
                failed = partition;
                return partition.failure;
            }
        }
        return 0;
    }

    private void reset(final ConsumePartition partition, final long offset, final State state)
    {
        final ShardConsumer shard = shardOf(partition);
        if (null != shard)
        {
            shard.detach(partition);
        }
        partition.position = offset;
        partition.lastEpoch = -1;
        partition.failure = 0;
        partition.query = null;
        partition.state = state;
    }

    private void onSession(final SessionInfo current)
    {
        for (int i = 0; i < shards.length; i++)
        {
            if (null != shards[i] && 0 == reopenNs[i])
            {
                lose(shards[i]);
            }
            else if (null != shards[i])
            {
                // lost before, and not replaced yet
                strayQueries.addAll(shards[i].queries());
            }
        }
        session = current;
        Arrays.fill(reopenNs, 0);
        shards = new ShardConsumer[null == current ? 0 : current.shards()];
        if (null != current)
        {
            for (int i = 0, size = partitions.size(); i < size; i++)
            {
                attach(partitions.get(i));
            }
        }
    }

    private void reopen(final int index, final long nowNs)
    {
        final ShardConsumer lost = shards[index];
        if (0 == reopenNs[index])
        {
            reopenNs[index] = nowNs + REOPEN_DELAY_NS;
            lose(lost);
        }
        else if (nowNs - reopenNs[index] >= 0)
        {
            reopenNs[index] = 0;
            shards[index] = null;
            strayQueries.addAll(lost.queries());
            for (int i = 0, size = lost.partitions().size(); i < size; i++)
            {
                attach(lost.partitions().get(i));
            }
        }
    }

    private void lose(final ShardConsumer shard)
    {
        sourcesLost++;
        shard.close();
        for (final OffsetQuery query : shard.queries())
        {
            query.isSent = false;
            strayQueries.add(query);
        }
        shard.queries().clear();
        for (final ConsumePartition partition : shard.partitions())
        {
            partition.subscriptionId = 0;
            if (State.STREAMING == partition.state)
            {
                partition.state = State.SUBSCRIBE;
            }
        }
    }

    private void attach(final ConsumePartition partition)
    {
        open(Streams.shardOf(partition.topicId, partition.partition, session.shards())).partitions().add(partition);
    }

    private ShardConsumer open(final int shard)
    {
        if (null == shards[shard])
        {
            shards[shard] = new ShardConsumer(
                this, session.connector().pushSource(session, shard), sink, isVerifyCrc);
        }
        return shards[shard];
    }

    private ShardConsumer shardOf(final ConsumePartition partition)
    {
        return null == session ? null :
            shards[Streams.shardOf(partition.topicId, partition.partition, session.shards())];
    }
}
