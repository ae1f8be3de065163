package io.epona.client.session;

import io.epona.client.session.ConsumerPartition.State;
import io.epona.codecs.ResultCode;
import org.agrona.DirectBuffer;
import org.agrona.collections.Object2ObjectHashMap;

import java.util.ArrayList;
import java.util.List;

import static io.epona.client.session.ClientTopic.Answer.MISSING;
import static io.epona.client.session.ClientTopic.Answer.REPLACED;
import static io.epona.client.session.ClientTopic.Answer.STALE;

/**
 * What a consumer decides: which offsets it is at, where it subscribes, what of the pushed it takes. A position goes
 * with the leader epoch of the record before it; a leader whose log does not have that epoch up to there says so, and
 * what was delivered beyond the common part is told to the application. Every subscribe has an id of its own, so that
 * what is pushed for a former one is dropped, whoever sends it. Records of a partition are delivered in the order of
 * their offsets, none twice but after a seek, a reset or a cut.
 * <p>
 * Does not allocate while the same partitions go on. Owned by one thread; the ports are called on it.
 */
public final class ConsumerMachine
{
    /** Timestamp of {@link ConsumeLanes#listOffsets} that asks for the high watermark. */
    public static final long LATEST = -1;
    /** Timestamp of {@link ConsumeLanes#listOffsets} that asks for the log start. */
    public static final long EARLIEST = -2;

    private final ConsumerContext context;
    private final ConsumerSubscriptions subscriptions;
    private final ConsumerPositions positions;
    private final PushReader reader;
    private final Object2ObjectHashMap<String, ClientTopic<ConsumerPartition>> topicsByName =
        new Object2ObjectHashMap<>();
    private final List<ClientTopic<ConsumerPartition>> topics = new ArrayList<>();
    private final List<ConsumerPartition> partitions = new ArrayList<>();
    private long nowNs;
    private long metadataMaxAgeNs;
    private boolean isHeld;
    /** Written by the machine's thread alone, read by any thread. */
    private volatile long stalePushes;
    private volatile long gaps;

    /** Where to go on from a position that is out of range. */
    public enum Reset
    {
        /** At the log start. */
        EARLIEST,
        /** At the high watermark. */
        LATEST,
        /** Nowhere: the partition fails until a seek. */
        FAIL
    }

    /**
     * @param context settings and ports.
     */
    public ConsumerMachine(final ConsumerContext context)
    {
        this.context = context.conclude();
        metadataMaxAgeNs = context.metadataMaxAgeNs;
        subscriptions = new ConsumerSubscriptions(context.lanes);
        positions = new ConsumerPositions(context.reset, context.listener);
        reader = new PushReader(context.isVerifyCrc, context.listener, new Trouble());
    }

    /**
     * Read a partition from where the reset policy says; with {@link Reset#FAIL} it waits for a seek.
     *
     * @param topic     name.
     * @param partition index.
     * @return the same object for the same arguments, until it is removed.
     */
    public ConsumerPartition add(final String topic, final int partition)
    {
        ClientTopic<ConsumerPartition> known = topicsByName.get(topic);
        if (null == known)
        {
            known = new ClientTopic<>(topic, context.metadataPauseNs);
            topicsByName.put(topic, known);
            topics.add(known);
        }
        for (final ConsumerPartition existing : known.partitions())
        {
            if (partition == existing.partition)
            {
                return existing;
            }
        }
        final ConsumerPartition added = new ConsumerPartition(
            known, topic, partition, new Backoff(context.retryBackoffNs, context.retryBackoffMaxNs));
        known.partitions().add(added);
        known.want();
        partitions.add(added);
        if (Reset.FAIL == context.reset)
        {
            added.state = State.FAILED;
            added.failure = ResultCode.OFFSET_OUT_OF_RANGE.code();
        }
        else
        {
            positions.resolve(added);
        }
        return added;
    }

    /**
     * Read a partition no longer.
     *
     * @param partition of this machine.
     */
    public void remove(final ConsumerPartition partition)
    {
        subscriptions.detach(partition);
        partition.state = State.REMOVED;
        partitions.remove(partition);
        partition.clientTopic.partitions().remove(partition);
    }

