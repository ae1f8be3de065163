package io.epona.transport;

import io.epona.codecs.ResultCode;
import io.epona.codecs.client.AdminResultDecoder;
import io.epona.codecs.client.CloseDecoder;
import io.epona.codecs.client.CloseEncoder;
import io.epona.codecs.client.ConnectEncoder;
import io.epona.codecs.client.ConnectOkDecoder;
import io.epona.codecs.client.KeepAliveDecoder;
import io.epona.codecs.client.KeepAliveEncoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.MetadataDecoder;
import io.epona.codecs.client.ProducerIdDecoder;
import io.epona.codecs.client.RejectDecoder;
import io.epona.codecs.client.TopicDescriptionDecoder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * The client's side of a session: connect, keep alive, requests and their answers, and connecting again when the
 * session was lost.
 * <pre>
 *   WAITING --retry time--> OPENING --lane usable--> CONNECTING --ConnectOk--> OPEN
 *      ^                       |                         |                      |
 *      +--- refused, no answer in time, lane lost, silence, Close by the broker-+
 *   CONNECTING --Reject that cannot be mended--> REFUSED (terminal);  any --close()--> CLOSED (terminal)
 * </pre>
 * Owned by the client's agent; {@link #submit}, {@link #info()}, {@link #problem()} and {@link #nextCorrelationId()}
 * may be called by any thread.
 */
public final class ControlSession
{
    /** Longest answer in the name of which a session can be refused. */
    private static final int MAX_TEXT_LENGTH = 1024;
    private static final int REQUEST_QUEUE_CAPACITY = 256;
    private static final int POLL_LIMIT = 16;
    private static final long RETRY_MIN_NS = 20_000_000L;
    private static final long RETRY_MAX_NS = 1_000_000_000L;
    private static final int MAX_INTERVAL_MS = 3_600_000;

    private enum State
    {
        WAITING, OPENING, CONNECTING, OPEN, REFUSED, CLOSED
    }

    private final KeepAliveEncoder keepAlive = new KeepAliveEncoder();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MessageHandler handler = this::onMessage;
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer out = new UnsafeBuffer(new byte[8 * 1024]);
    private final ConnectOkDecoder connectOk = new ConnectOkDecoder();
    private final RejectDecoder reject = new RejectDecoder();
    private final List<LaneConnector> connectors;
    private final String clientId;
    private final byte[] credentials;
    private final long attemptTimeoutNs;
    private final int expectedBrokerId;
    private final ManyToOneConcurrentArrayQueue<ControlRequest> queue =
        new ManyToOneConcurrentArrayQueue<>(REQUEST_QUEUE_CAPACITY);
    private final List<ControlRequest> pending = new ArrayList<>();
    private final AtomicLong nextCorrelationId = new AtomicLong(1);

    private State state = State.WAITING;
    private LaneConnector connector;
    private LaneConnector.Opening opening;
    private Lane lane;
    private int attempts;
    private long deadlineNs;
    private long retryDelayNs = RETRY_MIN_NS;
    private long connectCorrelationId;
    private boolean isConnectSent;
    private long lastSentNs;
    private long lastHeardNs;
    private long nowNs;
    /** Counters: written by the agent alone, read by any thread. */
    private volatile long sessionsOpened;
    private volatile long sessionsLost;
    private volatile long malformed;
    /** Set by the agent, read by every thread that uses the session. */
    private volatile SessionInfo info;
    private volatile String problem;
    private volatile int problemCode = ResultCode.NOT_CONNECTED.code();
    private volatile boolean isTerminal;

    /**
     * @param connectors       to brokers, tried one after the other.
     * @param clientId         told to the broker.
     * @param credentials      told to the broker; empty for none.
     * @param attemptTimeoutNs for one attempt to connect.
     * @param expectedBrokerId id of the broker with which alone a session is wanted, -1 for any.
     */
    public ControlSession(
        final List<LaneConnector> connectors,
        final String clientId,
        final byte[] credentials,
        final long attemptTimeoutNs,
        final int expectedBrokerId)
    {
        this.expectedBrokerId = expectedBrokerId;
        this.connectors = List.copyOf(connectors);
        this.clientId = clientId;
        this.credentials = credentials;
        this.attemptTimeoutNs = attemptTimeoutNs;
    }

