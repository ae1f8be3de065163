package io.epona.broker;

import io.aeron.Aeron;
import io.aeron.exceptions.AeronException;
import io.epona.codecs.ResultCode;
import io.epona.engine.Clock;
import io.epona.engine.Engine;
import io.epona.engine.EngineException;
import io.epona.engine.Partition;
import io.epona.engine.PartitionListener;
import io.epona.transport.DataIdleStrategy;
import io.epona.transport.LaneChannels;
import io.epona.transport.LaneKind;
import io.epona.transport.LaneSizes;
import io.epona.transport.Streams;
import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a running broker is made of, and the order in which it comes and goes: engine (which locks the data directory),
 * media driver, agents, threads; and back.
 */
final class BrokerRuntime
{
    private static final String URIS_FILE = "uris";
    private static final int PORT_TRIES = 8;
    private static final long CONTROL_INTERVAL_NS = 20_000L;
    /**
     * Without UDP the media driver carries nothing: it moves the limits of the publications in shared memory, each
     * half a term ahead, which at 2 GB/s are used up in a millisecond.
     */
    private static final long IPC_DRIVER_INTERVAL_NS = 5_000;

    private final ReentrantLock lifecycle = new ReentrantLock();
    private final BrokerSettings settings;
    private final Cores cores;
    private final BrokerCounters counters;
    private final ErrorRecorder errors;
    private final FailureWatch failures;
    private final SessionTable sessions = new SessionTable();
    private final ThreadFactory threadFactory;
    private final boolean isInvoked;
    private final List<ShardAgent> shards = new ArrayList<>();
    private final List<String> uris = new ArrayList<>();
    private Engine engine;
    private AeronDirectory directory;
    /** Of the one data thread, where there is one. */
    private CycleClock cycleClock;
    private Transports transports;
    private AgentThreads threads;
    private ConductorAgent conductor;
    private InprocBroker inproc;
    private String ipcUri;
    private String udpUri;
    private long knownInvalidPackets;
    private volatile boolean isClosed;

    private BrokerRuntime(final Broker.Context ctx, final BrokerSettings settings, final Cores cores)
    {
        this.settings = settings;
        this.cores = cores;
        this.isInvoked = ctx.invoked();
        this.counters = new BrokerCounters(settings.shards());
        this.errors = new ErrorRecorder(SystemEpochClock.INSTANCE, counters.errors, ctx.errorHandler());
        this.failures = new FailureWatch(errors);
        this.threadFactory = null == ctx.threadFactory() ? BrokerRuntime::newThread : ctx.threadFactory();
    }

    private static Thread newThread(final Runnable runnable)
    {
        final Thread thread = new Thread(runnable);
        thread.setDaemon(true);
        return thread;
    }

    static BrokerRuntime start(final Broker.Context ctx, final Cores cores)
    {
        final Engine.Context engineContext = null == ctx.engineContext() ? new Engine.Context() : ctx.engineContext();
        final BrokerSettings settings = BrokerSettings.conclude(ctx, cores.count());
        final BrokerRuntime runtime = new BrokerRuntime(ctx, settings, cores);
        try
        {
            runtime.launch(ctx, engineContext);
            return runtime;
        }
        catch (final EngineException ex)
        {
            runtime.close();
            throw ResultCode.INVALID_CONFIG == ex.code() || ResultCode.INVALID_NAME == ex.code() ?
                BrokerException.configuration(ex.getMessage()) :
                BrokerException.infrastructure(ex.getMessage(), ex);
        }
        catch (final AeronException ex)
        {
            runtime.close();
            throw BrokerException.infrastructure("the media driver refused: " + ex.getMessage(), ex);
        }
        catch (final RuntimeException | Error ex)
        {
            runtime.close();
            throw ex;
        }
    }

