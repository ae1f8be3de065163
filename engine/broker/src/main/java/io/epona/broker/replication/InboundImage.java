package io.epona.broker.replication;

import io.aeron.Image;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import static org.agrona.BitUtil.CACHE_LINE_LENGTH;

/**
 * An image of a stream of another broker: nothing of it is handed on before its hello, and no message that is not
 * whole. A message in fragments is put together in a buffer of the image; it is gone with the image, so no message is
 * ever put together from two.
 * <p>
 * Owned by the shard's thread.
 */
final class InboundImage implements ControlledFragmentHandler
{
    private final Image image;
    private final Hello hello;
    private final LinkCounters counters;
    private final Senders senders;
    private final boolean isData;
    private final int maxLength;
    private LinkListener listener;
    private UnsafeBuffer assembly;
    private int assembledLength;
    private boolean isAssembling;
    private boolean isAccepted;
    private boolean isGone;
    private int senderId;
    private Refusal refusal;
    private Throwable thrown;

    InboundImage(
        final Image image,
        final Hello hello,
        final LinkCounters counters,
        final Senders senders,
        final StreamKind kind,
        final int maxLength)
    {
        this.image = image;
        this.hello = hello;
        this.counters = counters;
        this.senders = senders;
        this.isData = StreamKind.DATA == kind;
        this.maxLength = maxLength;
    }

    boolean isOf(final Image other)
    {
        return image == other;
    }

    /** Whether it said whose it is. */
    boolean isAccepted()
    {
        return isAccepted;
    }

    int senderId()
    {
        return senderId;
    }

    /** The driver took it away: for silence, because the sender ended it, or because it was rejected. */
    void onUnavailable()
    {
        isGone = true;
        if (isAssembling)
        {
            counters.messagesCut.incrementRelease();
        }
    }

    boolean isGone()
    {
        return isGone;
    }

    /**
     * Hand on what came.
     *
     * @param receiver of it.
     * @param limit    fragments at most.
     * @return fragments consumed.
     */
    int poll(final LinkListener receiver, final int limit)
    {
        if (isGone || null != refusal)
        {
            return 0;
        }

        listener = receiver;
        int count = 0;
        try
        {
            count = image.controlledPoll(this, limit);
        }
        catch (final IndexOutOfBoundsException | IllegalArgumentException ex)
        {
            // Aeron trusts the frame lengths that a remote sender wrote.
            refusal = Refusal.MALFORMED;
        }
        finally
        {
            listener = null;
        }

        return count;
    }

    /**
     * What came out of the listener, once; Aeron would hand it to its error handler and go on.
     *
     * @return it, or null.
     */
    Throwable takeThrown()
    {
        final Throwable throwable = thrown;
        thrown = null;
        return throwable;
    }

    /** Why it is to be turned away, or null. */
    Refusal refusal()
    {
        return refusal;
    }

    /** Let the sender know. Waits for the driver to take note. */
    void reject()
    {
        isGone = true;
        if (!image.isClosed())
        {
            image.reject(refusal.text());
        }
    }

    @Override
    public Action onFragment(final DirectBuffer buffer, final int offset, final int length, final Header header)
    {
        try
        {
            final byte flags = header.flags();
            final boolean isWhole =
                FrameDescriptor.UNFRAGMENTED == (byte)(flags & FrameDescriptor.UNFRAGMENTED);
            if (!isAccepted)
            {
                return onFirst(buffer, offset, length, isWhole);
            }
            if (isWhole)
            {
                return isAssembling ? refuse() : onMessage(buffer, offset, length);
            }
            return onPart(buffer, offset, length, flags);
        }
        catch (final Throwable throwable)
        {
            // The message is consumed: it would fail again, and the machines make up for what is lost.
            thrown = throwable;
            return Action.BREAK;
        }
    }

    private Action onFirst(final DirectBuffer buffer, final int offset, final int length, final boolean isWhole)
    {
        refusal = isWhole ? hello.read(buffer, offset, length) : Refusal.MISSING;
        if (null != refusal)
        {
            if (Refusal.MISSING == refusal && image.joinPosition() > 0)
            {
                refusal = Refusal.JOINED_LATE;
            }
            return Action.BREAK;
        }

        isAccepted = true;
        senderId = hello.senderId();
        senders.onAccepted(senderId);
        counters.images.incrementRelease();
        listener.onImage(senderId);

        return Action.CONTINUE;
    }

    private Action refuse()
    {
        refusal = Refusal.MALFORMED;
        return Action.BREAK;
    }

    private Action onMessage(final DirectBuffer buffer, final int offset, final int length)
    {
        if (isData)
        {
            counters.dataMessagesIn.incrementRelease();
            counters.dataBytesIn.getAndAddRelease(length);
        }
        else
        {
            counters.controlMessagesIn.incrementRelease();
        }
        listener.onMessage(senderId, buffer, offset, length);

        return Action.CONTINUE;
    }

    private Action onPart(final DirectBuffer buffer, final int offset, final int length, final byte flags)
    {
        final boolean isBegin = 0 != (flags & FrameDescriptor.BEGIN_FRAG_FLAG);
        // A part without its beginning, or a beginning inside of a message: within one image there is neither.
        if (isBegin == isAssembling)
        {
            return refuse();
        }
        if (isBegin)
        {
            isAssembling = true;
            assembledLength = 0;
        }
        if (length > maxLength - assembledLength)
        {
            return refuse();
        }

        if (null == assembly)
        {
            assembly = new UnsafeBuffer(BufferUtil.allocateDirectAligned(maxLength, CACHE_LINE_LENGTH));
        }
        assembly.putBytes(assembledLength, buffer, offset, length);
        assembledLength += length;
        if (0 == (flags & FrameDescriptor.END_FRAG_FLAG))
        {
            return Action.CONTINUE;
        }

        isAssembling = false;
        return onMessage(assembly, 0, assembledLength);
    }
}