    /**
     * @return the open session, or null while there is none. Any thread.
     */
    public SessionInfo info()
    {
        return info;
    }

    /**
     * @return what went wrong last, for people, or null. Any thread.
     */
    public String problem()
    {
        return problem;
    }

    /**
     * @return {@link ResultCode} number of what went wrong last. Any thread.
     */
    public int problemCode()
    {
        return problemCode;
    }

    /**
     * @return whether there will never be a session again: refused, or closed. Any thread.
     */
    public boolean isTerminal()
    {
        return isTerminal;
    }

    /**
     * @return sessions that were opened. Any thread.
     */
    public long sessionsOpened()
    {
        return sessionsOpened;
    }

    /**
     * @return sessions that were open and ended, but not by {@link #close()}. Any thread.
     */
    public long sessionsLost()
    {
        return sessionsLost;
    }

    /**
     * @return messages that made no sense. Any thread.
     */
    public long malformed()
    {
        return malformed;
    }

    /**
     * @return a number that no other request of this client has. Any thread.
     */
    public long nextCorrelationId()
    {
        return nextCorrelationId.getAndIncrement();
    }

    /**
     * Hand over a request; it is done at the latest shortly after its deadline, as long as someone polls. Any thread.
     *
     * @param request to be sent.
     * @return false where too many requests wait.
     */
    public boolean submit(final ControlRequest request)
    {
        return queue.offer(request);
    }

    /**
     * One bounded step.
     *
     * @param nowNs monotonic time.
     * @return work count.
     */
    public int poll(final long nowNs)
    {
        this.nowNs = nowNs;
        int workCount = switch (state)
        {
            case WAITING -> nowNs - deadlineNs >= 0 || 0 == attempts ? onRetry() : 0;
            case OPENING -> pollOpening();
            case CONNECTING -> pollConnecting();
            case OPEN -> pollOpen();
            case REFUSED, CLOSED -> 0;
        };
        workCount += pollRequests();
        return workCount;
    }

    /**
     * Tell the broker and close the lane; waiting requests fail. Idempotent.
     */
    public void close()
    {
        if (State.CLOSED != state)
        {
            final SessionInfo open = info;
            if (null != open)
            {
                final CloseEncoder close = new CloseEncoder();
                close.wrapAndApplyHeader(out, 0, new MessageHeaderEncoder()).token(open.token()).code((short)0);
                lane.offer(out, 0, Inbound.HEADER_LENGTH + CloseEncoder.BLOCK_LENGTH);
            }
            isTerminal = true;
            release();
            state = State.CLOSED;
            problemCode = ResultCode.CLOSED.code();
            problem = "the client was closed";
            pollRequests();
        }
    }

    private int onRetry()
    {
        connector = connectors.get(attempts % connectors.size());
        attempts++;
        opening = connector.open(LaneKind.CONTROL, null, 0);
        deadlineNs = nowNs + attemptTimeoutNs;
        state = State.OPENING;
        return 1;
    }

    private int pollOpening()
    {
        lane = opening.poll();
        if (null != lane)
        {
            opening = null;
            connectCorrelationId = nextCorrelationId();
            isConnectSent = false;
            state = State.CONNECTING;
            return 1 + pollConnecting();
        }
        if (null != opening.problem())
        {
            onLost(ResultCode.NOT_CONNECTED, opening.problem());
            return 1;
        }
        return checkAttempt();
    }

    private int checkAttempt()
    {
        if (nowNs - deadlineNs >= 0)
        {
            onLost(
                ResultCode.TIMED_OUT,
                "no broker answered at " + connector.description() + " within " + attemptTimeoutNs / 1_000_000L +
                " ms; is it running? (java -jar epona.jar broker)");
            return 1;
        }
        return 0;
    }

    private int pollConnecting()
    {
        int workCount = 0;
        if (!isConnectSent)
        {
            final ConnectEncoder connect = new ConnectEncoder();
            connect.wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
                .correlationId(connectCorrelationId)
                .schemaVersion(ConnectEncoder.SCHEMA_VERSION)
                .reserved(0)
                .clientId(clientId)
                .putCredentials(credentials, 0, credentials.length);
            isConnectSent = lane.offer(out, 0, Inbound.HEADER_LENGTH + connect.encodedLength()) > 0;
            workCount++;
        }
        workCount += pollLane();
        return State.CONNECTING == state ? workCount + checkAttempt() : workCount;
    }

