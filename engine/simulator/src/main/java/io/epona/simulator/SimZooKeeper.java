package io.epona.simulator;

import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import io.epona.engine.local.NodeTree.Node;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * A ZooKeeper ensemble: its servers ({@link ZkServers}), the connections of its clients ({@link SimCoordination}), and
 * what is done to both.
 * <p>
 * <b>What it assumes of the real one.</b> Writes have one order. A session's calls are served in the order in which
 * they were made; its reads show a state that was, never an older one than it saw before, and at least its own writes.
 * A new session begins with any recent state. A watch fires before the session sees the change or anything newer. A
 * connection that breaks leaves each call under way applied, not applied, or applied late: up to when the session comes
 * over another connection or ends, and never one without those before it. Servers end a session by their own clocks:
 * its ephemeral nodes go in the same moment, its client hears of it when it reaches a server again, or gives up by its
 * own clock and begins another session while the old one may live.
 * <p>
 * Owned by the thread of its world.
 */
public final class SimZooKeeper
{
    private static final long TICK_NS = 100 * World.MS;

    /** Sees every write in the moment it is made: the oracle. */
    public interface Observer
    {
        /**
         * A write was made or refused; the tree is as it is after it.
         *
         * @param zxid       of the write.
         * @param host       of the client, or of whom the session was.
         * @param sessionId  that wrote.
         * @param operations of the write.
         * @param status     OK, or why nothing was changed.
         */
        void onWrite(long zxid, String host, long sessionId, List<Operation> operations, Status status);
    }

    /** What becomes of a change whose connection is lost. */
    public enum Loss
    {
        /** It never comes to the server. */
        NOT_APPLIED,
        /** It is made, and the answer is lost. */
        APPLIED,
        /** It is made later, unless the session has moved to another connection or ended by then. */
        APPLIED_LATE
    }

    private final World world;
    private final ZkSettings settings;
    private final ZkPace pace;
    private final Site site;
    private final ZkCounters counters = new ZkCounters();
    private final ZkServers servers;
    private final TreeMap<String, ZkHost> hosts = new TreeMap<>();
    private boolean isOut;

    /**
     * An ensemble with an empty tree.
     *
     * @param world    in which it is.
     * @param settings of its speed.
     */
    public SimZooKeeper(final World world, final ZkSettings settings)
    {
        this.world = world;
        this.settings = settings;
        this.pace = new ZkPace(settings);
        this.site = world.site("zk", "ensemble");
        this.servers = new ZkServers(world, settings, pace, site, counters);
    }

    /**
     * Begin a client in a process. It connects by itself.
     *
     * @param host   that the process runs on; the client before on it must be over.
     * @param onNews called when there is something for {@link SimCoordination#poll()}.
     * @return the client.
     */
    public SimCoordination client(final String host, final Runnable onNews)
    {
        final ZkHost on = host(host);
        if (null != on.client && on.client.isAlive())
        {
            throw new IllegalStateException("a client is alive on " + host);
        }
        on.client = new SimCoordination(this, host, onNews);
        on.isPaused = false;
        connectAfter(on.client, pace.delayNs(on.site));

        return on.client;
    }

    /**
     * @param observer to see every write.
     */
    public void observer(final Observer observer)
    {
        servers.observer(observer);
    }

    /**
     * @return zxid of the last write.
     */
    public long zxid()
    {
        return servers.history().zxid();
    }

    /**
     * @param path of a node.
     * @return the node after the last write, or null.
     */
    public Node node(final String path)
    {
        return servers.history().tree().node(path);
    }

    /**
     * @param path of a node.
     * @return names of its children after the last write, in ascending order.
     */
    public List<String> children(final String path)
    {
        return servers.history().tree().children(path);
    }

    /**
     * @return how often what happened.
     */
    public ZkCounters counters()
    {
        return counters;
    }

    /**
     * Let nothing pass between a host and the ensemble, or let it pass again. What is on its way waits, until the
     * client takes the connection for lost.
     *
     * @param host  in question.
     * @param isCut whether nothing passes.
     */
    public void cut(final String host, final boolean isCut)
    {
        final ZkHost on = host(host);
        if (isCut == on.isCut)
        {
            return;
        }
        on.isCut = isCut;
        world.trace().add(isCut ? "zk.cut" : "zk.healed", host.hashCode(), 0, 0);
        final ZkConnection connection = on.connection();
        if (null != connection)
        {
            if (isCut)
            {
                noticeLater(on, connection);
            }
            else
            {
                heal(connection);
            }
            watchLife(connection.session);
        }
    }

