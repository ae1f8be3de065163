package io.epona.coordination;

import io.epona.engine.EngineException;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Operation;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/**
 * {@link Coordination} on a ZooKeeper ensemble. The tree lives below {@code <path>/<cluster>}, versions are ZooKeeper's
 * {@code dataVersion}s.
 * <p>
 * <b>Curator and its threads.</b> Curator keeps the connection: it makes the client handles, connects again, and ends a
 * session by its own timer when no server was reached for a session timeout. It is given no operation: one that goes
 * through Curator may wait in the caller's thread, and runs in whichever session comes next. Operations go to the
 * handle of the session that the owner knows, asynchronously, and are never retried. Curator's and ZooKeeper's threads
 * leave answers in place, and hints and errors in a bounded queue; {@link #poll()} delivers them.
 * <p>
 * <b>Sessions.</b> An operation runs in the session that {@link SessionListener#onConnected} told last, or not at all.
 * Without a connection a call is refused: FAILED while the session may live, SESSION_EXPIRED after it. Answers of a
 * session are delivered, OUTCOME_UNKNOWN where there is none, before its end is told. SUSPENDED and expiry change
 * nothing else here.
 * <p>
 * <b>Watches.</b> A server forgets what a watch would have told while the connection was interrupted. Therefore every
 * connection made after a watch was set gives a hint that names the watched path itself: anything under it may have
 * changed. The same when hints come faster than they are polled.
 * <p>
 * <b>Limits.</b> {@link Context#maxPendingCalls(int)} calls may wait for their answer; one more is answered FAILED, and
 * twice as many throw. A change larger than ZooKeeper's {@code jute.maxbuffer} is answered FAILED and told to the error
 * handler. A CHECK with ANY_VERSION answers ANY_VERSION as its version, for ZooKeeper does not tell it.
 * <p>
 * Owned by one thread at a time: the launching one may hand it over to a thread that it starts, or back from one that
 * has ended. Calls never block but {@link #close()}.
 */
public final class CuratorCoordination implements Coordination
{
    private static final int CLOSE_TIMEOUT_MS = 2_000;

    private final Context ctx;
    private final Requests requests;
    private final Inbox inbox = new Inbox();
    private final ZkSessions sessions;
    private final SessionTracker tracker;
    private final CuratorFramework client;
    private final ArrayDeque<Call> pending = new ArrayDeque<>();
    private final ArrayDeque<Runnable> deliveries = new ArrayDeque<>();
    private int waitingCount;
    private boolean isClosed;

    private CuratorCoordination(final Context ctx)
    {
        this.ctx = ctx;
        final ConnectString address = ctx.address();
        sessions = new ZkSessions(inbox, address.digest());
        requests = new Requests(ctx.root(), null != address.credentials());
        tracker = new SessionTracker(ctx, sessions, inbox, deliveries);
        client = CuratorFrameworkFactory.builder()
            .connectString(address.servers())
            .sessionTimeoutMs(ctx.sessionTimeoutMs())
            .connectionTimeoutMs(ctx.connectionTimeoutMs())
            .waitForShutdownTimeoutMs(CLOSE_TIMEOUT_MS)
            .retryPolicy(new RefuseRetry())
            .zookeeperFactory(sessions)
            .threadFactory(ctx.threadFactory())
            .ensembleTracker(false)
            .build();
        client.getUnhandledErrorListenable().addListener((message, error) -> inbox.onError(error));
        client.start();
    }

    /**
     * Begin to connect. Does not wait for a connection: the first {@link SessionListener#onConnected} tells of it.
     *
     * @param ctx settings; concluded here, and not to be used again.
     * @return the coordination, not connected yet.
     * @throws EngineException INVALID_CONFIG naming the setting and what is accepted.
     */
    public static CuratorCoordination launch(final Context ctx)
    {
        ctx.conclude();
        QuietLogging.initialise();

        return new CuratorCoordination(ctx);
    }

    @Override
    public void read(final String path, final NodeHandler handler)
    {
        final String fullPath = requests.path(path);
        final ZkSession session = tracker.usable();
        final Status refusal = refusal(session);
        if (null != refusal)
        {
            await(ReadCall.refused(refusal, handler));
            return;
        }

        final ReadCall call = new ReadCall(session, handler);
        session.handle().getData(fullPath, false, call, null);
        await(call);
    }

