package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LogFaultTest
{
    private static final int KIB = 1024;
    private static final LogConfig CONFIG = new LogConfig(128 * KIB, -1, 16 * KIB);
    private static final long RETRY_NS = 1_000_000_000L;

    @TempDir
    private Path temp;

    private LogFixture fixture() throws IOException
    {
        return new LogFixture(temp.resolve("t-3.abcd"), CONFIG).create();
    }

    @Test
    void shouldRefuseAppendsOnAFullDiskAndHeal() throws IOException
    {
        final LogFixture log = fixture();
        log.appendMany(10, 1000);
        log.storage.isFull = true;
        long result = 0;
        for (int i = 0; i < 500 && result >= 0; i++)
        {
            result = log.append(1000);
        }
        assertEquals(ResultCode.STORAGE_LOW.code(), result);
        assertEquals(ResultCode.STORAGE_LOW.code(), log.log.counters().refusal());
        final long end = log.log.logEnd();
        assertEquals(end, log.readFrom(0));
        log.nowNs += RETRY_NS;
        log.housekeep();
        assertEquals(ResultCode.STORAGE_LOW.code(), log.append(1000));
        assertEquals(1, log.errors.size(), "told once");
        assertEquals(2, log.log.counters().storageErrors());

        log.storage.isFull = false;
        log.housekeep();
        assertEquals(ResultCode.STORAGE_LOW.code(), log.append(1000));
        log.nowNs += RETRY_NS;
        log.housekeep();
        log.appendMany(300, 1000);
        assertEquals(end + 300, log.readFrom(0));
        assertEquals(0, log.log.counters().refusal());

        log.storage.isFull = true;
        while (log.append(1000) >= 0)
        {
            assertTrue(log.log.logEnd() < 10_000);
        }
        assertEquals(2, log.errors.size(), "told again");
    }

    @Test
    void shouldHandOverANextSegmentForWhichSpaceWasShortAtFirst() throws IOException
    {
        final LogFixture log = fixture();
        final int[] count = new int[1];
        // There is room for the header of the next segment, and then no more.
        log.storage.failWhen((operation) ->
            operation.startsWith("preallocate ") && operation.endsWith(".next") && ++count[0] > 1);
        long result = 0;
        for (int i = 0; i < 500 && result >= 0; i++)
        {
            result = log.append(1000);
        }
        assertEquals(ResultCode.STORAGE_LOW.code(), result);
        assertTrue(count[0] > 1);
        final long end = log.log.logEnd();

        log.storage.heal();
        log.nowNs += RETRY_NS;
        log.housekeep();
        log.appendMany(300, 1000);
        assertEquals(end + 300, log.readFrom(0));
    }

    @Test
    void shouldOpenOnAFullDiskAndServeReads() throws IOException
    {
        final LogFixture log = fixture();
        log.appendMany(100, 1000);
        final CleanState state = log.close();
        log.storage.isFull = true;
        log.open(state);
        assertEquals(100, log.readFrom(0));
        assertEquals(ResultCode.STORAGE_LOW.code(), log.append(1000));
        log.storage.isFull = false;
        log.nowNs += RETRY_NS;
        log.housekeep();
        assertEquals(100, log.append(1000));
    }

    @Test
    void shouldFenceThePartitionWhenASyncFailsAndNotRetry() throws IOException
    {
        final LogFixture log = fixture();
        log.appendMany(50, 1000);
        log.storage.isSyncFailing = true;
        long result = 0;
        for (int i = 0; i < 500 && result >= 0; i++)
        {
            result = log.append(1000);
            log.housekeep();
        }
        assertEquals(ResultCode.PARTITION_FENCED.code(), result);
        assertEquals(1, log.errors.size());
        final long end = log.log.logEnd();
        log.storage.isSyncFailing = false;
        log.nowNs += RETRY_NS;
        log.settle();
        assertEquals(ResultCode.PARTITION_FENCED.code(), log.append(1000));
        assertEquals(end, log.readFrom(0));
        assertEquals(1, log.errors.size());
        assertNull(log.close());

        log.open(null);
        assertEquals(end, log.readFrom(0));
        assertEquals(end, log.append(1000));
    }

    @Test
    void shouldNotGiveACleanStateWhenTheLastSyncFails() throws IOException
    {
        final LogFixture log = fixture();
        log.appendMany(10, 1000);
        log.storage.isSyncFailing = true;
        assertNull(log.close());
        assertTrue(log.errors.size() >= 1);
    }

    @Test
    void shouldRefuseAfterClose() throws IOException
    {
        final LogFixture log = fixture();
        log.appendMany(10, 1000);
        final LogReader reader = log.log.newReader();
        final CleanState state = log.close();
        assertNotNull(state);
        assertEquals(log.storage.mapped.get(), log.storage.unmapped.get());
        assertEquals(ResultCode.CLOSED.code(), reader.poll(LogFixture::verify, 1));
        log.appender.owner(Thread.currentThread());
        assertEquals(ResultCode.CLOSED.code(), log.append(10));
        assertNull(log.log.closeClean());
        assertEquals(0, log.log.housekeep(log.nowNs));
        assertEquals(
            List.of(SegmentDescriptor.logFile(log.directory, 0), log.directory.resolve(LeaderEpochs.FILE_NAME)),
            log.storage.list(log.directory));
        assertTrue(log.log.delete());
        assertEquals(List.of(), log.errors);
    }
}
