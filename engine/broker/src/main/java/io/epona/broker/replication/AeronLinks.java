package io.epona.broker.replication;

import io.aeron.Aeron;
import io.aeron.Publication;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.replica.Links;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.collections.Int2ObjectHashMap;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The streams between this broker and the others, over Aeron: to each registered broker one publication of data and one
 * of control, on ports of their own, and the images of what the others send. Each publication begins with a hello.
 * <p>
 * A message that was accepted arrives whole, in order, once, in the image that began with the hello, or it never
 * arrives; {@link LinkListener#onImage} tells where a gap may be. Once connected, nothing is allocated.
 * <p>
 * Owned by the shard's thread, after {@link #listen()}.
 */
public final class AeronLinks implements Links, AutoCloseable
{
    /** Why a broker turns away the stream of another that begins anew then: part of every silence, and no error. */
    public static final String JOINED_LATE = Refusal.JOINED_LATE.text();

    private static final long CHECK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Int2ObjectHashMap<Peer> peersById = new Int2ObjectHashMap<>();
    private final List<Peer> peers = new ArrayList<>();
    private final Aeron aeron;
    private final LinkSettings settings;
    private final LinkCounters counters;
    private final ErrorHandler errorHandler;
    private final LinkChannels channels;
    private final Hello hello;
    private final InboundStream data;
    private final InboundStream control;
    private long nextCheckNs = Long.MIN_VALUE;

    /**
     * @param aeron        client of the shard's agent, which invokes its conductor.
     * @param settings     of the streams.
     * @param counters     of the streams.
     * @param errorHandler told of streams that cannot be made, and of those that are refused.
     */
    public AeronLinks(
        final Aeron aeron,
        final LinkSettings settings,
        final LinkCounters counters,
        final ErrorHandler errorHandler)
    {
        this(aeron, settings, counters, errorHandler, new LinkChannels(settings, 0));
    }

    AeronLinks(
        final Aeron aeron,
        final LinkSettings settings,
        final LinkCounters counters,
        final ErrorHandler errorHandler,
        final LinkChannels channels)
    {
        this.aeron = Objects.requireNonNull(aeron, "aeron");
        this.settings = settings;
        this.counters = counters;
        this.errorHandler = Objects.requireNonNull(errorHandler, "errorHandler");
        this.channels = channels;
        this.hello = new Hello(settings.brokerId());
        final Senders senders = new Senders();
        this.data = new InboundStream(
            StreamKind.DATA, settings.sizes().maxDataLength(), hello, counters, errorHandler, senders);
        this.control = new InboundStream(
            StreamKind.CONTROL, settings.sizes().maxControlLength(), hello, counters, errorHandler, senders);
    }

    /**
     * Bind the ports. Blocks: before the agent runs, on the thread that launches the broker.
     *
     * @throws io.aeron.exceptions.RegistrationException where a port is taken; nothing is bound then.
     */
    public void listen()
    {
        data.listen(aeron, channels);
        try
        {
            control.listen(aeron, channels);
        }
        catch (final RuntimeException ex)
        {
            data.close();
            throw ex;
        }
    }

    /**
     * This broker is registered, again perhaps. Before, nobody is connected to, and what others send waits.
     *
     * @param clusterId   of the cluster, for the life of the process.
     * @param brokerEpoch life of this broker.
     */
    public void onRegistered(final Uuid clusterId, final int brokerEpoch)
    {
        hello.onRegistered(clusterId, brokerEpoch);
        nextCheckNs = Long.MIN_VALUE;
    }

    /**
     * Another broker is registered; told again at will. Where its life or its address is a new one the streams are made
     * anew, as nothing says sooner that a former process is gone.
     *
     * @param brokerId    of it; this broker's own is ignored.
     * @param brokerEpoch its life.
     * @param host        that it advertises: an address, as names are looked up on the driver's thread.
     * @param port        first of its ports.
     */
    public void onBroker(final int brokerId, final int brokerEpoch, final String host, final int port)
    {
        final Peer former = peersById.get(brokerId);
        if (brokerId == settings.brokerId() ||
            null != former && former.brokerEpoch() == brokerEpoch && former.isAt(host, port))
        {
            return;
        }

        // Publications that nobody has received anything of are as good as new ones.
        final boolean isKept = null != former && former.isAt(host, port) && !former.wasConnected();
        if (null != former)
        {
            peers.remove(former);
            if (!isKept)
            {
                former.remove(true);
            }
        }
        final Peer peer = isKept ? former.inLife(brokerEpoch) : newPeer(brokerId, brokerEpoch, host, port);
        peersById.put(brokerId, peer);
        peers.add(peer);
        nextCheckNs = Long.MIN_VALUE;
    }

    private Peer newPeer(final int brokerId, final int brokerEpoch, final String host, final int port)
    {
        return new Peer(
            brokerId,
            brokerEpoch,
            host,
            port,
            newStream(brokerId, StreamKind.DATA, host, port),
            newStream(brokerId, StreamKind.CONTROL, host, port));
    }

    private OutboundStream newStream(final int brokerId, final StreamKind kind, final String host, final int port)
    {
        return new OutboundStream(
            aeron,
            hello,
            counters,
            errorHandler,
            brokerId,
            kind,
            channels.publication(kind, host, port),
            channels.stream(kind));
    }

    /**
     * A broker is no longer registered: nothing is sent to it. What it sends is handed on still, for the machines to
     * judge by its life.
     *
     * @param brokerId of it.
     */
    public void onBrokerGone(final int brokerId)
    {
        final Peer peer = peersById.remove(brokerId);
        if (null != peer)
        {
            peers.remove(peer);
            peer.remove(true);
        }
    }

    /**
     * @param brokerId of another broker.
     * @return whether both streams to it are open, as far as is known.
     */
    public boolean isConnected(final int brokerId)
    {
        final Peer peer = peersById.get(brokerId);
        return null != peer && peer.data().isOpen() && peer.control().isOpen();
    }

    @Override
    public long offerData(
        final int brokerId,
        final DirectBuffer head,
        final int headIndex,
        final int headLength,
        final DirectBuffer body,
        final int bodyIndex,
        final int bodyLength)
    {
        final Peer peer = peersById.get(brokerId);
        return null == peer ? Publication.NOT_CONNECTED :
            peer.data().offer(head, headIndex, headLength, body, bodyIndex, bodyLength);
    }

    @Override
    public long offerControl(final int brokerId, final DirectBuffer buffer, final int index, final int length)
    {
        final Peer peer = peersById.get(brokerId);
        return null == peer ? Publication.NOT_CONNECTED : peer.control().offer(buffer, index, length);
    }

    /**
     * Hand over what came, control before data, a few fragments of each image, beginning with another image each time.
     *
     * @param listener of it. What it throws comes out here; the message is consumed.
     * @param limit    fragments of each image.
     * @return work count.
     */
    public int poll(final LinkListener listener, final int limit)
    {
        return hello.isKnown() ? control.poll(listener, limit) + data.poll(listener, limit) : 0;
    }

    /**
     * Move on what is being connected, and look for what was lost. Never waits, except for the driver's answer where a
     * stream is turned away.
     *
     * @param nowNs of the cycle, monotonic.
     * @return work count.
     */
    public int doWork(final long nowNs)
    {
        if (nowNs < nextCheckNs || aeron.isClosed())
        {
            return 0;
        }

        nextCheckNs = nowNs + CHECK_INTERVAL_NS;
        int work = control.doWork() + data.doWork();
        for (int i = 0; i < peers.size(); i++)
        {
            work += peers.get(i).doWork(nowNs);
        }

        return work;
    }

    /**
     * Stop hearing and saying. What was said last still goes out, for as long as the driver runs.
     */
    @Override
    public void close()
    {
        for (final Peer peer : peers)
        {
            peer.remove(false);
        }
        peers.clear();
        peersById.clear();
        control.close();
        data.close();
    }
}
