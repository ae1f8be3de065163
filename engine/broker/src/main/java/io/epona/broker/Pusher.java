package io.epona.broker;

import io.aeron.Publication;
import io.epona.broker.host.HostedPartition;
import io.epona.codecs.ResultCode;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.OffsetsEncoder;
import io.epona.codecs.client.PushEncoder;
import io.epona.codecs.client.SubscriptionEndEncoder;
import io.epona.engine.PartitionReader;
import io.epona.transport.Lane;
import io.epona.transport.LaneClaim;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import static org.agrona.BitUtil.CACHE_LINE_LENGTH;

/**
 * Pushes the subscriptions of one consume lane, in turns: each push is a header and a range of whole batches, offered
 * straight from the mapped log. Stops where the lane is full; the data waits in the log.
 * <p>
 * Owned by the shard agent.
 */
final class Pusher implements PartitionReader.BatchesHandler
{
    private static final int PUSH_HEADER_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + PushEncoder.BLOCK_LENGTH;
    private static final int END_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + SubscriptionEndEncoder.BLOCK_LENGTH;
    private static final int OFFSETS_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + OffsetsEncoder.BLOCK_LENGTH;
    private static final int BYTES_PER_CYCLE = 512 * 1024;
    private static final int PUSHES_PER_CYCLE = 64;
    /** Room that each message takes of a cycle's bytes beside its batches. */
    private static final int MESSAGE_COST = 256;

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final PushEncoder push = new PushEncoder();
    private final SubscriptionEndEncoder end = new SubscriptionEndEncoder();
    private final OffsetsEncoder offsets = new OffsetsEncoder();
    private final LaneClaim claim = new LaneClaim();
    private final UnsafeBuffer pushHeader = new UnsafeBuffer(
        BufferUtil.allocateDirectAligned(CACHE_LINE_LENGTH, CACHE_LINE_LENGTH));
    private final OffsetLookup lookup = new OffsetLookup();
    private final Lane lane;
    private final BrokerCounters.ShardCounters counters;
    private final int maxRange;

    private Subscription[] subscriptions = new Subscription[4];
    private int count;
    private int nextTurn;
    private Subscription current;
    private boolean isBlocked;

    private boolean hasAnswer;
    private long answerCorrelationId;
    private int answerEpoch;

    /**
     * @param lane     to push to.
     * @param counters of the shard.
     */
    Pusher(final Lane lane, final BrokerCounters.ShardCounters counters)
    {
        this.lane = lane;
        this.counters = counters;
        this.maxRange = lane.maxPayloadLength() - PUSH_HEADER_LENGTH;
        push.wrapAndApplyHeader(pushHeader, 0, header).flags(0);
    }

    int count()
    {
        return count;
    }

    /**
     * @return whether another request can be answered.
     */
    boolean hasRoom()
    {
        return !hasAnswer;
    }

    boolean contains(final int subscriptionId)
    {
        return indexOf(subscriptionId) >= 0;
    }

    private int indexOf(final int subscriptionId)
    {
        for (int i = 0; i < count; i++)
        {
            if (subscriptions[i].subscriptionId() == subscriptionId)
            {
                return i;
            }
        }

        return -1;
    }

    void add(final Subscription subscription)
    {
        if (subscriptions.length == count)
        {
            final Subscription[] larger = new Subscription[count * 2];
            System.arraycopy(subscriptions, 0, larger, 0, count);
            subscriptions = larger;
        }
        subscriptions[count++] = subscription;
        counters.subscriptions.incrementRelease();
    }

    /**
     * Forget a subscription; one that is not known is fine: its end may have crossed the request.
     *
     * @param subscriptionId of the client.
     * @return true.
     */
    boolean remove(final int subscriptionId)
    {
        final int at = indexOf(subscriptionId);
        if (at >= 0)
        {
            removeAt(at);
        }

        return true;
    }

    private void removeAt(final int at)
    {
        subscriptions[at].close();
        count--;
        subscriptions[at] = subscriptions[count];
        subscriptions[count] = null;
        counters.subscriptions.decrementRelease();
    }

    void supersede(final long topicId, final int partitionIndex)
    {
        for (int i = count - 1; i >= 0; i--)
        {
            final Subscription subscription = subscriptions[i];
            if (subscription.topicId() == topicId && subscription.partitionIndex() == partitionIndex)
            {
                removeAt(i);
            }
        }
    }

    void forget(final HostedPartition partition, final int code)
    {
        for (int i = 0; i < count; i++)
        {
            final Subscription subscription = subscriptions[i];
            if (subscription.partition() == partition)
            {
                subscription.close();
                subscriptions[i] = Subscription.refused(
                    subscription.subscriptionId(),
                    subscription.topicId(),
                    subscription.partitionIndex(),
                    code);
            }
        }
    }