    /**
     * Go on from a position, as it was stored.
     *
     * @param partition of this machine.
     * @param offset    of the next record, at least 0.
     * @param lastEpoch leader epoch of the record before it, -1 unknown: then it cannot be noticed that the log was cut
     *                  in between.
     */
    public void seek(final ConsumerPartition partition, final long offset, final int lastEpoch)
    {
        if (offset < 0)
        {
            throw new IllegalArgumentException("a position is at least 0: " + offset);
        }
        subscriptions.detach(partition);
        partition.epochs.clear();
        if (lastEpoch >= 0 && offset > 0)
        {
            partition.epochs.add(lastEpoch, offset - 1);
        }
        positions.moveTo(partition, offset);
    }

    /**
     * Go on from an end of the log, as it is when the leader is asked, or from a time.
     *
     * @param partition of this machine.
     * @param timestamp {@link #EARLIEST}, {@link #LATEST} or epoch ns.
     */
    public void seekTo(final ConsumerPartition partition, final long timestamp)
    {
        subscriptions.detach(partition);
        positions.resolve(partition, timestamp);
    }

    /**
     * Deliver nothing until {@link #resume}; the position stays.
     *
     * @param partition of this machine.
     */
    public void pause(final ConsumerPartition partition)
    {
        partition.isPaused = true;
        if (State.STREAMING == partition.state)
        {
            subscriptions.detach(partition);
            partition.state = State.SUBSCRIBE;
        }
    }

    /**
     * Go on from the position.
     *
     * @param partition of this machine.
     */
    public void resume(final ConsumerPartition partition)
    {
        partition.isPaused = false;
    }

    /**
     * Subscribe, ask, look up: whatever is due.
     *
     * @param nowNs monotonic time.
     * @return work count.
     */
    public int doWork(final long nowNs)
    {
        this.nowNs = nowNs;
        int workCount = 0;
        for (int i = 0, size = topics.size(); i < size; i++)
        {
            final ClientTopic<ConsumerPartition> topic = topics.get(i);
            if (!topic.partitions().isEmpty())
            {
                topic.wantIfOlder(nowNs, metadataMaxAgeNs);
                workCount += topic.poll(nowNs, context.metadata);
            }
        }
        for (int i = 0, size = partitions.size(); i < size; i++)
        {
            workCount += step(partitions.get(i));
        }
        return workCount;
    }

    /**
     * Lanes to a broker can be used.
     *
     * @param brokerId of the broker.
     * @param shards   of the broker.
     */
    public void onBrokerConnected(final int brokerId, final int shards)
    {
        subscriptions.connect(brokerId, shards);
    }

    /**
     * All lanes to a broker are gone.
     *
     * @param brokerId of the broker.
     * @param nowNs    monotonic time.
     */
    public void onBrokerLost(final int brokerId, final long nowNs)
    {
        this.nowNs = nowNs;
        subscriptions.disconnect(brokerId);
        for (int i = 0, size = partitions.size(); i < size; i++)
        {
            final ConsumerPartition partition = partitions.get(i);
            if (brokerId == partition.brokerId)
            {
                again(partition);
                partition.clientTopic.want();
            }
        }
    }

    /**
     * Whole batches of one subscription, contiguous. The first may begin below the offset that was asked for.
     *
     * @param subscriptionId of the subscription.
     * @param leaderEpoch    of the leader that pushes.
     * @param highWatermark  first offset that is not committed.
     * @param logStart       first offset that is kept.
     * @param buffer         holding the batches; read during the call only.
     * @param index          of the first batch.
     * @param length         of all batches.
     * @param limit          most records to deliver.
     * @param nowNs          monotonic time.
     * @return number of records delivered, or -1 - that number where the limit ended it: to be given again.
     */
    public int onPush(
        final int subscriptionId,
        final int leaderEpoch,
        final long highWatermark,
        final long logStart,
        final DirectBuffer buffer,
        final int index,
        final int length,
        final int limit,
        final long nowNs)
    {
        this.nowNs = nowNs;
        final ConsumerPartition partition = subscriptions.find(subscriptionId);
        if (null == partition)
        {
            stalePushes++;
            return 0;
        }
        if (leaderEpoch >= 0 && leaderEpoch < partition.leaderEpoch)
        {
            // one that leads no more: what it has is committed, but it gets nothing new
            again(partition);
            positions.retryLater(partition, nowNs);
            return 0;
        }
        if (leaderEpoch > partition.leaderEpoch)
        {
            partition.leaderEpoch = leaderEpoch;
            partition.leader = partition.brokerId;
        }
        partition.isHeardOf = true;
        partition.backoff.end();
        partition.highWatermark = highWatermark;
        partition.logStart = logStart;
        return reader.deliver(partition, buffer, index, index + length, limit);
    }