    private int pollOpen()
    {
        final int workCount = pollLane();
        if (State.OPEN != state)
        {
            return workCount;
        }

        final SessionInfo open = info;
        if (0 == workCount && !lane.isConnected())
        {
            onLost(ResultCode.NOT_CONNECTED, "the broker at " + connector.description() + " went away");
            return 1;
        }
        if (nowNs - lastHeardNs >= open.sessionTimeoutNs())
        {
            onLost(ResultCode.NOT_CONNECTED, "the broker at " + connector.description() + " was silent for " +
                open.sessionTimeoutNs() / 1_000_000L + " ms");
            return 1;
        }
        if (nowNs - lastSentNs >= open.keepAliveIntervalNs())
        {
            keepAlive.wrapAndApplyHeader(out, 0, header).token(open.token());
            if (lane.offer(out, 0, Inbound.HEADER_LENGTH + KeepAliveEncoder.BLOCK_LENGTH) > 0)
            {
                lastSentNs = nowNs;
                return workCount + 1;
            }
        }
        return workCount;
    }

    private int pollLane()
    {
        final int count = lane.poll(handler, POLL_LIMIT);
        if (null != lane && lane.isClosed())
        {
            onLost(ResultCode.NOT_CONNECTED, "the lane to " + connector.description() + " closed: " + lane.fault());
        }
        else if (State.REFUSED == state || State.WAITING == state)
        {
            // decided by a message; the lane could not be closed inside its own poll
            release();
        }
        return count;
    }

    private boolean onMessage(final DirectBuffer buffer, final int index, final int length)
    {
        lastHeardNs = nowNs;
        boolean isGood = false;
        if (Inbound.MALFORMED != Inbound.templateId(buffer, index, length))
        {
            try
            {
                // a view of just the message: reading beyond it throws instead of finding a neighbour
                view.wrap(buffer, index, length);
                isGood = onMessage(Inbound.templateId(view, 0, length), length);
            }
            catch (final IndexOutOfBoundsException | IllegalStateException | IllegalArgumentException ex)
            {
                isGood = false;
            }
        }
        if (!isGood)
        {
            malformed++;
        }
        return true;
    }

    private boolean onMessage(final int templateId, final int length)
    {
        final int blockLength = Inbound.blockLength(view, 0);
        final int version = Inbound.version(view, 0);
        switch (templateId)
        {
            case ConnectOkDecoder.TEMPLATE_ID:
                return State.CONNECTING != state || (blockLength >= ConnectOkDecoder.BLOCK_LENGTH &&
                    onConnectOk(connectOk.wrap(view, Inbound.HEADER_LENGTH, blockLength, version)));

            case RejectDecoder.TEMPLATE_ID:
                return blockLength >= RejectDecoder.BLOCK_LENGTH &&
                    onReject(reject.wrap(view, Inbound.HEADER_LENGTH, blockLength, version));

            case CloseDecoder.TEMPLATE_ID:
                if (blockLength >= CloseDecoder.BLOCK_LENGTH && State.OPEN == state &&
                    info.token() == view.getLong(Inbound.HEADER_LENGTH, LITTLE_ENDIAN))
                {
                    onEnded("the broker at " + connector.description() + " closed the session");
                }
                return true;

            case KeepAliveDecoder.TEMPLATE_ID:
                return true;

            case MetadataDecoder.TEMPLATE_ID:
            case AdminResultDecoder.TEMPLATE_ID:
            case TopicDescriptionDecoder.TEMPLATE_ID:
            case ProducerIdDecoder.TEMPLATE_ID:
                return blockLength >= Long.BYTES && onResponse(length);

            default:
                return false;
        }
    }