    @Override
    public void children(final String path, final ChildrenHandler handler)
    {
        final String fullPath = requests.path(path);
        final ZkSession session = tracker.usable();
        final Status refusal = refusal(session);
        if (null != refusal)
        {
            await(ChildrenCall.refused(refusal, handler));
            return;
        }

        final ChildrenCall call = new ChildrenCall(session, handler);
        session.handle().getChildren(fullPath, false, call, null);
        await(call);
    }

    @Override
    public void multi(final List<Operation> operations, final ChangeHandler handler)
    {
        final List<Operation> copy = List.copyOf(operations);
        final ZkSession session = tracker.usable();
        final Status refusal = refusal(session);
        if (null != refusal || isTooLong(copy))
        {
            await(ChangeCall.refused(null == refusal ? Status.FAILED : refusal, handler));
            return;
        }

        final ChangeCall call = new ChangeCall(session, copy, handler);
        session.handle().multi(requests.ops(copy), call, null);
        await(call);
    }

    @Override
    public void watch(final String path, final WatchListener listener)
    {
        requests.path(path);
        tracker.watch(path, listener);
    }

    @Override
    public void sessionListener(final SessionListener listener)
    {
        tracker.add(listener);
    }

    @Override
    public long sessionId()
    {
        return isClosed ? 0 : tracker.sessionId();
    }

    /**
     * {@inheritDoc}
     * <p>
     * What a handler or listener throws comes out of here; the next poll goes on behind it.
     */
    @Override
    public int poll()
    {
        if (isClosed)
        {
            return 0;
        }

        // What an earlier poll could not deliver, because a handler threw, goes first.
        if (deliveries.isEmpty())
        {
            collect();
        }

        int workCount = 0;
        for (int i = deliveries.size(); i > 0 && !deliveries.isEmpty(); i--)
        {
            workCount++;
            final Runnable delivery = deliveries.poll();
            if (delivery instanceof Call)
            {
                waitingCount--;
            }
            delivery.run();
        }

        return workCount;
    }

    /**
     * {@inheritDoc}
     * <p>
     * Waits for the server to end the session, so that its ephemeral nodes are gone: seconds at most, where no server
     * answers. Calls made later get no completion.
     */
    @Override
    public void close()
    {
        if (isClosed)
        {
            return;
        }
        isClosed = true;
        pending.clear();
        deliveries.clear();
        client.close();
    }

    private void collect()
    {
        // The session is looked at before the answers: all answers that came before its end are then found.
        tracker.look();

        inbox.drainErrors((error) -> deliveries.add(() -> ctx.errorHandler().onError(error)));

        // The answers are counted before the hints are taken: a hint that came before an answer is delivered before it.
        int readyCount = 0;
        for (final Call call : pending)
        {
            if (!call.isReady())
            {
                break;
            }
            readyCount++;
        }
        collectHints();
        collectCalls(readyCount);

        if (tracker.endIfOver())
        {
            collectCalls(pending.size());
        }
        tracker.advance();
    }

    private void collectHints()
    {
        inbox.drainHints((hint) -> deliveries.add(() -> hint.watch().listener().onChanged(hint.path())));
        if (inbox.takeOverflow())
        {
            tracker.hintAll();
        }
    }