    private void launch(final Broker.Context ctx, final Engine.Context engineContext)
    {
        if (null != ctx.dataDir())
        {
            engineContext.dataDir(ctx.dataDir());
        }
        engineContext
            .properties(ctx.properties())
            .foreignSettings(BrokerSettings.NAMES)
            .partitionListener(new Listener())
            .threadFactory(threadFactory)
            .errorHandler(errors)
            .conclude();
        final LaneSizes ipcSizes = ipcSizes(engineContext.maxMessageBytes());
        final int firstPort = settings.udp() ? Ports.choose(settings.host(), settings.port()) : 0;
        final LaneSizes udpSizes = settings.udp() ? udpSizes(engineContext.maxMessageBytes()) : null;
        final Limits limits = settings.limits(ipcSizes.maxBatchLength());

        engine = Engine.launch(engineContext);
        errors.open(engineContext.dataDir());
        directory = AeronDirectory.of(settings.aeronDirectoryName(), engineContext.dataDir());
        directory.clean();
        final SharedMemory sharedMemory = sharedMemory(settings.ipc() ? ipcSizes : udpSizes);
        if (hasAeron())
        {
            sharedMemory.check();
            transports = Transports.launch(directory, settings.profile(), cores, threadFactory, errors);
        }

        final String name = null == settings.name() ? defaultName(engineContext.dataDir()) : settings.name();
        listen(engineContext, limits, sharedMemory, ipcSizes, udpSizes, firstPort);
        inproc = new InprocBroker(name, engine, conductor, shards, sessions, ipcSizes.maxMessageLength());
        if (!InprocBrokers.register(inproc))
        {
            throw BrokerException.configuration(
                BrokerSettings.NAME + "=" + name + " is taken by another broker of this JVM: choose another name");
        }
        uris.add(inproc.uri());
        addUri(ipcUri);
        addUri(udpUri);
        writeUris(engineContext.dataDir());
        threads.start();
    }

    private void addUri(final String uri)
    {
        if (null != uri)
        {
            uris.add(uri);
        }
    }

    private boolean hasAeron()
    {
        return settings.ipc() || settings.udp();
    }

    private static LaneSizes ipcSizes(final int maxMessageBytes)
    {
        try
        {
            return LaneSizes.ipc(maxMessageBytes);
        }
        catch (final IllegalArgumentException ex)
        {
            throw BrokerException.configuration(ex.getMessage());
        }
    }

    private LaneSizes udpSizes(final int maxMessageBytes)
    {
        try
        {
            return LaneSizes.udp(maxMessageBytes, settings.mtu(), LaneSizes.systemSocketBufferLength());
        }
        catch (final IllegalArgumentException ex)
        {
            throw BrokerException.configuration(ex.getMessage());
        }
    }

    private SharedMemory sharedMemory(final LaneSizes sizes)
    {
        long laneLength = 0;
        long sessionLength = 0;
        if (null != sizes)
        {
            for (final LaneKind kind : LaneKind.values())
            {
                laneLength = Math.max(laneLength, sizes.sharedMemoryLength(kind));
                sessionLength += sizes.sharedMemoryLength(kind);
            }
        }
        return new SharedMemory(
            directory.existingParent(), (path) -> path.toFile().getUsableSpace(), laneLength, sessionLength);
    }

    private static String defaultName(final Path dataDir)
    {
        final String last = null == dataDir.getFileName() ? "root" : dataDir.getFileName().toString();
        return last.replaceAll("[^a-zA-Z0-9._-]", "_") + "-" + AeronDirectory.hash(dataDir);
    }

