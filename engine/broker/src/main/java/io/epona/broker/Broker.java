package io.epona.broker;

import io.epona.engine.Engine;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentInvoker;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ThreadFactory;

/**
 * One broker: an engine on a data directory, and the lanes over which clients reach it.
 * <pre>{@code
 * try (Broker broker = Broker.launch(new Broker.Context().dataDir(dir).listen("127.0.0.1", 0)))
 * {
 *     final EponaClient client = EponaClient.connect(broker.udpUri());
 * }
 * }</pre>
 * Every method may be called from any thread but {@link #invoke()}, which belongs to one.
 */
public final class Broker implements AutoCloseable
{
    private final BrokerRuntime runtime;

    Broker(final BrokerRuntime runtime)
    {
        this.runtime = runtime;
    }

    /**
     * Start a broker with the defaults: 127.0.0.1:9092 and {@code ./epona-data}.
     *
     * @return the running broker.
     */
    public static Broker launch()
    {
        return launch(new Context());
    }

    /**
     * Start a broker.
     *
     * @param ctx settings; concluded here, and not to be used again.
     * @return the running broker.
     * @throws BrokerException saying what is wrong and what to do about it.
     */
    public static Broker launch(final Context ctx)
    {
        return new Broker(BrokerRuntime.start(ctx, Cores.ofThisMachine()));
    }

    /**
     * @return the URIs that clients may connect to, best first: inproc, ipc, udp, as far as they are enabled.
     */
    public List<String> uris()
    {
        return runtime.uris();
    }

    /**
     * @return {@code epona:inproc?name=...}: for clients in this JVM.
     */
    public String inprocUri()
    {
        return runtime.inprocUri();
    }

    /**
     * @return {@code epona:ipc?dir=...}: for clients on this host, or null where it is not enabled.
     */
    public String ipcUri()
    {
        return runtime.ipcUri();
    }

    /**
     * @return {@code epona:udp?endpoint=...}, or null where it is not enabled.
     */
    public String udpUri()
    {
        return runtime.udpUri();
    }

    /**
     * Do one bounded step of everything: media driver, conductor, shards. Only where the context asked for
     * {@link Context#invoked(boolean)}, and always from the same thread.
     *
     * @return work done, 0 for none.
     */
    public int invoke()
    {
        return runtime.invoke();
    }

    /**
     * The media driver of an invoked broker, for a client in the same JVM that shall share it: handed to the client's
     * context, it is then run by whoever waits.
     *
     * @return the invoker, or null where the driver has its own thread.
     */
    public AgentInvoker mediaDriverInvoker()
    {
        return runtime.mediaDriverInvoker();
    }

    /**
     * @return directory of the media driver of this broker.
     */
    public String aeronDirectoryName()
    {
        return runtime.aeronDirectoryName();
    }

    /**
     * @return where the logs live, absolute.
     */
    public Path dataDir()
    {
        return runtime.dataDir();
    }

    /**
     * Read the counters, live.
     *
     * @return name to value, in a stable order; a new map at each call.
     */
    public Map<String, Long> counters()
    {
        return runtime.counters();
    }

    /**
     * Read the distinct error log.
     *
     * @return a line for each kind of error: how often it was observed, and what it was.
     */
    public List<String> errors()
    {
        return runtime.errors();
    }

    /**
     * The engine behind the broker, for topics and readers in the same JVM. The shards own its partitions: append
     * through a client.
     *
     * @return the engine; closed with the broker.
     */
    public Engine engine()
    {
        return runtime.engine();
    }

    /**
     * @return whether the broker serves: false once it is closed, or after one of its threads died.
     */
    public boolean isRunning()
    {
        return runtime.isRunning();
    }

    /**
     * @return what ended a data thread, or null while all is well.
     */
    public Throwable failure()
    {
        return runtime.failure();
    }

    /**
     * Stop accepting, end the sessions, flush, write the clean marker and delete what lies in shared memory. May be
     * called twice. In an invoked broker: from the thread that invokes.
     */
    @Override
    public void close()
    {
        runtime.close();
    }

    /**
     * End without handing anything over, as near to a crash as it gets within a process that goes on.
     */
    void closeAtOnce()
    {
        runtime.closeAtOnce();
    }

    /**
     * Settings of a broker. Defaults, then {@link #properties(Properties)}, then system properties
     * ({@code epona.} + name), then setters: the later wins.
     */
    public static final class Context
    {
        private Path dataDir;
        private String host;
        private Integer port;
        private Boolean ipc;
        private Boolean udp;
        private String name;
        private Profile profile;
        private Integer shards;
        private Integer mtu;
        private String aeronDirectoryName;
        private boolean invoked;
        private ErrorHandler errorHandler;
        private ThreadFactory threadFactory;
        private Engine.Context engineContext;
        private Properties properties = new Properties();

        /**
         * @param dataDir where the logs live; property {@code data.dir}, default {@code ./epona-data}.
         * @return this.
         */
        public Context dataDir(final Path dataDir)
        {
            this.dataDir = dataDir;
            return this;
        }

        /**
         * @return see {@link #dataDir(Path)}; null where it was not set.
         */
        public Path dataDir()
        {
            return dataDir;
        }

