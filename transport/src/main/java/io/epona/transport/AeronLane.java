package io.epona.transport;

import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.LangUtil;
import org.agrona.concurrent.UnsafeBuffer;

import static org.agrona.BitUtil.CACHE_LINE_LENGTH;

/**
 * A lane over an exclusive publication and the image of the peer's publication.
 * <p>
 * The client's end owns its subscription and waits for the one image that Aeron's response channel gives it. The
 * broker's end has the image of the requests and shares the subscription with other lanes.
 * <p>
 * Messages in fragments are put together in one buffer that never grows beyond the longest message that the lane
 * accepts. Owned by one thread.
 */
public final class AeronLane implements Lane
{
    private static final int INITIAL_ASSEMBLY_LENGTH = 4096;

    private final ControlledFragmentHandler fragmentHandler = this::onFragment;
    private final ExclusivePublication publication;
    private final Subscription subscription;
    private final LaneRejections rejections;
    private final int maxLength;
    private Image image;
    private MessageHandler handler;
    private UnsafeBuffer assembly;
    private int assembledLength;
    private boolean isAssembling;
    private boolean isClosed;
    private Throwable thrown;
    private String fault;
    /** Set by the thread that invokes the Aeron client. */
    private volatile boolean isRejected;

    /**
     * The client's end.
     *
     * @param publication      of the requests.
     * @param subscription     of the responses; closed with the lane.
     * @param maxLength longest message that is accepted or offered.
     */
    public AeronLane(
        final ExclusivePublication publication, final Subscription subscription, final int maxLength)
    {
        this(publication, subscription, maxLength, null);
    }

    AeronLane(
        final ExclusivePublication publication,
        final Subscription subscription,
        final int maxLength,
        final LaneRejections rejections)
    {
        this.publication = publication;
        this.subscription = subscription;
        this.maxLength = maxLength;
        this.rejections = rejections;
        if (null != rejections)
        {
            rejections.add(this);
        }
    }

    /**
     * The broker's end.
     *
     * @param publication      of the responses.
     * @param image            of the requests.
     * @param maxLength longest message that is accepted or offered.
     */
    public AeronLane(final ExclusivePublication publication, final Image image, final int maxLength)
    {
        this.publication = publication;
        this.subscription = null;
        this.rejections = null;
        this.image = image;
        this.maxLength = maxLength;
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
        checkLength(headerLength + bodyLength);
        return publication.offer(header, headerIndex, headerLength, body, bodyIndex, bodyLength, null);
    }

    @Override
    public long offer(final DirectBuffer message, final int index, final int length)
    {
        checkLength(length);
        return publication.offer(message, index, length, null);
    }

    @Override
    public long tryClaim(final int length, final LaneClaim claim)
    {
        final long result = publication.tryClaim(length, claim.bufferClaim());
        if (result > 0)
        {
            claim.onClaimedInTerm();
        }
        return result;
    }

    @Override
    public int poll(final MessageHandler handler, final int limit)
    {
        if (isClosed || (null == image && !hasImage()))
        {
            return 0;
        }

        this.handler = handler;
        int count = 0;
        try
        {
            count = image.controlledPoll(fragmentHandler, limit);
        }
        catch (final IndexOutOfBoundsException | IllegalArgumentException ex)
        {
            // Aeron trusts the frame lengths that a remote sender wrote.
            fault = "malformed frame: " + ex.getMessage();
        }

        if (null != thrown)
        {
            final Throwable throwable = thrown;
            thrown = null;
            LangUtil.rethrowUnchecked(throwable);
        }
        if (null != fault)
        {
            reject(fault);
        }

        return count;
    }

    @Override
    public int maxPayloadLength()
    {
        return publication.maxPayloadLength();
    }

    @Override
    public int maxMessageLength()
    {
        return Math.min(maxLength, publication.maxMessageLength());
    }

