package io.epona.broker;

import io.aeron.exceptions.AeronException;
import io.epona.broker.cluster.ClusterHost;
import io.epona.broker.cluster.ClusterSettings;
import io.epona.broker.host.BrokerHost;
import io.epona.broker.host.EngineHost;
import io.epona.broker.replication.LinkSizes;
import io.epona.codecs.ResultCode;
import io.epona.engine.Engine;
import io.epona.engine.EngineException;
import io.epona.transport.LaneChannels;
import io.epona.transport.LaneKind;
import io.epona.transport.LaneSizes;
import io.epona.transport.Streams;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.SystemEpochClock;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a running broker is made of, and the order in which it comes and goes: engine (which locks the data directory),
 * media driver, agents, threads; and back.
 */
final class BrokerRuntime
{
    private static final String URIS_FILE = "uris";
    /** Other brokers whose streams must fit for a start to make sense: those of three replicas. */
    private static final int MIN_PEERS = 2;

    private final ReentrantLock lifecycle = new ReentrantLock();
    private final BrokerFrame frame;
    private final BrokerSettings settings;
    private final ErrorRecorder errors;
    private final List<String> uris = new ArrayList<>();
    private Path dataDir;
    private BrokerHost host;
    private AeronDirectory directory;
    private Transports transports;
    private BrokerAgents agents;
    private InprocBroker inproc;
    private String ipcUri;
    private String udpUri;
    private boolean isClosed;
    private volatile boolean isStarted;
    private volatile boolean isClosing;

    private BrokerRuntime(final Broker.Context ctx, final BrokerSettings settings, final Cores cores)
    {
        final BrokerCounters counters = new BrokerCounters(settings.shards());
        this.settings = settings;
        this.errors = new ErrorRecorder(SystemEpochClock.INSTANCE, counters.errors, ctx.errorHandler());
        this.frame = new BrokerFrame(
            settings,
            cores,
            ctx.invoked(),
            counters,
            errors,
            new FailureWatch(errors),
            null == ctx.threadFactory() ? BrokerRuntime::newThread : ctx.threadFactory());
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
            .threadFactory(frame.threadFactory())
            .errorHandler(errors)
            .conclude();
        dataDir = engineContext.dataDir();
        final LaneSizes ipcSizes = ipcSizes(engineContext.maxMessageBytes());
        final int firstPort = settings.udp() ? settings.choosePorts() : 0;
        final LaneSizes udpSizes = settings.udp() ? udpSizes(engineContext.maxMessageBytes()) : null;
        final Limits limits = settings.limits(ipcSizes.maxBatchLength());

        host = null == settings.cluster() ? EngineHost.launch(engineContext, this::onPartitionGoing) :
            ClusterHost.open(
                engineContext,
                settings.cluster(),
                new ClusterSettings.Network(settings.host(), linkSizes(engineContext.maxMessageBytes())),
                frame.counters().newLinks(0));
        errors.open(dataDir);
        directory = AeronDirectory.of(settings.aeronDirectoryName(), dataDir);
        directory.clean();
        final SharedMemory sharedMemory = sharedMemory(
            settings.ipc() ? ipcSizes : udpSizes,
            null == settings.cluster() ? 0 :
                MIN_PEERS * linkSizes(engineContext.maxMessageBytes()).sharedMemoryLength());
        if (hasAeron())
        {
            sharedMemory.check();
            transports = Transports.launch(
                directory,
                settings.profile(),
                null != settings.cluster(),
                frame.cores(),
                frame.threadFactory(),
                errors);
        }

        agents = new BrokerAgents(
            frame, host, engineContext.brokerId(), engineContext.clock(), limits, sharedMemory, transports);
        agents.listen(settings.ipc() ? LaneChannels.ipc(ipcSizes) : null, udpSizes, firstPort);
        agents.compose();
        if (null == settings.cluster())
        {
            // The clients of a cluster go to several brokers, so they have a network.
            registerInproc(ipcSizes.maxMessageLength());
        }
        announce();
        agents.start();
        isStarted = true;
        host.awaitServing();
    }

