package io.epona.client;

import io.epona.transport.ControlRequest;
import io.epona.transport.ControlSession;
import io.epona.transport.EponaUri;
import io.epona.transport.LaneConnector;
import io.epona.transport.SessionInfo;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * The sessions of a client: one with whichever broker of its address answered first, and one with each other broker
 * that holds a replica of what it uses, at the place that metadata name. A session that is lost is made again by
 * itself; the first may then be with another broker of the address.
 * <p>
 * Polled and closed by the client's agent; the rest may be called by any thread.
 */
final class ClientBrokers
{
    private static final int QUEUE_CAPACITY = 256;
    /** Brokers to which there are sessions only so that there is another one to ask. */
    private static final int SPARE_BROKERS = 3;

    private final ManyToOneConcurrentArrayQueue<ClusterMetadata.Broker> learnt =
        new ManyToOneConcurrentArrayQueue<>(QUEUE_CAPACITY);
    private final ControlSession bootstrap;
    private final Function<EponaUri.Endpoint, LaneConnector> connectors;
    private final EponaClient.Context ctx;
    /** The agent's: with which broker the first session was last. */
    private int bootstrapId = -1;
    /** Replaced as a whole by the agent. */
    private volatile Entry[] entries = new Entry[0];
    /** The newest answer, whoever got it. */
    private volatile ClusterMetadata newest = new ClusterMetadata(-1, List.of(), List.of());

    /** One broker. Written by the agent alone; what is volatile is read by any thread. */
    private static final class Entry
    {
        private final int brokerId;
        private LaneConnector connector;
        private volatile EponaUri.Endpoint endpoint;
        private volatile ControlSession own;
        /** What lanes go by: it stays as long as it is open, also where there is a second one by now. */
        private volatile SessionInfo current;

        private Entry(final int brokerId)
        {
            this.brokerId = brokerId;
        }
    }

    /**
     * @param bootstrap  session with a broker of the client's address.
     * @param connectors makes connectors to other brokers; null where they cannot be reached.
     * @param ctx        of the client.
     */
    ClientBrokers(
        final ControlSession bootstrap,
        final Function<EponaUri.Endpoint, LaneConnector> connectors,
        final EponaClient.Context ctx)
    {
        this.bootstrap = bootstrap;
        this.connectors = connectors;
        this.ctx = ctx;
    }

    ControlSession bootstrap()
    {
        return bootstrap;
    }

    /** @return the open session with a broker, or null. Any thread. */
    SessionInfo session(final int brokerId)
    {
        for (final Entry entry : entries)
        {
            if (brokerId == entry.brokerId)
            {
                return entry.current;
            }
        }
        return null;
    }

    /** @return number of brokers with which there is a session. Any thread. */
    int openCount()
    {
        int count = 0;
        for (final Entry entry : entries)
        {
            count += null == entry.current ? 0 : 1;
        }
        return count;
    }

    /** @return any open session, or null. Any thread. */
    SessionInfo any()
    {
        for (final Entry entry : entries)
        {
            final SessionInfo current = entry.current;
            if (null != current)
            {
                return current;
            }
        }
        return null;
    }

    /** @return what was told last of brokers and controller. Any thread. */
    ClusterMetadata newest()
    {
        return newest;
    }

    /**
     * A broker answered. Any thread.
     *
     * @param metadata the answer: sessions are made with the brokers that hold replicas of its topics.
     */
    void onMetadata(final ClusterMetadata metadata)
    {
        newest = metadata;
        for (int i = 0; i < metadata.brokers().size(); i++)
        {
            final ClusterMetadata.Broker broker = metadata.brokers().get(i);
            if (i < SPARE_BROKERS || broker.brokerId() == metadata.controllerId() || isNeeded(broker, metadata))
            {
                require(broker);
            }
        }
    }

    /** Have a session with a broker. Where too many are learnt at once, the next metadata bring this one again. */
    private void require(final ClusterMetadata.Broker broker)
    {
        for (final Entry entry : entries)
        {
            final EponaUri.Endpoint endpoint = entry.endpoint;
            if (broker.brokerId() == entry.brokerId && null != endpoint &&
                endpoint.port() == broker.port() && endpoint.host().equals(broker.host()))
            {
                return;
            }
        }
        learnt.offer(broker);
    }

