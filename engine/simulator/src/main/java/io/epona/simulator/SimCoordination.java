package io.epona.simulator;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Operation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The client of one process of a {@link SimZooKeeper}: behaves as the real one does, which is the adapter to Curator.
 * Answers of a session are delivered, without an outcome where there is none, before its end is told. A call made
 * without a connection is refused at once.
 * <p>
 * Owned by the thread of its world.
 */
public final class SimCoordination implements Coordination
{
    private enum Told
    {
        NOTHING, CONNECTED, SUSPENDED, EXPIRED
    }

    private final SimZooKeeper ensemble;
    private final String host;
    private final Runnable onNews;
    private final ArrayDeque<Runnable> inbox = new ArrayDeque<>();
    private final ArrayDeque<ZkCall> pending = new ArrayDeque<>();
    private final List<ZkWatch> watches = new ArrayList<>();
    private final List<SessionListener> listeners = new ArrayList<>();
    private ZkConnection connection;
    private ZkSession session;
    private Event giveUp;
    private long toldSessionId;
    private Told told = Told.NOTHING;
    private boolean isOver;
    private boolean isMuted;

    SimCoordination(final SimZooKeeper ensemble, final String host, final Runnable onNews)
    {
        this.ensemble = ensemble;
        this.host = host;
        this.onNews = onNews;
    }

    String host()
    {
        return host;
    }

    boolean isAlive()
    {
        return !isOver;
    }

    ZkConnection connection()
    {
        return connection;
    }

    ZkSession session()
    {
        return session;
    }

    /** The process is about to go: what it asks for is not heard. */
    void mute()
    {
        isMuted = true;
    }

    /** The process is gone. Its session lives on until a server ends it. */
    void kill()
    {
        end(false);
    }

    @Override
    public void read(final String path, final NodeHandler handler)
    {
        call(ZkCall.read(path, handler));
    }

    @Override
    public void children(final String path, final ChildrenHandler handler)
    {
        call(ZkCall.children(path, handler));
    }

    @Override
    public void multi(final List<Operation> operations, final ChangeHandler handler)
    {
        call(ZkCall.change(List.copyOf(operations), handler));
    }

    @Override
    public void watch(final String path, final WatchListener listener)
    {
        if (!isOver)
        {
            final ZkWatch watch = new ZkWatch(path, listener);
            watches.add(watch);
            if (null != connection)
            {
                ensemble.send(connection, ZkCall.watch(watch));
            }
        }
    }

    @Override
    public void sessionListener(final SessionListener listener)
    {
        if (!isOver)
        {
            listeners.add(listener);
            if (Told.CONNECTED == told)
            {
                final long sessionId = toldSessionId;
                deliver(() -> listener.onConnected(sessionId));
            }
        }
    }

    @Override
    public long sessionId()
    {
        return !isOver && (Told.CONNECTED == told || Told.SUSPENDED == told) ? toldSessionId : 0;
    }

    @Override
    public int poll()
    {
        int workCount = 0;
        for (int i = inbox.size(); i > 0 && !inbox.isEmpty(); i--)
        {
            workCount++;
            inbox.poll().run();
        }

        return workCount;
    }

    @Override
    public void close()
    {
        end(!isMuted);
    }

    private void end(final boolean isClosing)
    {
        if (!isOver)
        {
            isOver = true;
            inbox.clear();
            pending.clear();
            watches.clear();
            listeners.clear();
            if (null != giveUp)
            {
                giveUp.cancel();
            }
            ensemble.onClientGone(this, isClosing);
        }
    }

    private void call(final ZkCall call)
    {
        if (isOver || isMuted)
        {
            return;
        }
        if (null == connection || Told.CONNECTED != told || session.id != toldSessionId)
        {
            final Status refusal = Told.EXPIRED == told ? Status.SESSION_EXPIRED : Status.FAILED;
            deliver(() -> call.fail(refusal));
            return;
        }
        pending.add(call);
        ensemble.send(connection, call);
    }

    private void deliver(final Runnable delivery)
    {
        inbox.add(delivery);
        onNews.run();
    }

    // From the ensemble

    void onConnection(final ZkConnection made)
    {
        connection = made;
        session = made.session;
        if (null != giveUp)
        {
            giveUp.cancel();
            giveUp = null;
        }
        watches.forEach((watch) -> ensemble.send(made, ZkCall.watch(watch)));
    }

    void onConnected(final ZkSession connected, final boolean isNew)
    {
        if (isOver || connected != session)
        {
            return;
        }
        deliver(() ->
        {
            told = Told.CONNECTED;
            toldSessionId = connected.id;
            // Who comes from here on is told apart.
            List.copyOf(listeners).forEach((listener) -> listener.onConnected(connected.id));
        });
        // A server forgets what a watch would have told before.
        watches.forEach((watch) -> deliver(() -> watch.listener.onChanged(watch.path)));
    }

    void onAnswer(final ZkCall call, final Runnable answer)
    {
        if (isOver)
        {
            // Asked before the session was closed in order.
            return;
        }
        if (call != pending.poll())
        {
            throw new IllegalStateException("answers out of order: " + call);
        }
        deliver(answer);
    }

    void onHint(final ZkWatch watch, final String path)
    {
        deliver(() -> watch.listener.onChanged(path));
    }

    void onDropped(final ZkConnection dropped)
    {
        connection = null;
        if (isOver)
        {
            return;
        }
        fail(Status.FAILED);
        deliver(() ->
        {
            if (Told.CONNECTED == told)
            {
                told = Told.SUSPENDED;
                listeners.forEach(SessionListener::onSuspended);
            }
        });
        giveUp = ensemble.world().after(dropped.session.timeoutNs, "zk.giveUp", () -> giveUp(dropped.session));
    }

    /** By its own clock the session must be over. It need not be. */
    private void giveUp(final ZkSession former)
    {
        if (isOver || session != former || null != connection)
        {
            return;
        }
        if (ensemble.isPaused(host))
        {
            giveUp = ensemble.world().after(100 * World.MS, "zk.giveUp", () -> giveUp(former));
            return;
        }
        ensemble.counters().givenUp++;
        onExpired();
    }

    void onExpired()
    {
        session = null;
        if (null != giveUp)
        {
            giveUp.cancel();
            giveUp = null;
        }
        fail(Status.SESSION_EXPIRED);
        deliver(() ->
        {
            if (Told.NOTHING != told)
            {
                told = Told.EXPIRED;
                listeners.forEach(SessionListener::onExpired);
            }
        });
    }

    /** There will be no answers. */
    private void fail(final Status ofReads)
    {
        ZkCall call;
        while (null != (call = pending.poll()))
        {
            final ZkCall failed = call;
            final boolean isChange = ZkCall.Kind.CHANGE == failed.kind;
            ensemble.counters().unknown += isChange ? 1 : 0;
            deliver(() -> failed.fail(isChange ? Status.OUTCOME_UNKNOWN : ofReads));
        }
    }
}