    @Override
    public boolean isConnected()
    {
        return !isClosed && !isRejected && (null != image || hasImage()) && !image.isClosed() &&
            publication.isConnected();
    }

    /** The peer turned the publication away. Any thread. */
    void onRejected()
    {
        isRejected = true;
    }

    /**
     * @return whether requests can be offered, which is before the first response connects the lane.
     */
    boolean isRequestConnected()
    {
        return !isClosed && publication.isConnected();
    }

    @Override
    public boolean isClosed()
    {
        return isClosed;
    }

    @Override
    public String fault()
    {
        return fault;
    }

    /**
     * @return the image of what the peer sends, or null before it is there.
     */
    public Image image()
    {
        return image;
    }

    /**
     * @return the publication behind the lane.
     */
    public ExclusivePublication publication()
    {
        return publication;
    }

    @Override
    public void close()
    {
        if (!isClosed)
        {
            isClosed = true;
            if (null != rejections)
            {
                rejections.remove(this);
            }
            publication.close();
            if (null != subscription)
            {
                subscription.close();
            }
            assembly = null;
        }
    }

    @Override
    public void reject(final String reason)
    {
        if (!isClosed)
        {
            if (null != image && !image.isClosed())
            {
                image.reject(reason);
            }
            publication.revokeOnClose();
            close();
        }
    }

    private void checkLength(final int length)
    {
        if (length > maxLength)
        {
            throw new IllegalArgumentException("message of " + length + " bytes, at most " + maxLength);
        }
    }

    private boolean hasImage()
    {
        if (null != subscription && subscription.imageCount() > 0)
        {
            image = subscription.imageAtIndex(0);
        }
        return null != image;
    }

    private Action onFragment(final DirectBuffer buffer, final int offset, final int length, final Header header)
    {
        try
        {
            final byte flags = header.flags();
            if (FrameDescriptor.UNFRAGMENTED == (byte)(flags & FrameDescriptor.UNFRAGMENTED))
            {
                isAssembling = false;
                return handler.onMessage(buffer, offset, length) ? Action.CONTINUE : Action.ABORT;
            }
            return onPart(buffer, offset, length, flags);
        }
        catch (final Throwable throwable)
        {
            // Aeron would consume the fragment; the contract is that it stays.
            thrown = throwable;
            return Action.ABORT;
        }
    }

    private Action onPart(final DirectBuffer buffer, final int offset, final int length, final byte flags)
    {
        if (0 != (flags & FrameDescriptor.BEGIN_FRAG_FLAG))
        {
            isAssembling = true;
            assembledLength = 0;
        }
        else if (!isAssembling)
        {
            fault = "fragment without a beginning";
            return Action.BREAK;
        }

        if (length > maxLength - assembledLength)
        {
            fault = "message longer than " + maxLength + " bytes";
            return Action.BREAK;
        }

        ensureAssembly(assembledLength + length);
        assembly.putBytes(assembledLength, buffer, offset, length);
        if (0 == (flags & FrameDescriptor.END_FRAG_FLAG))
        {
            assembledLength += length;
            return Action.CONTINUE;
        }

        if (handler.onMessage(assembly, 0, assembledLength + length))
        {
            isAssembling = false;
            return Action.CONTINUE;
        }
        // The last part comes again and is put at the same place.
        return Action.ABORT;
    }

    private void ensureAssembly(final int length)
    {
        if (null == assembly || assembly.capacity() < length)
        {
            int capacity = null == assembly ? INITIAL_ASSEMBLY_LENGTH : assembly.capacity();
            while (capacity < length)
            {
                capacity *= 2;
            }
            final UnsafeBuffer larger = new UnsafeBuffer(
                BufferUtil.allocateDirectAligned(Math.min(capacity, maxLength), CACHE_LINE_LENGTH));
            if (null != assembly)
            {
                larger.putBytes(0, assembly, 0, assembledLength);
            }
            assembly = larger;
        }
    }
}
