package io.epona.broker;

import io.epona.codecs.ResultCode;
import io.epona.codecs.client.AttachDecoder;
import io.epona.codecs.client.AttachOkEncoder;
import io.epona.codecs.client.LaneType;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.transport.Lane;
import org.agrona.DirectBuffer;

/**
 * Greets data lanes: the first message must be an Attach with the token of an open session.
 * <p>
 * Owned by the shard agent.
 */
final class AttachGreeter implements Greeter
{
    /**
     * Takes a lane that was attached.
     */
    @FunctionalInterface
    interface Taker
    {
        void onAttached(Lane lane, long token, boolean isPaced);
    }

    private final AttachDecoder attach = new AttachDecoder();
    private final LaneType laneType;
    private final SessionTable sessions;
    private final LaneRoom room;
    private final Taker taker;

    /**
     * Knows whether an agent can serve another lane.
     */
    @FunctionalInterface
    interface LaneRoom
    {
        boolean hasRoom();
    }

    AttachGreeter(final LaneType laneType, final SessionTable sessions, final LaneRoom room, final Taker taker)
    {
        this.laneType = laneType;
        this.sessions = sessions;
        this.room = room;
        this.taker = taker;
    }

    @Override
    public void onFirstMessage(
        final DirectBuffer buffer, final int index, final int length, final Greeting greeting)
    {
        final int templateId = MessageGate.check(buffer, index, length);
        if (AttachDecoder.TEMPLATE_ID != templateId)
        {
            greeting.violation(templateId < 0 ? MessageGate.violation(templateId) : Violation.TEMPLATE);
            return;
        }
        if (length != MessageGate.HEADER_LENGTH + AttachDecoder.BLOCK_LENGTH)
        {
            greeting.violation(Violation.LENGTH);
            return;
        }

        attach.wrap(
            buffer, index + MessageGate.HEADER_LENGTH, AttachDecoder.BLOCK_LENGTH, AttachDecoder.SCHEMA_VERSION);
        final long token = attach.token();
        if (laneType.value() != attach.laneTypeRaw())
        {
            greeting.violation(Violation.VALUE);
        }
        else if (!SessionTable.contains(sessions.snapshot(), token))
        {
            greeting.refuse(token, ResultCode.NOT_AUTHORIZED, "no session has this token: connect again");
        }
        else if (!room.hasRoom())
        {
            greeting.refuse(token, ResultCode.LIMIT_REACHED, "the broker serves max.lanes lanes already");
        }
        else
        {
            final AttachOkEncoder encoder = new AttachOkEncoder();
            encoder.wrapAndApplyHeader(greeting.reply(), 0, new MessageHeaderEncoder()).token(token);
            greeting.accept(token, MessageHeaderEncoder.ENCODED_LENGTH + AttachOkEncoder.BLOCK_LENGTH);
        }
    }

    @Override
    public void onOpened(final Lane lane, final long token, final boolean isPaced)
    {
        taker.onAttached(lane, token, isPaced);
    }

    @Override
    public void onLost(final long token)
    {
        // The session lives by its control lane: nothing was set up for this one.
    }
}
