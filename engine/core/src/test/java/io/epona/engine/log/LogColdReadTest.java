package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Reads what is on disk only. Mappings made after the log was opened show poison instead of every chunk that was not
 * read ahead, so that a reader which touches one finds no batch or a wrong value.
 */
class LogColdReadTest
{
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;
    private static final int VALUE_LENGTH = 1000;
    private static final int RECORDS = 20_000;
    private static final int POLLS_MAX = 100_000;

    @TempDir
    private Path temp;

    private LogFixture log;
    private long next;
    private int waits;

    @BeforeEach
    void reopenLogOfManySegments() throws IOException
    {
        final LogConfig config = new LogConfig(4 * MIB, -1, MIB);
        log = new LogFixture(temp.resolve("t-3.abcd"), config).create();
        log.appendMany(RECORDS, VALUE_LENGTH);
        // One batch of several chunks.
        assertEquals(RECORDS, log.append(900 * KIB));
        log.appendMany(RECORDS / 4, VALUE_LENGTH);
        final CleanState state = log.close();
        log.open(state);
        log.storage.poisonUnread();
        assertTrue(log.log.state().directory().length > 8);
    }

    private int poll(final LogReader reader, final int limit)
    {
        return reader.poll(
            (record) ->
            {
                assertEquals(next++, record.offset());
                LogFixture.verify(record);
            },
            limit);
    }

    private void readToEnd(final LogReader reader)
    {
        next = reader.position();
        for (int i = 0; i < POLLS_MAX && next < log.log.highWatermark(); i++)
        {
            if (0 == poll(reader, 1000))
            {
                assertTrue(reader.isWaiting());
                assertFalse(reader.isPollDue());
                assertEquals(0, poll(reader, 1000));
                waits++;
                log.housekeep();
            }
        }
        assertEquals(log.log.highWatermark(), reader.position());
        assertFalse(reader.isWaiting());
    }

    private int mapped()
    {
        return log.storage.mapped.get() - log.storage.unmapped.get();
    }

    private void letTimePass(final long seconds)
    {
        for (int i = 0; i < 2 * seconds; i++)
        {
            log.nowNs += TimeUnit.MILLISECONDS.toNanos(500);
            log.housekeep();
        }
    }

    @Test
    void shouldMapTheActiveSegmentAlone()
    {
        letTimePass(30);
        assertEquals(1, mapped());
    }

    @Test
    void shouldTouchOnlyWhatWasReadAhead()
    {
        try (LogReader reader = log.log.newReader())
        {
            readToEnd(reader);
            // The window grows: far fewer waits than the log has chunks.
            assertTrue(waits > 0 && waits < 20, "waits " + waits);
        }
    }

    @Test
    void shouldHandOverRangesOfWhatWasReadAhead()
    {
        try (LogReader reader = log.log.newReader())
        {
            final long[] expected = { 0 };
            for (int i = 0; i < POLLS_MAX && reader.position() < log.log.highWatermark(); i++)
            {
                final int bytes = reader.pollBatches(
                    (buffer, index, length, baseOffset, nextOffset) ->
                    {
                        int at = index;
                        while (at < index + length)
                        {
                            assertEquals(expected[0], RecordBatchDescriptor.baseOffset(buffer, at));
                            expected[0] = RecordBatchDescriptor.nextOffset(buffer, at);
                            at += RecordBatchDescriptor.length(buffer, at);
                        }
                        assertEquals(nextOffset, expected[0]);
                        return true;
                    },
                    64 * KIB);
                if (0 == bytes)
                {
                    assertTrue(reader.isWaiting());
                    log.housekeep();
                }
            }
            assertEquals(log.log.highWatermark(), reader.position());
        }
    }

