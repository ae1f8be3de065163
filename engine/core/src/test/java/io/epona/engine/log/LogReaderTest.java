package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordHandler;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LogReaderTest
{
    private static final int KIB = 1024;
    private static final RecordHandler VERIFY = LogFixture::verify;

    @TempDir
    private Path temp;

    private LogFixture fixture(final LogConfig config) throws IOException
    {
        return new LogFixture(temp.resolve("t-3.abcd"), config).create();
    }

    @Test
    void shouldStopAtLimitWithinABatchAndGoOn() throws IOException
    {
        final LogFixture log = fixture(new LogConfig());
        final ExpandableArrayBuffer batch = new ExpandableArrayBuffer();
        for (int i = 0; i < 3; i++)
        {
            log.appender.appendBatch(batch, 0, log.batch(batch, i * 7L, 7, 50), log.nowNs);
        }
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(3, reader.poll(VERIFY, 3));
            assertEquals(3, reader.position());
            assertEquals(4, reader.poll(VERIFY, 4));
            assertEquals(7, reader.position());
            assertEquals(0, reader.poll(VERIFY, 0));
            assertEquals(14, reader.poll(VERIFY, 100));
            assertEquals(21, reader.position());
            assertEquals(0, reader.poll(VERIFY, 100));
        }
    }

    @Test
    void shouldStayAtTheRecordForWhichTheHandlerThrew() throws IOException
    {
        final LogFixture log = fixture(new LogConfig());
        final ExpandableArrayBuffer batch = new ExpandableArrayBuffer();
        log.appender.appendBatch(batch, 0, log.batch(batch, 0, 7, 50), log.nowNs);
        log.appender.appendBatch(batch, 0, log.batch(batch, 7, 7, 50), log.nowNs);
        for (final long bad : new long[]{ 0, 3, 6, 7, 10, 13 })
        {
            try (LogReader reader = log.log.newReader())
            {
                final RecordHandler failing = (record) ->
                {
                    LogFixture.verify(record);
                    if (record.offset() == bad)
                    {
                        throw new IllegalArgumentException("record " + bad);
                    }
                };
                assertThrows(IllegalArgumentException.class, () -> reader.poll(failing, 100));
                assertEquals(bad, reader.position());
                assertThrows(IllegalArgumentException.class, () -> reader.poll(failing, 100));
                final List<Long> rest = new ArrayList<>();
                assertEquals(14 - bad, reader.poll((record) -> rest.add(record.offset()), 100));
                assertEquals(bad, rest.get(0));
            }
        }
    }

    @Test
    void shouldSeekToEveryOffset() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(128 * KIB, -1, 32 * KIB));
        final ExpandableArrayBuffer batch = new ExpandableArrayBuffer();
        while (log.log.logEnd() < 2000)
        {
            final int length = log.batch(batch, log.log.logEnd(), 5, 200);
            log.appender.appendBatch(batch, 0, length, log.nowNs);
            log.append(300);
            log.housekeep();
        }
        final long end = log.log.logEnd();
        try (LogReader reader = log.log.newReader())
        {
            for (long offset = end; offset >= 0; offset--)
            {
                final long expected = offset;
                assertEquals(0, reader.seek(offset));
                assertEquals(offset, reader.position());
                assertEquals(
                    offset == end ? 0 : 1,
                    reader.poll(
                        (record) ->
                        {
                            assertEquals(expected, record.offset());
                            LogFixture.verify(record);
                        },
                        1));
            }
            assertEquals(ResultCode.OFFSET_OUT_OF_RANGE.code(), reader.seek(end + 1));
            assertEquals(ResultCode.OFFSET_OUT_OF_RANGE.code(), reader.seek(-1));
            assertEquals(1, reader.position());
            assertEquals(0, reader.seekToLatest());
            assertEquals(end, reader.position());
            assertEquals(0, reader.poll(VERIFY, 10));
            log.append(100);
            assertEquals(1, reader.poll(VERIFY, 10));
            assertEquals(0, reader.seekToEarliest());
            assertEquals(0, reader.position());
        }
    }

    @Test
    void shouldHandOverRangesOfWholeBatches() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(128 * KIB, -1, 32 * KIB));
        final ExpandableArrayBuffer batch = new ExpandableArrayBuffer();
        while (log.log.logEnd() < 2000)
        {
            log.appender.appendBatch(batch, 0, log.batch(batch, log.log.logEnd(), 4, 100), log.nowNs);
            log.housekeep();
        }
        final int batchLength = log.batch(batch, 0, 4, 100);
        try (LogReader reader = log.log.newReader())
        {
            final long[] next = { 0 };
            int consumed;
            do
            {
                consumed = reader.pollBatches(
                    (buffer, index, length, baseOffset, nextOffset) ->
                    {
                        assertTrue(length <= 10_000);
                        assertEquals(next[0], baseOffset);
                        int i = index;
                        while (i < index + length)
                        {
                            assertEquals(next[0], RecordBatchDescriptor.baseOffset(buffer, i));
                            next[0] = RecordBatchDescriptor.nextOffset(buffer, i);
                            i += RecordBatchDescriptor.length(buffer, i);
                        }
                        assertEquals(nextOffset, next[0]);
                        return true;
                    },
                    10_000);
                assertEquals(next[0], reader.position());
            }
            while (consumed > 0);
            assertEquals(log.log.logEnd(), next[0]);

            // one batch at least, and the one that holds the position
            reader.seek(6);
            assertEquals(0, reader.pollBatches((buffer, index, length, base, following) -> false, 1));
            assertEquals(6, reader.position());
            assertEquals(
                batchLength,
                reader.pollBatches((buffer, index, length, base, following) -> base == 4 && following == 8, 1));
            assertEquals(8, reader.position());
            assertEquals(1, reader.poll(VERIFY, 1));
            assertEquals(
                batchLength,
                reader.pollBatches((buffer, index, length, base, following) -> base == 8 && following == 12, 1));
            assertEquals(3, reader.poll(VERIFY, 3));
            assertEquals(15, reader.position());
        }
    }

    @Test
    void shouldFollowTheTailOverRolls() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(128 * KIB, -1, 32 * KIB));
        try (LogReader records = log.log.newReader(); LogReader batches = log.log.newReader())
        {
            for (int i = 0; i < 3000; i++)
            {
                assertEquals(i, log.append(200));
                assertEquals(1, records.poll(VERIFY, 10));
                assertEquals(0, records.poll(VERIFY, 10));
                assertTrue(batches.pollBatches((buffer, index, length, base, next) -> base + 1 == next, 10_000) > 0);
                assertEquals(i + 1, batches.position());
            }
        }
        assertTrue(log.log.counters().rolls() > 3);
    }

    @Test
    void shouldRefuseToBeUsedFromItsOwnHandlerAndAfterClose() throws IOException
    {
        final LogFixture log = fixture(new LogConfig());
        log.append(100);
        final LogReader reader = log.log.newReader();
        assertThrows(IllegalStateException.class, () -> reader.poll((record) -> reader.seek(0), 1));
        assertEquals(0, reader.position());
        reader.close();
        reader.close();
        assertEquals(ResultCode.CLOSED.code(), reader.poll(VERIFY, 1));
        assertEquals(ResultCode.CLOSED.code(), reader.seek(0));
        assertEquals(ResultCode.CLOSED.code(), reader.pollBatches((b, i, l, base, next) -> true, 1));
    }

    @Test
    void shouldSayUnknownTopicAfterDeleteAndWaitForPins() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(64 * KIB, -1, 16 * KIB));
        log.appendMany(500, 1000);
        final LogReader reader = log.log.newReader();
        log.appender.owner(null);
        final boolean[] deleted = { true };
        assertEquals(
            1,
            reader.poll(
                (record) ->
                {
                    deleted[0] = delete(log.log);
                    LogFixture.verify(record);
                },
                1));
        assertFalse(deleted[0]);
        assertEquals(0, log.storage.unmapped.get());
        assertTrue(delete(log.log));
        assertEquals(log.storage.mapped.get(), log.storage.unmapped.get());
        final int unknown = ResultCode.UNKNOWN_TOPIC.code();
        assertEquals(unknown, reader.poll(VERIFY, 1));
        assertEquals(unknown, reader.seek(0));
        assertEquals(unknown, log.log.newReader().poll(VERIFY, 1));
        log.appender.owner(Thread.currentThread());
        assertEquals(unknown, log.append(10));
        assertFalse(log.storage.exists(log.directory));
        assertEquals(0, log.log.housekeep(log.nowNs));
    }

    @Test
    void shouldLeaveTheOwnersMemoryWhenItStillHasAnOwner() throws IOException
    {
        final LogFixture log = fixture(new LogConfig());
        assertTrue(log.appender.tryClaim(log.nowNs, -1, 8) >= 0);
        assertTrue(delete(log.log));
        log.appender.claimBuffer().putLong(log.appender.claimIndex(), 1);
        assertEquals(ResultCode.UNKNOWN_TOPIC.code(), log.appender.commitClaim());
        assertEquals(ResultCode.UNKNOWN_TOPIC.code(), log.append(10));
    }

    private static boolean delete(final PartitionLog log)
    {
        try
        {
            return log.delete();
        }
        catch (final IOException ex)
        {
            throw new AssertionError(ex);
        }
    }
}
