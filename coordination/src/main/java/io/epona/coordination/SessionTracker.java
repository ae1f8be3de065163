package io.epona.coordination;

import io.epona.codecs.ResultCode;
import io.epona.coordination.ZkSession.State;
import io.epona.engine.EngineException;
import io.epona.engine.cluster.Coordination.SessionListener;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Coordination.WatchListener;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * The session as its listeners know it, and what belongs to each session: the cluster's root node and the watches.
 * Follows the newest client handle in three steps: {@link #look()}, {@link #endIfOver()}, {@link #advance()}. It only
 * appends to the deliveries and calls no listener.
 * <p>
 * Owned by the owner of the coordination.
 */
final class SessionTracker
{
    /** Most watches of one instance. */
    static final int MAX_WATCHES = 1024;

    /** What the listeners were told last. */
    private enum Told
    {
        NOTHING, CONNECTED, SUSPENDED, EXPIRED
    }

    private final ClusterRoot root;
    private final CuratorCoordination.Context ctx;
    private final ZkSessions sessions;
    private final Inbox inbox;
    private final Queue<Runnable> deliveries;
    private final List<SessionListener> listeners = new ArrayList<>();
    private final List<Watch> watches = new ArrayList<>();
    private ZkSession session;
    private Told told = Told.NOTHING;
    private int seenConnectCount;
    private long outageStartNs;
    private boolean isOutageReported;
    private boolean isRefusalReported;

    private ZkSession current;
    private int connectCount;
    private State state = State.CONNECTING;

    SessionTracker(
        final CuratorCoordination.Context ctx,
        final ZkSessions sessions,
        final Inbox inbox,
        final Queue<Runnable> deliveries)
    {
        this.ctx = ctx;
        this.sessions = sessions;
        this.inbox = inbox;
        this.deliveries = deliveries;
        root = new ClusterRoot(ctx.root(), null != ctx.address().credentials(), inbox);
        outageStartNs = ctx.nanoClock().nanoTime();
    }

    /**
     * @return the session that operations may go to now, or null.
     */
    ZkSession usable()
    {
        return isTold() && State.CONNECTED == session.state() ? session : null;
    }

    /**
     * @return why operations are refused while there is no usable session.
     */
    Status refusal()
    {
        return Told.EXPIRED == told || null != session && State.EXPIRED == session.state() ?
            Status.SESSION_EXPIRED : Status.FAILED;
    }

    long sessionId()
    {
        return isTold() ? session.handle().getSessionId() : 0;
    }

    void add(final SessionListener listener)
    {
        listeners.add(listener);
        if (Told.CONNECTED == told)
        {
            final long sessionId = sessionId();
            deliveries.add(() -> listener.onConnected(sessionId));
        }
    }

    void watch(final String path, final WatchListener listener)
    {
        if (watches.size() >= MAX_WATCHES)
        {
            throw new IllegalStateException("there are " + MAX_WATCHES + " watches: watch a common parent instead");
        }

        final Watch watch = new Watch(root.path(), path, listener, inbox);
        watches.add(watch);
        if (null != usable())
        {
            watch.place(session);
        }
    }

    /**
     * Tell every watch that anything may have changed.
     */
    void hintAll()
    {
        for (final Watch watch : watches)
        {
            deliveries.add(() -> watch.listener().onChanged(watch.path()));
        }
    }

    /**
     * See how the connection stands. The later steps go by what is seen here.
     */
    void look()
    {
        current = sessions.latest();
        connectCount = null == current ? 0 : current.connectCount();
        state = null == current ? State.CONNECTING : current.state();
    }

    /**
     * Give up a session that is over or replaced.
     *
     * @return whether the calls of a session are lost now, as far as they have no answer.
     */
    boolean endIfOver()
    {
        if (null == session || session == current && State.EXPIRED != state)
        {
            return false;
        }
        session.end();

        return true;
    }

    /**
     * Follow what was seen, and let the listeners know.
     */
    void advance()
    {
        if (null != session && session.isOver())
        {
            if (isTold())
            {
                told = Told.EXPIRED;
                outageStartNs = ctx.nanoClock().nanoTime();
                listeners.forEach((listener) -> deliveries.add(listener::onExpired));
            }
            session = null;
        }
        if (null != current && State.EXPIRED != state)
        {
            follow();
        }
        checkOutage();
        checkAccess();
    }

    private void follow()
    {
        if (session != current)
        {
            session = current;
            isRefusalReported = false;
            seenConnectCount = 0;
        }

        final boolean isNewConnection = State.CONNECTED == state && connectCount != seenConnectCount;
        if (Told.CONNECTED == told && (isNewConnection || State.SUSPENDED == state))
        {
            told = Told.SUSPENDED;
            outageStartNs = ctx.nanoClock().nanoTime();
            listeners.forEach((listener) -> deliveries.add(listener::onSuspended));
        }
        if (isNewConnection)
        {
            seenConnectCount = connectCount;
            told = Told.CONNECTED;
            isOutageReported = false;
            prepare(session);
            final long sessionId = session.handle().getSessionId();
            listeners.forEach((listener) -> deliveries.add(() -> listener.onConnected(sessionId)));
            hintAll();
        }
    }

    /** Whatever the owner asks for on this session comes to the server after these. */
    private void prepare(final ZkSession connected)
    {
        if (ctx.founding())
        {
            root.make(connected);
        }
        for (final Watch watch : watches)
        {
            watch.place(connected);
        }
    }

    private void checkAccess()
    {
        final String path = null == session || isRefusalReported ? null : session.refusedPath();
        if (null != path)
        {
            isRefusalReported = true;
            final EngineException error = new EngineException(
                ResultCode.NOT_AUTHORIZED,
                "ZooKeeper refuses access to " + path + " of the cluster " + root.path() +
                ": check the credentials in " + CuratorCoordination.Context.CONNECT_PROPERTY);
            deliveries.add(() -> ctx.errorHandler().onError(error));
        }
    }

    private void checkOutage()
    {
        if (Told.CONNECTED == told || isOutageReported)
        {
            return;
        }

        final long outageNs = ctx.nanoClock().nanoTime() - outageStartNs;
        if (outageNs >= TimeUnit.MILLISECONDS.toNanos(ctx.connectionTimeoutMs()))
        {
            isOutageReported = true;
            final EngineException error = new EngineException(
                ResultCode.NOT_CONNECTED,
                "no ZooKeeper server of " + ctx.address().servers() + " was reached for " + ctx.connectionTimeoutMs() +
                " ms: check " + CuratorCoordination.Context.CONNECT_PROPERTY +
                " and that the servers run; still trying");
            deliveries.add(() -> ctx.errorHandler().onError(error));
        }
    }

    private boolean isTold()
    {
        return Told.CONNECTED == told || Told.SUSPENDED == told;
    }
}