    private void noticeLater(final ZkHost on, final ZkConnection connection)
    {
        // A client waits two thirds of its timeout for an answer, counted from the one before.
        final long patienceNs = settings.sessionTimeoutNs() * 2 / 3;
        connection.notice = world.after(
            on.site.between(patienceNs / 10, patienceNs), "zk.notice", () -> drop(connection));
    }

    private void heal(final ZkConnection connection)
    {
        if (null != connection.notice)
        {
            connection.notice.cancel();
            connection.notice = null;
        }
        final List<ZkCall> waiting = new ArrayList<>(connection.underWay);
        waiting.forEach((call) -> sendAgain(connection));
        while (!connection.stalled.isEmpty())
        {
            connection.stalled.poll().run();
        }
    }

    /**
     * Break the connection of a host, as a server does that stops. The client sees it at once and connects again.
     *
     * @param host in question.
     */
    public void drop(final String host)
    {
        final ZkConnection connection = host(host).connection();
        if (null != connection)
        {
            drop(connection);
        }
    }

    /**
     * Break the connection of a host over the next change that it sends of a node.
     *
     * @param host  in question.
     * @param above the node, or the node itself; empty for a change of any.
     * @param loss  what becomes of the change.
     */
    public void loseNextChange(final String host, final String above, final Loss loss)
    {
        host(host).nextLoss = loss;
        host(host).lossAbove = above;
    }

    /**
     * End the session of a host on the servers.
     *
     * @param host in question.
     */
    public void expire(final String host)
    {
        final SimCoordination client = host(host).client;
        if (null != client && null != client.session())
        {
            counters.expiries++;
            close(client.session());
        }
    }

    /**
     * The process of a host stands still, or goes on. No sign of life comes from it, and it hears nothing.
     *
     * @param host     in question.
     * @param isPaused whether it stands still.
     */
    public void pause(final String host, final boolean isPaused)
    {
        final ZkHost on = host(host);
        on.isPaused = isPaused;
        if (null != on.connection())
        {
            watchLife(on.connection().session);
        }
    }

    /**
     * Let everything take longer.
     *
     * @param factor by which, 1 for as usual.
     */
    public void slow(final int factor)
    {
        pace.slow(factor);
    }

    /**
     * No server answers for a while. Sessions live through it.
     *
     * @param lengthNs simulated ns.
     */
    public void outage(final long lengthNs)
    {
        if (isOut)
        {
            return;
        }
        isOut = true;
        world.trace().add("zk.out", lengthNs, 0, 0);
        for (final ZkHost on : hosts.values())
        {
            if (null != on.connection())
            {
                drop(on.connection());
            }
        }
        servers.sessions().forEach(this::watchLife);
        world.after(lengthNs, "zk.back", () ->
        {
            isOut = false;
            servers.sessions().forEach(this::watchLife);
        });
    }

    private ZkHost host(final String name)
    {
        return hosts.computeIfAbsent(name, (key) -> new ZkHost(name, world.site("zk", name)));
    }

    // Connections

    void connectAfter(final SimCoordination client, final long delayNs)
    {
        world.after(delayNs, "zk.connect", () -> connect(client));
    }

    private void connect(final SimCoordination client)
    {
        final ZkHost on = host(client.host());
        if (!client.isAlive() || null != client.connection())
        {
            return;
        }
        if (isOut || on.isCut || on.isPaused)
        {
            connectAfter(client, 50 * World.MS + on.site.exponential(100 * World.MS));
            return;
        }

        final ZkSession former = client.session();
        if (null != former && former.isClosed)
        {
            counters.expiriesTold++;
            client.onExpired();
            connectAfter(client, pace.delayNs(on.site));
            return;
        }
        final ZkSession session = null == former ? servers.begin(on) : former;
        final boolean isSlow = on.site.chance(settings.slowChance());
        final long lagNs = isSlow ? settings.slowLagNs() : settings.lagNs();
        final ZkConnection connection = new ZkConnection(client, session, lagNs);
        servers.open(connection);
        counters.connects++;
        world.trace().add("zk.connected", client.host().hashCode(), session.id, session.viewZxid);
        client.onConnection(connection);
        watchLife(session);
        final boolean isNew = former != session;
        servers.push(connection, () -> client.onConnected(session, isNew));
    }

    /** The connection is gone: what was under way may still be applied. */
    private void drop(final ZkConnection connection)
    {
        final int count = connection.underWay.size();
        drop(connection, 0 == count ? 0 : connection.session.host.site.nextInt(count + 1));
    }

