package io.epona.transport;

import io.aeron.Publication;
import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordCursor;
import io.epona.codecs.client.ProduceDecoder;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static io.epona.transport.ProduceSession.PRODUCE_LENGTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ProduceSessionTest
{
    private static final long LINGER_NS = 1_000;
    private static final long TIMEOUT_NS = 100_000;

    private record Ack(long firstSequence, int count, int code, boolean isOutcomeKnown, long baseOffset)
    {
    }

    private final ScriptedBroker broker = new ScriptedBroker();
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[64 * 1024]);
    private final List<Ack> acks = new ArrayList<>();
    private SessionInfo info = broker.session();
    private RuntimeException toThrow;
    private long nowNs = 1;

    private ProduceSession session(final int acksWanted)
    {
        return new ProduceSession(() -> info, this::onAck, 0, acksWanted, 2, 0, LINGER_NS, TIMEOUT_NS);
    }

    private void onAck(
        final ProducePartition partition,
        final long firstSequence,
        final int count,
        final int code,
        final boolean isOutcomeKnown,
        final long baseOffset,
        final int leaderEpoch,
        final int inMemory,
        final int onDisk)
    {
        acks.add(new Ack(firstSequence, count, code, isOutcomeKnown, baseOffset));
        if (null != toThrow)
        {
            final RuntimeException thrown = toThrow;
            toThrow = null;
            throw thrown;
        }
    }

    private ProducePartition open(final ProduceSession session)
    {
        for (int i = 0; i < 10 && !session.isOpen(); i++)
        {
            session.poll(nowNs);
            broker.poll();
        }
        assertTrue(session.isOpen());
        return session.addPartition("topic", 7, 0);
    }

    private long send(final ProduceSession session, final ProducePartition partition, final int length)
    {
        value.putLong(0, partition.nextSequence(), LITTLE_ENDIAN);
        return session.send(partition, 1000 + partition.nextSequence(), value, 0, -1, value, 0, length);
    }

    private List<ScriptedBroker.Request> received()
    {
        broker.poll();
        return broker.last(LaneKind.PRODUCE).requests;
    }

    private static int checkBatch(final ScriptedBroker.Request request, final long firstSequence)
    {
        assertEquals(ProduceDecoder.TEMPLATE_ID, request.templateId());
        assertEquals(ScriptedBroker.TOKEN, request.longAt(0));
        assertEquals(7, request.longAt(8));
        final int length = request.bytes().capacity() - PRODUCE_LENGTH;
        assertEquals(0, BatchValidator.validateProduced(request.bytes(), PRODUCE_LENGTH, length, new Crc32c()));
        final RecordCursor cursor = new RecordCursor().wrap(request.bytes(), PRODUCE_LENGTH);
        long sequence = firstSequence;
        while (cursor.next())
        {
            assertEquals(sequence++, request.bytes().getLong(cursor.valueIndex(), LITTLE_ENDIAN));
        }
        assertEquals(0, RecordBatchDescriptor.baseOffset(request.bytes(), PRODUCE_LENGTH));
        return (int)(sequence - firstSequence);
    }

    @Test
    void shouldSendSingleRecordsAtOnceUntilTheBoundAndThenGatherABatch()
    {
        final ProduceSession session = session(-1);
        final ProducePartition partition = open(session);
        for (int i = 0; i < 10; i++)
        {
            assertEquals(i, send(session, partition, 100));
        }
        assertEquals(2, received().size());
        assertEquals(1, checkBatch(received().get(0), 0));
        assertEquals(1, checkBatch(received().get(1), 1));
        assertEquals(10, session.unackedRecords());

        session.poll(nowNs);
        assertEquals(2, received().size(), "neither ack nor linger");
        broker.last(LaneKind.PRODUCE).ack(0, 500, received().get(0).intAt(20));
        session.poll(nowNs);
        assertEquals(List.of(new Ack(0, 1, 0, true, 500)), acks);
        assertEquals(3, received().size());
        assertEquals(8, checkBatch(received().get(2), 2));
        assertEquals(9, session.unackedRecords());
    }

    @Test
    void shouldSendAnOpenBatchWhenLingerIsOver()
    {
        final ProduceSession session = session(1);
        final ProducePartition partition = open(session);
        for (int i = 0; i < 3; i++)
        {
            send(session, partition, 100);
        }
        session.poll(nowNs);
        session.poll(nowNs + LINGER_NS - 1);
        assertEquals(2, received().size());
        session.poll(nowNs + LINGER_NS);
        assertEquals(3, received().size());
    }

    @Test
    void shouldBatchWithoutAcksUntilThePollAndGiveNoReceipt()
    {
        final ProduceSession session = session(0);
        final ProducePartition partition = open(session);
        for (int i = 0; i < 5; i++)
        {
            send(session, partition, 100);
        }
        assertEquals(0, received().size());
        session.poll(nowNs);
        assertEquals(5, checkBatch(received().get(0), 0));
        assertEquals(0, session.unackedRecords());
        assertEquals(List.of(), acks);
    }

    @Test
    void shouldSendAFullBatchBeyondTheBoundAndThenPushBack()
    {
        broker.maxRequests = 3;
        info = broker.session();
        final ProduceSession session = session(-1);
        final ProducePartition partition = open(session);
        long result = 0;
        long accepted = 0;
        while (result >= 0)
        {
            result = send(session, partition, 1000);
            accepted += result >= 0 ? 1 : 0;
            assertTrue(accepted < 1000, "never pushed back");
        }
        assertEquals(Publication.BACK_PRESSURED, result);
        assertEquals(accepted, partition.nextSequence());
        assertEquals(3, received().size());
        assertEquals(accepted, session.unackedRecords());

        final int[] ids = received().stream().mapToInt(request -> request.intAt(20)).toArray();
        broker.last(LaneKind.PRODUCE).ack(0, 0, ids);
        session.poll(nowNs);
        assertEquals(accepted, send(session, partition, 1000));
        long next = 0;
        for (final ScriptedBroker.Request request : received())
        {
            next += checkBatch(request, next);
        }
    }

    @Test
    void shouldRefuseARecordThatFitsInNoBatchAndTakeTheLargestThatDoes()
    {
        broker.maxBatch = 8 * 1024;
        info = broker.session();
        final ProduceSession session = session(-1);
        final ProducePartition partition = open(session);
        final int largest = 8 * 1024 - RecordBatchDescriptor.HEADER_LENGTH - 16;
        assertEquals(ResultCode.RECORD_TOO_LARGE.code(), send(session, partition, largest + 8));
        assertEquals(0, send(session, partition, largest));
        session.flush();
        assertEquals(1, checkBatch(received().get(0), 0));
    }

    @Test
    void shouldGiveUpWhatIsNotAckedInTimeAndSayThatTheOutcomeIsUnknown()
    {
        final ProduceSession session = session(-1);
        final ProducePartition partition = open(session);
        send(session, partition, 100);
        session.poll(nowNs);
        session.poll(nowNs + TIMEOUT_NS - 1);
        assertEquals(List.of(), acks);
        session.poll(nowNs + TIMEOUT_NS);
        assertEquals(List.of(new Ack(0, 1, ResultCode.TIMED_OUT.code(), false, -1)), acks);
        assertEquals(0, session.unackedRecords());

        broker.last(LaneKind.PRODUCE).ack(0, 9, received().get(0).intAt(20));
        session.poll(nowNs);
        assertEquals(1, acks.size());
        assertEquals(1, session.strayAcks());
    }

    @Test
    void shouldFailUnackedBatchesWhenTheLaneIsLostAndGoOnOverANewOne()
    {
        final ProduceSession session = session(-1);
        final ProducePartition partition = open(session);
        for (int i = 0; i < 5; i++)
        {
            send(session, partition, 100);
        }
        broker.last(LaneKind.PRODUCE).lane.close();
        session.poll(nowNs);
        session.poll(nowNs);
        assertEquals(List.of(
            new Ack(0, 1, (int)Publication.NOT_CONNECTED, false, -1),
            new Ack(1, 1, (int)Publication.NOT_CONNECTED, false, -1)), acks);
        assertEquals(1, session.lanesLost());

        open(session);
        session.poll(nowNs);
        assertEquals(3, checkBatch(received().get(0), 2), "the open batch goes out on the new lane");
        assertEquals(5, send(session, partition, 100));
    }

    @Test
    void shouldLoseTheLaneWithTheSession()
    {
        final ProduceSession session = session(-1);
        final ProducePartition partition = open(session);
        send(session, partition, 100);
        info = null;
        session.poll(nowNs);
        session.poll(nowNs);
        assertFalse(session.isOpen());
        assertEquals(1, acks.size());
        info = broker.session();
        open(session);
        assertEquals(2, broker.opened);
    }

    @Test
    void shouldTimeOutAnOpenBatchThatNeverLeftWithAKnownOutcome()
    {
        final ProduceSession session = session(-1);
        final ProducePartition partition = open(session);
        for (int i = 0; i < 3; i++)
        {
            send(session, partition, 100);
        }
        info = null;
        session.poll(nowNs);
        session.poll(nowNs);
        session.poll(nowNs + TIMEOUT_NS);
        assertEquals(new Ack(2, 1, ResultCode.TIMED_OUT.code(), true, -1), acks.get(acks.size() - 1));
        assertEquals(0, session.unackedRecords());
        assertEquals(Publication.NOT_CONNECTED, sendUntilRefused(session, partition));
    }

    private long sendUntilRefused(final ProduceSession session, final ProducePartition partition)
    {
        long result = 0;
        while (result >= 0)
        {
            result = send(session, partition, 1000);
        }
        return result;
    }

    @Test
    void shouldTryAgainLaterWhenTheBrokerRefusesALane()
    {
        broker.isAttaching = false;
        final ProduceSession session = session(-1);
        session.poll(nowNs);
        session.poll(nowNs);
        session.poll(nowNs);
        broker.poll();
        broker.last(LaneKind.PRODUCE).reject(ScriptedBroker.TOKEN, ResultCode.LIMIT_REACHED.code(), "too many");
        session.poll(nowNs);
        session.poll(nowNs);
        assertEquals(ResultCode.LIMIT_REACHED.code(), session.problemCode());
        assertTrue(session.problem().contains("too many"), session.problem());
        assertEquals(1, broker.opened);

        broker.isAttaching = true;
        nowNs += 100_000_000;
        session.poll(nowNs);
        open(session);
        assertEquals(2, broker.opened);
        assertNull(session.problem());
    }

    @Test
    void shouldNotRepeatAReceiptWhoseHandlerThrew()
    {
        final ProduceSession session = session(-1);
        final ProducePartition partition = open(session);
        send(session, partition, 100);
        send(session, partition, 100);
        final int first = received().get(0).intAt(20);
        broker.last(LaneKind.PRODUCE).ack(0, 10, first, first + 1);
        toThrow = new IllegalStateException("handler");
        assertSame(toThrow, assertThrows(IllegalStateException.class, () -> session.poll(nowNs)));
        session.poll(nowNs);
        assertEquals(List.of(new Ack(0, 1, 0, true, 10), new Ack(1, 1, 0, true, 10)), acks);
    }

    @Test
    void shouldAbortClaimsInTheLaneAndInABatch()
    {
        final ProduceSession session = session(-1);
        final ProducePartition partition = open(session);
        for (int i = 0; i < 3; i++)
        {
            assertTrue(session.claimRecord(partition, 1000, -1, 16) >= 0);
            session.abortClaim();
            final long index = session.claimRecord(partition, 1000, -1, 16);
            session.abortClaim();
            assertTrue(index >= 0);
            assertEquals(i, send(session, partition, 16));
        }
        session.flush();
        long next = 0;
        for (final ScriptedBroker.Request request : received())
        {
            next += checkBatch(request, next);
        }
        assertEquals(3, next);
    }

    @Test
    void shouldSettleEverythingOnClose()
    {
        final ProduceSession session = session(-1);
        final ProducePartition partition = open(session);
        for (int i = 0; i < 5; i++)
        {
            send(session, partition, 100);
        }
        session.close();
        assertEquals(0, session.unackedRecords());
        assertEquals(3, acks.size());
        assertFalse(acks.get(0).isOutcomeKnown());
        assertTrue(acks.get(2).isOutcomeKnown());
    }

    @Test
    void shouldSurviveAnythingThatComesAsAnAck()
    {
        final Random random = new Random(42);
        final ProduceSession session = session(-1);
        final ProducePartition partition = open(session);
        final UnsafeBuffer message = new UnsafeBuffer(new byte[256]);
        for (int i = 0; i < 20_000; i++)
        {
            random.nextBytes(message.byteArray());
            final int length = random.nextInt(message.capacity()) + 1;
            if (0 != (i & 3))
            {
                message.putShort(0, (short)random.nextInt(4), LITTLE_ENDIAN);
                message.putShort(2, (short)21, LITTLE_ENDIAN);
                message.putShort(4, (short)702, LITTLE_ENDIAN);
                message.putShort(8, (short)(random.nextBoolean() ? 20 : random.nextInt(40)), LITTLE_ENDIAN);
                message.putShort(10, (short)random.nextInt(12), LITTLE_ENDIAN);
            }
            broker.last(LaneKind.PRODUCE).send(message, length);
            session.poll(nowNs);
        }
        assertTrue(session.malformed() > 1000 && session.strayAcks() > 1000);
        send(session, partition, 100);
        broker.last(LaneKind.PRODUCE).ack(0, 77, received().get(0).intAt(20));
        session.poll(nowNs);
        assertEquals(List.of(new Ack(0, 1, 0, true, 77)), acks);
    }
}
