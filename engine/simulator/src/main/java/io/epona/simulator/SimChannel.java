package io.epona.simulator;

import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayDeque;

import static io.epona.codecs.ResultCode.ADMIN_ACTION;
import static io.epona.codecs.ResultCode.BACK_PRESSURED;
import static io.epona.codecs.ResultCode.CLOSED;
import static io.epona.codecs.ResultCode.MAX_POSITION_EXCEEDED;
import static io.epona.codecs.ResultCode.NOT_CONNECTED;

/**
 * One stream from one broker to another: the publication of one life of the sender, and the image that a life of the
 * receiver has of it, one at a time.
 * <p>
 * <b>What it assumes of Aeron.</b> Within an image messages arrive once, in order and whole. An image ends when no
 * packet came for its liveness, and what was sent and not consumed by then is lost; so is what is sent while nobody
 * receives. What was offered and not sent waits, and goes to the next image, which begins where the sender stands. A
 * publication learns late that its receiver is gone, or back. Offers stop at a window beyond what was sent, sending at
 * a window beyond what was consumed. The end of a term costs an offer.
 * <p>
 * Owned by the thread of its world.
 */
final class SimChannel
{
    static final int DATA = 0;
    static final int CONTROL = 1;
    private static final int HEADER_LENGTH = 32;
    private static final int FRAME_ALIGNMENT = 32;
    private static final int PAYLOAD_LENGTH = 1408 - HEADER_LENGTH;
    private static final int MESSAGES_PER_TERM = 8;

    private static final class Message
    {
        private final UnsafeBuffer buffer;
        private final long end;
        private long arrivesNs;

        private Message(final UnsafeBuffer buffer, final long end)
        {
            this.buffer = buffer;
            this.end = end;
        }
    }

    private final SimNetwork network;
    private final World world;
    private final NetSettings settings;
    private final Site site;
    private final int from;
    private final int to;
    private final int stream;
    private final int serial;
    private final int termLength;
    private final ArrayDeque<Message> unsent = new ArrayDeque<>();
    private final ArrayDeque<Message> sent = new ArrayDeque<>();
    /** Arrived, not consumed. */
    private final ArrayDeque<Message> inbound = new ArrayDeque<>();
    private SimLinks image;
    private long position;
    private long sentPosition;
    private long sendLimit;
    private long lastArrivalNs;
    private boolean isConnected;
    private boolean wasConnected;
    private boolean isClosed;
    private boolean isFlowing;
    private boolean isAnswering;
    private Event pump;
    private Event liveness;
    private Event disconnect;
    private Event setup;

    SimChannel(
        final SimNetwork network, final int from, final int to, final int stream, final int serial)
    {
        this.network = network;
        this.world = network.world();
        this.settings = network.settings();
        this.from = from;
        this.to = to;
        this.stream = stream;
        this.serial = serial;
        this.site = world.site("net", from + ">" + to + (DATA == stream ? "d" : "c"));
        this.termLength = DATA == stream ? settings.dataTermLength() : settings.controlTermLength();
        onChange();
    }

    int from()
    {
        return from;
    }

    int to()
    {
        return to;
    }

    boolean isClosed()
    {
        return isClosed;
    }

    /** Whether there was a receiver once. */
    boolean wasConnected()
    {
        return wasConnected;
    }

    long offer(
        final DirectBuffer head,
        final int headIndex,
        final int headLength,
        final DirectBuffer body,
        final int bodyIndex,
        final int bodyLength)
    {
        final int length = headLength + bodyLength;
        if (length > termLength / MESSAGES_PER_TERM)
        {
            throw new IllegalArgumentException(
                "message of " + length + " bytes, at most " + termLength / MESSAGES_PER_TERM);
        }
        if (isClosed)
        {
            return CLOSED.code();
        }
        if (!isConnected)
        {
            network.counters().notConnected++;
            return NOT_CONNECTED.code();
        }
        if (position >= sentPosition + settings.publicationWindow())
        {
            network.counters().backPressured++;
            return BACK_PRESSURED.code();
        }
        final int framed = framedLength(length);
        final long termEnd = (position / termLength + 1) * termLength;
        if (position + framed > settings.maxPosition())
        {
            close();
            network.counters().maxPositions++;
            return MAX_POSITION_EXCEEDED.code();
        }
        if (position + framed > termEnd)
        {
            position = termEnd;
            send();
            return ADMIN_ACTION.code();
        }

        final UnsafeBuffer copy = new UnsafeBuffer(new byte[length]);
        copy.putBytes(0, head, headIndex, headLength);
        if (bodyLength > 0)
        {
            copy.putBytes(headLength, body, bodyIndex, bodyLength);
            if (network.takeGarble(from, to))
            {
                final int index = headLength + site.nextInt(bodyLength);
                copy.putByte(index, (byte)(copy.getByte(index) ^ 1 << site.nextInt(Byte.SIZE)));
                network.counters().garbled++;
            }
        }
        position += framed;
        unsent.add(new Message(copy, position));
        network.onOffered(from, to, stream, position, copy);
        send();

        return position;
    }