    @Test
    void shouldSeekToColdPlacesWithoutTouchingThem()
    {
        try (LogReader reader = log.log.newReader())
        {
            for (final long offset : new long[]{ RECORDS, 17, RECORDS - 1, RECORDS / 2, 0, RECORDS + 1, 12_345 })
            {
                assertEquals(0, reader.seek(offset));
                assertEquals(offset, reader.position());
                assertFalse(reader.isWaiting());
                next = offset;
                for (int i = 0; i < POLLS_MAX && next == offset; i++)
                {
                    if (0 == poll(reader, 1))
                    {
                        assertTrue(reader.isWaiting());
                        log.housekeep();
                    }
                }
                assertEquals(offset + 1, next);
            }
        }
    }

    @Test
    void shouldReadTheEndWithoutWaiting()
    {
        try (LogReader reader = log.log.newReader())
        {
            final long end = log.log.highWatermark();
            assertEquals(0, reader.seek(end - 1));
            next = end - 1;
            assertEquals(1, poll(reader, 10));
            assertEquals(0, poll(reader, 10));
            assertFalse(reader.isWaiting());
            assertEquals(end, log.append(VALUE_LENGTH));
            assertEquals(1, poll(reader, 10));
        }
    }

    @Test
    void shouldGiveMappingsBackWhenNobodyReads()
    {
        try (LogReader reader = log.log.newReader())
        {
            readToEnd(reader);
            assertTrue(mapped() > 4);
            letTimePass(30);
            assertEquals(1, mapped());
            for (final Segment segment : log.log.state().directory())
            {
                assertEquals(null == segment.next(), null != segment.residency());
            }

            assertEquals(0, reader.seek(3));
            readToEnd(reader);
        }
    }

    @Test
    void shouldNotUnmapWhatAReaderIsIn()
    {
        try (LogReader reader = log.log.newReader())
        {
            letTimePass(30);
            assertEquals(0, poll(reader, 1));
            log.housekeep();
            assertEquals(
                1,
                reader.poll(
                    (record) ->
                    {
                        letTimePass(60);
                        assertTrue(log.log.state().directory()[0].file().isMapped());
                        assertNull(log.log.state().directory()[0].residency());
                        LogFixture.verify(record);
                    },
                    1));
            letTimePass(30);
            assertEquals(1, mapped());
            assertEquals(1, reader.position());
            readToEnd(reader);
        }
    }

    @Test
    void shouldNotTakeWhatWasReadLongAgoToBeInMemory()
    {
        try (LogReader slow = log.log.newReader())
        {
            int polls = 0;
            for (int i = 0; i < POLLS_MAX && next < 40; i++)
            {
                polls += poll(slow, 1);
                log.nowNs += TimeUnit.SECONDS.toNanos(1);
                log.housekeep();
                waits += slow.isWaiting() ? 1 : 0;
            }
            assertEquals(40, polls);
            assertTrue(log.storage.rangesRead.get() >= 4, "read " + log.storage.rangesRead.get());
        }
    }

    @Test
    void shouldReportADiskThatCannotBeReadAndGoOnWhenItCan()
    {
        try (LogReader reader = log.log.newReader())
        {
            log.storage.failWhen((operation) -> operation.startsWith("read "));
            for (int i = 0; i < 1000; i++)
            {
                assertEquals(0, poll(reader, 1));
                assertTrue(reader.isWaiting());
                log.housekeep();
            }
            assertEquals(1, log.errors.size());
            log.errors.clear();
            log.storage.failWhen((operation) -> false);
            log.nowNs += TimeUnit.SECONDS.toNanos(1);
            readToEnd(reader);
        }
    }

    @Test
    void shouldEndTheWaitWhenTheLogIsClosed()
    {
        final LogReader reader = log.log.newReader();
        assertEquals(0, poll(reader, 1));
        assertTrue(reader.isWaiting());
        assertFalse(reader.isPollDue());
        log.close();
        assertTrue(reader.isPollDue());
        assertEquals(ResultCode.CLOSED.code(), poll(reader, 1));
        assertEquals(0, mapped());
    }
}
