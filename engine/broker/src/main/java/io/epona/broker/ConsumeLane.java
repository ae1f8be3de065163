package io.epona.broker;

import io.epona.broker.host.HostedPartition;
import io.epona.codecs.ResultCode;
import io.epona.codecs.client.ListOffsetsDecoder;
import io.epona.codecs.client.PauseDecoder;
import io.epona.codecs.client.SubscribeDecoder;
import io.epona.codecs.client.UnsubscribeDecoder;
import io.epona.transport.Lane;
import io.epona.transport.MessageHandler;
import org.agrona.DirectBuffer;

/**
 * The requests of one consume lane: keeps its subscriptions and hands them to the pusher.
 * <p>
 * Owned by the shard agent.
 */
final class ConsumeLane implements MessageHandler
{
    private static final int BLOCK_INDEX = MessageGate.HEADER_LENGTH;
    private static final int FRAGMENTS_PER_CYCLE = 16;

    private final SubscribeDecoder subscribe = new SubscribeDecoder();
    private final PauseDecoder pause = new PauseDecoder();
    private final UnsubscribeDecoder unsubscribe = new UnsubscribeDecoder();
    private final ListOffsetsDecoder listOffsets = new ListOffsetsDecoder();
    private final Lane lane;
    private final long token;
    private final int maxSubscriptions;
    private final PartitionTable partitions;
    private final LaneWatch watch;
    private final Pusher pusher;
    private Violation violation;

    /**
     * @param lane       that was attached.
     * @param token      of its session.
     * @param limits     of the broker.
     * @param partitions of the shard.
     * @param counters   of the shard.
     * @param watch      told of violations.
     */
    ConsumeLane(
        final Lane lane,
        final long token,
        final Limits limits,
        final PartitionTable partitions,
        final BrokerCounters.ShardCounters counters,
        final LaneWatch watch)
    {
        this.lane = lane;
        this.token = token;
        this.maxSubscriptions = limits.maxSubscriptions();
        this.partitions = partitions;
        this.watch = watch;
        this.pusher = new Pusher(lane, counters);
    }

    long token()
    {
        return token;
    }

    Lane lane()
    {
        return lane;
    }

    /**
     * Take in the requests that have arrived.
     *
     * @return messages taken.
     */
    int poll()
    {
        final int count = lane.poll(this, FRAGMENTS_PER_CYCLE);
        if (null != violation)
        {
            watch.onViolation(lane, "consume", violation);
        }
        else if (lane.isClosed() && null != lane.fault())
        {
            watch.onFault(lane, "consume");
        }

        return count;
    }

    /**
     * Push what the subscriptions have, as far as the lane takes it.
     *
     * @param isFullCheck whether subscriptions without news are looked at too.
     * @return messages sent.
     */
    int push(final boolean isFullCheck)
    {
        return pusher.push(isFullCheck);
    }

    @Override
    public boolean onMessage(final DirectBuffer buffer, final int index, final int length)
    {
        if (!pusher.hasRoom())
        {
            return false;
        }

        final int templateId = MessageGate.check(buffer, index, length);
        final int block = index + BLOCK_INDEX;
        switch (templateId)
        {
            case SubscribeDecoder.TEMPLATE_ID:
                subscribe.wrap(buffer, block, SubscribeDecoder.BLOCK_LENGTH, SubscribeDecoder.SCHEMA_VERSION);
                return check(subscribe.token(), length, SubscribeDecoder.BLOCK_LENGTH) && onSubscribe();

            case UnsubscribeDecoder.TEMPLATE_ID:
                unsubscribe.wrap(buffer, block, UnsubscribeDecoder.BLOCK_LENGTH, UnsubscribeDecoder.SCHEMA_VERSION);
                return check(unsubscribe.token(), length, UnsubscribeDecoder.BLOCK_LENGTH) &&
                    pusher.remove(unsubscribe.subscriptionId());

            case PauseDecoder.TEMPLATE_ID:
                pause.wrap(buffer, block, PauseDecoder.BLOCK_LENGTH, PauseDecoder.SCHEMA_VERSION);
                // The position is kept for no one: a pause ends the subscription.
                return check(pause.token(), length, PauseDecoder.BLOCK_LENGTH) &&
                    pusher.remove(pause.subscriptionId());

            case ListOffsetsDecoder.TEMPLATE_ID:
                listOffsets.wrap(buffer, block, ListOffsetsDecoder.BLOCK_LENGTH, ListOffsetsDecoder.SCHEMA_VERSION);
                return check(listOffsets.token(), length, ListOffsetsDecoder.BLOCK_LENGTH) && onListOffsets();

            default:
                violation = templateId < 0 ? MessageGate.violation(templateId) : Violation.TEMPLATE;
                return false;
        }
    }

    private boolean check(final long actualToken, final int length, final int blockLength)
    {
        if (token != actualToken)
        {
            violation = Violation.TOKEN;
        }
        else if (length != BLOCK_INDEX + blockLength)
        {
            violation = Violation.LENGTH;
        }

        return null == violation;
    }

    private boolean onSubscribe()
    {
        final int subscriptionId = subscribe.subscriptionId();
        final long topicId = subscribe.topicId();
        final int partitionIndex = subscribe.partition();
        final long startOffset = subscribe.startOffset();
        final int lastEpoch = subscribe.lastEpoch();
        final int byteCredit = subscribe.byteCredit();
        if (startOffset < HostedPartition.START_EARLIEST || byteCredit < 0 || pusher.contains(subscriptionId))
        {
            violation = Violation.VALUE;
            return false;
        }

        // A lane serves one consumer, which has one place in a partition: the new one ends the old.
        pusher.supersede(topicId, partitionIndex);
        pusher.add(pusher.count() >= maxSubscriptions ?
            Subscription.refused(subscriptionId, topicId, partitionIndex, ResultCode.LIMIT_REACHED.code()) :
            Subscription.open(
                subscriptionId,
                topicId,
                partitionIndex,
                partitions.find(topicId, partitionIndex),
                startOffset,
                lastEpoch,
                byteCredit));
        return true;
    }

    private boolean onListOffsets()
    {
        final HostedPartition partition = partitions.find(listOffsets.topicId(), listOffsets.partition());
        pusher.answerOffsets(listOffsets.correlationId(), partition, listOffsets.timestamp());
        return true;
    }

    /**
     * @param partition that goes away: its subscriptions end.
     * @param code      that they end with.
     */
    void forget(final HostedPartition partition, final int code)
    {
        pusher.forget(partition, code);
    }

    void close()
    {
        pusher.close();
        lane.close();
    }
}