    private boolean onConnectOk(final ConnectOkDecoder message)
    {
        if (connectCorrelationId != message.correlationId())
        {
            return true;
        }

        final int shards = message.shards();
        final int keepAliveMs = message.keepAliveIntervalMs();
        final int timeoutMs = message.sessionTimeoutMs();
        if (shards < 1 || shards > Streams.MAX_SHARDS || keepAliveMs < 1 || timeoutMs <= keepAliveMs ||
            timeoutMs > MAX_INTERVAL_MS || message.maxMessageBytes() < 1024 - LaneSizes.MESSAGE_HEADERS_LENGTH ||
            message.maxRequestsInFlight() < 1)
        {
            return false;
        }

        if (expectedBrokerId >= 0 && expectedBrokerId != message.brokerId())
        {
            // addresses change hands: the next metadata tell where the one that is wanted went
            onEnded("broker " + message.brokerId() + " answered at " + connector.description() +
                " in place of broker " + expectedBrokerId);
            return true;
        }

        retryDelayNs = RETRY_MIN_NS;
        lastSentNs = nowNs;
        problem = null;
        state = State.OPEN;
        sessionsOpened++;
        info = new SessionInfo(
            connector,
            message.token(),
            message.brokerId(),
            shards,
            message.maxMessageBytes(),
            message.maxRequestsInFlight(),
            keepAliveMs * 1_000_000L,
            timeoutMs * 1_000_000L);
        return true;
    }

    private boolean onReject(final RejectDecoder message)
    {
        final ResultCode code = ResultCode.get(message.code());
        if (State.CONNECTING != state || connectCorrelationId != message.correlationId())
        {
            return true;
        }

        final String text = message.text();
        problem = "the broker at " + connector.description() + " refused the session: " +
            text.substring(0, Math.min(text.length(), MAX_TEXT_LENGTH));
        problemCode = null == code ? ResultCode.INTERNAL.code() : code.code();
        if (null == code || !code.retriable())
        {
            isTerminal = true;
            state = State.REFUSED;
        }
        else
        {
            awaitRetry();
        }
        return true;
    }

    private boolean onResponse(final int length)
    {
        final long correlationId = view.getLong(Inbound.HEADER_LENGTH, LITTLE_ENDIAN);
        for (int i = pending.size() - 1; i >= 0; i--)
        {
            final ControlRequest request = pending.get(i);
            if (correlationId == request.correlationId() && request.isSent())
            {
                pending.remove(i);
                request.complete(view, 0, length);
                break;
            }
        }
        // an answer that nobody waits for any more is fine
        return true;
    }

    private int pollRequests()
    {
        int workCount = 0;
        ControlRequest added;
        while (null != (added = queue.poll()))
        {
            pending.add(added);
            workCount++;
        }

        for (int i = pending.size() - 1; i >= 0; i--)
        {
            final ControlRequest request = pending.get(i);
            if (isTerminal)
            {
                request.fail(problemCode);
            }
            else if (!request.isSent() && State.OPEN == state && request.send(lane, info.token()))
            {
                lastSentNs = nowNs;
                workCount++;
            }
            else if (nowNs - request.deadlineNs() >= 0)
            {
                request.fail(ResultCode.TIMED_OUT.code());
            }
            if (request.isDone())
            {
                pending.remove(i);
                workCount++;
            }
        }
        return workCount;
    }

    private void onEnded(final String why)
    {
        problem = why;
        problemCode = ResultCode.NOT_CONNECTED.code();
        awaitRetry();
    }

    private void onLost(final ResultCode code, final String why)
    {
        problem = why;
        problemCode = code.code();
        awaitRetry();
        release();
    }

    private void awaitRetry()
    {
        if (null != info)
        {
            sessionsLost++;
        }
        info = null;
        state = State.WAITING;
        deadlineNs = nowNs + retryDelayNs;
        retryDelayNs = Math.min(2 * retryDelayNs, RETRY_MAX_NS);
        for (int i = pending.size() - 1; i >= 0; i--)
        {
            if (pending.get(i).isSent())
            {
                // its answer went with the session
                pending.remove(i).fail(ResultCode.TIMED_OUT.code());
            }
        }
    }

    private void release()
    {
        info = null;
        if (null != opening)
        {
            opening.close();
            opening = null;
        }
        if (null != lane)
        {
            lane.close();
            lane = null;
        }
    }
}
