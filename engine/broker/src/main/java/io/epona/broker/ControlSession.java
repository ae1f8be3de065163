package io.epona.broker;

import io.aeron.Publication;
import io.epona.broker.host.PendingReply;
import io.epona.transport.Lane;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayDeque;

/**
 * One client's session: its control lane, the one answer that the lane would not take yet, and the requests whose
 * answer takes time. While an answer waits no further request is taken, so memory is bounded by what a client may have
 * in flight.
 * <p>
 * Owned by the conductor.
 */
final class ControlSession
{
    static final int MAX_REQUESTS = 16;

    /**
     * A request whose answer takes time.
     *
     * @param correlationId of the client.
     * @param reply         to watch.
     */
    record PendingRequest(long correlationId, PendingReply reply)
    {
    }

    private final ArrayDeque<PendingRequest> requests = new ArrayDeque<>(MAX_REQUESTS);
    private final UnsafeBuffer waiting = new UnsafeBuffer(0, 0);
    private final Lane lane;
    private final long token;
    private long lastHeardNs;
    private int waitingLength;
    private boolean isEnding;

    ControlSession(final Lane lane, final long token, final long nowNs)
    {
        this.lane = lane;
        this.token = token;
        this.lastHeardNs = nowNs;
    }

    Lane lane()
    {
        return lane;
    }

    long token()
    {
        return token;
    }

    void heard(final long nowNs)
    {
        lastHeardNs = nowNs;
    }

    long lastHeardNs()
    {
        return lastHeardNs;
    }

    /**
     * @return whether the client said goodbye, or cannot be reached.
     */
    boolean isEnding()
    {
        return isEnding;
    }

    void end()
    {
        isEnding = true;
    }

    ArrayDeque<PendingRequest> requests()
    {
        return requests;
    }

    /**
     * @return whether another request can be taken.
     */
    boolean hasRoom()
    {
        return 0 == waitingLength && requests.size() < MAX_REQUESTS;
    }

    boolean isWaiting()
    {
        return waitingLength > 0;
    }

    /**
     * Send a message, or keep it until the lane takes it.
     *
     * @param buffer holding the message.
     * @param length of the message from index 0.
     */
    void send(final DirectBuffer buffer, final int length)
    {
        if (!offer(buffer, length))
        {
            final byte[] copy = new byte[length];
            buffer.getBytes(0, copy);
            waiting.wrap(copy);
            waitingLength = length;
        }
    }

    /**
     * Try again what the lane did not take.
     *
     * @return work count.
     */
    int sendWaiting()
    {
        if (waitingLength > 0 && offer(waiting, waitingLength))
        {
            waitingLength = 0;
            return 1;
        }

        return 0;
    }

    private boolean offer(final DirectBuffer buffer, final int length)
    {
        long result = lane.offer(buffer, 0, length);
        if (Publication.ADMIN_ACTION == result)
        {
            result = lane.offer(buffer, 0, length);
        }
        if (Publication.CLOSED == result || Publication.MAX_POSITION_EXCEEDED == result)
        {
            isEnding = true;
        }

        return result > 0;
    }
}
