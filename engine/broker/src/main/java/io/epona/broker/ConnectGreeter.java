package io.epona.broker;

import io.epona.codecs.ResultCode;
import io.epona.codecs.client.ConnectDecoder;
import io.epona.transport.Lane;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.security.SecureRandom;

/**
 * Greets control lanes: the first message must be a Connect; a good one opens a session with a random token.
 * <p>
 * Owned by the conductor.
 */
final class ConnectGreeter implements Greeter
{
    private static final int MAX_CLIENT_ID_LENGTH = 256;
    private static final int MAX_CREDENTIALS_LENGTH = 4096;

    /**
     * Takes a session that was opened.
     */
    @FunctionalInterface
    interface Taker
    {
        void onConnected(Lane lane, long token);
    }

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final ConnectDecoder connect = new ConnectDecoder();
    private final SecureRandom random = new SecureRandom();
    private final ControlReplies replies;
    private final SessionTable sessions;
    private final Limits limits;
    private final Taker taker;

    ConnectGreeter(
        final ControlReplies replies, final SessionTable sessions, final Limits limits, final Taker taker)
    {
        this.replies = replies;
        this.sessions = sessions;
        this.limits = limits;
        this.taker = taker;
    }

    @Override
    public void onFirstMessage(
        final DirectBuffer buffer, final int index, final int length, final Greeting greeting)
    {
        final int templateId = MessageGate.check(buffer, index, length);
        if (ConnectDecoder.TEMPLATE_ID != templateId)
        {
            greeting.violation(templateId < 0 ? MessageGate.violation(templateId) : Violation.TEMPLATE);
            return;
        }

        try
        {
            // A view of the message alone: a length that lies cannot reach what lies behind it.
            view.wrap(buffer, index, length);
            connect.wrap(
                view, MessageGate.HEADER_LENGTH, ConnectDecoder.BLOCK_LENGTH, ConnectDecoder.SCHEMA_VERSION);
            decide(length, greeting);
        }
        catch (final IndexOutOfBoundsException ex)
        {
            greeting.violation(Violation.LENGTH);
        }
    }

    private void decide(final int length, final Greeting greeting)
    {
        final long correlationId = connect.correlationId();
        final int schemaVersion = connect.schemaVersion();
        final int clientIdLength = connect.clientIdLength();
        connect.skipClientId();
        final int credentialsLength = connect.credentialsLength();
        connect.skipCredentials();
        if (length != connect.limit())
        {
            greeting.violation(Violation.LENGTH);
        }
        else if (ConnectDecoder.SCHEMA_VERSION != schemaVersion)
        {
            greeting.refuse(
                correlationId,
                ResultCode.UNSUPPORTED_VERSION,
                "the broker speaks version " + ConnectDecoder.SCHEMA_VERSION + " of the protocol, the client version " +
                schemaVersion + ": use a client of the broker's release");
        }
        else if (clientIdLength > MAX_CLIENT_ID_LENGTH || credentialsLength > MAX_CREDENTIALS_LENGTH)
        {
            greeting.refuse(
                correlationId,
                ResultCode.INVALID_CONFIG,
                "a client id has at most " + MAX_CLIENT_ID_LENGTH + " bytes, credentials " + MAX_CREDENTIALS_LENGTH);
        }
        else if (sessions.snapshot().length >= limits.maxSessions())
        {
            greeting.refuse(
                correlationId,
                ResultCode.LIMIT_REACHED,
                "the broker has " + limits.maxSessions() + " sessions: close clients, or raise max.sessions");
        }
        else
        {
            final long token = newToken();
            sessions.add(token);
            greeting.accept(token, replies.connectOk(greeting.reply(), correlationId, token));
        }
    }

    private long newToken()
    {
        long token;
        do
        {
            token = random.nextLong();
        }
        while (0 == token || SessionTable.contains(sessions.snapshot(), token));

        return token;
    }

    @Override
    public void onOpened(final Lane lane, final long token, final boolean isPaced)
    {
        taker.onConnected(lane, token);
    }

    @Override
    public void onLost(final long token)
    {
        sessions.remove(token);
    }
}