    /** The connection is gone: of what was under way, the first calls will still come to the server. */
    private void drop(final ZkConnection connection, final int arrive)
    {
        if (!connection.isOpen)
        {
            return;
        }
        final ZkHost on = connection.session.host;
        connection.isOpen = false;
        if (null != connection.notice)
        {
            connection.notice.cancel();
        }
        counters.drops++;
        world.trace().add("zk.dropped", connection.session.host.name.hashCode(), connection.session.id,
            connection.underWay.size());
        long atNs = world.nowNs();
        for (int i = 0; i < arrive; i++)
        {
            final ZkCall call = connection.underWay.poll();
            atNs += on.site.exponential(settings.lateNs());
            world.at(atNs, "zk.late", () -> serveLate(connection, call));
        }
        connection.underWay.forEach(
            (call) -> counters.neverApplied += ZkCall.Kind.CHANGE == call.kind ? 1 : 0);
        connection.underWay.clear();
        connection.stalled.clear();
        watchLife(connection.session);
        connection.client.onDropped(connection);
        if (connection.client.isAlive())
        {
            connectAfter(connection.client, 10 * World.MS + on.site.exponential(100 * World.MS));
        }
    }

    /** A client ended: in order where isClosing, else its process did. */
    void onClientGone(final SimCoordination client, final boolean isClosing)
    {
        final ZkConnection connection = client.connection();
        if (null == connection)
        {
            return;
        }
        if (isClosing && connection.isOpen)
        {
            send(connection, ZkCall.close());
        }
        else
        {
            drop(connection);
        }
    }

    /** Count the time without a sign of life, or stop counting. */
    private void watchLife(final ZkSession session)
    {
        final ZkHost on = session.host;
        final ZkConnection connection = session.connection;
        final boolean isHeard = null != connection && connection.isOpen && !on.isCut && !on.isPaused;
        final boolean isCounting = !session.isClosed && !isHeard && !isOut;
        if (!isCounting)
        {
            if (null != session.expiry)
            {
                session.expiry.cancel();
                session.expiry = null;
            }
        }
        else if (null == session.expiry)
        {
            session.expiry = world.after(
                session.timeoutNs + site.between(0, TICK_NS), "zk.expire", () ->
                {
                    counters.expiries++;
                    close(session);
                });
        }
    }

    private void close(final ZkSession session)
    {
        if (session.isClosed)
        {
            return;
        }
        session.isClosed = true;
        watchLife(session);
        servers.end(session);
        if (null != session.connection && session.connection.isOpen)
        {
            drop(session.connection);
        }
    }

    // Calls

    void send(final ZkConnection connection, final ZkCall call)
    {
        connection.underWay.add(call);
        sendAgain(connection);
    }

    private void sendAgain(final ZkConnection connection)
    {
        connection.upNs = Math.max(connection.upNs, world.nowNs() + pace.delayNs(connection.session.host.site));
        world.at(connection.upNs, "zk.call", () -> arrive(connection));
    }

    /** One of the calls under way arrives: the first, for they are in order. */
    private void arrive(final ZkConnection connection)
    {
        final ZkHost on = connection.session.host;
        if (!connection.isOpen || on.isCut || connection.underWay.isEmpty())
        {
            return;
        }
        if (null != on.nextLoss && connection.underWay.peek().isChangeBelow(on.lossAbove))
        {
            lose(on, connection);
        }
        else
        {
            serve(connection, connection.underWay.poll());
        }
    }

    private void lose(final ZkHost on, final ZkConnection connection)
    {
        final Loss loss = on.nextLoss;
        on.nextLoss = null;
        if (Loss.APPLIED == loss)
        {
            serve(connection, connection.underWay.poll());
        }
        drop(connection, Loss.APPLIED_LATE == loss ? 1 : 0);
    }

    private void serve(final ZkConnection connection, final ZkCall call)
    {
        if (ZkCall.Kind.CLOSE == call.kind)
        {
            close(connection.session);
        }
        else
        {
            servers.serve(connection, call);
        }
    }

    private void serveLate(final ZkConnection connection, final ZkCall call)
    {
        final ZkSession session = connection.session;
        if (ZkCall.Kind.CLOSE == call.kind)
        {
            close(session);
        }
        else if (ZkCall.Kind.CHANGE == call.kind)
        {
            if (session.isClosed || connection != session.connection)
            {
                counters.neverApplied++;
                return;
            }
            counters.appliedLate++;
            world.trace().add("zk.late", session.host.name.hashCode(), session.id, zxid() + 1);
            servers.write(session, call.operations);
        }
    }

    boolean isPaused(final String host)
    {
        return host(host).isPaused;
    }

    World world()
    {
        return world;
    }

    ZkSettings settings()
    {
        return settings;
    }
}
