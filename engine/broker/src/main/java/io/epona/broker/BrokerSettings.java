package io.epona.broker;

import io.epona.broker.cluster.ClusterSettings;
import io.epona.engine.Setting;
import io.epona.transport.LaneSizes;
import io.epona.transport.Streams;
import io.epona.transport.UdpWindow;

import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/**
 * The settings of the broker itself, concluded: a setter wins over the system property {@code epona.<name>}, that over
 * the properties, those over the default. The engine's settings are concluded by the engine. Immutable.
 *
 * @param host               to listen on.
 * @param port               first of the ports, 0 for free ones.
 * @param advertisedHost     that clients are told.
 * @param ipc                whether clients of this host may connect through shared memory.
 * @param udp                whether clients may connect over the network.
 * @param name               for clients in the JVM, or null to derive it from the data directory.
 * @param profile            layout of threads.
 * @param shards             of the broker.
 * @param mtu                of UDP.
 * @param aeronDirectoryName for the media driver, or null for a private one in shared memory.
 * @param maxSessions        open at a time.
 * @param maxLanes           open at a time, per shard.
 * @param maxRequestsInFlight un-acked produce requests of a lane.
 * @param keepAliveMs        interval at which clients say that they are there.
 * @param sessionTimeoutMs   of silence.
 * @param cluster            that the broker is part of, or null where it is alone.
 */
