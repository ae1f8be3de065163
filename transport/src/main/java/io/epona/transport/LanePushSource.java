package io.epona.transport;

import io.epona.codecs.client.ListOffsetsEncoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.OffsetsDecoder;
import io.epona.codecs.client.PushDecoder;
import io.epona.codecs.client.SubscribeEncoder;
import io.epona.codecs.client.SubscriptionEndDecoder;
import io.epona.codecs.client.UnsubscribeEncoder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import static io.aeron.Publication.ADMIN_ACTION;
import static io.aeron.Publication.NOT_CONNECTED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Pushes over a consume lane. Messages that make no sense are counted and dropped. Owned by the consumer's thread.
 */
public final class LanePushSource implements PushSource
{
    private static final int HEADER_LENGTH = Inbound.HEADER_LENGTH;

    static
    {
        if (0 != (HEADER_LENGTH + PushDecoder.BLOCK_LENGTH & 7))
        {
            throw new IllegalStateException("batches of a push would not be aligned");
        }
    }

    private final MessageHandler messageHandler = this::onMessage;
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final SubscribeEncoder subscribe = new SubscribeEncoder();
    private final UnsubscribeEncoder unsubscribe = new UnsubscribeEncoder();
    private final ListOffsetsEncoder listOffsets = new ListOffsetsEncoder();
    private final UnsafeBuffer out = new UnsafeBuffer(new byte[128]);
    private final DataLane dataLane;
    private Handler handler;

    /**
     * @param session   that pays for the lane.
     * @param shard     of the broker.
     * @param timeoutNs for opening the lane.
     */
    public LanePushSource(final SessionInfo session, final int shard, final long timeoutNs)
    {
        dataLane = new DataLane(session, LaneKind.CONSUME, shard, timeoutNs);
    }

    @Override
    public int poll(final long nowNs)
    {
        if (dataLane.isOpen() || dataLane.isClosed())
        {
            return 0;
        }
        return dataLane.poll(nowNs);
    }

    @Override
    public boolean isOpen()
    {
        return dataLane.isOpen();
    }

    @Override
    public boolean isClosed()
    {
        return dataLane.isClosed();
    }

    @Override
    public int problemCode()
    {
        return dataLane.isClosed() ? dataLane.code() : 0;
    }

    @Override
    public String problem()
    {
        return dataLane.problem();
    }

    @Override
    public long subscribe(
        final int subscriptionId,
        final long topicId,
        final int partition,
        final long startOffset,
        final int lastEpoch)
    {
        subscribe.wrapAndApplyHeader(out, 0, headerEncoder)
            .token(dataLane.session().token())
            .topicId(topicId)
            .startOffset(startOffset)
            .partition(partition)
            .lastEpoch(lastEpoch)
            .subscriptionId(subscriptionId)
            .byteCredit(0);
        return send(SubscribeEncoder.BLOCK_LENGTH);
    }

    @Override
    public long unsubscribe(final int subscriptionId)
    {
        unsubscribe.wrapAndApplyHeader(out, 0, headerEncoder)
            .token(dataLane.session().token())
            .subscriptionId(subscriptionId)
            .reserved(0);
        return send(UnsubscribeEncoder.BLOCK_LENGTH);
    }

    @Override
    public long listOffsets(
        final long correlationId, final long topicId, final int partition, final long timestamp)
    {
        listOffsets.wrapAndApplyHeader(out, 0, headerEncoder)
            .token(dataLane.session().token())
            .correlationId(correlationId)
            .topicId(topicId)
            .timestamp(timestamp)
            .partition(partition)
            .reserved(0);
        return send(ListOffsetsEncoder.BLOCK_LENGTH);
    }

    @Override
    public int poll(final Handler handler, final int limit)
    {
        if (!dataLane.isOpen())
        {
            return 0;
        }

        this.handler = handler;
        final Lane lane = dataLane.lane();
        final int count = lane.poll(messageHandler, limit);
        if (lane.isClosed() || (0 == count && !lane.isConnected()))
        {
            dataLane.close();
        }
        return count;
    }

    @Override
    public void close()
    {
        dataLane.close();
    }

    private long send(final int blockLength)
    {
        if (!dataLane.isOpen())
        {
            return NOT_CONNECTED;
        }
        long result = dataLane.lane().offer(out, 0, HEADER_LENGTH + blockLength);
        if (ADMIN_ACTION == result)
        {
            result = dataLane.lane().offer(out, 0, HEADER_LENGTH + blockLength);
        }
        return Math.min(0, result);
    }

    private boolean onMessage(final DirectBuffer buffer, final int index, final int length)
    {
        final int templateId = Inbound.templateId(buffer, index, length);
        if (Inbound.MALFORMED != templateId)
        {
            final int block = index + HEADER_LENGTH;
            final int blockLength = Inbound.blockLength(buffer, index);
            if (PushDecoder.TEMPLATE_ID == templateId && blockLength >= PushDecoder.BLOCK_LENGTH &&
                0 == (blockLength & 7))
            {
                return handler.onBatches(
                    buffer.getInt(block + PushDecoder.subscriptionIdEncodingOffset(), LITTLE_ENDIAN),
                    buffer.getInt(block + PushDecoder.leaderEpochEncodingOffset(), LITTLE_ENDIAN),
                    buffer.getLong(block + PushDecoder.hwEncodingOffset(), LITTLE_ENDIAN),
                    buffer.getLong(block + PushDecoder.logStartEncodingOffset(), LITTLE_ENDIAN),
                    buffer,
                    block + blockLength,
                    length - HEADER_LENGTH - blockLength);
            }
            if (SubscriptionEndDecoder.TEMPLATE_ID == templateId &&
                blockLength >= SubscriptionEndDecoder.BLOCK_LENGTH)
            {
                handler.onEnd(
                    buffer.getInt(block + SubscriptionEndDecoder.subscriptionIdEncodingOffset(), LITTLE_ENDIAN),
                    buffer.getShort(block + SubscriptionEndDecoder.codeEncodingOffset(), LITTLE_ENDIAN),
                    buffer.getInt(block + SubscriptionEndDecoder.leaderEpochEncodingOffset(), LITTLE_ENDIAN),
                    buffer.getInt(block + SubscriptionEndDecoder.divergedEpochEncodingOffset(), LITTLE_ENDIAN),
                    buffer.getLong(block + SubscriptionEndDecoder.divergedEndEncodingOffset(), LITTLE_ENDIAN));
                return true;
            }
            if (OffsetsDecoder.TEMPLATE_ID == templateId && blockLength >= OffsetsDecoder.BLOCK_LENGTH)
            {
                handler.onOffsets(
                    buffer.getLong(block + OffsetsDecoder.correlationIdEncodingOffset(), LITTLE_ENDIAN),
                    buffer.getShort(block + OffsetsDecoder.codeEncodingOffset(), LITTLE_ENDIAN),
                    buffer.getInt(block + OffsetsDecoder.leaderEpochEncodingOffset(), LITTLE_ENDIAN),
                    buffer.getLong(block + OffsetsDecoder.recordOffsetEncodingOffset(), LITTLE_ENDIAN));
                return true;
            }
        }
        handler.onMalformed();
        return true;
    }
}