    private void listen(
        final Engine.Context engineContext,
        final Limits limits,
        final SharedMemory sharedMemory,
        final LaneSizes ipcSizes,
        final LaneSizes udpSizes,
        final int firstPort)
    {
        final LaneWatch watch = new LaneWatch(counters, errors);
        if (Profile.SHARED == settings.profile())
        {
            cycleClock = new CycleClock(engineContext.clock());
        }
        final Clock clock = null == cycleClock ? engineContext.clock() : cycleClock;
        for (int i = 0; i < settings.shards(); i++)
        {
            shards.add(new ShardAgent(
                i, settings.shards(), clock, limits, sessions, this::hosted, counters, watch, sharedMemory));
        }

        final List<Aeron> aerons = new ArrayList<>();
        if (hasAeron())
        {
            final boolean isOne = Profile.SHARED == settings.profile();
            aerons.add(transports.connect());
            for (int i = 0; i < settings.shards(); i++)
            {
                aerons.add(isOne ? aerons.get(0) : transports.connect());
            }
        }

        int port = firstPort;
        for (int i = 1; ; i++)
        {
            conductor = newConductor(engineContext, clock, limits, sharedMemory, watch, port);
            try
            {
                listenOn(aerons, ipcSizes, udpSizes, port);
                break;
            }
            catch (final AeronException ex)
            {
                // Somebody took one of the free ports since we looked.
                if (0 != settings.port() || !settings.udp() || PORT_TRIES == i)
                {
                    throw ex;
                }
                conductor.unlisten();
                shards.forEach(ShardAgent::unlisten);
                port = Ports.choose(settings.host(), 0);
            }
        }
        compose(aerons);
    }

    /** Any thread. */
    private HostedPartition hosted(final long topicId, final int index)
    {
        return EnginePartition.of(engine.partition(topicId, index));
    }

    private ConductorAgent newConductor(
        final Engine.Context engineContext,
        final Clock clock,
        final Limits limits,
        final SharedMemory sharedMemory,
        final LaneWatch watch,
        final int port)
    {
        return new ConductorAgent(
            engine,
            this::hosted,
            clock,
            limits,
            sessions,
            new ControlReplies.Identity(
                engineContext.brokerId(), settings.advertisedHost(), port, settings.shards()),
            counters,
            watch,
            sharedMemory,
            this::checkDatagrams);
    }

    private void listenOn(
        final List<Aeron> aerons, final LaneSizes ipcSizes, final LaneSizes udpSizes, final int port)
    {
        if (settings.udp())
        {
            final LaneChannels channels = LaneChannels.udp(udpSizes, settings.host(), port);
            Transports.holdPorts(aerons.get(0), channels);
            listenOn(aerons, channels);
            udpUri = "epona:udp?endpoint=" + settings.advertisedHost() + ":" + port;
        }
        if (settings.ipc())
        {
            listenOn(aerons, LaneChannels.ipc(ipcSizes));
            ipcUri = "epona:ipc?dir=" + directory.path();
        }
    }

    private void listenOn(final List<Aeron> aerons, final LaneChannels channels)
    {
        conductor.listen(aerons.get(0), channels);
        for (int i = 0; i < shards.size(); i++)
        {
            shards.get(i).listen(aerons.get(i + 1), channels);
        }
    }

    private void compose(final List<Aeron> aerons)
    {
        threads = new AgentThreads(failures, errors, threadFactory);
        if (Profile.SHARED == settings.profile())
        {
            final List<Agent> agents = new ArrayList<>();
            agents.add(cycleClock);
            if (hasAeron())
            {
                final Agent driver = new DriverAgent(transports.driverInvoker());
                agents.add(settings.udp() ? driver : new PacedAgent(driver, cycleClock, IPC_DRIVER_INTERVAL_NS));
            }
            agents.add(new PacedAgent(
                new CompositeAgent(withAeron(aerons, 0, conductor)), cycleClock, CONTROL_INTERVAL_NS));
            agents.addAll(shards);
            if (isInvoked && settings.udp())
            {
                // The client's turn comes next on this thread: what the shards said just now is to be there by then.
                agents.add(new DriverAgent(transports.driverInvoker()));
            }
            if (isInvoked)
            {
                threads.leave(agents);
            }
            else
            {
                threads.run(yielding(), agents);
            }
            return;
        }

        threads.run(yielding(), withAeron(aerons, 0, conductor));
        for (int i = 0; i < shards.size(); i++)
        {
            threads.run(
                Profile.DEDICATED == settings.profile() ? cores.spinningIdle().get() : yielding(),
                withAeron(aerons, i + 1, shards.get(i)));
        }
    }

    private static IdleStrategy yielding()
    {
        return new DataIdleStrategy(SystemNanoClock.INSTANCE);
    }

