package io.epona.transport;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;
import io.epona.codecs.client.ListOffsetsDecoder;
import io.epona.codecs.client.SubscribeDecoder;
import io.epona.codecs.client.UnsubscribeDecoder;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ConsumeSessionTest
{
    private final ScriptedBroker broker = new ScriptedBroker();
    private final UnsafeBuffer batches = new UnsafeBuffer(new byte[16 * 1024]);
    private final List<Long> offsets = new ArrayList<>();
    private SessionInfo info = broker.session();
    private long throwAt = -1;
    private long seekAt = -1;
    private long nowNs = 1;
    private ConsumeSession session = newSession(PushSource.EARLIEST, true);
    private ConsumePartition partition;

    private ConsumeSession newSession(final long reset, final boolean isVerifyCrc)
    {
        return new ConsumeSession(() -> info, this::onRecord, isVerifyCrc, reset, 1_000_000_000L);
    }

    private void onRecord(final ConsumePartition from, final Record record)
    {
        assertEquals(record.offset(), record.buffer().getLong(record.valueIndex(), LITTLE_ENDIAN));
        if (record.offset() == throwAt)
        {
            throwAt = -1;
            throw new IllegalStateException("handler");
        }
        offsets.add(record.offset());
        if (record.offset() == seekAt)
        {
            seekAt = -1;
            session.seek(from, 3);
        }
    }

    private ScriptedBroker.End lane()
    {
        return broker.last(LaneKind.CONSUME);
    }

    private ScriptedBroker.Request lastRequest(final int templateId)
    {
        ScriptedBroker.Request found = null;
        for (int i = 0; i < 10; i++)
        {
            session.poll(nowNs, 0);
            broker.poll();
        }
        for (final ScriptedBroker.Request request : lane().requests)
        {
            if (templateId == request.templateId())
            {
                found = request;
            }
        }
        assertTrue(null != found, "no request of template " + templateId);
        return found;
    }

    /** Subscribe at an offset, as the answer to the question for it. */
    private int subscribe(final long offset)
    {
        partition = session.add("tag", 7, 0, PushSource.EARLIEST);
        for (int i = 0; i < 10; i++)
        {
            session.pollControl(nowNs);
            broker.poll();
        }
        final ScriptedBroker.Request question = lastRequest(ListOffsetsDecoder.TEMPLATE_ID);
        assertEquals(PushSource.EARLIEST, question.longAt(24));
        lane().offsets(question.longAt(8), 0, offset);
        session.poll(nowNs, 1);
        return subscribed(offset);
    }

    private int subscribed(final long offset)
    {
        final ScriptedBroker.Request request = lastRequest(SubscribeDecoder.TEMPLATE_ID);
        assertEquals(offset, request.longAt(16));
        return request.intAt(32);
    }

    private static List<Long> range(final long from, final long to)
    {
        final List<Long> range = new ArrayList<>();
        for (long i = from; i < to; i++)
        {
            range.add(i);
        }
        return range;
    }

    @Test
    void shouldDeliverFromTheWantedOffsetAndGoOnInTheMiddleOfAMessage()
    {
        final int id = subscribe(5);
        lane().push(id, batches, ScriptedBroker.batches(batches, 0, 4, 10));
        lane().push(id, batches, ScriptedBroker.batches(batches, 40, 1, 10));
        int polls = 0;
        while (offsets.size() < 45)
        {
            final int count = session.poll(nowNs, 7);
            assertTrue(count > 0 && count <= 7);
            assertEquals(offsets.size() + 5L, partition.position());
            polls++;
        }
        assertEquals(range(5, 50), offsets);
        assertEquals(7, polls);
        assertEquals(0, session.poll(nowNs, 7));
        assertEquals(1_000_000, partition.highWatermark());
    }

    @Test
    void shouldStayAtTheRecordWhoseHandlerThrew()
    {
        final int id = subscribe(0);
        lane().push(id, batches, ScriptedBroker.batches(batches, 0, 2, 10));
        throwAt = 13;
        assertThrows(IllegalStateException.class, () -> session.poll(nowNs, 100));
        assertEquals(13, partition.position());
        assertEquals(7, session.poll(nowNs, 100));
        assertEquals(range(0, 20), offsets);
    }

    @Test
    void shouldSeekAlsoInsideAHandlerAndDropWhatWasOnItsWay()
    {
        final int id = subscribe(0);
        lane().push(id, batches, ScriptedBroker.batches(batches, 0, 2, 10));
        seekAt = 5;
        assertEquals(6, session.poll(nowNs, 100));
        assertEquals(3, partition.position());
        final int second = subscribed(3);
        assertNotEquals(id, second);
        assertEquals(id, lastRequest(UnsubscribeDecoder.TEMPLATE_ID).intAt(8));
        lane().push(id, batches, ScriptedBroker.batches(batches, 20, 1, 10));
        assertEquals(0, session.poll(nowNs, 100));
        assertEquals(1, session.stalePushes());
        lane().push(second, batches, ScriptedBroker.batches(batches, 0, 1, 10));
        assertEquals(7, session.poll(nowNs, 100));
        assertEquals(10, partition.position());
    }

    @Test
    void shouldSubscribeAgainWhereBatchesAreMissing()
    {
        final int id = subscribe(0);
        lane().push(id, batches, ScriptedBroker.batches(batches, 0, 1, 10));
        lane().push(id, batches, ScriptedBroker.batches(batches, 20, 1, 10));
        assertEquals(10, session.poll(nowNs, 100));
        assertEquals(1, session.gaps());
        final int second = subscribed(10);
        lane().push(second, batches, ScriptedBroker.batches(batches, 10, 2, 10));
        assertEquals(20, session.poll(nowNs, 100));
        assertEquals(range(0, 30), offsets);
    }

    @Test
    void shouldReportACorruptBatchAndTryAgain()
    {
        final int id = subscribe(0);
        final int length = ScriptedBroker.batches(batches, 0, 1, 10);
        batches.putByte(length - 1, (byte)(batches.getByte(length - 1) ^ 1));
        lane().push(id, batches, length);
        assertEquals(ResultCode.CORRUPT_BATCH.code(), session.poll(nowNs, 100));
        assertSame(partition, session.failed());
        session.poll(nowNs, 100);
        nowNs += 100_000_000L;
        final int second = subscribed(0);
        assertNotEquals(id, second);
        lane().push(second, batches, ScriptedBroker.batches(batches, 0, 1, 10));
        assertEquals(10, session.poll(nowNs, 100));
    }

    @Test
    void shouldGoToTheEndThatIsSetWhenThePositionIsOutOfRange()
    {
        final int id = subscribe(100);
        lane().end(id, ResultCode.OFFSET_OUT_OF_RANGE.code());
        session.poll(nowNs, 1);
        final ScriptedBroker.Request question = lastRequest(ListOffsetsDecoder.TEMPLATE_ID);
        lane().offsets(question.longAt(8), 0, 40);
        session.poll(nowNs, 1);
        subscribed(40);
    }

    @Test
    void shouldFailUntilASeekWithoutSuchAnEnd()
    {
        session = newSession(0, true);
        final int id = subscribe(100);
        lane().end(id, ResultCode.OFFSET_OUT_OF_RANGE.code());
        assertEquals(ResultCode.OFFSET_OUT_OF_RANGE.code(), session.poll(nowNs, 1));
        assertEquals(ResultCode.OFFSET_OUT_OF_RANGE.code(), session.poll(nowNs, 1));
        session.seek(partition, 50);
        subscribed(50);
        assertEquals(0, session.poll(nowNs, 1));
    }

    @Test
    void shouldGoOnFromThePositionOverANewLaneAndANewSession()
    {
        final int id = subscribe(0);
        lane().push(id, batches, ScriptedBroker.batches(batches, 0, 1, 10));
        assertEquals(4, session.poll(nowNs, 4));
        lane().lane.close();
        for (int i = 0; i < 3; i++)
        {
            // the rest of the message, then nothing, then the loss is seen
            session.poll(nowNs, 100);
        }
        nowNs += 100_000_000L;
        final int second = subscribed(offsets.size());
        lane().push(second, batches, ScriptedBroker.batches(batches, 0, 2, 10));
        session.poll(nowNs, 100);
        assertEquals(range(0, 20), offsets);

        broker.shards = 3;
        info = broker.session();
        session.poll(nowNs, 1);
        subscribed(20);
        assertEquals(Streams.shardOf(7, 0, 3), lane().shard);
        assertTrue(session.sourcesLost() >= 2);
    }

    @Test
    void shouldAnswerAQuestionBehindPushesWithoutLosingARecord()
    {
        final int id = subscribe(0);
        lane().push(id, batches, ScriptedBroker.batches(batches, 0, 2, 10));
        assertEquals(3, session.poll(nowNs, 3));
        final OffsetQuery query = session.query(7, 0, PushSource.LATEST, nowNs);
        session.pollWaiting(nowNs);
        broker.poll();
        lane().offsets(lastOf(ListOffsetsDecoder.TEMPLATE_ID).longAt(8), 0, 20);
        session.pollWaiting(nowNs);
        assertTrue(query.isDone());
        assertEquals(20, query.offset());
        final int second = subscribed(3);
        lane().push(second, batches, ScriptedBroker.batches(batches, 0, 2, 10));
        session.poll(nowNs, 100);
        assertEquals(range(0, 20), offsets);
    }

    private ScriptedBroker.Request lastOf(final int templateId)
    {
        ScriptedBroker.Request found = null;
        for (final ScriptedBroker.Request request : lane().requests)
        {
            found = templateId == request.templateId() ? request : found;
        }
        return found;
    }

    @Test
    void shouldTimeOutAQuestionThatNobodyAnswers()
    {
        final OffsetQuery query = session.query(7, 0, PushSource.LATEST, nowNs);
        session.pollWaiting(nowNs);
        session.pollWaiting(nowNs + 2_000_000_000L);
        assertEquals(ResultCode.TIMED_OUT.code(), query.code());
    }

    @Test
    void shouldSurviveAnyPushAndDeliverOnlyWhatIsWhole()
    {
        fuzz(true);
    }

    @Test
    void shouldSurviveAnyPushWithoutChecksums()
    {
        fuzz(false);
    }

    private void fuzz(final boolean isVerifyCrc)
    {
        final Random random = new Random(7);
        final List<Integer> lengths = new ArrayList<>();
        session = new ConsumeSession(() -> info, (from, record) ->
        {
            // whatever is handed over lies within the message
            record.buffer().boundsCheck(record.keyIndex(), Math.max(0, record.keyLength()));
            record.buffer().boundsCheck(record.valueIndex(), Math.max(0, record.valueLength()));
            lengths.add(record.valueLength());
        }, isVerifyCrc, PushSource.EARLIEST, 1_000_000_000L);
        int id = subscribe(0);
        int failures = 0;
        for (int i = 0; i < 5_000; i++)
        {
            final int length = ScriptedBroker.batches(batches, 0, 2, 5);
            final UnsafeBuffer message = ScriptedBroker.pushMessage(id, batches, length);
            final int mutations = random.nextInt(4);
            for (int m = 0; m < mutations; m++)
            {
                message.putByte(random.nextInt(message.capacity()), (byte)random.nextInt());
            }
            lane().send(message, 0 == random.nextInt(3) ? 1 + random.nextInt(message.capacity()) : message.capacity());
            failures += session.poll(nowNs, 1000) < 0 ? 1 : 0;
            session.seek(partition, 0);
            nowNs += 100_000_000L;
            session.poll(nowNs, 0);
            broker.poll();
            id = subscribed(0);
            lane().requests.clear();
        }
        assertTrue(failures > 100, "failures: " + failures);
        assertTrue(lengths.size() > 1000);
        if (isVerifyCrc)
        {
            assertTrue(lengths.stream().allMatch(length -> 8 == length));
        }
    }
}
