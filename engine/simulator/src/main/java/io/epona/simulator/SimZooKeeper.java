package io.epona.simulator;

import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import io.epona.engine.local.NodeTree.Node;
import io.epona.simulator.ZkHistory.Commit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * A ZooKeeper ensemble and the connections of its clients ({@link SimCoordination}).
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
    private static final long FIRST_SESSION = 0x1000;
    private static final long TICK_NS = 100 * World.MS;
    private static final long LAG_MAX_NS = 10 * World.SECOND;

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

    private static final class Host
    {
        private final Site site;
        private SimCoordination client;
        private boolean isCut;
        private boolean isPaused;
        private Loss nextLoss;

        private Host(final Site site)
        {
            this.site = site;
        }
    }

    private final World world;
    private final ZkSettings settings;
    private final ZkHistory history = new ZkHistory();
    private final TreeMap<String, Host> hosts = new TreeMap<>();
    private final TreeMap<Long, ZkSession> sessions = new TreeMap<>();
    private final ZkCounters counters = new ZkCounters();
    private final Site site;
    private final List<Observer> observers = new ArrayList<>();
    private long nextSessionId = FIRST_SESSION;
    private long slowness = 1;
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
        this.site = world.site("zk", "ensemble");
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
        final Host on = host(host);
        if (null != on.client && on.client.isAlive())
        {
            throw new IllegalStateException("a client is alive on " + host);
        }
        on.client = new SimCoordination(this, host, onNews);
        on.isPaused = false;
        connectAfter(on.client, delay(on.site));

        return on.client;
    }

    /**
     * @param observer to see every write.
     */
    public void observer(final Observer observer)
    {
        observers.add(observer);
    }

    /**
     * @return zxid of the last write.
     */
    public long zxid()
    {
        return history.zxid();
    }

    /**
     * @param path of a node.
     * @return the node after the last write, or null.
     */
    public Node node(final String path)
    {
        return history.tree().node(path);
    }

    /**
     * @param path of a node.
     * @return names of its children after the last write, in ascending order.
     */
    public List<String> children(final String path)
    {
        return history.tree().children(path);
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
        final Host on = host(host);
        if (isCut == on.isCut)
        {
            return;
        }
        on.isCut = isCut;
        world.trace().add(isCut ? "zk.cut" : "zk.healed", host.hashCode(), 0, 0);
        final ZkConnection connection = null == on.client ? null : on.client.connection();
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

    private void noticeLater(final Host on, final ZkConnection connection)
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
        final SimCoordination client = host(host).client;
        if (null != client && null != client.connection())
        {
            drop(client.connection());
        }
    }

    /**
     * Break the connection of a host over the next change that it sends.
     *
     * @param host in question.
     * @param loss what becomes of the change.
     */
    public void loseNextChange(final String host, final Loss loss)
    {
        host(host).nextLoss = loss;
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
        final Host on = host(host);
        on.isPaused = isPaused;
        if (null != on.client && null != on.client.connection())
        {
            watchLife(on.client.connection().session);
        }
    }

    /**
     * Let everything take longer.
     *
     * @param factor by which, 1 for as usual.
     */
    public void slow(final int factor)
    {
        slowness = factor;
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
        for (final Host on : hosts.values())
        {
            if (null != on.client && null != on.client.connection())
            {
                drop(on.client.connection());
            }
        }
        sessions.values().forEach(this::watchLife);
        world.after(lengthNs, "zk.back", () ->
        {
            isOut = false;
            sessions.values().forEach(this::watchLife);
        });
    }

    private Host host(final String name)
    {
        return hosts.computeIfAbsent(name, (key) -> new Host(world.site("zk", name)));
    }

    private long delay(final Site from)
    {
        return slowness * (settings.oneWayNs() / 4 + from.exponential(settings.oneWayNs()));
    }

    /** A server that lags by more than syncLimit ticks is shut out by the others. */
    private long lag(final long meanNs, final Site from)
    {
        return Math.min(LAG_MAX_NS, slowness * from.exponential(meanNs));
    }

    // Connections

    void connectAfter(final SimCoordination client, final long delayNs)
    {
        world.after(delayNs, "zk.connect", () -> connect(client));
    }

    private void connect(final SimCoordination client)
    {
        final Host on = host(client.host());
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
            connectAfter(client, delay(on.site));
            return;
        }
        final ZkSession session = null == former ?
            new ZkSession(nextSessionId++, client.host(), settings.sessionTimeoutNs()) : former;
        sessions.put(session.id, session);
        final boolean isSlow = on.site.chance(settings.slowChance());
        final long lagNs = isSlow ? settings.slowLagNs() : settings.lagNs();
        final ZkConnection connection = new ZkConnection(client, session, lagNs);
        // From here on nothing of an older connection is applied any more: the session has moved.
        session.connection = connection;
        session.viewZxid = Math.max(session.viewZxid, seenBy(connection, on));
        connection.upNs = world.nowNs();
        connection.downNs = world.nowNs();
        connection.learntNs = world.nowNs();
        counters.connects++;
        world.trace().add("zk.connected", client.host().hashCode(), session.id, session.viewZxid);
        client.onConnection(connection);
        watchLife(session);
        final boolean isNew = former != session;
        push(connection, () -> client.onConnected(session, isNew));
    }

    private long seenBy(final ZkConnection connection, final Host on)
    {
        return history.zxidAt(world.nowNs() - lag(connection.lagNs, on.site));
    }

    /** The connection is gone: what was under way may still be applied. */
    private void drop(final ZkConnection connection)
    {
        final int count = connection.underWay.size();
        drop(connection, 0 == count ? 0 : host(connection.session.host).site.nextInt(count + 1));
    }

    /** The connection is gone: of what was under way, the first calls will still come to the server. */
    private void drop(final ZkConnection connection, final int arrive)
    {
        if (!connection.isOpen)
        {
            return;
        }
        final Host on = host(connection.session.host);
        connection.isOpen = false;
        if (null != connection.notice)
        {
            connection.notice.cancel();
        }
        counters.drops++;
        world.trace().add("zk.dropped", connection.session.host.hashCode(), connection.session.id,
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
        final Host on = host(session.host);
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
        sessions.remove(session.id);
        final List<Operation> deletes = history.close(session.id, world.nowNs());
        world.trace().add("zk.closed", session.host.hashCode(), session.id, deletes.size());
        committed(session, deletes, Status.OK);
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
        final Site from = host(connection.session.host).site;
        connection.upNs = Math.max(connection.upNs, world.nowNs() + delay(from));
        world.at(connection.upNs, "zk.call", () -> arrive(connection));
    }

    /** One of the calls under way arrives: the first, for they are in order. */
    private void arrive(final ZkConnection connection)
    {
        final Host on = host(connection.session.host);
        if (!connection.isOpen || on.isCut || connection.underWay.isEmpty())
        {
            return;
        }
        if (null != on.nextLoss && ZkCall.Kind.CHANGE == connection.underWay.peek().kind)
        {
            lose(on, connection);
        }
        else
        {
            serve(connection, connection.underWay.poll());
        }
    }

    private void lose(final Host on, final ZkConnection connection)
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
        final ZkSession session = connection.session;
        final SimCoordination client = connection.client;
        final Host on = host(session.host);
        switch (call.kind)
        {
            case READ ->
            {
                advance(connection, seenBy(connection, on));
                final Node node = history.node(call.path, session.viewZxid);
                push(connection, () -> client.onAnswer(call, () -> call.answerNode(
                    null == node ? Status.NO_NODE : Status.OK, null == node ? null : node.value(),
                    null == node ? -1 : node.version(), null == node ? 0 : node.ephemeralOwner())));
            }
            case CHILDREN ->
            {
                advance(connection, seenBy(connection, on));
                final Status status =
                    null == history.node(call.path, session.viewZxid) ? Status.NO_NODE : Status.OK;
                final List<String> children =
                    Status.OK == status ? history.children(call.path, session.viewZxid) : List.of();
                push(connection, () -> client.onAnswer(call, () -> call.answerChildren(status, children)));
            }
            case CHANGE -> serveChange(connection, call);
            case WATCH ->
            {
                connection.watches.add(call.watch);
                // What was written before, and the server has still to learn, is a change that the watch tells.
                learn(connection, history.zxid());
            }
            default -> close(session);
        }
    }

    private void serveChange(final ZkConnection connection, final ZkCall call)
    {
        final SimCoordination client = connection.client;
        final Status status = write(connection.session, call.operations);
        final int failedIndex = history.tree().failedIndex();
        final int[] versions = Status.OK == status ? history.tree().versions() : new int[0];
        // The answer comes when the server has learnt of the write: it has of all before it, then.
        advance(connection, history.zxid());
        connection.downNs = Math.max(
            connection.downNs,
            world.nowNs() + lag(settings.commitNs() + connection.lagNs / 4, site));
        push(connection, () -> client.onAnswer(call, () -> call.answerChange(status, failedIndex, versions)));
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
            world.trace().add("zk.late", session.host.hashCode(), session.id, history.zxid() + 1);
            write(session, call.operations);
        }
    }

    private Status write(final ZkSession session, final List<Operation> operations)
    {
        final Status status = history.apply(operations, session.id, world.nowNs());
        world.trace().add("zk.write", history.zxid(), session.id, status.ordinal());
        if (world.trace().isRead())
        {
            world.trace().note("  zk " + session.host + ' ' + operations + ' ' + status +
                (Status.OK == status ? " v" + Arrays.toString(history.tree().versions()) :
                " at " + history.tree().failedIndex()));
        }
        counters.writes++;
        final int failedIndex = history.tree().failedIndex();
        final int[] versions = history.tree().versions();
        committed(session, operations, status);
        if (failedIndex != history.tree().failedIndex() || versions != history.tree().versions())
        {
            throw new IllegalStateException("an observer wrote");
        }

        return status;
    }

    /** Who watches will learn of it, when the server of each does. */
    private void committed(final ZkSession writer, final List<Operation> operations, final Status status)
    {
        final Commit commit = history.commit(history.zxid());
        for (final ZkSession session : sessions.values())
        {
            final ZkConnection connection = session.connection;
            if (null != connection && connection.isOpen && session != writer && isWatching(connection, commit))
            {
                learn(connection, commit.zxid());
            }
        }
        for (final Observer observer : observers)
        {
            observer.onWrite(commit.zxid(), writer.host, writer.id, operations, status);
        }
    }

    /** The server of a connection will learn of a write. */
    private void learn(final ZkConnection connection, final long zxid)
    {
        final Site from = host(connection.session.host).site;
        connection.learntNs = Math.max(
            connection.learntNs, world.nowNs() + lag(connection.lagNs, from));
        world.at(connection.learntNs, "zk.learn", () ->
        {
            if (connection.isOpen)
            {
                advance(connection, zxid);
            }
        });
    }

    private static boolean isWatching(final ZkConnection connection, final Commit commit)
    {
        for (final ZkWatch watch : connection.watches)
        {
            for (final String path : commit.paths())
            {
                if (watch.matches(path))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /** The session sees more of the history: its watches fire first. */
    private void advance(final ZkConnection connection, final long zxid)
    {
        final ZkSession session = connection.session;
        for (long next = session.viewZxid + 1; next <= zxid; next++)
        {
            for (final String path : history.commit(next).paths())
            {
                for (final ZkWatch watch : connection.watches)
                {
                    if (watch.matches(path))
                    {
                        hint(connection, watch, path);
                    }
                }
            }
        }
        session.viewZxid = Math.max(session.viewZxid, zxid);
    }

    private void hint(final ZkConnection connection, final ZkWatch watch, final String path)
    {
        push(connection, () -> connection.client.onHint(watch, path));
    }

    /** Something goes to the client, behind all that went before. */
    private void push(final ZkConnection connection, final Runnable delivery)
    {
        final Host on = host(connection.session.host);
        connection.downNs = Math.max(connection.downNs, world.nowNs() + delay(on.site));
        world.at(connection.downNs, "zk.answer", () ->
        {
            if (!connection.isOpen)
            {
                return;
            }
            if (on.isCut)
            {
                connection.stalled.add(delivery);
            }
            else
            {
                delivery.run();
            }
        });
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