        /**
         * Where to listen; property {@code listen=host:port}, default 127.0.0.1:9092. The broker takes port, port + 1
         * and port + 2.
         *
         * @param host an address of this machine.
         * @param port the first of the ports, or 0 for free ones.
         * @return this.
         */
        public Context listen(final String host, final int port)
        {
            this.host = host;
            this.port = port;
            return this;
        }

        /**
         * @return host to listen on; null where it was not set.
         */
        public String host()
        {
            return host;
        }

        /**
         * @return first port to listen on; null where it was not set.
         */
        public Integer port()
        {
            return port;
        }

        /**
         * @param ipc whether clients of this host may connect through shared memory; property {@code ipc}, default
         *            true.
         * @return this.
         */
        public Context ipc(final boolean ipc)
        {
            this.ipc = ipc;
            return this;
        }

        /**
         * @return see {@link #ipc(boolean)}; null where it was not set.
         */
        public Boolean ipc()
        {
            return ipc;
        }

        /**
         * @param udp whether clients may connect over the network; property {@code udp}, default true.
         * @return this.
         */
        public Context udp(final boolean udp)
        {
            this.udp = udp;
            return this;
        }

        /**
         * @return see {@link #udp(boolean)}; null where it was not set.
         */
        public Boolean udp()
        {
            return udp;
        }

        /**
         * @param name under which clients of this JVM find the broker ({@code epona:inproc?name=}); property
         *             {@code broker.name}, by default derived from the data directory.
         * @return this.
         */
        public Context name(final String name)
        {
            this.name = name;
            return this;
        }

        /**
         * @return see {@link #name(String)}; null where it was not set.
         */
        public String name()
        {
            return name;
        }

        /**
         * @param profile layout of the threads; property {@code profile}, default {@link Profile#SHARED}.
         * @return this.
         */
        public Context profile(final Profile profile)
        {
            this.profile = profile;
            return this;
        }

        /**
         * @return see {@link #profile(Profile)}; null where it was not set.
         */
        public Profile profile()
        {
            return profile;
        }

        /**
         * @param shards among which the partitions are divided, 1 to 64; property {@code shards}, default 1.
         * @return this.
         */
        public Context shards(final int shards)
        {
            this.shards = shards;
            return this;
        }

        /**
         * @return see {@link #shards(int)}; null where it was not set.
         */
        public Integer shards()
        {
            return shards;
        }

        /**
         * @param mtu of UDP in bytes, frame header included; property {@code mtu}, default 8192 on loopback, else
         *            1408.
         * @return this.
         */
        public Context mtu(final int mtu)
        {
            this.mtu = mtu;
            return this;
        }

        /**
         * @return see {@link #mtu(int)}; null where it was not set.
         */
        public Integer mtu()
        {
            return mtu;
        }

        /**
         * @param aeronDirectoryName directory for the media driver of this broker; property {@code aeron.dir}, default
         *                           a unique one in shared memory. It is deleted on close.
         * @return this.
         */
        public Context aeronDirectoryName(final String aeronDirectoryName)
        {
            this.aeronDirectoryName = aeronDirectoryName;
            return this;
        }

        /**
         * @return see {@link #aeronDirectoryName(String)}; null where it was not set.
         */
        public String aeronDirectoryName()
        {
            return aeronDirectoryName;
        }

        /**
         * @param invoked whether the caller runs the broker with {@link Broker#invoke()}, in place of data threads.
         *                Only with the profile {@link Profile#SHARED}.
         * @return this.
         */
        public Context invoked(final boolean invoked)
        {
            this.invoked = invoked;
            return this;
        }

        /**
         * @return see {@link #invoked(boolean)}.
         */
        public boolean invoked()
        {
            return invoked;
        }

        /**
         * @param errorHandler told of every environment fault, on the thread that met it, besides the distinct error
         *                     log. It must not block.
         * @return this.
         */
        public Context errorHandler(final ErrorHandler errorHandler)
        {
            this.errorHandler = errorHandler;
            return this;
        }

        /**
         * @return see {@link #errorHandler(ErrorHandler)}; null where it was not set.
         */
        public ErrorHandler errorHandler()
        {
            return errorHandler;
        }

        /**
         * @param threadFactory for all threads of the broker and its engine.
         * @return this.
         */
        public Context threadFactory(final ThreadFactory threadFactory)
        {
            this.threadFactory = threadFactory;
            return this;
        }

        /**
         * @return see {@link #threadFactory(ThreadFactory)}; null where it was not set.
         */
        public ThreadFactory threadFactory()
        {
            return threadFactory;
        }

        /**
         * @param engineContext settings of the engine; what this context knows too (data directory, properties,
         *                      threads, error handler) and the partition listener are set by the broker.
         * @return this.
         */
        public Context engineContext(final Engine.Context engineContext)
        {
            this.engineContext = engineContext;
            return this;
        }

        /**
         * @return see {@link #engineContext(Engine.Context)}; null where it was not set.
         */
        public Engine.Context engineContext()
        {
            return engineContext;
        }

        /**
         * @param properties settings by name, of the broker and of its engine; an unknown name is refused.
         * @return this.
         */
        public Context properties(final Properties properties)
        {
            this.properties = properties;
            return this;
        }

        /**
         * @return see {@link #properties(Properties)}.
         */
        public Properties properties()
        {
            return properties;
        }
    }
}
