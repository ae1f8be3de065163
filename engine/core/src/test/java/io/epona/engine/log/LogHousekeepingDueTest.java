package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What an idle log is not looked after for, unless it says that something is due. */
class LogHousekeepingDueTest
{
    private static final int KIB = 1024;

    @TempDir
    private Path temp;

    private LogFixture fixture(final FlushPolicy policy) throws IOException
    {
        return fixture(new LogConfig(1024 * KIB, -1, 512 * KIB).withFlush(policy, 100));
    }

    private LogFixture fixture(final LogConfig config) throws IOException
    {
        final LogFixture log = new LogFixture(temp.resolve("t-3.abcd"), config).create();
        log.settle();
        assertFalse(log.log.isHousekeepingDue());

        return log;
    }

    @Test
    void shouldBeDueWhenTheLogHasGrown() throws IOException
    {
        final LogFixture log = fixture(FlushPolicy.NONE);
        log.append(100);
        assertTrue(log.log.isHousekeepingDue());
        log.settle();
        assertFalse(log.log.isHousekeepingDue());
        log.close();
    }

    @Test
    void shouldBeDueWhenABatchFoundNoRoom() throws IOException
    {
        final LogFixture log = fixture(FlushPolicy.NONE);
        final long result = log.appender.append(log.nowNs, null, 0, -1, log.value, 0, 500 * KIB);
        assertEquals(ResultCode.BACK_PRESSURED.code(), result);
        assertTrue(log.log.isHousekeepingDue());
        log.settle();
        assertFalse(log.log.isHousekeepingDue());
        assertEquals(0, log.appender.append(log.nowNs, null, 0, -1, log.value, 0, 500 * KIB));
        log.close();
    }

    @Test
    void shouldBeDueUntilWhatThePolicyWantsIsOnDisk() throws IOException
    {
        final LogFixture log = fixture(FlushPolicy.INTERVAL);
        log.append(100);
        log.settle();
        assertTrue(log.log.isHousekeepingDue());
        while (log.log.flushedEnd() < log.log.logEnd())
        {
            log.nowNs += 50_000_000L;
            log.housekeep();
        }
        log.settle();
        assertFalse(log.log.isHousekeepingDue());
        log.close();
    }

    @Test
    void shouldBeDueUntilATruncationIsDone() throws IOException
    {
        final LogFixture log = fixture(FlushPolicy.NONE);
        log.appendMany(3, 100);
        log.settle();
        final LogTruncation truncation = log.log.truncate(1);
        assertTrue(log.log.isHousekeepingDue());
        log.settle();
        assertTrue(truncation.poll());
        assertFalse(log.log.isHousekeepingDue());
        log.close();
    }

    @Test
    void shouldBeDueWhileAReaderWaitsForAColdSegment() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(64 * KIB, -1, 16 * KIB));
        log.appendMany(200, 1000);
        // Until the segments that were left are known to be on disk only.
        for (int i = 0; i < 30; i++)
        {
            log.nowNs += 1_000_000_000L;
            log.settle();
        }
        assertFalse(log.log.isHousekeepingDue());
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(0, reader.poll(LogFixture::verify, 1));
            assertTrue(reader.isWaiting());
            assertTrue(log.log.isHousekeepingDue());
            log.settle();
            assertEquals(1, reader.poll(LogFixture::verify, 1));
        }
        assertFalse(log.log.isHousekeepingDue());
        assertEquals(List.of(), log.errors);
        log.close();
    }
}