    private static boolean isNeeded(final ClusterMetadata.Broker broker, final ClusterMetadata metadata)
    {
        for (final ClusterMetadata.Topic topic : metadata.topics())
        {
            for (final int[] replicas : topic.replicas())
            {
                for (final int replica : replicas)
                {
                    if (replica == broker.brokerId())
                    {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /**
     * Hand a request over to one of the brokers. Any thread.
     *
     * @param request to be sent.
     * @param attempt another number asks another broker, where there are several.
     * @return false where too many requests wait.
     */
    boolean submit(final ControlRequest request, final int attempt)
    {
        final Entry[] all = entries;
        for (int i = 0; i < all.length; i++)
        {
            final Entry entry = all[Math.floorMod(attempt + i, all.length)];
            if (null != entry.current)
            {
                return submit(entry, request);
            }
        }
        // it waits for a session, until its deadline
        return bootstrap.submit(request);
    }

    /** @return false where there is no session with that broker now, or too many requests wait. Any thread. */
    boolean submitTo(final int brokerId, final ControlRequest request)
    {
        for (final Entry entry : entries)
        {
            if (brokerId == entry.brokerId && null != entry.current)
            {
                return submit(entry, request);
            }
        }
        return false;
    }

    private boolean submit(final Entry entry, final ControlRequest request)
    {
        final ControlSession own = entry.own;
        return null != own && null != own.info() ? own.submit(request) : bootstrap.submit(request);
    }

    ClientCounters counters()
    {
        long opened = bootstrap.sessionsOpened();
        long lost = bootstrap.sessionsLost();
        long malformed = bootstrap.malformed();
        for (final Entry entry : entries)
        {
            final ControlSession own = entry.own;
            if (null != own)
            {
                opened += own.sessionsOpened();
                lost += own.sessionsLost();
                malformed += own.malformed();
            }
        }
        return new ClientCounters(opened, lost, malformed);
    }

    /** One bounded step of the agent. */
    int poll(final long nowNs)
    {
        int workCount = bootstrap.poll(nowNs);
        final SessionInfo first = bootstrap.info();
        if (null != first && first.brokerId() != bootstrapId)
        {
            bootstrapId = first.brokerId();
            entry(bootstrapId);
        }
        ClusterMetadata.Broker broker;
        while (null != (broker = learnt.poll()))
        {
            learn(broker);
            workCount++;
        }
        for (final Entry entry : entries)
        {
            workCount += poll(entry, first, nowNs);
        }
        return workCount;
    }

    private int poll(final Entry entry, final SessionInfo first, final long nowNs)
    {
        int workCount = 0;
        if (null == entry.own && null != entry.connector && !isFoundByAddress(entry))
        {
            entry.own = new ControlSession(
                List.of(entry.connector), ctx.clientId(), ctx.credentials(), ctx.connectTimeoutNs(), entry.brokerId);
        }
        if (null != entry.own)
        {
            workCount += entry.own.poll(nowNs);
        }

        final SessionInfo own = null == entry.own ? null : entry.own.info();
        final SessionInfo current = entry.current;
        if (null == current || current != own && current != first)
        {
            final SessionInfo next =
                null == own && null != first && first.brokerId() == entry.brokerId ? first : own;
            if (next != current)
            {
                entry.current = next;
                workCount++;
            }
        }
        return workCount;
    }

    /** The first session comes back by itself where its broker is found at the client's address. */
    private boolean isFoundByAddress(final Entry entry)
    {
        final EponaUri uri = ctx.parsedUri();
        return entry.brokerId == bootstrapId && (null != bootstrap.info() ||
            EponaUri.Media.UDP != uri.media() || uri.endpoints().contains(entry.endpoint));
    }

    private Entry entry(final int brokerId)
    {
        final Entry[] all = entries;
        for (final Entry entry : all)
        {
            if (brokerId == entry.brokerId)
            {
                return entry;
            }
        }
        final Entry[] more = Arrays.copyOf(all, all.length + 1);
        more[all.length] = new Entry(brokerId);
        entries = more;
        return more[all.length];
    }

    private void learn(final ClusterMetadata.Broker broker)
    {
        final Entry entry = entry(broker.brokerId());
        final EponaUri.Endpoint endpoint = new EponaUri.Endpoint(broker.host(), broker.port());
        if (endpoint.equals(entry.endpoint))
        {
            return;
        }
        entry.endpoint = endpoint;
        release(entry);
        if (null != connectors && broker.port() > 0 && !broker.host().isEmpty())
        {
            entry.connector = connectors.apply(endpoint);
        }
    }

    private void release(final Entry entry)
    {
        if (null != entry.own)
        {
            entry.own.close();
            entry.own = null;
        }
        CloseHelper.close(errorHandler(), entry.connector);
        entry.connector = null;
    }

    private ErrorHandler errorHandler()
    {
        return ctx.errorHandler();
    }

    /** End all sessions; the agent's last step. */
    void close()
    {
        bootstrap.close();
        for (final Entry entry : entries)
        {
            release(entry);
            entry.current = null;
        }
    }
}
