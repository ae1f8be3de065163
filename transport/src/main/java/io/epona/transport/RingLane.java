package io.epona.transport;

import io.aeron.Publication;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.LangUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * A lane inside one JVM: two ring buffers. Each end belongs to one thread.
 */
public final class RingLane implements Lane
{
    private static final int MESSAGE_TYPE = 1;
    private static final int MAX_PAYLOAD_LENGTH = LaneSizes.IPC_MTU - 32;

    /**
     * The two ends of a lane.
     *
     * @param client end that sends requests.
     * @param broker end that sends responses.
     */
    public record Pair(RingLane client, RingLane broker)
    {
    }

    /** Closed flags of the two ends: written by the owner of the end, read by the other. */
    private static final class Ends
    {
        private volatile boolean isClientClosed;
        private volatile boolean isBrokerClosed;
    }

    private final ControlledMessageHandler ringHandler = this::onRingMessage;
    private final OneToOneRingBuffer outbound;
    private final OneToOneRingBuffer inbound;
    private final Ends ends;
    private final boolean isClient;
    private MessageHandler handler;
    private Throwable thrown;

    private RingLane(
        final OneToOneRingBuffer outbound, final OneToOneRingBuffer inbound, final Ends ends, final boolean isClient)
    {
        this.outbound = outbound;
        this.inbound = inbound;
        this.ends = ends;
        this.isClient = isClient;
    }

    /**
     * Create a lane.
     *
     * @param maxRequestLength  longest request; the ring holds eight of them.
     * @param maxResponseLength longest response; the ring holds eight of them.
     * @return its ends.
     */
    public static Pair create(final int maxRequestLength, final int maxResponseLength)
    {
        final OneToOneRingBuffer requests = ring(maxRequestLength);
        final OneToOneRingBuffer responses = ring(maxResponseLength);
        final Ends ends = new Ends();
        return new Pair(
            new RingLane(requests, responses, ends, true), new RingLane(responses, requests, ends, false));
    }

    @Override
    public long offer(
        final DirectBuffer header,
        final int headerIndex,
        final int headerLength,
        final DirectBuffer body,
        final int bodyIndex,
        final int bodyLength)
    {
        final int index = claim(headerLength + bodyLength, maxMessageLength());
        if (index > 0)
        {
            final MutableDirectBuffer buffer = outbound.buffer();
            buffer.putBytes(index, header, headerIndex, headerLength);
            buffer.putBytes(index + headerLength, body, bodyIndex, bodyLength);
            outbound.commit(index);
        }
        return index;
    }

    @Override
    public long offer(final DirectBuffer message, final int index, final int length)
    {
        final int claimed = claim(length, maxMessageLength());
        if (claimed > 0)
        {
            outbound.buffer().putBytes(claimed, message, index, length);
            outbound.commit(claimed);
        }
        return claimed;
    }

    @Override
    public long tryClaim(final int length, final LaneClaim claim)
    {
        final int index = claim(length, maxPayloadLength());
        if (index > 0)
        {
            claim.onClaimedInRing(outbound, index, length);
        }
        return index;
    }

    @Override
    public int poll(final MessageHandler handler, final int limit)
    {
        if (isClosed())
        {
            return 0;
        }

        this.handler = handler;
        final int count = inbound.controlledRead(ringHandler, limit);
        if (null != thrown)
        {
            final Throwable throwable = thrown;
            thrown = null;
            LangUtil.rethrowUnchecked(throwable);
        }
        return count;
    }

    @Override
    public int maxPayloadLength()
    {
        return Math.min(MAX_PAYLOAD_LENGTH, outbound.maxMsgLength());
    }

    @Override
    public int maxMessageLength()
    {
        return outbound.maxMsgLength();
    }

    /**
     * {@inheritDoc} What the peer sent before it closed can still be polled.
     */
    @Override
    public boolean isConnected()
    {
        return !ends.isClientClosed && !ends.isBrokerClosed;
    }

    @Override
    public boolean isClosed()
    {
        return isClient ? ends.isClientClosed : ends.isBrokerClosed;
    }

    @Override
    public String fault()
    {
        return null;
    }

    @Override
    public void close()
    {
        if (isClient)
        {
            ends.isClientClosed = true;
        }
        else
        {
            ends.isBrokerClosed = true;
        }
    }

    @Override
    public void reject(final String reason)
    {
        close();
    }

    private int claim(final int length, final int maxLength)
    {
        if (isClosed())
        {
            return (int)Publication.CLOSED;
        }
        if (!isConnected())
        {
            return (int)Publication.NOT_CONNECTED;
        }
        if (length > maxLength)
        {
            throw new IllegalArgumentException("message of " + length + " bytes, at most " + maxLength);
        }
        final int index = outbound.tryClaim(MESSAGE_TYPE, length);
        return index > 0 ? index : (int)Publication.BACK_PRESSURED;
    }

    private ControlledMessageHandler.Action onRingMessage(
        final int type, final MutableDirectBuffer buffer, final int index, final int length)
    {
        try
        {
            return handler.onMessage(buffer, index, length) ?
                ControlledMessageHandler.Action.CONTINUE : ControlledMessageHandler.Action.ABORT;
        }
        catch (final Throwable throwable)
        {
            // The ring would drop the message; the contract is that it stays.
            thrown = throwable;
            return ControlledMessageHandler.Action.ABORT;
        }
    }

    private static OneToOneRingBuffer ring(final int maxLength)
    {
        final int capacity = BitUtil.findNextPositivePowerOfTwo(8 * maxLength);
        return new OneToOneRingBuffer(new UnsafeBuffer(BufferUtil.allocateDirectAligned(
            capacity + RingBufferDescriptor.TRAILER_LENGTH, BitUtil.CACHE_LINE_LENGTH)));
    }
}
