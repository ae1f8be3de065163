package io.epona.transport;

import io.epona.codecs.ResultCode;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * One request on the control lane and its answer. Made by any thread, handed to {@link ControlSession#submit}, answered
 * by the thread that polls the session, read by the first again once {@link #isDone()}.
 */
public final class ControlRequest
{
    private static final int TOKEN_OFFSET = Inbound.HEADER_LENGTH;

    private final long correlationId;
    private final UnsafeBuffer message;
    private final int length;
    private final long deadlineNs;
    private boolean isSent;
    private int code;
    private UnsafeBuffer response;
    /** Released after code and response are set: pairs with the volatile read in {@link #isDone()}. */
    private volatile boolean isDone;

    /**
     * @param correlationId that the message carries: {@link ControlSession#nextCorrelationId()}.
     * @param message       encoded with any token, which is the first field of every request.
     * @param length        of the message.
     * @param deadlineNs    monotonic time at which the request fails.
     */
    public ControlRequest(
        final long correlationId, final UnsafeBuffer message, final int length, final long deadlineNs)
    {
        this.correlationId = correlationId;
        this.message = message;
        this.length = length;
        this.deadlineNs = deadlineNs;
    }

    /**
     * @return whether {@link #code()} and {@link #response()} can be read. Any thread.
     */
    public boolean isDone()
    {
        return isDone;
    }

    /**
     * @return 0 where there is a response, or the {@link ResultCode} number of why there is none.
     */
    public int code()
    {
        return code;
    }

    /**
     * @return the whole answer, header included, or null.
     */
    public DirectBuffer response()
    {
        return response;
    }

    long correlationId()
    {
        return correlationId;
    }

    long deadlineNs()
    {
        return deadlineNs;
    }

    boolean isSent()
    {
        return isSent;
    }

    /** @return false where it must be tried again. */
    boolean send(final Lane lane, final long token)
    {
        if (length > lane.maxMessageLength())
        {
            fail(ResultCode.RECORD_TOO_LARGE.code());
            return true;
        }
        message.putLong(TOKEN_OFFSET, token, LITTLE_ENDIAN);
        isSent = lane.offer(message, 0, length) > 0;
        return isSent;
    }

    void fail(final int code)
    {
        this.code = code;
        isDone = true;
    }

    void complete(final DirectBuffer buffer, final int index, final int length)
    {
        response = new UnsafeBuffer(new byte[length]);
        response.putBytes(0, buffer, index, length);
        isDone = true;
    }
}