    private static int framedLength(final int length)
    {
        final int full = length / PAYLOAD_LENGTH;
        final int rest = length % PAYLOAD_LENGTH;

        return full * (PAYLOAD_LENGTH + HEADER_LENGTH) +
            (rest > 0 || 0 == full ? BitUtil.align(rest + HEADER_LENGTH, FRAME_ALIGNMENT) : 0);
    }

    private void send()
    {
        extendLimit();
        while (!unsent.isEmpty() && sentPosition < sendLimit && network.isUp(from))
        {
            final Message message = unsent.poll();
            sentPosition = message.end;
            if (null == image)
            {
                network.counters().lostMessages++;
                continue;
            }
            long delayNs = settings.delayNs() / 4 + site.exponential(settings.delayNs());
            if (site.chance(settings.clogChance()))
            {
                delayNs += site.exponential(settings.clogNs());
            }
            lastArrivalNs = Math.max(lastArrivalNs, world.nowNs() + delayNs);
            message.arrivesNs = lastArrivalNs;
            sent.add(message);
        }
        if (unsent.isEmpty())
        {
            // The padding at the end of a term is sent and consumed with what lies before it.
            sentPosition = position;
            extendLimit();
        }
        schedulePump();
    }

    /** Where all that was sent is consumed, so is the padding. */
    private void extendLimit()
    {
        if (isAnswering && sent.isEmpty() && inbound.isEmpty())
        {
            sendLimit = Math.max(sendLimit, sentPosition + settings.receiverWindow());
        }
    }

    private void schedulePump()
    {
        if (isFlowing && null == pump && !sent.isEmpty())
        {
            pump = world.at(Math.max(world.nowNs(), sent.peek().arrivesNs), "net.arrive", this::pump);
        }
    }

    private void pump()
    {
        pump = null;
        if (!isFlowing || null == image)
        {
            return;
        }
        while (!sent.isEmpty() && sent.peek().arrivesNs <= world.nowNs())
        {
            inbound.add(sent.poll());
        }
        image.wake();
        schedulePump();
    }

    /**
     * Let the receiver consume.
     *
     * @param receiver of the messages.
     * @param limit    messages at most.
     * @return messages consumed.
     */
    int poll(final SimNetwork.Receiver receiver, final int limit)
    {
        int count = 0;
        while (count < limit && !inbound.isEmpty())
        {
            final Message message = inbound.poll();
            count++;
            network.counters().messages++;
            network.onDelivered(from, to, stream, message.buffer);
            onConsumed(message.end);
            receiver.onMessage(from, message.buffer, 0, message.buffer.capacity());
        }

        return count;
    }

    private void onConsumed(final long end)
    {
        if (isAnswering)
        {
            sendLimit = Math.max(sendLimit, end + settings.receiverWindow());
            send();
        }
    }

    /** The receiver's process is gone. */
    void onReceiverGone(final SimLinks receiver)
    {
        if (receiver == image)
        {
            dropImage();
        }
        onChange();
    }

    /** Something about hosts or links changed: see what follows for this stream. */
    void onChange()
    {
        if (isClosed)
        {
            return;
        }
        final boolean isForward = network.isOpen(from, to) && network.isUp(from) && network.isUp(to);
        final boolean isBack = network.isOpen(to, from) && network.isUp(from) && network.isUp(to);
        if (isForward != isFlowing)
        {
            isFlowing = isForward;
            onFlow();
        }
        answering(isBack && null != image);
        if (null == image && null == setup && isForward && isBack && null != network.receiver(to))
        {
            setup = world.after(
                settings.setupNs() / 4 + site.exponential(settings.setupNs()), "net.setup", this::setUp);
        }
    }

