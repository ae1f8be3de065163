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
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.CachedNanoClock;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.OffsetEpochNanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * What everything made from one client shares: the session, who drives it, waiting, and time. Any thread; of an invoked
 * client the one thread that invokes it.
 */
final class ClientRuntime implements AutoCloseable
{
    private final EponaClient.Context ctx;
    private final EponaUri uri;
    private final ControlSession session;
    private final AgentRunner runner;
    private final AgentInvoker invoker;
    /** Time of the caller's cycle, where one thread invokes the client and everything made from it. */
    private final CachedNanoClock cycleClock = new CachedNanoClock();
    private final EpochNanoClock epochClock = new OffsetEpochNanoClock();
    private final AtomicBoolean isClosed = new AtomicBoolean();

    ClientRuntime(final EponaClient.Context ctx)
    {
        this.ctx = ctx;
        this.uri = ctx.parsedUri();

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
            transport, session, connectors, companion(), SystemNanoClock.INSTANCE, cycleClock, ctx.errorHandler());
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

    @Override
    public void close()
    {
        if (isClosed.compareAndSet(false, true))
        {
            CloseHelper.close(ctx.errorHandler(), null == invoker ? runner : invoker);
        }
    }

    int invoke()
    {
        if (null == invoker)
        {
            throw new IllegalStateException("only an invoked client is invoked: Context.invoked(true)");
        }
        return invoker.invoke();
    }

    EponaClient.Context ctx()
    {
        return ctx;
    }

    void onError(final Throwable throwable)
    {
        ctx.errorHandler().onError(throwable);
    }

    /** Hand a request over without waiting. */
    boolean submit(final ControlRequest request)
    {
        return !isClosed.get() && session.submit(request);
    }

    /** What a producer takes where it is told nothing. */
    int maxBatchesInFlightDefault()
    {
        return EponaUri.Media.UDP == uri.media() ?
            Configuration.MAX_BATCHES_IN_FLIGHT_UDP_DEFAULT : Configuration.MAX_BATCHES_IN_FLIGHT_DEFAULT;
    }

    boolean isConnected()
    {
        return null != session.info();
    }

    ClientCounters counters()
    {
        return new ClientCounters(session.sessionsOpened(), session.sessionsLost(), session.malformed());
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

    /**
     * Monotonic time. An invoked client's is that of its last {@link #invoke()}: one reading serves all of a cycle.
     */
    long nowNs()
    {
        return null == invoker ? SystemNanoClock.INSTANCE.nanoTime() : cycleClock.nanoTime();
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

    /** Wait for the first session, at most for the connect timeout. */
    void awaitSession()
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

    /** What shares the thread of an invoked client and is driven with it, or null. */
    private IntSupplier companion()
    {
        final AgentInvoker driverInvoker = ctx.mediaDriverInvoker();
        // over Aeron the transport drives the media driver
        final boolean isDriverLeft = null != driverInvoker && EponaUri.Media.INPROC == uri.media();
        final IntSupplier broker = ctx.brokerInvoker();
        if (!isDriverLeft)
        {
            return broker;
        }
        return null == broker ? driverInvoker::invoke : () -> driverInvoker.invoke() + broker.getAsInt();
    }
}
