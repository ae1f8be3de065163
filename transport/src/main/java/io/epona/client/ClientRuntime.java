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
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.CachedNanoClock;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.OffsetEpochNanoClock;
import org.agrona.concurrent.SystemNanoClock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntSupplier;

/**
 * What everything made from one client shares: the sessions, who drives them, waiting, and time. Any thread; of an
 * invoked client the one thread that invokes it.
 */
final class ClientRuntime implements AutoCloseable
{
    private final EponaClient.Context ctx;
    private final EponaUri uri;
    private final ControlSession session;
    private final ClientBrokers brokers;
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
            connectors, ctx.clientId(), ctx.credentials(), ctx.connectTimeoutNs() / connectors.size(), -1);
        brokers = new ClientBrokers(session, connectors(transport), ctx);
        final ClientAgent agent = new ClientAgent(
            transport, brokers, connectors, companion(), SystemNanoClock.INSTANCE, cycleClock, ctx.errorHandler());
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

    /** Hand a request over to one of the brokers without waiting. */
    boolean submit(final ControlRequest request, final int attempt)
    {
        return !isClosed.get() && brokers.submit(request, attempt);
    }

    /** Hand a request over to one broker without waiting. @return false where there is no session with it now. */
    boolean submitTo(final int brokerId, final ControlRequest request)
    {
        return !isClosed.get() && brokers.submitTo(brokerId, request);
    }

    /** @return the sessions. */
    ClientBrokers brokers()
    {
        return brokers;
    }

    /** What a producer takes where it is told nothing. */
    int maxBatchesInFlightDefault()
    {
        return EponaUri.Media.UDP == uri.media() ?
            Configuration.MAX_BATCHES_IN_FLIGHT_UDP_DEFAULT : Configuration.MAX_BATCHES_IN_FLIGHT_DEFAULT;
    }

    boolean isConnected()
    {
        return brokers.openCount() > 0;
    }

    ClientCounters counters()
    {
        return brokers.counters();
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

    /** Wait, minding everything meanwhile. */
    void pause(final long durationNs)
    {
        await(durationNs, () -> false);
    }

    /**
     * Wait for the answer to a request.
     *
     * @param request     that was submitted.
     * @param isSubmitted false where it could not be.
     * @param what        the request is about, for people.
     * @return whether there is an answer.
     * @throws EponaException where the client is closed, or too many requests wait.
     */
    boolean exchange(final ControlRequest request, final boolean isSubmitted, final String what)
    {
        if (isClosed.get())
        {
            throw new EponaException(ResultCode.CLOSED, "the client is closed");
        }
        if (!isSubmitted)
        {
            throw new EponaException(ResultCode.LIMIT_REACHED, what + ": too many requests wait already");
        }
        // the session fails the request at its deadline; the extra time is for a session that nobody drives any more
        return await(2 * ctx.requestTimeoutNs(), request::isDone) && 0 == request.code();
    }

    /** @return what to throw where {@link #exchange} brought no answer. */
    EponaException noAnswer(final ControlRequest request, final String what)
    {
        final ResultCode result = ResultCode.get(request.isDone() ? request.code() : ResultCode.TIMED_OUT.code());
        final String problem = session.problem();
        return new EponaException(
            null == result ? ResultCode.INTERNAL : result,
            what + ": no answer from the broker" + (null == problem ? "" : " (" + problem + ")"));
    }

    /** Wait for the first session, at most for the connect timeout. */
    void awaitSession()
    {
        if (!await(ctx.connectTimeoutNs(), () -> brokers.openCount() > 0 || session.isTerminal()))
        {
            final String problem = session.problem();
            throw new EponaException(
                ResultCode.TIMED_OUT,
                "no broker answered at " + uri + " within " + ctx.connectTimeoutNs() / 1_000_000L +
                " ms; is it running? (java -jar epona.jar broker)" +
                (null == problem || problem.startsWith("no broker answered") ? "" : ": " + problem));
        }
        if (0 == brokers.openCount() && session.isTerminal())
        {
            final ResultCode code = ResultCode.get(session.problemCode());
            throw new EponaException(null == code ? ResultCode.INTERNAL : code, session.problem());
        }
    }

    private AeronTransport openTransport()
    {
        if (EponaUri.Media.INPROC == uri.media() || null != ctx.connectors())
        {
            return null;
        }
        final String directoryName =
            null != ctx.aeronDirectoryName() ? ctx.aeronDirectoryName() : uri.aeronDirectoryName();
        return null == directoryName ?
            AeronTransport.launch(ctx.errorHandler(), ctx.invoked(), uri.endpoints().size() > 1) :
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
                final Function<EponaUri.Endpoint, LaneConnector> others = connectors(transport);
                for (final EponaUri.Endpoint endpoint : uri.endpoints())
                {
                    connectors.add(others.apply(endpoint));
                }
                // what the system cannot do is said now and not when the first lane is opened
                connectors.get(0).sizes(
                    LaneSizes.DEFAULT_MAX_MESSAGE_LENGTH -
                    LaneSizes.MESSAGE_HEADERS_LENGTH);
            }
            default -> throw new IllegalArgumentException("no such media: " + uri.media());
        }
    }

    /** @return what makes connectors to brokers that metadata name, null where they cannot be reached. */
    private Function<EponaUri.Endpoint, LaneConnector> connectors(final AeronTransport transport)
    {
        return null != ctx.connectors() ? ctx.connectors() : null == transport ? null :
            (endpoint) -> new AeronConnector(transport, endpoint, ctx.mtu(), ctx.requestTimeoutNs());
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