    private void onFlow()
    {
        if (isFlowing)
        {
            if (null != liveness)
            {
                liveness.cancel();
                liveness = null;
            }
            // What was lost on the way is sent again.
            long atNs = world.nowNs() + settings.delayNs();
            for (final Message message : sent)
            {
                atNs = Math.max(atNs, message.arrivesNs);
                message.arrivesNs = atNs;
            }
            lastArrivalNs = Math.max(lastArrivalNs, atNs);
            send();
        }
        else if (null != image)
        {
            expectDeath();
        }
    }

    private void expectDeath()
    {
        liveness = world.after(settings.imageLivenessNs(), "net.silence", () ->
        {
            liveness = null;
            if (!network.isUp(to) && site.nextBoolean())
            {
                // A host that stood still may find packets waiting when it goes on.
                expectDeath();
                return;
            }
            final SimLinks former = image;
            network.counters().deadImages++;
            world.trace().add("net.image.gone", from, to, stream);
            dropImage();
            former.onImageGone(from);
            onChange();
        });
    }

    private void dropImage()
    {
        network.counters().lostMessages += sent.size() + inbound.size();
        image.remove(this);
        image = null;
        sent.clear();
        inbound.clear();
        cancel(liveness);
        liveness = null;
        cancel(pump);
        pump = null;
        answering(false);
    }

    private void setUp()
    {
        setup = null;
        final SimLinks receiver = network.receiver(to);
        final boolean isPossible = isFlowing && network.isOpen(to, from) && null != receiver;
        if (isClosed || null != image || !isPossible)
        {
            onChange();
            return;
        }
        image = receiver;
        network.counters().images++;
        world.trace().add("net.image", from, to, stream);
        receiver.onImage(this);
        lastArrivalNs = world.nowNs();
        answering(true);
    }

    /** Whether the sender hears of the receiver. */
    private void answering(final boolean isHeard)
    {
        if (isHeard == isAnswering)
        {
            return;
        }
        isAnswering = isHeard;
        if (isHeard)
        {
            cancel(disconnect);
            disconnect = null;
            isConnected = true;
            wasConnected = true;
            final long consumed = inbound.isEmpty() && sent.isEmpty() ? sentPosition : consumedPosition();
            sendLimit = Math.max(sendLimit, consumed + settings.receiverWindow());
            send();
        }
        else
        {
            cancel(disconnect);
            disconnect = world.after(settings.connectionNs(), "net.unheard", () ->
            {
                disconnect = null;
                isConnected = false;
                sendLimit = sentPosition;
                world.trace().add("net.disconnected", from, to, stream);
            });
        }
    }

    /** Let nothing that is sent from now on arrive for a while; in order, as ever. */
    void holdUp(final long lengthNs)
    {
        lastArrivalNs = Math.max(lastArrivalNs, world.nowNs() + lengthNs);
    }

    private long consumedPosition()
    {
        final Message next = inbound.isEmpty() ? sent.peek() : inbound.peek();
        return next.end - framedLength(next.buffer.capacity());
    }

    /** End the publication; the receiver notices when its image dies. */
    void close()
    {
        if (isClosed)
        {
            return;
        }
        isClosed = true;
        unsent.clear();
        isConnected = false;
        isAnswering = false;
        cancel(disconnect);
        cancel(setup);
        if (null != image && null == liveness)
        {
            // What is on its way still arrives.
            expectEnd();
        }
    }

    private void expectEnd()
    {
        liveness = world.after(settings.imageLivenessNs(), "net.ended", () ->
        {
            liveness = null;
            if (null != image)
            {
                final SimLinks former = image;
                dropImage();
                former.onImageGone(from);
            }
        });
    }

    private static void cancel(final Event event)
    {
        if (null != event)
        {
            event.cancel();
        }
    }

    @Override
    public String toString()
    {
        return from + ">" + to + (DATA == stream ? " data " : " control ") + serial;
    }
}
