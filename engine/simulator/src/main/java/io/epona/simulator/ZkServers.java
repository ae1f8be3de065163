package io.epona.simulator;

import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import io.epona.engine.local.NodeTree.Node;
import io.epona.simulator.SimZooKeeper.Observer;
import io.epona.simulator.ZkHistory.Commit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/**
 * The servers of a {@link SimZooKeeper}: the tree with its history, the sessions that live, and what the server of each
 * connection has learnt of the writes. They serve the calls that arrive and push answers and hints to the clients.
 * <p>
 * Owned by the thread of its world.
 */
final class ZkServers
{
    private static final long FIRST_SESSION = 0x1000;

    private final World world;
    private final ZkSettings settings;
    private final ZkPace pace;
    private final Site site;
    private final ZkCounters counters;
    private final ZkHistory history = new ZkHistory();
    private final TreeMap<Long, ZkSession> sessions = new TreeMap<>();
    private final List<Observer> observers = new ArrayList<>();
    private long nextSessionId = FIRST_SESSION;

    ZkServers(
        final World world,
        final ZkSettings settings,
        final ZkPace pace,
        final Site site,
        final ZkCounters counters)
    {
        this.world = world;
        this.settings = settings;
        this.pace = pace;
        this.site = site;
        this.counters = counters;
    }

    void observer(final Observer observer)
    {
        observers.add(observer);
    }

    ZkHistory history()
    {
        return history;
    }

    // Sessions

    /**
     * @return those that live, in the order in which they began.
     */
    Collection<ZkSession> sessions()
    {
        return sessions.values();
    }

    ZkSession begin(final ZkHost host)
    {
        final ZkSession session = new ZkSession(nextSessionId++, host, settings.sessionTimeoutNs());
        sessions.put(session.id, session);

        return session;
    }

    /** A session is over: what lives with it goes. */
    void end(final ZkSession session)
    {
        sessions.remove(session.id);
        final List<Operation> deletes = history.close(session.id, world.nowNs());
        world.trace().add("zk.closed", session.host.name.hashCode(), session.id, deletes.size());
        committed(session, deletes, Status.OK);
    }

    /** A session comes over another connection. Its server may be behind, but for what the session saw. */
    void open(final ZkConnection connection)
    {
        final ZkSession session = connection.session;
        // From here on nothing of an older connection is applied any more: the session has moved.
        session.connection = connection;
        session.viewZxid = Math.max(session.viewZxid, seenBy(connection));
        connection.upNs = world.nowNs();
        connection.downNs = world.nowNs();
        connection.learntNs = world.nowNs();
    }

    private long seenBy(final ZkConnection connection)
    {
        return history.zxidAt(world.nowNs() - pace.lagNs(connection.lagNs, connection.session.host.site));
    }

    // Calls

    void serve(final ZkConnection connection, final ZkCall call)
    {
        final SimCoordination client = connection.client;
        final ZkSession session = connection.session;
        switch (call.kind)
        {
            case READ ->
            {
                advance(connection, seenBy(connection));
                final Node node = history.node(call.path, session.viewZxid);
                push(connection, () -> client.onAnswer(call, () -> call.answerNode(
                    null == node ? Status.NO_NODE : Status.OK, null == node ? null : node.value(),
                    null == node ? -1 : node.version(), null == node ? 0 : node.ephemeralOwner())));
            }
            case CHILDREN ->
            {
                advance(connection, seenBy(connection));
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
            default -> throw new IllegalArgumentException(call.toString());
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
            world.nowNs() + pace.lagNs(settings.commitNs() + connection.lagNs / 4, site));
        push(connection, () -> client.onAnswer(call, () -> call.answerChange(status, failedIndex, versions)));
    }

    // Writes, and who learns of them

    Status write(final ZkSession session, final List<Operation> operations)
    {
        final Status status = history.apply(operations, session.id, world.nowNs());
        world.trace().add("zk.write", history.zxid(), session.id, status.ordinal());
        if (world.trace().isRead())
        {
            world.trace().note("  zk " + session.host.name + ' ' + operations + ' ' + status +
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
            observer.onWrite(commit.zxid(), writer.host.name, writer.id, operations, status);
        }
    }

    /** The server of a connection will learn of a write. */
    private void learn(final ZkConnection connection, final long zxid)
    {
        connection.learntNs = Math.max(
            connection.learntNs, world.nowNs() + pace.lagNs(connection.lagNs, connection.session.host.site));
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
                        push(connection, () -> connection.client.onHint(watch, path));
                    }
                }
            }
        }
        session.viewZxid = Math.max(session.viewZxid, zxid);
    }

    /** Something goes to the client, behind all that went before. */
    void push(final ZkConnection connection, final Runnable delivery)
    {
        final ZkHost on = connection.session.host;
        connection.downNs = Math.max(connection.downNs, world.nowNs() + pace.delayNs(on.site));
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
}
