package io.epona.broker;

import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.driver.status.SystemCounterDescriptor;
import io.aeron.exceptions.RegistrationException;
import io.epona.transport.DataIdleStrategy;
import io.epona.transport.DriverSockets;
import io.epona.transport.LaneChannels;
import io.epona.transport.LaneKind;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.NoOpLock;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.status.CountersReader;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The media driver of a broker and the Aeron clients of its agents. Made and closed by the threads that launch and
 * close the broker.
 */
final class Transports implements AutoCloseable
{
    private static final int COUNTER_VALUES_LENGTH = 1024 * 1024;
    private static final int MAX_SESSIONS_PER_STREAM = 512;
    /**
     * Driver and clients stand still together when the process does: that it did is no reason to give up the streams
     * of a broker, whose session may have outlived it. What a killed client in another process leaves is freed so late.
     */
    private static final long STANDSTILL_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long CLOSE_FLUSH_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final MediaDriver driver;
    private final DriverSockets sockets;
    private final ErrorHandler errorHandler;
    private final List<Aeron> aerons = new ArrayList<>();

    private Transports(final MediaDriver driver, final DriverSockets sockets, final ErrorHandler errorHandler)
    {
        this.driver = driver;
        this.sockets = sockets;
        this.errorHandler = errorHandler;
    }

    /**
     * Launch the driver in a clean directory.
     *
     * @param directory     that is deleted on close.
     * @param profile       layout of its threads.
     * @param isClustered   whether all that is urgent comes by sockets, of which there are many: a thread that runs the
     *                      driver waits for them then. One with few sockets is faster when it tries them all.
     * @param cores         for its threads.
     * @param threadFactory of its threads.
     * @param errorHandler  told of its faults.
     * @return the transports.
     */
    static Transports launch(
        final AeronDirectory directory,
        final Profile profile,
        final boolean isClustered,
        final Cores cores,
        final ThreadFactory threadFactory,
        final ErrorHandler errorHandler)
    {
        final MediaDriver.Context ctx = new MediaDriver.Context()
            .aeronDirectoryName(directory.path().toString())
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true)
            .warnIfDirectoryExists(false)
            .termBufferSparseFile(true)
            .performStorageChecks(true)
            .counterValuesBufferLength(COUNTER_VALUES_LENGTH)
            .streamSessionLimit(MAX_SESSIONS_PER_STREAM)
            .timerIntervalNs(TimeUnit.MILLISECONDS.toNanos(250))
            .publicationConnectionTimeoutNs(TimeUnit.SECONDS.toNanos(3))
            .imageLivenessTimeoutNs(TimeUnit.SECONDS.toNanos(5))
            .clientLivenessTimeoutNs(STANDSTILL_NS)
            .publicationUnblockTimeoutNs(2 * STANDSTILL_NS)
            .sharedThreadFactory(threadFactory)
            .sharedNetworkThreadFactory(threadFactory)
            .conductorThreadFactory(threadFactory)
            .senderThreadFactory(threadFactory)
            .receiverThreadFactory(threadFactory)
            .asyncExecutorThreadFactory(threadFactory)
            .errorHandler(new DriverErrors(errorHandler));
        switch (profile)
        {
            case SHARED -> ctx.threadingMode(ThreadingMode.INVOKER).asyncExecutorEnabled(false);
            case BALANCED -> ctx.threadingMode(ThreadingMode.SHARED)
                .asyncExecutorEnabled(false)
                .sharedIdleStrategy(new DataIdleStrategy(SystemNanoClock.INSTANCE));
            default -> ctx.threadingMode(ThreadingMode.DEDICATED)
                .conductorIdleStrategy(new DataIdleStrategy(SystemNanoClock.INSTANCE))
                .senderIdleStrategy(cores.spinningIdle().get())
                .receiverIdleStrategy(cores.spinningIdle().get());
        }

        final boolean isWaiting = isClustered && Profile.SHARED == profile && DriverSockets.isPossible();
        final Transports transports = launch(ctx, isWaiting ? new DriverSockets() : null, errorHandler);
        directory.restrict();
        return transports;
    }

    private static Transports launch(
        final MediaDriver.Context ctx, final DriverSockets sockets, final ErrorHandler errorHandler)
    {
        try
        {
            return new Transports(
                MediaDriver.launch(null == sockets ? ctx : sockets.install(ctx)), sockets, errorHandler);
        }
        catch (final RuntimeException ex)
        {
            CloseHelper.quietClose(sockets);
            throw ex;
        }
    }

    /**
     * @return the driver's sockets to wait for, or null where they are not waited for.
     */
    DriverSockets sockets()
    {
        return sockets;
    }

    /**
     * @return the driver's invoker, or null where it has threads of its own.
     */
    AgentInvoker driverInvoker()
    {
        return driver.sharedAgentInvoker();
    }

    /**
     * Connect a client for one agent thread, which invokes its conductor.
     *
     * @return the client.
     */
    Aeron connect()
    {
        final Aeron aeron = Aeron.connect(new Aeron.Context()
            .aeronDirectoryName(driver.aeronDirectoryName())
            .useConductorAgentInvoker(true)
            .clientLock(NoOpLock.INSTANCE)
            .driverAgentInvoker(driver.sharedAgentInvoker())
            .driverTimeoutMs(TimeUnit.NANOSECONDS.toMillis(STANDSTILL_NS))
            .errorHandler(errorHandler)
            .subscriberErrorHandler(errorHandler));
        aerons.add(aeron);
        return aeron;
    }

    /**
     * Keep the ports of responses bound.
     *
     * @param aeron    client of the conductor.
     * @param channels over UDP.
     * @throws RegistrationException where a port is taken.
     */
    static void holdPorts(final Aeron aeron, final LaneChannels channels)
    {
        for (final LaneKind kind : new LaneKind[]{ LaneKind.CONTROL, LaneKind.CONSUME })
        {
            aeron.addExclusivePublication(channels.responsePrototype(kind), kind.responseStream(0));
        }
    }

    /**
     * @return datagrams that arrived and were no frames of Aeron's. The thread that owns the first client.
     */
    long invalidPackets()
    {
        return aerons.get(0).countersReader().getCounterValue(SystemCounterDescriptor.INVALID_PACKETS.id());
    }

    /**
     * Add the driver's system counters. Any thread, while the transports are open.
     *
     * @param values to add to.
     */
    void addCountersTo(final Map<String, Long> values)
    {
        final CountersReader reader = aerons.get(0).countersReader();
        reader.forEach(
            (counterId, typeId, keyBuffer, label) ->
            {
                if (io.aeron.AeronCounters.DRIVER_SYSTEM_COUNTER_TYPE_ID == typeId)
                {
                    values.put("aeron: " + label, reader.getCounterValue(counterId));
                }
            });
    }

    /**
     * Close the clients, then the driver, which deletes its directory. After the agents have stopped.
     */
    @Override
    public void close()
    {
        final AgentInvoker invoker = driver.sharedAgentInvoker();
        if (null != invoker)
        {
            // What the agents said last is still in term buffers: nobody but this thread runs the driver now.
            final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + CLOSE_FLUSH_NS;
            while (SystemNanoClock.INSTANCE.nanoTime() - deadlineNs < 0)
            {
                invoker.invoke();
                Thread.yield();
            }
        }
        aerons.forEach((aeron) -> CloseHelper.close(errorHandler, aeron));
        CloseHelper.close(errorHandler, driver);
        CloseHelper.close(errorHandler, sockets);
    }
}
