package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LogRetentionTest
{
    private static final int KIB = 1024;
    private static final RecordHandler VERIFY = LogFixture::verify;

    @TempDir
    private Path temp;

    private LogFixture fixture(final LogConfig config) throws IOException
    {
        return new LogFixture(temp.resolve("t-3.abcd"), config).create();
    }

    private static long logFiles(final LogFixture log) throws IOException
    {
        return log.storage.list(log.directory).stream().filter(SegmentDescriptor::isLogFile).count();
    }

    @Test
    void shouldKeepTheSizeAndReuseFiles() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(64 * KIB, 256 * KIB, 16 * KIB));
        for (int i = 0; i < 5000; i++)
        {
            log.append(1000);
            log.housekeep();
        }
        log.settle();
        final long start = log.log.logStart();
        assertTrue(start > 4000, "log start " + start);
        assertTrue(log.log.counters().recycledSegments() > 50);
        assertTrue(log.log.counters().sizeBytes() >= 256 * KIB);
        assertTrue(log.log.counters().sizeBytes() <= (256 + 64) * KIB);
        assertTrue(logFiles(log) <= 6);
        // the first one, some before the pool filled, and a few more: not one per roll
        assertTrue(log.storage.mapped.get() < 15, "mapped " + log.storage.mapped.get());
        assertEquals(5000, log.readFrom(start));
        assertEquals(List.of(), log.errors);

        final CleanState state = log.close();
        assertEquals(log.storage.mapped.get(), log.storage.unmapped.get());
        log.open(state);
        assertEquals(start, log.log.logStart());
        assertEquals(5000, log.readFrom(start));
        log.appendMany(1000, 1000);
        log.settle();
        log.close();
        log.open(null);
        assertEquals(6000, log.readFrom(log.log.logStart()));
        assertEquals(List.of(), log.cuts);
    }

    private static LogConfig aged(final CleanupPolicy policy, final long retentionMs)
    {
        return new LogConfig(64 * KIB, -1, 16 * KIB).withCleanup(policy, new LogConfig.Compaction(), retentionMs);
    }

    @Test
    void shouldDropSegmentsByTheAgeOfTheirLastBatch() throws IOException
    {
        final LogFixture log = fixture(aged(CleanupPolicy.DELETE, 60_000));
        for (int i = 0; i < 10; i++)
        {
            log.appendMany(30, 1000);
            log.nowNs += 10_000_000_000L;
            log.settle();
        }
        // 100 s in 10 steps, of which the first ones are older than a minute
        final long start = log.log.logStart();
        assertTrue(start >= 60 && start <= 120, "log start " + start);
        assertEquals(300, log.readFrom(start));
        log.nowNs -= 3_600_000_000_000L;
        log.settle();
        assertEquals(start, log.log.logStart(), "a clock that goes back makes nothing older");
        log.appendMany(1, 1000);
        log.nowNs += 3_600_000_000_000L;
        log.settle();
        assertTrue(log.log.logStart() < 200);
        assertEquals(301, log.readFrom(log.log.logStart()));
        assertEquals(List.of(), log.errors);
    }

    /** Old segments are on disk only: what mapped memory says before it was read is never looked at. */
    @Test
    void shouldReadTheAgeOfASegmentThroughItsFile() throws IOException
    {
        final LogFixture log = fixture(aged(CleanupPolicy.DELETE, 60_000));
        log.appendMany(300, 1000);
        log.settle();
        log.nowNs += 11_000_000_000L;
        log.settle();
        final CleanState state = log.close();
        log.storage.failWhen((operation) -> operation.startsWith("read "));
        log.open(state);
        log.storage.poisonUnread();
        log.nowNs += 60_000_000_000L;
        log.settle();
        log.nowNs += 1_000_000_000L;
        log.settle();
        assertEquals(0, log.log.logStart());
        assertEquals(1, log.errors.size(), log.errors::toString);
        assertTrue(log.errors.get(0).getMessage().contains("its age cannot be read"), log.errors::toString);
        final int mapped = log.storage.mapped.get();
        log.storage.heal();
        for (int i = 0; i < 10; i++)
        {
            log.nowNs += 1_000_000_000L;
            log.settle();
        }
        assertEquals(300, log.log.logStart());
        assertEquals(1, logFiles(log));
        // Those that wait for reuse are, to make their headers invalid; nothing was for its age.
        assertEquals(mapped + LogConfig.POOL_SEGMENTS_DEFAULT, log.storage.mapped.get());
        assertEquals(1, log.errors.size(), log.errors::toString);
    }

    /** Reads of the file of the first segment in the 20 seconds after an open. */
    private int readsOfFirstSegment(final Path directory, final long retentionMs) throws IOException
    {
        final LogFixture log = new LogFixture(directory, aged(CleanupPolicy.DELETE, retentionMs)).create();
        log.appendMany(300, 1000);
        log.settle();
        final CleanState state = log.close();
        final String operation = "read " + SegmentDescriptor.logFile(log.directory, 0);
        final int[] reads = new int[1];
        log.storage.failWhen((next) ->
        {
            reads[0] += next.equals(operation) ? 1 : 0;
            return false;
        });
        log.open(state);
        for (int i = 0; i < 20; i++)
        {
            log.nowNs += 1_000_000_000L;
            log.settle();
        }
        assertEquals(0, log.log.logStart());
        log.close();
        assertEquals(List.of(), log.errors);

        return reads[0];
    }

    /** A log that is kept by its size has long segments, and none of them is old for days. */
    @Test
    void shouldReadNothingButTheFirstHeaderOfAYoungSegment() throws IOException
    {
        final int withoutAge = readsOfFirstSegment(temp.resolve("t-0.a"), -1);
        assertEquals(withoutAge + 1, readsOfFirstSegment(temp.resolve("t-1.b"), 60_000));
    }

    @Test
    void shouldEmptyAnIdleLog() throws IOException
    {
        final LogFixture log = fixture(aged(CleanupPolicy.DELETE, 60_000));
        log.appendMany(100, 1000);
        log.nowNs += 59_000_000_000L;
        log.settle();
        assertEquals(0, log.log.logStart());
        for (int i = 0; i < 10; i++)
        {
            log.nowNs += 2_000_000_000L;
            log.settle();
        }
        assertEquals(100, log.log.logStart());
        assertEquals(100, log.log.logEnd());
        assertEquals(1, logFiles(log));
        assertEquals(100, log.readFrom(100));
        log.appendMany(200, 1000);
        assertEquals(300, log.readFrom(100));
        log.settle();
        assertEquals(100, log.log.logStart(), "what is young stays");
        log.open(log.close());
        assertEquals(300, log.readFrom(100));
        assertEquals(List.of(), log.errors);
    }

    @Test
    void shouldKeepWhatIsOnlyCompacted() throws IOException
    {
        final LogConfig config = new LogConfig(64 * KIB, 64 * KIB, 16 * KIB)
            .withCleanup(CleanupPolicy.COMPACT, new LogConfig.Compaction(0, 0, 1), 1000);
        final LogFixture log = fixture(config);
        for (int i = 0; i < 300; i++)
        {
            log.fill(i, 1000);
            while (log.appender.append(log.nowNs, log.value, 0, 8, log.value, 0, 1000) < 0)
            {
                log.housekeep();
            }
        }
        log.nowNs += 100_000_000_000L;
        log.settle();
        assertEquals(0, log.log.logStart());
        assertEquals(300, log.readFrom(0));
        assertEquals(0, log.log.counters().retiredSegments());
    }

    @Test
    void shouldTellAReaderThatWasPassed() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(64 * KIB, 128 * KIB, 16 * KIB));
        try (LogReader reader = log.log.newReader())
        {
            log.append(1000);
            assertEquals(1, reader.poll(VERIFY, 10));
            for (int i = 0; i < 1000; i++)
            {
                log.append(1000);
                log.housekeep();
            }
            log.settle();
            final int outOfRange = ResultCode.OFFSET_OUT_OF_RANGE.code();
            assertEquals(outOfRange, reader.poll(VERIFY, 10));
            assertEquals(outOfRange, reader.pollBatches((b, i, l, base, next) -> true, 10));
            assertEquals(1, reader.position());
            assertEquals(outOfRange, reader.seek(1));
            assertEquals(0, reader.seekToEarliest());
            assertEquals(log.log.logStart(), reader.position());
            assertEquals(10, reader.poll(VERIFY, 10));
        }
    }

    @Test
    void shouldNotReuseWhatAReaderPins() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(64 * KIB, 64 * KIB, 16 * KIB));
        log.appendMany(60, 1000);
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(
                1,
                reader.poll(
                    (record) ->
                    {
                        for (int i = 0; i < 300; i++)
                        {
                            log.append(1000);
                            log.housekeep();
                        }
                        assertTrue(log.log.logStart() > 0);
                        LogFixture.verify(record);
                        assertEquals(0, log.log.counters().recycledSegments());
                        log.nowNs += 20_000_000_000L;
                        log.housekeep();
                    },
                    1));
            assertEquals(1, log.errors.size());
            assertTrue(log.errors.get(0).getMessage().contains("inside one poll"));
            log.settle();
            assertTrue(log.log.counters().recycledSegments() > 0);
            assertEquals(ResultCode.OFFSET_OUT_OF_RANGE.code(), reader.poll(VERIFY, 1));
        }
    }

    @Test
    void shouldRetryADeletionThatFails() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(128 * KIB, 64 * KIB, 16 * KIB));
        log.storage.isDeleteFailing = true;
        log.appendMany(400, 1000);
        log.settle();
        assertEquals(1, log.errors.size());
        assertEquals(0, log.log.counters().refusal());
        log.storage.isDeleteFailing = false;
        log.nowNs += 1_000_000_000L;
        log.settle();
        assertFalse(log.storage.exists(SegmentDescriptor.logFile(log.directory, 0)));
        assertEquals(400, log.readFrom(log.log.logStart()));
    }

    @Test
    void shouldKeepEverythingWithoutRetention() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(64 * KIB, -1, 16 * KIB));
        log.appendMany(2000, 1000);
        log.settle();
        assertEquals(0, log.log.logStart());
        assertEquals(2000, log.readFrom(0));
        assertEquals(0, log.log.counters().retiredSegments());
    }
}
