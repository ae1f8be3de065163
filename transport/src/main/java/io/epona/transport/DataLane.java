package io.epona.transport;

import io.epona.codecs.ResultCode;
import io.epona.codecs.client.AttachEncoder;
import io.epona.codecs.client.AttachOkDecoder;
import io.epona.codecs.client.LaneType;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.RejectDecoder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * A lane to a shard, from its opening through Attach to its end. Used once: OPENING, ATTACHING, OPEN, CLOSED.
 * <p>
 * Owned by the thread of its producer or consumer.
 */
final class DataLane
{
    private static final int MAX_TEXT_LENGTH = 1024;
    private static final int CODE_OFFSET = Inbound.HEADER_LENGTH + 8;

    private enum State
    {
        OPENING, ATTACHING, OPEN, CLOSED
    }

    private final MessageHandler handler = this::onMessage;
    private final UnsafeBuffer out = new UnsafeBuffer(new byte[64]);
    private final SessionInfo session;
    private final LaneKind kind;
    private final long timeoutNs;
    private State state = State.OPENING;
    private LaneConnector.Opening opening;
    private Lane lane;
    private long deadlineNs;
    private boolean hasDeadline;
    private boolean isAttachSent;
    private int code = ResultCode.NOT_CONNECTED.code();
    private String problem;

    DataLane(final SessionInfo session, final LaneKind kind, final int shard, final long timeoutNs)
    {
        this.session = session;
        this.kind = kind;
        this.timeoutNs = timeoutNs;
        final LaneConnector connector = session.connector();
        LaneConnector.Opening first = null;
        try
        {
            first = connector.open(kind, connector.sizes(session.maxMessageBytes()), shard);
        }
        catch (final IllegalArgumentException ex)
        {
            close(ResultCode.INVALID_CONFIG.code(), ex.getMessage());
        }
        opening = first;
    }

    int poll(final long nowNs)
    {
        if (!hasDeadline)
        {
            hasDeadline = true;
            deadlineNs = nowNs + timeoutNs;
        }
        switch (state)
        {
            case OPENING:
                lane = opening.poll();
                if (null != lane)
                {
                    opening = null;
                    state = State.ATTACHING;
                    return 1;
                }
                if (null != opening.problem())
                {
                    close(ResultCode.NOT_CONNECTED.code(), opening.problem());
                    return 1;
                }
                break;

            case ATTACHING:
                pollAttaching();
                break;

            default:
                return 0;
        }

        if ((State.OPENING == state || State.ATTACHING == state) && nowNs - deadlineNs >= 0)
        {
            close(ResultCode.TIMED_OUT.code(), "no answer from the broker at " + session.connector().description() +
                " within " + timeoutNs / 1_000_000L + " ms");
        }
        return State.OPEN == state || State.CLOSED == state ? 1 : 0;
    }

    private void pollAttaching()
    {
        if (!isAttachSent)
        {
            final AttachEncoder attach = new AttachEncoder();
            out.setMemory(0, out.capacity(), (byte)0);
            attach.wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
                .token(session.token())
                .laneType(LaneKind.PRODUCE == kind ? LaneType.PRODUCE : LaneType.CONSUME);
            isAttachSent = lane.offer(out, 0, Inbound.HEADER_LENGTH + AttachEncoder.BLOCK_LENGTH) > 0;
        }
        lane.poll(handler, 1);
        if (null != problem)
        {
            close(code, problem);
        }
        else if (lane.isClosed())
        {
            close(ResultCode.NOT_CONNECTED.code(), lane.fault());
        }
    }

    private boolean onMessage(final DirectBuffer buffer, final int index, final int length)
    {
        final int templateId = Inbound.templateId(buffer, index, length);
        final int blockLength = Inbound.MALFORMED == templateId ? 0 : Inbound.blockLength(buffer, index);
        if (AttachOkDecoder.TEMPLATE_ID == templateId && blockLength >= AttachOkDecoder.BLOCK_LENGTH &&
            session.token() == buffer.getLong(index + Inbound.HEADER_LENGTH, LITTLE_ENDIAN))
        {
            state = State.OPEN;
        }
        else if (RejectDecoder.TEMPLATE_ID == templateId && blockLength >= RejectDecoder.BLOCK_LENGTH)
        {
            code = buffer.getShort(index + CODE_OFFSET, LITTLE_ENDIAN);
            final int textIndex = index + Inbound.HEADER_LENGTH + blockLength + 2;
            final int textLength = Math.max(0, Math.min(MAX_TEXT_LENGTH, index + length - textIndex));
            problem = "the broker refused a lane: " +
                (0 == textLength ? "" : buffer.getStringWithoutLengthUtf8(textIndex, textLength));
        }
        else
        {
            problem = "the broker answered an Attach with something else";
        }
        return true;
    }

    boolean isOpen()
    {
        return State.OPEN == state;
    }

    boolean isClosed()
    {
        return State.CLOSED == state;
    }

    int code()
    {
        return code;
    }

    String problem()
    {
        return problem;
    }

    Lane lane()
    {
        return lane;
    }

    SessionInfo session()
    {
        return session;
    }

    void close()
    {
        if (State.CLOSED != state)
        {
            close(ResultCode.CLOSED.code(), "closed");
        }
    }

    private void close(final int code, final String problem)
    {
        this.code = code;
        this.problem = problem;
        state = State.CLOSED;
        if (null != opening)
        {
            opening.close();
            opening = null;
        }
        if (null != lane)
        {
            lane.close();
        }
    }
}