record BrokerSettings(
    String host,
    int port,
    String advertisedHost,
    boolean ipc,
    boolean udp,
    String name,
    Profile profile,
    int shards,
    int mtu,
    String aeronDirectoryName,
    int maxSessions,
    int maxLanes,
    int maxRequestsInFlight,
    int keepAliveMs,
    int sessionTimeoutMs,
    ClusterSettings cluster)
{
    static final String LISTEN = "listen";
    static final String ADVERTISED_HOST = "advertised.host";
    static final String IPC = "ipc";
    static final String UDP = "udp";
    static final String NAME = "broker.name";
    static final String PROFILE = "profile";
    static final String SHARDS = "shards";
    static final String MTU = "mtu";
    static final String AERON_DIR = "aeron.dir";
    static final String MAX_SESSIONS = "max.sessions";
    static final String MAX_LANES = "max.lanes";
    static final String MAX_REQUESTS_IN_FLIGHT = "max.requests.in.flight";
    static final String KEEP_ALIVE_MS = "keep.alive.interval.ms";
    static final String SESSION_TIMEOUT_MS = "session.timeout.ms";
    static final String ZOOKEEPER_CONNECT = "zookeeper.connect";
    static final String ZOOKEEPER_CLUSTER = "zookeeper.cluster";
    static final String ZOOKEEPER_SESSION_TIMEOUT_MS = "zookeeper.session.timeout.ms";
    static final String ZOOKEEPER_CONNECTION_TIMEOUT_MS = "zookeeper.connection.timeout.ms";
    static final String CONTROLLED_SHUTDOWN_TIMEOUT_MS = "controlled.shutdown.timeout.ms";
    static final String REPLICA_LAG_TIME_MAX_MS = "replica.lag.time.max.ms";
    static final List<String> NAMES = List.of(
        LISTEN, ADVERTISED_HOST, IPC, UDP, NAME, PROFILE, SHARDS, MTU, AERON_DIR, MAX_SESSIONS, MAX_LANES,
        MAX_REQUESTS_IN_FLIGHT, KEEP_ALIVE_MS, SESSION_TIMEOUT_MS, ZOOKEEPER_CONNECT, ZOOKEEPER_CLUSTER,
        ZOOKEEPER_SESSION_TIMEOUT_MS, ZOOKEEPER_CONNECTION_TIMEOUT_MS, CONTROLLED_SHUTDOWN_TIMEOUT_MS,
        REPLICA_LAG_TIME_MAX_MS);

    private static final String DEFAULT_HOST = "127.0.0.1";
    private static final int MAX_PORT = 0x10000 - Streams.CLIENT_PORT_COUNT;

    /**
     * Read what the context and the properties say, and check it.
     *
     * @param ctx   of the broker.
     * @param cores of this machine.
     * @return the settings.
     * @throws BrokerException naming the setting, what is wrong and what is accepted.
     */
    static BrokerSettings conclude(final Broker.Context ctx, final int cores)
    {
        final Source source = new Source(withConfigFile(ctx.properties()));
        final String listen = source.text(LISTEN, DEFAULT_HOST + ":" + Streams.DEFAULT_PORT);
        final int colon = listen.lastIndexOf(':');
        if (colon < 1)
        {
            throw BrokerException.configuration(LISTEN + "=" + listen + " is not valid: it takes host:port");
        }
        final String host = null == ctx.host() ? listen.substring(0, colon) : ctx.host();
        final int port = null == ctx.port() ?
            Source.number(LISTEN, listen.substring(colon + 1), 0, MAX_PORT) :
            Source.number(LISTEN, Integer.toString(ctx.port()), 0, MAX_PORT);
        final boolean udp = null == ctx.udp() ? source.flag(UDP, true) : ctx.udp();
        final boolean ipc = null == ctx.ipc() ? source.flag(IPC, true) : ctx.ipc();
        final Profile profile = profile(ctx, source);
        final int shards = null == ctx.shards() ?
            source.number(SHARDS, 1, 1, Streams.MAX_SHARDS) :
            Source.number(SHARDS, Integer.toString(ctx.shards()), 1, Streams.MAX_SHARDS);
        checkThreads(profile, shards, cores, ctx.invoked());
        final int mtu = null == ctx.mtu() ?
            source.number(MTU, LaneSizes.mtuFor(host), UdpWindow.MIN_MTU, UdpWindow.MAX_MTU) : ctx.mtu();
        final String name = null == ctx.name() ? source.text(NAME, null) : ctx.name();
        if (null != name && !name.matches("[a-zA-Z0-9._-]{1,200}"))
        {
            throw BrokerException.configuration(
                NAME + "=" + name + " is not valid: use 1 to 200 of a-z A-Z 0-9 . _ -");
        }
        final int inFlight = source.number(MAX_REQUESTS_IN_FLIGHT, 1024, 16, 65536);
        if (1 != Integer.bitCount(inFlight))
        {
            throw BrokerException.configuration(
                MAX_REQUESTS_IN_FLIGHT + "=" + inFlight + " is not valid: it takes a power of two");
        }
        final int keepAliveMs = source.number(KEEP_ALIVE_MS, 2500, 10, 600_000);

        return new BrokerSettings(
            host,
            port,
            udp ? advertisedHost(host, source) : "",
            ipc,
            udp,
            name,
            profile,
            shards,
            mtu,
            null == ctx.aeronDirectoryName() ? source.text(AERON_DIR, null) : ctx.aeronDirectoryName(),
            source.number(MAX_SESSIONS, 256, 1, 10_000),
            source.number(MAX_LANES, 512, 2, 10_000),
            inFlight,
            keepAliveMs,
            source.number(SESSION_TIMEOUT_MS, 10_000, 2 * keepAliveMs, 3_600_000),
            cluster(source, udp, shards, ctx.invoked()));
    }

    private static ClusterSettings cluster(
        final Source source, final boolean udp, final int shards, final boolean isInvoked)
    {
        final String connect = source.text(ZOOKEEPER_CONNECT, null);
        if (null == connect)
        {
            return null;
        }
        if (!udp)
        {
            throw BrokerException.configuration(
                ZOOKEEPER_CONNECT + " is set, and udp=false: brokers of a cluster reach each other over UDP alone");
        }
        if (1 != shards)
        {
            throw BrokerException.configuration(
                ZOOKEEPER_CONNECT + " is set, and shards=" + shards + ": a broker of a cluster has one shard for now");
        }
        if (isInvoked)
        {
            throw BrokerException.configuration(
                ZOOKEEPER_CONNECT + " is set, and the broker is invoked: a broker of a cluster has threads of its own");
        }

        final int sessionTimeoutMs = source.number(ZOOKEEPER_SESSION_TIMEOUT_MS, 12_000, 1_000, 120_000);
        return new ClusterSettings(
            connect,
            source.text(ZOOKEEPER_CLUSTER, "epona"),
            sessionTimeoutMs,
            source.number(
                ZOOKEEPER_CONNECTION_TIMEOUT_MS, Math.min(5_000, sessionTimeoutMs), 100, sessionTimeoutMs),
            source.number(CONTROLLED_SHUTDOWN_TIMEOUT_MS, 30_000, 0, 600_000),
            source.number(REPLICA_LAG_TIME_MAX_MS, 10_000, 100, 3_600_000));
    }

    private static Profile profile(final Broker.Context ctx, final Source source)
    {
        if (null != ctx.profile())
        {
            return ctx.profile();
        }
        try
        {
            return Profile.parse(source.text(PROFILE, Profile.SHARED.toString()));
        }
        catch (final IllegalArgumentException ex)
        {
            throw BrokerException.configuration(ex.getMessage());
        }
    }

    private static void checkThreads(
        final Profile profile, final int shards, final int cores, final boolean isInvoked)
    {
        if (isInvoked && Profile.SHARED != profile)
        {
            throw BrokerException.configuration(
                "an invoked broker has no threads to lay out: use the profile shared, not " + profile);
        }
        final int spinning = profile.spinningThreads(shards);
        if (spinning > cores)
        {
            throw BrokerException.configuration(
                "profile=" + profile + " with shards=" + shards + " has " + spinning +
                " threads that spin (sender, receiver, shards), this machine " + cores +
                " cores: threads that spin without a core of their own stop each other for milliseconds. " +
                "Use profile=shared or profile=balanced");
        }
    }

    private static String advertisedHost(final String host, final Source source)
    {
        final String advertised = source.text(ADVERTISED_HOST, null);
        try
        {
            if (null == advertised && InetAddress.getByName(host).isAnyLocalAddress())
            {
                throw BrokerException.configuration(
                    "listen=" + host + " names every address of this machine: say which one clients connect to, " +
                    "with advertised.host");
            }
        }
        catch (final UnknownHostException ex)
        {
            throw BrokerException.configuration(
                "listen=" + host + " is not known: use an address of this machine, such as 127.0.0.1");
        }
        return null == advertised ? host : advertised;
    }

    private static Properties withConfigFile(final Properties given)
    {
        final String configFile = System.getProperty(Setting.PROPERTY_PREFIX + "config");
        final Properties properties = new Properties();
        if (null != configFile)
        {
            try (Reader reader = Files.newBufferedReader(Path.of(configFile), StandardCharsets.UTF_8))
            {
                properties.load(reader);
            }
            catch (final IOException ex)
            {
                throw BrokerException.configuration("the properties file " + configFile + " cannot be read: " + ex);
            }
        }
        for (final String key : given.stringPropertyNames())
        {
            properties.setProperty(key, given.getProperty(key));
        }
        return properties;
    }

    /**
     * @return the first of the ports that were asked for, or of free ones.
     */
    int choosePorts()
    {
        return Ports.choose(host, port, null == cluster ? Streams.CLIENT_PORT_COUNT : Streams.BROKER_PORT_COUNT);
    }

    Limits limits(final int maxBatchLength)
    {
        return new Limits(
            maxBatchLength,
            maxRequestsInFlight,
            maxLanes,
            64,
            4096,
            maxSessions,
            TimeUnit.SECONDS.toNanos(5),
            TimeUnit.MILLISECONDS.toNanos(keepAliveMs),
            TimeUnit.MILLISECONDS.toNanos(sessionTimeoutMs));
    }

    /** Where values come from that no setter was called for. */
    private record Source(Properties properties)
    {
        String text(final String name, final String defaultValue)
        {
            final String property = System.getProperty(Setting.PROPERTY_PREFIX + name);
            final String value = null == property ? properties.getProperty(name, defaultValue) : property;
            return null == value ? null : value.trim();
        }

        boolean flag(final String name, final boolean defaultValue)
        {
            final String value = text(name, Boolean.toString(defaultValue));
            if (!"true".equals(value) && !"false".equals(value))
            {
                throw BrokerException.configuration(name + "=" + value + " is not valid: it takes true or false");
            }
            return "true".equals(value);
        }

        int number(final String name, final int defaultValue, final int min, final int max)
        {
            return number(name, text(name, Integer.toString(defaultValue)), min, max);
        }

        static int number(final String name, final String text, final int min, final int max)
        {
            final boolean isNumber = text.matches("-?[0-9]{1,9}");
            final int value = isNumber ? Integer.parseInt(text) : -1;
            if (!isNumber || value < min || value > max)
            {
                throw BrokerException.configuration(
                    name + "=" + text + " is not valid: it takes a number from " + min + " to " + max);
            }
            return value;
        }
    }
}
