package io.epona.client;

import io.epona.transport.DataIdleStrategy;
import io.epona.transport.EponaUri;
import io.epona.transport.LaneConnector;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.SystemNanoClock;

import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import java.util.function.IntSupplier;

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
    private final ClientRuntime runtime;

    private EponaClient(final ClientRuntime runtime)
    {
        this.runtime = runtime;
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
        final ClientRuntime runtime = new ClientRuntime(ctx);
        boolean isConnected = false;
        try
        {
            runtime.awaitSession();
            isConnected = true;
        }
        finally
        {
            if (!isConnected)
            {
                runtime.close();
            }
        }
        return new EponaClient(runtime);
    }

    /**
     * One duty cycle of an invoked client; never blocks.
     *
     * @return work count.
     * @throws IllegalStateException where the client has a thread of its own.
     */
    public int invoke()
    {
        return runtime.invoke();
    }

    /**
     * @return whether there is a session with a broker now. It is made again by itself when it was lost.
     */
    public boolean isConnected()
    {
        return runtime.isConnected();
    }

    /**
     * Read the counters of the session. Any thread, also for an invoked client; the numbers are live, each call reads
     * them anew. Producers and consumers have counters of their own.
     *
     * @return the numbers at this moment.
     */
    public ClientCounters counters()
    {
        return runtime.counters();
    }

    /**
     * @return administration of topics.
     */
    public Admin admin()
    {
        return new Admin(runtime);
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
        ctx.conclude(runtime.ctx().requestTimeoutNs());
        return new Producer(runtime, ctx);
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
        ctx.conclude(runtime.ctx().requestTimeoutNs());
        return new Consumer(runtime, ctx);
    }

    /**
     * End the session. Producers and consumers that are still open see it closed; they must not be inside a call on
     * another thread. Idempotent.
     */
    @Override
    public void close()
    {
        runtime.close();
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
        private IntSupplier brokerInvoker;
        private Function<EponaUri.Endpoint, LaneConnector> connectors;
        private EponaUri parsedUri;

        /**
         * @param uri of the broker: {@link EponaUri}; property {@code epona.client.uri}; required.
         * @return this.
         */
        public Context uri(final String uri)
        {
            this.uri = uri;
            return this;
        }

        /**
         * @return see {@link #uri(String)}; null where it is not set.
         */
        public String uri()
        {
            return uri;
        }

        /**
         * @param clientId name of the application, for the broker's log; at most 200 characters, not null; property
         *                 {@code epona.client.id}, by default "epona". Need not be unique.
         * @return this.
         */
        public Context clientId(final String clientId)
        {
            this.clientId = clientId;
            return this;
        }

        /**
         * @return see {@link #clientId(String)}.
         */
        public String clientId()
        {
            return clientId;
        }

        /**
         * @param credentials shown to the broker in clear, at most 4 KiB, copied; none by default.
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
         * @param requestTimeoutNs longest wait for an answer of the broker, in ns, 1 ms to 1 h; property
         *                         {@code epona.client.request.timeout}, by default 10 s. Producers and consumers take
         *                         it over where they have none of their own.
         * @return this.
         */
        public Context requestTimeoutNs(final long requestTimeoutNs)
        {
            this.requestTimeoutNs = requestTimeoutNs;
            return this;
        }

        /**
         * @return see {@link #requestTimeoutNs(long)}.
         */
        public long requestTimeoutNs()
        {
            return requestTimeoutNs;
        }

        /**
         * @param connectTimeoutNs longest wait for the session in {@link EponaClient#connect(Context)}, shared among
         *                         all addresses, in ns, 1 ms to 1 h; property {@code epona.client.connect.timeout}, by
         *                         default 5 s. A session that is lost later is made again without an end.
         * @return this.
         */
        public Context connectTimeoutNs(final long connectTimeoutNs)
        {
            this.connectTimeoutNs = connectTimeoutNs;
            return this;
        }

        /**
         * @return see {@link #connectTimeoutNs(long)}.
         */
        public long connectTimeoutNs()
        {
            return connectTimeoutNs;
        }

        /**
         * @param isInvoked whether the caller drives the client by {@link EponaClient#invoke()}, on one thread that
         *                  also uses everything made from the client; false by default: the client has a daemon thread.
         * @return this.
         */
        public Context invoked(final boolean isInvoked)
        {
            this.isInvoked = isInvoked;
            return this;
        }

        /**
         * @return see {@link #invoked(boolean)}.
         */
        public boolean invoked()
        {
            return isInvoked;
        }

        /**
         * @param threadFactory for the client's one thread; by default a daemon named "epona-client". Not used by an
         *                      invoked client.
         * @return this.
         */
        public Context threadFactory(final ThreadFactory threadFactory)
        {
            this.threadFactory = threadFactory;
            return this;
        }

        /**
         * @return see {@link #threadFactory(ThreadFactory)}; null until the client is connected where it is not set.
         */
        public ThreadFactory threadFactory()
        {
            return threadFactory;
        }

        /**
         * @param idleStrategy of the client's thread, which also moves the datagrams of a private media driver. By
         *                     default a {@link DataIdleStrategy} where there is a private media driver, elsewhere it
         *                     sleeps for 1 ms at a time. Not used by an invoked client.
         * @return this.
         */
        public Context idleStrategy(final IdleStrategy idleStrategy)
        {
            this.idleStrategy = idleStrategy;
            return this;
        }

        /**
         * @return see {@link #idleStrategy(IdleStrategy)}; null until the client is connected where it is not set.
         */
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

        /**
         * @return see {@link #errorHandler(ErrorHandler)}; null until the client is connected where it is not set.
         */
        public ErrorHandler errorHandler()
        {
            return errorHandler;
        }

        /**
         * @param mtu of data over UDP in bytes, a multiple of 32 up to 65504; 0 for 8192 to a loopback address, else
         *            1408; property {@code epona.client.mtu}, by default 0. More than the network carries in one packet
         *            collapses the throughput.
         * @return this.
         */
        public Context mtu(final int mtu)
        {
            this.mtu = mtu;
            return this;
        }

        /**
         * @return see {@link #mtu(int)}.
         */
        public int mtu()
        {
            return mtu;
        }

        /**
         * @param aeronDirectoryName of a running media driver, in place of a private one over UDP or of the one in an
         *                           IPC address; property {@code epona.client.aeron.dir}, null by default.
         * @return this.
         */
        public Context aeronDirectoryName(final String aeronDirectoryName)
        {
            this.aeronDirectoryName = aeronDirectoryName;
            return this;
        }

        /**
         * @return see {@link #aeronDirectoryName(String)}.
         */
        public String aeronDirectoryName()
        {
            return aeronDirectoryName;
        }

        /**
         * @param mediaDriverInvoker of the media driver in {@link #aeronDirectoryName()} where it runs in this JVM by
         *                           being invoked on the thread that invokes this client; null, the default, where
         *                           it has threads. The client drives it in each of its duty cycles, also while one of
         *                           its methods blocks. Needs {@link #invoked(boolean)}.
         * @return this.
         */
        public Context mediaDriverInvoker(final AgentInvoker mediaDriverInvoker)
        {
            this.mediaDriverInvoker = mediaDriverInvoker;
            return this;
        }

        /**
         * @return see {@link #mediaDriverInvoker(AgentInvoker)}.
         */
        public AgentInvoker mediaDriverInvoker()
        {
            return mediaDriverInvoker;
        }

        /**
         * @param brokerInvoker one duty cycle of a broker that is invoked on the thread that invokes this client, such
         *                      as {@code broker::invoke}; null, the default, where it has threads. The client calls it
         *                      in each of its duty cycles, also while one of its methods blocks: without it a client
         *                      would wait for an answer that nobody can give. Any kind of address; an invoked broker
         *                      drives its media driver too, which then need not be given. What it throws goes to the
         *                      {@link #errorHandler(ErrorHandler)}. Needs {@link #invoked(boolean)}.
         * @return this.
         */
        public Context brokerInvoker(final IntSupplier brokerInvoker)
        {
            this.brokerInvoker = brokerInvoker;
            return this;
        }

        /**
         * @return see {@link #brokerInvoker(IntSupplier)}.
         */
        public IntSupplier brokerInvoker()
        {
            return brokerInvoker;
        }

        /** Reach brokers by these instead of Aeron. */
        Context connectors(final Function<EponaUri.Endpoint, LaneConnector> connectors)
        {
            this.connectors = connectors;
            return this;
        }

        Function<EponaUri.Endpoint, LaneConnector> connectors()
        {
            return connectors;
        }

        EponaUri parsedUri()
        {
            return parsedUri;
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
            if ((null != mediaDriverInvoker || null != brokerInvoker) && !isInvoked)
            {
                throw new IllegalArgumentException(
                    "mediaDriverInvoker and brokerInvoker need invoked(true): all must share the thread");
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
                    new DataIdleStrategy(SystemNanoClock.INSTANCE) : new SleepingMillisIdleStrategy(1);
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
