package io.epona.broker;

import io.aeron.Aeron;
import io.aeron.exceptions.AeronException;
import io.epona.broker.host.BrokerHost;
import io.epona.engine.Clock;
import io.epona.engine.node.NodeMetadata;
import io.epona.transport.DataIdleStrategy;
import io.epona.transport.LaneChannels;
import io.epona.transport.LaneSizes;
import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SystemNanoClock;

import java.util.ArrayList;
import java.util.List;

/**
 * The agents of a broker: makes them, lets them hear their transports, and lays them out over threads. Used by the
 * threads that launch and close.
 */
final class BrokerAgents implements AutoCloseable
{
    private static final int PORT_TRIES = 8;
    private static final long CONTROL_INTERVAL_NS = 20_000L;
    /**
     * Without UDP the media driver carries nothing: it moves the limits of the publications in shared memory, each
     * half a term ahead, which at 2 GB/s are used up in a millisecond.
     */
    private static final long IPC_DRIVER_INTERVAL_NS = 5_000;

    private final BrokerFrame frame;
    private final BrokerSettings settings;
    private final BrokerHost host;
    private final int brokerId;
    private final Limits limits;
    private final SharedMemory sharedMemory;
    /** Null where there is no Aeron. */
    private final Transports transports;
    private final SessionTable sessions = new SessionTable();
    private final LaneWatch watch;
    /** Of the one data thread, where there is one; else null. */
    private final CycleClock cycleClock;
    private final Clock clock;
    private final List<ShardAgent> shards = new ArrayList<>();
    private final List<Aeron> aerons = new ArrayList<>();
    private final AgentThreads threads;
    private ConductorAgent conductor;
    private int port;
    private long knownInvalidPackets;

    /**
     * @param frame        of the broker.
     * @param host         that is served.
     * @param brokerId     of the broker.
     * @param clock        of the broker.
     * @param limits       of the broker.
     * @param sharedMemory that lanes are admitted by.
     * @param transports   to hear, or null for none but the JVM's own.
     */
    BrokerAgents(
        final BrokerFrame frame,
        final BrokerHost host,
        final int brokerId,
        final Clock clock,
        final Limits limits,
        final SharedMemory sharedMemory,
        final Transports transports)
    {
        this.frame = frame;
        this.settings = frame.settings();
        this.host = host;
        this.brokerId = brokerId;
        this.limits = limits;
        this.sharedMemory = sharedMemory;
        this.transports = transports;
        this.watch = new LaneWatch(frame.counters(), frame.errors());
        this.cycleClock = isOneThread() ? new CycleClock(clock) : null;
        this.clock = isOneThread() ? cycleClock : clock;
        this.threads = new AgentThreads(frame.failures(), frame.errors(), frame.threadFactory());
        for (int i = 0; i < settings.shards(); i++)
        {
            shards.add(new ShardAgent(
                i, settings.shards(), this.clock, limits, sessions, host, frame.counters(), watch, sharedMemory));
            host.shardWork(i).begin(shards.get(i));
        }
    }

    private boolean isOneThread()
    {
        return Profile.SHARED == settings.profile();
    }

    SessionTable sessions()
    {
        return sessions;
    }

    ConductorAgent conductor()
    {
        return conductor;
    }

    List<ShardAgent> shards()
    {
        return shards;
    }

    /**
     * @return first of the ports that are heard, 0 where the broker has no network.
     */
    int port()
    {
        return port;
    }

    /**
     * Hear the transports, on other ports where the free ones that were found were taken meanwhile.
     *
     * @param ipcChannels of shared memory, or null.
     * @param udpSizes    of UDP, or null.
     * @param firstPort   that was found free.
     */
    void listen(final LaneChannels ipcChannels, final LaneSizes udpSizes, final int firstPort)
    {
        connect();
        port = firstPort;
        for (int i = 1; ; i++)
        {
            final NodeMetadata.Broker self = new NodeMetadata.Broker(
                brokerId, 0, limits.maxBatchLength(), settings.advertisedHost(), port,
                settings.shards(), true);
            conductor = new ConductorAgent(
                host, clock, limits, sessions, self, frame.counters(), watch, sharedMemory, this::check);
            try
            {
                listen(ipcChannels, null == udpSizes ? null : LaneChannels.udp(udpSizes, settings.host(), port));
                host.begin(self);
                return;
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
                port = settings.choosePorts();
            }
        }
    }