    /**
     * Records stand in the way of an answer: they are passed over, and come again when the partition is subscribed
     * again, from its position.
     *
     * @param subscriptionId of the subscription.
     * @param nowNs          monotonic time.
     */
    public void onPushPassedOver(final int subscriptionId, final long nowNs)
    {
        this.nowNs = nowNs;
        final ConsumerPartition partition = subscriptions.find(subscriptionId);
        if (null == partition)
        {
            stalePushes++;
        }
        else
        {
            again(partition);
        }
    }

    /**
     * @param metadataMaxAgeNs see {@link ConsumerContext#metadataMaxAgeNs(long)}.
     */
    public void metadataMaxAgeNs(final long metadataMaxAgeNs)
    {
        this.metadataMaxAgeNs = metadataMaxAgeNs;
    }

    /**
     * While held the machine subscribes nowhere.
     *
     * @param isHeld true to hold.
     */
    public void hold(final boolean isHeld)
    {
        this.isHeld = isHeld;
    }

    /**
     * A subscription was refused or is over.
     *
     * @param subscriptionId of the subscription.
     * @param code           {@link io.epona.codecs.ResultCode} number.
     * @param leaderEpoch    of the broker's leadership, -1 unknown.
     * @param divergedEpoch  with TRUNCATED: greatest epoch of the leader's log that is not above the last epoch of the
     *                       subscription, -1 unknown.
     * @param divergedEnd    with TRUNCATED: end of that epoch in the leader's log, -1 unknown.
     * @param nowNs          monotonic time.
     */
    public void onSubscriptionEnd(
        final int subscriptionId,
        final int code,
        final int leaderEpoch,
        final int divergedEpoch,
        final long divergedEnd,
        final long nowNs)
    {
        this.nowNs = nowNs;
        final ConsumerPartition partition = subscriptions.find(subscriptionId);
        if (null == partition)
        {
            return;
        }
        final boolean isHeardOf = partition.isHeardOf;
        subscriptions.onEnd(partition);
        if (code >= 0)
        {
            return;
        }

        final ResultCode result = ResultCode.get(code);
        final boolean isOld = leaderEpoch >= 0 && leaderEpoch < partition.leaderEpoch;
        if (!isOld && ResultCode.TRUNCATED == result)
        {
            positions.onCut(partition, divergedEpoch, divergedEnd, isHeardOf, nowNs);
        }
        else if (!isOld && ResultCode.OFFSET_OUT_OF_RANGE == result)
        {
            positions.outOfRange(partition, code);
        }
        else
        {
            positions.retryOrFail(partition, code, isOld, nowNs);
        }
    }

    /**
     * Answer to {@link ConsumeLanes#listOffsets}.
     *
     * @param correlationId of the request.
     * @param code          0, or a {@link io.epona.codecs.ResultCode} number.
     * @param leaderEpoch   of the leader, -1 unknown.
     * @param offset        that was asked for.
     * @param nowNs         monotonic time.
     */
    public void onOffsets(
        final long correlationId, final int code, final int leaderEpoch, final long offset, final long nowNs)
    {
        this.nowNs = nowNs;
        for (int i = 0, size = partitions.size(); i < size; i++)
        {
            final ConsumerPartition partition = partitions.get(i);
            if (State.RESOLVING == partition.state && correlationId == partition.correlationId)
            {
                partition.state = State.RESOLVE;
                partition.brokerId = -1;
                if (code < 0)
                {
                    positions.retryOrFail(partition, code, false, nowNs);
                }
                else if (leaderEpoch >= 0 && leaderEpoch < partition.leaderEpoch)
                {
                    positions.retryLater(partition, nowNs);
                }
                else if (offset < 0)
                {
                    // no record is that young
                    partition.timestamp = LATEST;
                }
                else
                {
                    positions.onResolved(partition, offset);
                }
                return;
            }
        }
    }