    private void registerInproc(final int maxMessageLength)
    {
        final String name = null == settings.name() ? defaultName(dataDir) : settings.name();
        inproc = new InprocBroker(
            name, host, agents.conductor(), agents.shards(), agents.sessions(), maxMessageLength);
        if (!InprocBrokers.register(inproc))
        {
            throw BrokerException.configuration(
                BrokerSettings.NAME + "=" + name + " is taken by another broker of this JVM: choose another name");
        }
        uris.add(inproc.uri());
    }

    private void announce()
    {
        ipcUri = settings.ipc() ? "epona:ipc?dir=" + directory.path() : null;
        udpUri = settings.udp() ?
            "epona:udp?endpoint=" + settings.advertisedHost() + ":" + agents.port() : null;
        addUri(ipcUri);
        addUri(udpUri);
        writeUris();
    }

    /** A partition of a broker that is alone. Any thread. */
    private boolean onPartitionGoing(final long topicId, final int index, final Runnable onGone)
    {
        final BrokerAgents known = agents;
        return null != known &&
            known.shards().get(Streams.shardOf(topicId, index, settings.shards()))
                .onPartitionGoing(topicId, index, onGone);
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

    private LinkSizes linkSizes(final int maxMessageBytes)
    {
        try
        {
            return LinkSizes.derive(maxMessageBytes, settings.mtu(), LaneSizes.systemSocketBufferLength());
        }
        catch (final IllegalArgumentException ex)
        {
            throw BrokerException.configuration(ex.getMessage());
        }
    }

    private SharedMemory sharedMemory(final LaneSizes sizes, final long linksLength)
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
            directory.existingParent(), (path) -> path.toFile().getUsableSpace(), laneLength, sessionLength,
            linksLength);
    }

    private static String defaultName(final Path dataDir)
    {
        final String last = null == dataDir.getFileName() ? "root" : dataDir.getFileName().toString();
        return last.replaceAll("[^a-zA-Z0-9._-]", "_") + "-" + AeronDirectory.hash(dataDir);
    }

    private void writeUris()
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
        return null == inproc ? null : inproc.uri();
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
        return host instanceof EngineHost alone ? alone.engine() : null;
    }

    int invoke()
    {
        return agents.invoke();
    }

    AgentInvoker mediaDriverInvoker()
    {
        return frame.isInvoked() && null != transports ? transports.driverInvoker() : null;
    }

    String aeronDirectoryName()
    {
        return hasAeron() ? directory.path().toString() : null;
    }

    Path dataDir()
    {
        return dataDir;
    }

    Map<String, Long> counters()
    {
        final Map<String, Long> values = new LinkedHashMap<>();
        frame.counters().addTo(values);
        lifecycle.lock();
        try
        {
            if (!isClosed)
            {
                host.addCountersTo(values);
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
        return !isClosing && null == failure();
    }

    Throwable failure()
    {
        return frame.failures().failure();
    }

    void close()
    {
        final boolean isFirst = !isClosing;
        isClosing = true;
        if (isFirst && isStarted)
        {
            host.leave(() -> null != failure());
        }
        closeAtOnce();
    }

    /** As close, but what others could take over is not handed over, and no clean marker is written in a cluster. */
    void closeAtOnce()
    {
        isClosing = true;
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
            CloseHelper.close(errors, agents);
            CloseHelper.close(errors, transports);
            if (null != transports)
            {
                directory.delete();
            }
            if (null != host)
            {
                deleteUris();
                CloseHelper.close(errors, host);
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
            Files.deleteIfExists(dataDir.resolve(URIS_FILE));
        }
        catch (final IOException ex)
        {
            errors.onError(ex);
        }
    }
}
