package io.epona.client;

import io.aeron.exceptions.AeronException;
import io.epona.codecs.ResultCode;
import io.epona.transport.AeronConnector;
import io.epona.transport.AeronTransport;
import io.epona.transport.ControlRequest;
import io.epona.transport.ControlSession;
import io.epona.transport.EponaUri;
import io.epona.transport.InprocConnector;
import io.epona.transport.LaneConnector;
import io.epona.transport.LaneSizes;
import io.epona.transport.SessionInfo;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.OffsetEpochNanoClock;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * A session with a broker, from which producers, consumers and administration are made.
 * <pre>{@code
 * try (EponaClient client = EponaClient.connect("epona:udp?endpoint=localhost:9092");
 *     Producer producer = client.newProducer())
 * {
 *     final Topic topic = producer.topic("orders");
 *     producer.send(topic, key, value);
 *     producer.awaitAcks(TimeUnit.SECONDS.toNanos(5));
 * }
 * }</pre>
 * A daemon thread keeps the session alive, drives Aeron and, over UDP, a private media driver. An {@code invoked}
 * client has no thread: the caller calls {@link #invoke()} in its duty cycle, at least every few hundred milliseconds,
 * and uses the client and everything made from it on that one thread.
 * <p>
 * Methods may be called from any thread (invoked: the caller's one). Close producers and consumers first.
 */
public final class EponaClient implements AutoCloseable
{
    private final Context ctx;
    private final EponaUri uri;
    private final ControlSession session;
    private final AgentRunner runner;
    private final AgentInvoker invoker;
    private final EpochNanoClock epochClock = new OffsetEpochNanoClock();
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private EponaClient(final Context ctx)
    {
        this.ctx = ctx;
        this.uri = ctx.parsedUri;

        AeronTransport transport = null;
        final List<LaneConnector> connectors = new ArrayList<>();
        try
        {
            transport = openTransport();
            addConnectors(connectors, transport);
        }
        catch (final IllegalStateException | IllegalArgumentException | AeronException ex)
        {
            CloseHelper.quietClose(transport);
            throw new EponaException(ResultCode.NOT_CONNECTED, ex.getMessage(), ex);
        }

        session = new ControlSession(
            connectors, ctx.clientId(), ctx.credentials(), ctx.connectTimeoutNs() / connectors.size());
        final ClientAgent agent = new ClientAgent(
            transport, session, connectors, SystemNanoClock.INSTANCE, ctx.errorHandler());
        if (ctx.invoked())
        {
            runner = null;
            invoker = new AgentInvoker(ctx.errorHandler(), null, agent);
            invoker.start();
        }
        else
        {
            invoker = null;
            runner = new AgentRunner(ctx.idleStrategy(), ctx.errorHandler(), null, agent);
            AgentRunner.startOnThread(runner, ctx.threadFactory());
        }
    }

    /**
     * Connect with default settings. Blocks until the session is open, at most for the connect timeout.
     *
     * @param uri of the broker: {@link EponaUri}.
     * @return the connected client.
     * @throws IllegalArgumentException where the URI is wrong.
     * @throws EponaException           where no broker answered, or the broker refused.
     */
    public static EponaClient connect(final String uri)
    {
        return connect(new Context().uri(uri));
    }

    /**
     * Connect. Blocks until the session is open, at most for the connect timeout.
     *
     * @param ctx settings; they belong to the client from now on.
     * @return the connected client.
     * @throws IllegalArgumentException where a setting is wrong.
     * @throws EponaException           where no broker answered, or the broker refused.
     */
    public static EponaClient connect(final Context ctx)
    {
        ctx.conclude();
        final EponaClient client = new EponaClient(ctx);
        boolean isConnected = false;
        try
        {
            client.awaitSession();
            isConnected = true;
        }
        finally
        {
            if (!isConnected)
            {
                client.close();
            }
        }
        return client;
    }

    /**
     * One duty cycle of an invoked client; never blocks.
     *
     * @return work count.
     * @throws IllegalStateException where the client has a thread of its own.
     */
    public int invoke()
    {
        if (null == invoker)
        {
            throw new IllegalStateException("only an invoked client is invoked: Context.invoked(true)");
        }
        return invoker.invoke();
    }

    /**
     * @return whether there is a session with a broker now. It is made again by itself when it was lost.
     */
    public boolean isConnected()
    {
        return null != session.info();
    }

    /**
     * @return administration of topics.
     */
    public Admin admin()
    {
        return new Admin(this);
    }

    /**
     * @return a producer with default settings.
     */
    public Producer newProducer()
    {
        return newProducer(new Producer.Context());
    }

    /**
     * @param ctx settings; they belong to the producer from now on.
     * @return a producer.
     */
    public Producer newProducer(final Producer.Context ctx)
    {
        ctx.conclude(this.ctx.requestTimeoutNs());
        return new Producer(this, ctx);
    }

    /**
     * @return a consumer with default settings.
     */
    public Consumer newConsumer()
    {
        return newConsumer(new Consumer.Context());
    }

    /**
     * @param ctx settings; they belong to the consumer from now on.
     * @return a consumer.
     */
    public Consumer newConsumer(final Consumer.Context ctx)
    {
        ctx.conclude(this.ctx.requestTimeoutNs());
        return new Consumer(this, ctx);
    }

    /**
     * End the session. Producers and consumers that are still open see it closed; they must not be inside a call on
     * another thread. Idempotent.
     */
    @Override
    public void close()
    {
        if (isClosed.compareAndSet(false, true))
        {
            CloseHelper.close(ctx.errorHandler(), null == invoker ? runner : invoker);
        }
    }

    SessionInfo sessionInfo()
    {
        return session.info();
    }

    long requestTimeoutNs()
    {
        return ctx.requestTimeoutNs();
    }

    long epochNs()
    {
        return epochClock.nanoTime();
    }

    long nowNs()
    {
        return SystemNanoClock.INSTANCE.nanoTime();
    }

    long nextCorrelationId()
    {
        return session.nextCorrelationId();
    }

    /**
     * Repeat a step until it says that it is done.
     *
     * @param timeoutNs at most this long.
     * @param step      never blocks.
     * @return false where the time is over.
     */
    boolean await(final long timeoutNs, final BooleanSupplier step)
    {
        final IdleStrategy idle = new BackoffIdleStrategy(100, 1_000, 1_000_000, 1_000_000);
        final long deadlineNs = nowNs() + timeoutNs;
        while (true)
        {
            final int workCount = null == invoker ? 0 : invoker.invoke();
            if (step.getAsBoolean())
            {
                return true;
            }
            if (nowNs() - deadlineNs >= 0)
            {
                return false;
            }
            idle.idle(workCount);
        }
    }

    /**
     * Send a request on the control lane and wait for its answer.
     *
     * @param correlationId from {@link #nextCorrelationId()}, encoded in the message.
     * @param message       the request.
     * @param length        of the request.
     * @param what          the request is about, for people.
     * @return the answered request.
     * @throws EponaException where no answer came.
     */
    ControlRequest request(final long correlationId, final UnsafeBuffer message, final int length, final String what)
    {
        final long timeoutNs = ctx.requestTimeoutNs();
        final ControlRequest request =
            new ControlRequest(correlationId, message, length, nowNs() + timeoutNs);
        if (isClosed.get())
        {
            throw new EponaException(ResultCode.CLOSED, "the client is closed");
        }
        if (!session.submit(request))
        {
            throw new EponaException(ResultCode.LIMIT_REACHED, "too many requests wait already");
        }
        // the session fails the request at its deadline; the extra time is for a session that nobody drives any more
        if (!await(2 * timeoutNs, request::isDone) || 0 != request.code())
        {
            final int code = request.isDone() ? request.code() : ResultCode.TIMED_OUT.code();
            final ResultCode result = ResultCode.get(code);
            final String problem = session.problem();
            throw new EponaException(
                null == result ? ResultCode.INTERNAL : result,
                what + ": no answer from the broker" + (null == problem ? "" : " (" + problem + ")"));
        }
        return request;
    }

    private void awaitSession()
    {
        if (!await(ctx.connectTimeoutNs(), () -> null != session.info() || session.isTerminal()))
        {
            final String problem = session.problem();
            throw new EponaException(
                ResultCode.TIMED_OUT,
                "no broker answered at " + uri + " within " + ctx.connectTimeoutNs() / 1_000_000L +
                " ms; is it running? (java -jar epona.jar broker)" +
                (null == problem || problem.startsWith("no broker answered") ? "" : ": " + problem));
        }
        if (null == session.info() && session.isTerminal())
        {
            final ResultCode code = ResultCode.get(session.problemCode());
            throw new EponaException(null == code ? ResultCode.INTERNAL : code, session.problem());
        }
    }

    private AeronTransport openTransport()
    {
        if (EponaUri.Media.INPROC == uri.media())
        {
            return null;
        }
        final String directoryName =
            null != ctx.aeronDirectoryName() ? ctx.aeronDirectoryName() : uri.aeronDirectoryName();
        return null == directoryName ?
            AeronTransport.launch(ctx.errorHandler(), ctx.invoked()) :
            AeronTransport.attach(directoryName, ctx.mediaDriverInvoker(), ctx.errorHandler(), ctx.invoked());
    }

    private void addConnectors(final List<LaneConnector> connectors, final AeronTransport transport)
    {
        switch (uri.media())
        {
            case INPROC -> connectors.add(new InprocConnector(uri.name()));
            case IPC -> connectors.add(new AeronConnector(transport, null, 0, ctx.requestTimeoutNs()));
            case UDP ->
            {
                for (final EponaUri.Endpoint endpoint : uri.endpoints())
                {
                    connectors.add(new AeronConnector(transport, endpoint, ctx.mtu(), ctx.requestTimeoutNs()));
                }
                // what the system cannot do is said now and not when the first lane is opened
                connectors.get(0).sizes(
                    LaneSizes.DEFAULT_MAX_MESSAGE_LENGTH -
                    LaneSizes.MESSAGE_HEADERS_LENGTH);
            }
            default -> throw new IllegalArgumentException("no such media: " + uri.media());
        }
    }

    /**
     * Settings of a client. A setter wins over the system property {@code epona.client.*}, which wins over the default.
     */
    public static final class Context
    {
        private String uri = System.getProperty(Configuration.URI_PROP);
        private String clientId = System.getProperty(Configuration.CLIENT_ID_PROP, "epona");
        private String aeronDirectoryName = System.getProperty(Configuration.AERON_DIR_PROP);
        private byte[] credentials = new byte[0];
        private long requestTimeoutNs = Configuration.durationNs(
            Configuration.REQUEST_TIMEOUT_PROP, Configuration.REQUEST_TIMEOUT_DEFAULT_NS);
        private long connectTimeoutNs = Configuration.durationNs(
            Configuration.CONNECT_TIMEOUT_PROP, Configuration.CONNECT_TIMEOUT_DEFAULT_NS);
        private int mtu = Configuration.size(Configuration.MTU_PROP, 0);
        private boolean isInvoked;
        private ThreadFactory threadFactory;
        private IdleStrategy idleStrategy;
        private ErrorHandler errorHandler;
        private AgentInvoker mediaDriverInvoker;
        private EponaUri parsedUri;

        /**
         * @param uri of the broker: {@link EponaUri}.
         * @return this.
         */
        public Context uri(final String uri)
        {
            this.uri = uri;
            return this;
        }

        public String uri()
        {
            return uri;
        }

        /**
         * @param clientId name of the application, for the broker's log; at most 200 characters.
         * @return this.
         */
        public Context clientId(final String clientId)
        {
            this.clientId = clientId;
            return this;
        }

        public String clientId()
        {
            return clientId;
        }

        /**
         * @param credentials shown to the broker in clear, at most 4 KiB.
         * @return this.
         */
        public Context credentials(final byte[] credentials)
        {
            this.credentials = credentials.clone();
            return this;
        }

        byte[] credentials()
        {
            return credentials;
        }

        /**
         * @param requestTimeoutNs longest wait for an answer of the broker, 1 ms to 1 h; 10 s by default.
         * @return this.
         */
        public Context requestTimeoutNs(final long requestTimeoutNs)
        {
            this.requestTimeoutNs = requestTimeoutNs;
            return this;
        }

        public long requestTimeoutNs()
        {
            return requestTimeoutNs;
        }

        /**
         * @param connectTimeoutNs longest wait for the session, over all addresses, 1 ms to 1 h; 5 s by default.
         * @return this.
         */
        public Context connectTimeoutNs(final long connectTimeoutNs)
        {
            this.connectTimeoutNs = connectTimeoutNs;
            return this;
        }

        public long connectTimeoutNs()
        {
            return connectTimeoutNs;
        }

        /**
         * @param isInvoked whether the caller drives the client by {@link EponaClient#invoke()}.
         * @return this.
         */
        public Context invoked(final boolean isInvoked)
        {
            this.isInvoked = isInvoked;
            return this;
        }

        public boolean invoked()
        {
            return isInvoked;
        }

        /**
         * @param threadFactory for the client's one thread.
         * @return this.
         */
        public Context threadFactory(final ThreadFactory threadFactory)
        {
            this.threadFactory = threadFactory;
            return this;
        }

        public ThreadFactory threadFactory()
        {
            return threadFactory;
        }

        /**
         * @param idleStrategy of the client's thread, which also moves the datagrams of a private media driver.
         * @return this.
         */
        public Context idleStrategy(final IdleStrategy idleStrategy)
        {
            this.idleStrategy = idleStrategy;
            return this;
        }

        public IdleStrategy idleStrategy()
        {
            return idleStrategy;
        }

        /**
         * @param errorHandler told about faults of the environment, from the client's thread; it must not block. By
         *                     default the logger {@code io.epona.client} gets them as warnings.
         * @return this.
         */
        public Context errorHandler(final ErrorHandler errorHandler)
        {
            this.errorHandler = errorHandler;
            return this;
        }

        public ErrorHandler errorHandler()
        {
            return errorHandler;
        }

        /**
         * @param mtu of data over UDP, a multiple of 32; by default 8192 to a loopback address, else 1408. More than
         *            the network carries in one packet collapses the throughput.
         * @return this.
         */
        public Context mtu(final int mtu)
        {
            this.mtu = mtu;
            return this;
        }

        public int mtu()
        {
            return mtu;
        }

        /**
         * @param aeronDirectoryName of a running media driver, in place of a private one.
         * @return this.
         */
        public Context aeronDirectoryName(final String aeronDirectoryName)
        {
            this.aeronDirectoryName = aeronDirectoryName;
            return this;
        }

        public String aeronDirectoryName()
        {
            return aeronDirectoryName;
        }

        /**
         * @param mediaDriverInvoker of the media driver in {@link #aeronDirectoryName()} where it runs in this JVM by
         *                           being invoked on the thread that invokes this client.
         * @return this.
         */
        public Context mediaDriverInvoker(final AgentInvoker mediaDriverInvoker)
        {
            this.mediaDriverInvoker = mediaDriverInvoker;
            return this;
        }

        public AgentInvoker mediaDriverInvoker()
        {
            return mediaDriverInvoker;
        }

        void conclude()
        {
            if (null == uri)
            {
                throw new IllegalArgumentException("no uri: set it, or -D" + Configuration.URI_PROP);
            }
            if (null != parsedUri)
            {
                throw new IllegalStateException("a context belongs to one client");
            }
            parsedUri = EponaUri.parse(uri);
            Configuration.checkTimeout(Configuration.REQUEST_TIMEOUT_PROP, requestTimeoutNs);
            Configuration.checkTimeout(Configuration.CONNECT_TIMEOUT_PROP, connectTimeoutNs);
            if (null == clientId || clientId.length() > 200 || credentials.length > 4096)
            {
                throw new IllegalArgumentException("clientId of at most 200 characters, credentials of at most 4 KiB");
            }
            if (null != mediaDriverInvoker && !isInvoked)
            {
                throw new IllegalArgumentException(
                    "a mediaDriverInvoker needs invoked(true): driver and client must share the thread");
            }
            concludeDefaults();
        }

        private void concludeDefaults()
        {
            if (null == threadFactory)
            {
                threadFactory = Context::newDaemon;
            }
            if (null == idleStrategy)
            {
                // only a private media driver has traffic on the client's thread
                final boolean isDriving = EponaUri.Media.UDP == parsedUri.media() &&
                    null == parsedUri.aeronDirectoryName() && null == aeronDirectoryName;
                idleStrategy = isDriving ?
                    new BackoffIdleStrategy(100, 10_000, 1_000_000, 1_000_000) : new SleepingMillisIdleStrategy(1);
            }
            if (null == errorHandler)
            {
                errorHandler = Context::log;
            }
        }

        private static Thread newDaemon(final Runnable task)
        {
            final Thread thread = new Thread(task, "epona-client");
            thread.setDaemon(true);
            return thread;
        }

        private static void log(final Throwable throwable)
        {
            System.getLogger("io.epona.client").log(System.Logger.Level.WARNING, throwable.toString(), throwable);
        }
    }
}