    /**
     * A broker told what it knows of a topic.
     *
     * @param topic        name.
     * @param topicId      of the topic of that name, -1 where there is none.
     * @param leaders      broker id of each partition's leader, -1 none; null where there is no topic.
     * @param leaderEpochs of each partition; null where there is no topic.
     * @param nowNs        monotonic time.
     */
    public void onTopic(
        final String topic, final long topicId, final int[] leaders, final int[] leaderEpochs, final long nowNs)
    {
        this.nowNs = nowNs;
        final ClientTopic<ConsumerPartition> known = topicsByName.get(topic);
        if (null == known)
        {
            return;
        }
        final ClientTopic.Answer answer = known.onAnswer(null == leaders ? -1 : topicId, nowNs);
        if (STALE == answer)
        {
            return;
        }
        for (int i = 0; i < known.partitions().size(); i++)
        {
            final ConsumerPartition partition = known.partitions().get(i);
            if (MISSING == answer)
            {
                partition.failure = partition.isTopicRefused ? ResultCode.UNKNOWN_TOPIC.code() : partition.failure;
            }
            else if (partition.partition < leaders.length)
            {
                partition.isTopicRefused = false;
                onLeader(partition, topicId, leaders[partition.partition], leaderEpochs[partition.partition]);
            }
            else if (REPLACED == answer)
            {
                // the topic of that name has fewer partitions; it may get more
                again(partition);
                partition.leader = -1;
                partition.failure = ResultCode.UNKNOWN_TOPIC.code();
            }
        }
    }

    /**
     * End all subscriptions.
     */
    public void close()
    {
        for (int i = 0, size = partitions.size(); i < size; i++)
        {
            subscriptions.detach(partitions.get(i));
        }
        partitions.clear();
        topics.clear();
        topicsByName.clear();
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

    private int step(final ConsumerPartition partition)
    {
        switch (partition.state)
        {
            case RESOLVE:
                return isReachable(partition) && !partition.backoff.isActive(nowNs) &&
                    subscriptions.ask(partition, nowNs + context.requestTimeoutNs) ? 1 : 0;

            case RESOLVING:
                if (nowNs - partition.deadlineNs >= 0)
                {
                    again(partition);
                    partition.clientTopic.want();
                    return 1;
                }
                return 0;

            case SUBSCRIBE:
                return !partition.isPaused && !isHeld && isReachable(partition) && !partition.backoff.isActive(nowNs) &&
                    subscriptions.subscribe(partition) ? 1 : 0;

            default:
                return 0;
        }
    }

    private boolean isReachable(final ConsumerPartition partition)
    {
        if (partition.topicId >= 0 && subscriptions.isConnected(partition.leader))
        {
            return true;
        }
        partition.clientTopic.want();
        return false;
    }

    /** Do again what was under way. */
    private void again(final ConsumerPartition partition)
    {
        subscriptions.detach(partition);
        if (State.STREAMING == partition.state)
        {
            partition.state = State.SUBSCRIBE;
        }
        else if (State.RESOLVING == partition.state)
        {
            partition.state = State.RESOLVE;
        }
    }

    private void onLeader(
        final ConsumerPartition partition, final long topicId, final int leader, final int leaderEpoch)
    {
        if (topicId != partition.topicId)
        {
            final boolean isReplaced = partition.topicId >= 0;
            again(partition);
            partition.topicId = topicId;
            partition.leader = leader;
            partition.leaderEpoch = leaderEpoch;
            partition.highWatermark = -1;
            partition.logStart = -1;
            partition.backoff.end();
            if (isReplaced && State.FAILED != partition.state && partition.position >= 0)
            {
                // the position belonged to the topic that was deleted
                partition.epochs.clear();
                positions.outOfRange(partition, Reset.FAIL == context.reset ?
                    ResultCode.OFFSET_OUT_OF_RANGE.code() : ResultCode.UNKNOWN_TOPIC.code());
            }
        }
        else if (leaderEpoch > partition.leaderEpoch)
        {
            partition.leader = leader;
            partition.leaderEpoch = leaderEpoch;
            again(partition);
            partition.backoff.end();
        }
    }

    /** What a push cannot be taken for, and what comes then. */
    private final class Trouble implements PushReader.Trouble
    {
        @Override
        public void onGap(final ConsumerPartition partition)
        {
            // something is missing, or this log never had what was consumed: the next subscribe tells
            gaps++;
            again(partition);
            positions.retryLater(partition, nowNs);
        }

        @Override
        public void onCorrupt(final ConsumerPartition partition, final int code)
        {
            again(partition);
            positions.retryOrFail(partition, code, false, nowNs);
        }
    }
}