    private void collectCalls(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            deliveries.add(pending.poll());
        }
    }

    private void await(final Call call)
    {
        if (!isClosed)
        {
            waitingCount++;
            pending.add(call);
        }
    }

    /** Why a call cannot go to the session, which may be null; or null where it can. */
    private Status refusal(final ZkSession session)
    {
        if (isClosed)
        {
            return Status.SESSION_EXPIRED;
        }
        if (waitingCount >= 2L * ctx.maxPendingCalls())
        {
            throw new IllegalStateException(waitingCount + " calls wait for their completion: poll");
        }
        if (null == session)
        {
            return tracker.refusal();
        }

        return waitingCount >= ctx.maxPendingCalls() ? Status.FAILED : null;
    }

    private boolean isTooLong(final List<Operation> operations)
    {
        final long length = requests.length(operations);
        if (length <= requests.maxLength())
        {
            return false;
        }

        // A server answers such a request by closing the connection, which would look like an outage.
        inbox.onError(new IllegalArgumentException(
            "a change of about " + length + " bytes, first " + operations.get(0) + ", exceeds jute.maxbuffer = " +
            requests.maxLength() + ": split it"));

        return true;
    }

    /**
     * Settings, each with a default. A value is taken from the setter, else from the system property.
     * <p>
     * One thread.
     */
    public static final class Context
    {
        /** System property of {@link #connectString(String)}. */
        public static final String CONNECT_PROPERTY = "epona.zookeeper.connect";
        /** System property of {@link #cluster(String)}. */
        public static final String CLUSTER_PROPERTY = "epona.zookeeper.cluster";
        /** System property of {@link #sessionTimeoutMs(int)}. */
        public static final String SESSION_TIMEOUT_PROPERTY = "epona.zookeeper.session.timeout.ms";
        /** System property of {@link #connectionTimeoutMs(int)}. */
        public static final String CONNECTION_TIMEOUT_PROPERTY = "epona.zookeeper.connection.timeout.ms";
        /** System property of {@link #maxPendingCalls(int)}. */
        public static final String MAX_PENDING_CALLS_PROPERTY = "epona.zookeeper.max.pending.calls";

        private static final String CONNECT_DEFAULT = "localhost:2181";
        private static final String CLUSTER_DEFAULT = "epona";
        private static final int SESSION_TIMEOUT_DEFAULT = 12_000;
        private static final int CONNECTION_TIMEOUT_DEFAULT = 5_000;
        private static final int MAX_PENDING_CALLS_DEFAULT = 4_096;

        private boolean isConcluded;
        private String connectString;
        private ConnectString address;
        private String cluster;
        private boolean founding = true;
        private Integer sessionTimeoutMs;
        private Integer connectionTimeoutMs;
        private Integer maxPendingCalls;
        private ErrorHandler errorHandler;
        private ThreadFactory threadFactory;
        private NanoClock nanoClock;

        /**
         * Check the settings and fill in the defaults.
         *
         * @return this.
         * @throws EngineException INVALID_CONFIG naming the setting and what is accepted.
         */
        public Context conclude()
        {
            if (isConcluded)
            {
                throw new IllegalStateException("a context is concluded once, and serves one coordination");
            }

            connectString = null == connectString ?
                System.getProperty(CONNECT_PROPERTY, CONNECT_DEFAULT) : connectString;
            cluster = null == cluster ? System.getProperty(CLUSTER_PROPERTY, CLUSTER_DEFAULT) : cluster;
            address = ConnectString.parse(connectString);
            SettingCheck.check(
                null != address, CONNECT_PROPERTY, ConnectString.shown(connectString), ConnectString.ACCEPTED);
            SettingCheck.check(
                cluster.matches("[a-zA-Z0-9._-]{1,200}") && !cluster.matches("\\.\\.?|zookeeper"),
                CLUSTER_PROPERTY, cluster, "1 to 200 of a-z A-Z 0-9 . _ -, and neither ., .. nor zookeeper");
            sessionTimeoutMs = SettingCheck.number(
                sessionTimeoutMs, SESSION_TIMEOUT_PROPERTY, SESSION_TIMEOUT_DEFAULT, 1_000, 120_000);
            connectionTimeoutMs = SettingCheck.number(
                connectionTimeoutMs, CONNECTION_TIMEOUT_PROPERTY,
                Math.min(CONNECTION_TIMEOUT_DEFAULT, sessionTimeoutMs), 100, 120_000);
            SettingCheck.check(
                connectionTimeoutMs <= sessionTimeoutMs, CONNECTION_TIMEOUT_PROPERTY, connectionTimeoutMs.toString(),
                "at most " + SESSION_TIMEOUT_PROPERTY + " = " + sessionTimeoutMs);
            maxPendingCalls = SettingCheck.number(
                maxPendingCalls, MAX_PENDING_CALLS_PROPERTY, MAX_PENDING_CALLS_DEFAULT, 1, 1 << 20);
            errorHandler = null == errorHandler ? Context::log : errorHandler;
            threadFactory = null == threadFactory ? Context::daemon : threadFactory;
            nanoClock = null == nanoClock ? SystemNanoClock.INSTANCE : nanoClock;
            isConcluded = true;

            return this;
        }

        private static void log(final Throwable error)
        {
            System.getLogger("io.epona.coordination").log(System.Logger.Level.ERROR, error.getMessage(), error);
        }

        private static Thread daemon(final Runnable task)
        {
            final Thread thread = new Thread(task, "epona-coordination");
            thread.setDaemon(true);

            return thread;
        }

        /**
         * Servers of the ensemble, the path below which the cluster's node lies, and who this client is.
         * <p>
         * The path is made where it does not exist, open to everyone. With credentials (ZooKeeper's digest scheme) the
         * nodes that are made below it are for these credentials alone; they go over the network as they are.
         *
         * @param connectString {@code [USER:PASSWORD@]host:port[,host:port...][/path]}.
         * @return this, for a fluent API.
         */
        public Context connectString(final String connectString)
        {
            this.connectString = connectString;
            return this;
        }

        /**
         * @return servers of the ensemble, with path and credentials where there are.
         */
        public String connectString()
        {
            return connectString;
        }

        /** What the connect string says. After conclude. */
        ConnectString address()
        {
            return address;
        }

        /** The cluster's node in ZooKeeper. After conclude. */
        String root()
        {
            return address.path() + '/' + cluster;
        }

        /**
         * Name of the cluster: everything is kept below the node of this name, which is created where it does not
         * exist.
         *
         * @param cluster 1 to 200 of a-z A-Z 0-9 . _ -.
         * @return this, for a fluent API.
         */
        public Context cluster(final String cluster)
        {
            this.cluster = cluster;
            return this;
        }

        /**
         * @return name of the cluster.
         */
        public String cluster()
        {
            return cluster;
        }

        /**
         * Whether the cluster's node, and the path to it, is created where it does not exist.
         *
         * @param founding false for who only looks at a cluster; by default true.
         * @return this, for a fluent API.
         */
        public Context founding(final boolean founding)
        {
            this.founding = founding;
            return this;
        }

        /**
         * @return whether the cluster's node is created where it does not exist.
         */
        public boolean founding()
        {
            return founding;
        }

        /**
         * How long a session lives without a connection. The servers may grant another timeout.
         *
         * @param sessionTimeoutMs 1000 to 120000; 6000 to 18000 make sense for a broker.
         * @return this, for a fluent API.
         */
        public Context sessionTimeoutMs(final int sessionTimeoutMs)
        {
            this.sessionTimeoutMs = sessionTimeoutMs;
            return this;
        }

        /**
         * @return how long a session lives without a connection. After conclude.
         */
        public int sessionTimeoutMs()
        {
            return sessionTimeoutMs;
        }

        /**
         * After how long without a connection the error handler is told, once for each outage. Connecting goes on.
         *
         * @param connectionTimeoutMs 100 to the session timeout.
         * @return this, for a fluent API.
         */
        public Context connectionTimeoutMs(final int connectionTimeoutMs)
        {
            this.connectionTimeoutMs = connectionTimeoutMs;
            return this;
        }

        /**
         * @return after how long without a connection the error handler is told. After conclude.
         */
        public int connectionTimeoutMs()
        {
            return connectionTimeoutMs;
        }

        /**
         * How many calls may wait for their answer.
         *
         * @param maxPendingCalls at least 1.
         * @return this, for a fluent API.
         */
        public Context maxPendingCalls(final int maxPendingCalls)
        {
            this.maxPendingCalls = maxPendingCalls;
            return this;
        }

        /**
         * @return how many calls may wait for their answer. After conclude.
         */
        public int maxPendingCalls()
        {
            return maxPendingCalls;
        }

        /**
         * Told of faults that no completion carries: an outage, a refused authentication, a change too large.
         *
         * @param errorHandler called by {@link CuratorCoordination#poll()} only. By default the platform's logging.
         * @return this, for a fluent API.
         */
        public Context errorHandler(final ErrorHandler errorHandler)
        {
            this.errorHandler = errorHandler;
            return this;
        }

        /**
         * @return the error handler.
         */
        public ErrorHandler errorHandler()
        {
            return errorHandler;
        }

        /**
         * Makes Curator's threads; those of ZooKeeper's client are its own, and daemons.
         *
         * @param threadFactory by default of daemon threads.
         * @return this, for a fluent API.
         */
        public Context threadFactory(final ThreadFactory threadFactory)
        {
            this.threadFactory = threadFactory;
            return this;
        }

        /**
         * @return maker of Curator's threads.
         */
        public ThreadFactory threadFactory()
        {
            return threadFactory;
        }

        /**
         * Measures outages.
         *
         * @param nanoClock by default the system's.
         * @return this, for a fluent API.
         */
        public Context nanoClock(final NanoClock nanoClock)
        {
            this.nanoClock = nanoClock;
            return this;
        }

        /**
         * @return clock that measures outages.
         */
        public NanoClock nanoClock()
        {
            return nanoClock;
        }
    }
}
