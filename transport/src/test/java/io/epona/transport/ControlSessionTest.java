package io.epona.transport;

import io.epona.codecs.ResultCode;
import io.epona.codecs.client.AdminResultEncoder;
import io.epona.codecs.client.CloseDecoder;
import io.epona.codecs.client.CloseEncoder;
import io.epona.codecs.client.ConnectDecoder;
import io.epona.codecs.client.DeleteTopicDecoder;
import io.epona.codecs.client.DeleteTopicEncoder;
import io.epona.codecs.client.KeepAliveDecoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ControlSessionTest
{
    private static final long ATTEMPT_NS = 500_000_000L;
    private static final long MS = 1_000_000L;

    private final ScriptedBroker broker = new ScriptedBroker();
    private final ControlSession session =
        new ControlSession(List.of(broker), "test", new byte[]{ 1, 2 }, ATTEMPT_NS, -1);
    private long nowNs = 1;

    private void step(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            session.poll(nowNs);
            broker.poll();
        }
    }

    private void connect()
    {
        step(5);
        assertNotNull(session.info());
    }

    private ScriptedBroker.End lane()
    {
        return broker.last(LaneKind.CONTROL);
    }

    private ControlRequest request(final long timeoutNs)
    {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[128]);
        final long correlationId = session.nextCorrelationId();
        final DeleteTopicEncoder encoder = new DeleteTopicEncoder();
        encoder.wrapAndApplyHeader(message, 0, new MessageHeaderEncoder())
            .token(0).correlationId(correlationId).name("topic");
        final ControlRequest request = new ControlRequest(
            correlationId, message, ScriptedBroker.HEADER + encoder.encodedLength(), nowNs + timeoutNs);
        assertTrue(session.submit(request));
        return request;
    }

    private void answer(final long correlationId)
    {
        final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
        final AdminResultEncoder encoder = new AdminResultEncoder();
        encoder.wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
            .correlationId(correlationId).topicId(9).code((short)0).text("");
        lane().send(out, ScriptedBroker.HEADER + encoder.encodedLength());
    }

    @Test
    void shouldConnectAndAnswerRequestsByTheirCorrelationId()
    {
        final ControlRequest early = request(1000 * MS);
        connect();
        assertEquals(ScriptedBroker.TOKEN, session.info().token());
        step(2);
        assertEquals(DeleteTopicDecoder.TEMPLATE_ID, lane().requests.get(0).templateId());
        assertEquals(ScriptedBroker.TOKEN, lane().requests.get(0).longAt(0));
        answer(99_999);
        answer(lane().requests.get(0).longAt(8));
        step(1);
        assertTrue(early.isDone());
        assertEquals(0, early.code());
        assertEquals(9, early.response().getLong(ScriptedBroker.HEADER + 8, LITTLE_ENDIAN));
    }

    @Test
    void shouldSayThatNoBrokerAnsweredAndKeepTrying()
    {
        broker.isThere = false;
        step(3);
        nowNs += ATTEMPT_NS;
        step(1);
        assertTrue(session.problem().contains("no broker answered at scripted within 500 ms"), session.problem());
        assertFalse(session.isTerminal());
        broker.isThere = true;
        nowNs += 1000 * MS;
        connect();
        assertNull(session.problem());
    }

    @Test
    void shouldGiveUpForGoodWhenRefused()
    {
        broker.isConnecting = false;
        final ControlRequest request = request(1000 * MS);
        step(3);
        final ScriptedBroker.Request connect = lane().requests.get(0);
        assertEquals(ConnectDecoder.TEMPLATE_ID, connect.templateId());
        lane().reject(connect.longAt(0), ResultCode.UNSUPPORTED_VERSION.code(), "too old");
        step(2);
        assertTrue(session.isTerminal());
        assertEquals(ResultCode.UNSUPPORTED_VERSION.code(), session.problemCode());
        assertTrue(session.problem().contains("too old"));
        assertTrue(request.isDone());
        assertEquals(ResultCode.UNSUPPORTED_VERSION.code(), request.code());
        nowNs += 5000 * MS;
        step(3);
        assertEquals(1, broker.opened);
    }

    @Test
    void shouldTryAgainWhenTheBrokerIsFull()
    {
        broker.isConnecting = false;
        step(3);
        lane().reject(lane().requests.get(0).longAt(0), ResultCode.LIMIT_REACHED.code(), "full");
        step(1);
        assertFalse(session.isTerminal());
        broker.isConnecting = true;
        nowNs += 1000 * MS;
        connect();
        assertEquals(2, broker.opened);
    }

    @Test
    void shouldKeepTheSessionAliveAndLoseItWhenTheBrokerIsSilent()
    {
        connect();
        final SessionInfo first = session.info();
        for (int i = 0; i < 9; i++)
        {
            nowNs += 100 * MS;
            step(1);
            assertEquals(KeepAliveDecoder.TEMPLATE_ID, lane().requests.get(i).templateId());
        }
        assertEquals(first, session.info());
        final ControlRequest request = request(5000 * MS);
        step(1);
        nowNs += 100 * MS;
        step(1);
        assertNull(session.info());
        assertTrue(session.problem().contains("silent"), session.problem());
        assertEquals(ResultCode.TIMED_OUT.code(), request.code(), "it was sent: nobody knows what became of it");
        nowNs += 1000 * MS;
        connect();
    }

    @Test
    void shouldConnectAgainAfterTheLaneOrTheBrokersCloseEndedTheSession()
    {
        connect();
        lane().lane.close();
        step(2);
        assertNull(session.info());
        nowNs += 1000 * MS;
        connect();

        final ExpandableArrayBuffer out = new ExpandableArrayBuffer();
        new CloseEncoder().wrapAndApplyHeader(out, 0, new MessageHeaderEncoder())
            .token(ScriptedBroker.TOKEN).code((short)0);
        lane().send(out, ScriptedBroker.HEADER + CloseEncoder.BLOCK_LENGTH);
        step(1);
        assertNull(session.info());
        nowNs += 1000 * MS;
        connect();
        assertEquals(3, broker.opened);
    }

    @Test
    void shouldTimeOutARequestAndTellTheBrokerThatItCloses()
    {
        connect();
        final ControlRequest request = request(50 * MS);
        step(1);
        nowNs += 50 * MS;
        step(1);
        assertEquals(ResultCode.TIMED_OUT.code(), request.code());

        final ControlRequest last = request(5000 * MS);
        session.close();
        broker.poll();
        assertEquals(ResultCode.CLOSED.code(), last.code());
        final List<ScriptedBroker.Request> requests = lane().requests;
        assertEquals(CloseDecoder.TEMPLATE_ID, requests.get(requests.size() - 1).templateId());
        assertTrue(session.isTerminal());
    }

    @Test
    void shouldSurviveAnythingThatABrokerSays()
    {
        final Random random = new Random(11);
        final int[] templates = { 2, 3, 5, 7, 23, 61, 65, 66, 99 };
        final UnsafeBuffer message = new UnsafeBuffer(new byte[300]);
        connect();
        for (int i = 0; i < 20_000; i++)
        {
            random.nextBytes(message.byteArray());
            if (0 != (i & 3))
            {
                message.putShort(0, (short)random.nextInt(60), LITTLE_ENDIAN);
                message.putShort(2, (short)templates[random.nextInt(templates.length)], LITTLE_ENDIAN);
                message.putShort(4, (short)702, LITTLE_ENDIAN);
                message.putShort(6, (short)0, LITTLE_ENDIAN);
            }
            lane().send(message, 1 + random.nextInt(message.capacity()));
            step(1);
        }
        assertTrue(session.malformed() > 1000);
        assertNotNull(session.info());

        broker.isConnecting = false;
        lane().lane.close();
        step(2);
        nowNs += 2000 * MS;
        step(5);
        final long correlationId = lane().requests.get(0).longAt(0);
        for (int i = 0; i < 5_000 && null == session.info() && !session.isTerminal(); i++)
        {
            random.nextBytes(message.byteArray());
            message.putShort(0, (short)(40 + random.nextInt(10)), LITTLE_ENDIAN);
            message.putShort(2, (short)2, LITTLE_ENDIAN);
            message.putShort(4, (short)702, LITTLE_ENDIAN);
            message.putShort(6, (short)0, LITTLE_ENDIAN);
            message.putLong(8, correlationId, LITTLE_ENDIAN);
            lane().send(message, 8 + random.nextInt(100));
            step(1);
        }
        assertNull(session.info(), "limits that make no sense open no session");
    }
}