    /**
     * Push what there is, within the bounds of a cycle.
     *
     * @param isFullCheck whether subscriptions without news are looked at too: their partition may be gone, or
     *                    retention may have passed their place.
     * @return messages sent.
     */
    int push(final boolean isFullCheck)
    {
        int sent = 0;
        isBlocked = false;
        if (hasAnswer)
        {
            sent += sendOffsets();
        }

        int bytesLeft = BYTES_PER_CYCLE;
        int idleTurns = 0;
        boolean isCheck = isFullCheck;
        while (idleTurns < count && bytesLeft > 0 && sent < PUSHES_PER_CYCLE && !isBlocked)
        {
            if (nextTurn >= count)
            {
                nextTurn = 0;
                isCheck = isFullCheck && 0 == sent;
            }

            final Subscription subscription = subscriptions[nextTurn];
            int bytes = 0;
            if (0 == subscription.endCode() && (isCheck || subscription.hasWork()))
            {
                bytes = pushOne(subscription);
            }
            if (0 != subscription.endCode() && !isBlocked)
            {
                bytes += sendEnd(subscription, nextTurn);
            }

            if (bytes > 0)
            {
                sent++;
                bytesLeft -= bytes + MESSAGE_COST;
                idleTurns = 0;
            }
            else
            {
                idleTurns++;
            }
            nextTurn++;
        }

        return sent;
    }

    private int pushOne(final Subscription subscription)
    {
        if (!subscription.isReadable())
        {
            return 0;
        }

        current = subscription;
        final int bytes = subscription.reader().pollBatches(this, maxRange);
        if (bytes > 0)
        {
            subscription.consumed(bytes);
            counters.pushes.incrementRelease();
            counters.bytesOut.getAndAddRelease(bytes);
            return bytes;
        }
        if (bytes < 0)
        {
            subscription.end(subscription.partition().endCode(bytes));
        }

        return 0;
    }

    @Override
    public boolean onBatches(
        final DirectBuffer buffer, final int index, final int length, final long baseOffset, final long nextOffset)
    {
        final Subscription subscription = current;
        if (PUSH_HEADER_LENGTH + length > lane.maxMessageLength())
        {
            subscription.end(ResultCode.RECORD_TOO_LARGE.code());
            return false;
        }

        final HostedPartition partition = subscription.partition();
        push
            .topicId(subscription.topicId())
            .hw(partition.highWatermark())
            .logStart(partition.logStart())
            .partition(subscription.partitionIndex())
            .leaderEpoch(partition.leaderEpoch())
            .subscriptionId(subscription.subscriptionId());
        long result = lane.offer(pushHeader, 0, PUSH_HEADER_LENGTH, buffer, index, length);
        if (Publication.ADMIN_ACTION == result)
        {
            result = lane.offer(pushHeader, 0, PUSH_HEADER_LENGTH, buffer, index, length);
        }

        return check(result);
    }

    private boolean check(final long result)
    {
        if (result > 0)
        {
            return true;
        }

        isBlocked = true;
        if (Publication.BACK_PRESSURED == result || Publication.ADMIN_ACTION == result)
        {
            counters.pushBackPressure.incrementRelease();
        }
        else
        {
            // The peer is gone, or the stream is used up: the client comes back with a new lane.
            lane.close();
        }

        return false;
    }

    private int sendEnd(final Subscription subscription, final int at)
    {
        if (!check(lane.tryClaim(END_LENGTH, claim)))
        {
            return 0;
        }

        final HostedPartition partition = subscription.partition();
        end.wrapAndApplyHeader(claim.buffer(), claim.index(), header)
            .topicId(subscription.topicId())
            .logStart(null == partition ? -1 : partition.logStart())
            .hw(null == partition ? -1 : partition.highWatermark())
            .divergedEnd(subscription.divergedEnd())
            .partition(subscription.partitionIndex())
            .subscriptionId(subscription.subscriptionId())
            .leaderEpoch(null == partition ? -1 : partition.leaderEpoch())
            .divergedEpoch(subscription.divergedEpoch())
            .code((short)subscription.endCode());
        claim.commit();
        removeAt(at);
        return END_LENGTH;
    }

    /**
     * Answer ListOffsets, now or when the lane takes it.
     *
     * @param correlationId of the request.
     * @param partition     asked for, or null where there is none.
     * @param timestamp     asked for.
     */
    void answerOffsets(final long correlationId, final HostedPartition partition, final long timestamp)
    {
        lookup.find(partition, timestamp);
        answerCorrelationId = correlationId;
        answerEpoch = null == partition ? -1 : partition.leaderEpoch();
        hasAnswer = true;
        sendOffsets();
    }

    private int sendOffsets()
    {
        if (lookup.isWaiting())
        {
            lookup.resume();
            if (lookup.isWaiting())
            {
                return 0;
            }
        }
        if (!check(lane.tryClaim(OFFSETS_LENGTH, claim)))
        {
            return 0;
        }

        offsets.wrapAndApplyHeader(claim.buffer(), claim.index(), header)
            .correlationId(answerCorrelationId)
            .recordOffset(lookup.offset())
            .timestamp(lookup.timestamp())
            .leaderEpoch(answerEpoch)
            .code((short)lookup.code());
        claim.commit();
        hasAnswer = false;
        return 1;
    }

    void close()
    {
        lookup.close();
        while (count > 0)
        {
            removeAt(count - 1);
        }
    }
}