    private void connect()
    {
        if (null != transports)
        {
            aerons.add(transports.connect());
            for (int i = 0; i < settings.shards(); i++)
            {
                aerons.add(isOneThread() ? aerons.get(0) : transports.connect());
            }
        }
    }

    private void listen(final LaneChannels ipcChannels, final LaneChannels udpChannels)
    {
        if (null != udpChannels)
        {
            Transports.holdPorts(aerons.get(0), udpChannels);
            listen(udpChannels);
            for (int i = 0; i < shards.size(); i++)
            {
                shards.get(i).listenToBrokers(aerons.get(i + 1), port);
            }
        }
        if (null != ipcChannels)
        {
            listen(ipcChannels);
        }
    }

    private void listen(final LaneChannels channels)
    {
        conductor.listen(aerons.get(0), channels);
        for (int i = 0; i < shards.size(); i++)
        {
            shards.get(i).listen(aerons.get(i + 1), channels);
        }
    }

    /**
     * Lay the agents out over threads. They do not run before {@link #start()}.
     */
    void compose()
    {
        if (isOneThread())
        {
            composeOne();
            return;
        }

        threads.run("epona-conductor", yielding(), withAeron(0, conductor));
        for (int i = 0; i < shards.size(); i++)
        {
            threads.run(
                "epona-shard-" + i,
                Profile.DEDICATED == settings.profile() ? frame.cores().spinningIdle().get() : yielding(),
                withAeron(i + 1, shards.get(i)));
        }
    }

    private void composeOne()
    {
        final List<Agent> agents = new ArrayList<>();
        agents.add(cycleClock);
        if (null != transports)
        {
            final Agent driver = new DriverAgent(transports.driverInvoker());
            agents.add(settings.udp() ? driver : new PacedAgent(driver, cycleClock, IPC_DRIVER_INTERVAL_NS));
        }
        agents.add(new PacedAgent(new CompositeAgent(withAeron(0, conductor)), cycleClock, CONTROL_INTERVAL_NS));
        agents.addAll(shards);
        if (frame.isInvoked() && settings.udp())
        {
            // The client's turn comes next on this thread: what the shards said just now is to be there by then.
            agents.add(new DriverAgent(transports.driverInvoker()));
        }
        if (frame.isInvoked())
        {
            threads.leave(agents);
        }
        else
        {
            threads.run("epona-data", idling(), agents);
        }
    }

    /** Of the one data thread. */
    private IdleStrategy idling()
    {
        return null == transports ? yielding() :
            new DataIdleStrategy(SystemNanoClock.INSTANCE, transports.sockets());
    }

    private static IdleStrategy yielding()
    {
        return new DataIdleStrategy(SystemNanoClock.INSTANCE);
    }

    private List<Agent> withAeron(final int index, final Agent agent)
    {
        return null == transports ?
            List.of(agent) : List.of(AgentThreads.aeronAgent(aerons.get(index), frame.failures()), agent);
    }

    /** Run by the conductor now and then: what nobody else would tell. */
    private void check()
    {
        if (null != host.failure())
        {
            frame.failures().fail(host.failure());
        }
        if (settings.udp())
        {
            // Datagrams that are no frames never reach a lane.
            final long invalidPackets = transports.invalidPackets();
            if (invalidPackets != knownInvalidPackets)
            {
                knownInvalidPackets = invalidPackets;
                frame.errors().onError(new IllegalStateException(
                    "datagrams that are no frames of Aeron's arrived at the broker's ports and were dropped: " +
                    "see the counter 'aeron: Invalid packets'"));
            }
        }
    }

    void start()
    {
        threads.start();
    }

    int invoke()
    {
        return threads.invoke();
    }

    /**
     * End the agents; their lanes are closed when this returns.
     */
    @Override
    public void close()
    {
        CloseHelper.close(frame.errors(), threads);
    }
}
