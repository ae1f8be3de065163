package io.epona.broker;

import io.epona.codecs.ResultCode;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.RejectEncoder;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The answer to the first message of a lane. Made once per lane.
 * <p>
 * Owned by the agent that accepts the lane.
 */
final class Greeting
{
    private static final int CAPACITY = 1024;

    private final UnsafeBuffer reply = new UnsafeBuffer(new byte[CAPACITY]);
    private int replyLength;
    private long token;
    private boolean isAccepted;
    private Violation violation;

    /**
     * @return where the answer of an accepted lane is encoded.
     */
    MutableDirectBuffer reply()
    {
        return reply;
    }

    void accept(final long token, final int replyLength)
    {
        this.token = token;
        this.replyLength = replyLength;
        this.isAccepted = true;
    }

    void refuse(final long correlationId, final ResultCode code, final String text)
    {
        final RejectEncoder encoder = new RejectEncoder();
        encoder.wrapAndApplyHeader(reply, 0, new MessageHeaderEncoder())
            .correlationId(correlationId)
            .code(code.code())
            .text(text);
        replyLength = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
    }

    void violation(final Violation violation)
    {
        this.violation = violation;
    }

    Violation violation()
    {
        return violation;
    }

    boolean isDecided()
    {
        return replyLength > 0 || null != violation;
    }

    boolean isAccepted()
    {
        return isAccepted;
    }

    long token()
    {
        return token;
    }

    int replyLength()
    {
        return replyLength;
    }
}