    private List<Agent> withAeron(final List<Aeron> aerons, final int index, final Agent agent)
    {
        return hasAeron() ?
            List.of(AgentThreads.aeronAgent(aerons.get(index), failures), agent) : List.of(agent);
    }

    /**
     * Run by the conductor now and then: datagrams that are no frames never reach a lane, so nobody else would tell.
     */
    private void checkDatagrams()
    {
        if (settings.udp())
        {
            final long invalidPackets = transports.invalidPackets();
            if (invalidPackets != knownInvalidPackets)
            {
                knownInvalidPackets = invalidPackets;
                errors.onError(new IllegalStateException(
                    "datagrams that are no frames of Aeron's arrived at the broker's ports and were dropped: " +
                    "see the counter 'aeron: Invalid packets'"));
            }
        }
    }

    private void writeUris(final Path dataDir)
    {
        try
        {
            Files.write(dataDir.resolve(URIS_FILE), uris, StandardCharsets.UTF_8);
        }
        catch (final IOException ex)
        {
            throw BrokerException.infrastructure("cannot write " + dataDir.resolve(URIS_FILE) + ": " + ex, ex);
        }
    }

    List<String> uris()
    {
        return List.copyOf(uris);
    }

    String inprocUri()
    {
        return inproc.uri();
    }

    String ipcUri()
    {
        return ipcUri;
    }

    String udpUri()
    {
        return udpUri;
    }

    Engine engine()
    {
        return engine;
    }

    int invoke()
    {
        return threads.invoke();
    }

    AgentInvoker mediaDriverInvoker()
    {
        return isInvoked && null != transports ? transports.driverInvoker() : null;
    }

    String aeronDirectoryName()
    {
        return hasAeron() ? directory.path().toString() : null;
    }

    Map<String, Long> counters()
    {
        final Map<String, Long> values = new LinkedHashMap<>();
        counters.addTo(values);
        lifecycle.lock();
        try
        {
            if (!isClosed)
            {
                long runwayMisses = 0;
                for (final io.epona.engine.TopicInfo topic : engine.topics())
                {
                    for (int i = 0; i < topic.partitionCount(); i++)
                    {
                        final Partition partition = engine.partition(topic.topicId(), i);
                        runwayMisses += null == partition ? 0 : partition.counters().runwayMisses();
                    }
                }
                values.put("runway misses", runwayMisses);
                if (null != transports)
                {
                    transports.addCountersTo(values);
                }
            }
        }
        finally
        {
            lifecycle.unlock();
        }
        return values;
    }

    List<String> errors()
    {
        lifecycle.lock();
        try
        {
            return errors.lines();
        }
        finally
        {
            lifecycle.unlock();
        }
    }

    boolean isRunning()
    {
        return !isClosed && null == failures.failure();
    }

    Throwable failure()
    {
        return failures.failure();
    }

    void close()
    {
        lifecycle.lock();
        try
        {
            if (isClosed)
            {
                return;
            }
            isClosed = true;
            if (null != inproc)
            {
                InprocBrokers.unregister(inproc);
            }
            CloseHelper.close(errors, threads);
            CloseHelper.close(errors, transports);
            if (null != transports)
            {
                directory.delete();
            }
            if (null != engine)
            {
                deleteUris();
                CloseHelper.close(errors, engine);
            }
            errors.close();
        }
        finally
        {
            lifecycle.unlock();
        }
    }

    private void deleteUris()
    {
        try
        {
            Files.deleteIfExists(engine.context().dataDir().resolve(URIS_FILE));
        }
        catch (final IOException ex)
        {
            errors.onError(ex);
        }
    }

    /** Hands the news of partitions that go to the shard that owns them. */
    private final class Listener implements PartitionListener
    {
        @Override
        public boolean onPartitionOpened(final Partition partition)
        {
            // A shard finds its partitions when the first message names them.
            return true;
        }

        @Override
        public boolean onPartitionClosing(final Partition partition, final Release release)
        {
            final int shard = Streams.shardOf(partition.topicId(), partition.index(), settings.shards());
            return shards.get(shard).onPartitionClosing(partition, release);
        }
    }
}
