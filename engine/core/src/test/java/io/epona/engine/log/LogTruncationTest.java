package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LogTruncationTest
{
    private static final int KIB = 1024;
    private static final int TRUNCATED = ResultCode.TRUNCATED.code();
    private static final LogConfig CONFIG = new LogConfig(64 * KIB, -1, 16 * KIB);

    @TempDir
    private Path temp;

    /** Batches of three records, over several segments; every fifth is in a new epoch. */
    private LogFixture log(final String name, final int batches) throws IOException
    {
        final LogFixture log = new LogFixture(temp.resolve(name), CONFIG).create();
        appendBatches(log, batches);
        return log;
    }

    private static void appendBatches(final LogFixture log, final int batches)
    {
        final ExpandableArrayBuffer batch = new ExpandableArrayBuffer();
        for (int i = 0; i < batches; i++)
        {
            final long offset = log.log.logEnd();
            final int length = log.batch(batch, offset, 3, 2500);
            long result = log.appender.appendBatch(batch, 0, length, log.nowNs);
            for (int k = 0; k < 10_000 && ResultCode.BACK_PRESSURED.code() == result; k++)
            {
                log.housekeep();
                result = log.appender.appendBatch(batch, 0, length, log.nowNs);
            }
            assertEquals(offset, result);
            if (0 == i % 5)
            {
                log.log.leaderEpoch(log.log.leaderEpoch() + 1);
            }
        }
    }

    private static long await(final LogFixture log, final LogTruncation truncation)
    {
        for (int i = 0; i < 1000 && !truncation.isDone(); i++)
        {
            log.housekeep();
        }
        assertTrue(truncation.poll());
        return truncation.result();
    }

    private static void assertHolds(final LogFixture log, final long end)
    {
        assertEquals(end, log.log.logEnd());
        assertEquals(end, log.log.highWatermark());
        assertEquals(end, log.readFrom(log.log.logStart()));
    }

    @Test
    void shouldCutAtManyOffsets() throws IOException
    {
        cutAtEvery(10);
    }

    @Test
    @Tag("slow")
    void shouldCutAtEveryOffset() throws IOException
    {
        cutAtEvery(1);
    }

    private void cutAtEvery(final int step) throws IOException
    {
        for (long offset = 0; offset <= 90; offset += step)
        {
            final LogFixture log = log("t" + offset, 30);
            final long expected = offset - offset % 3;
            final LogTruncation truncation = log.log.truncate(offset);
            if (offset < 90)
            {
                assertEquals(ResultCode.BACK_PRESSURED.code(), log.appender.append(1, null, 0, -1, log.value, 0, 8));
            }
            assertEquals(expected, await(log, truncation));
            assertHolds(log, expected);
            if (0 == offset % 2)
            {
                // Nothing of what was cut comes back.
                log.open(0 == offset % 4 ? log.close() : null);
                assertHolds(log, expected);
            }
            log.log.leaderEpoch(100);
            appendBatches(log, 25);
            assertHolds(log, expected + 75);
            log.settle();
            log.open(null);
            assertHolds(log, expected + 75);
            assertEquals(List.of(), log.errors);
            assertEquals(List.of(), log.cuts);
        }
    }

    @Test
    void shouldTellReadersAboveTheCut() throws IOException
    {
        final LogFixture log = log("t", 30);
        try (LogReader above = log.log.newReader();
            LogReader at = log.log.newReader();
            LogReader below = log.log.newReader())
        {
            assertEquals(0, above.seek(61));
            assertEquals(3, above.poll(LogFixture::verify, 3));
            assertEquals(0, at.seek(50));
            assertEquals(4, at.poll(LogFixture::verify, 4));
            assertEquals(0, below.seek(10));
            assertEquals(1, below.poll(LogFixture::verify, 1));

            assertEquals(54, await(log, log.log.truncate(54)));
            log.log.leaderEpoch(100);
            appendBatches(log, 30);
            // The log has grown beyond it again, with other records.
            assertEquals(TRUNCATED, above.poll(LogFixture::verify, 10));
            assertEquals(TRUNCATED, above.pollBatches((b, i, l, base, next) -> true, 10));
            assertEquals(0, above.seek(54));
            assertEquals(10, above.poll(LogFixture::verify, 10));
            assertEquals(10, at.poll(LogFixture::verify, 10));
            assertEquals(64, at.position());
            assertEquals(100, below.poll(LogFixture::verify, 100));
        }
    }

    @Test
    void shouldCutTwiceAndWaitForPinnedReaders() throws IOException
    {
        final LogFixture log = log("t", 30);
        final AtomicReference<LogTruncation> truncation = new AtomicReference<>();
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(
                1,
                reader.poll(
                    (record) ->
                    {
                        truncation.set(log.log.truncate(9));
                        for (int i = 0; i < 100; i++)
                        {
                            log.housekeep();
                        }
                        assertFalse(truncation.get().isDone());
                        LogFixture.verify(record);
                    },
                    1));
        }
        assertEquals(9, await(log, truncation.get()));
        assertEquals(3, await(log, log.log.truncate(4)));
        assertEquals(3, log.log.truncate(3).result(), "nothing to do");
        assertEquals(ResultCode.OFFSET_OUT_OF_RANGE.code(), log.log.truncate(-1).result());
        assertHolds(log, 3);
        assertThrows(
            IllegalStateException.class,
            () ->
            {
                log.housekeep();
                assertEquals(3, log.appender.tryClaim(1, -1, 8));
                log.log.truncate(0);
            });
    }

    @Test
    void shouldBeginAnewAtAnotherOffset() throws IOException
    {
        for (final long start : new long[]{ 0, 40, 90, 1000 })
        {
            final LogFixture log = log("r" + start, 30);
            try (LogReader reader = log.log.newReader())
            {
                assertEquals(0, reader.seek(60));
                assertEquals(1, reader.poll(LogFixture::verify, 1));
                assertEquals(start, await(log, log.log.reset(start)));
                assertEquals(start, log.log.logStart());
                assertHolds(log, start);
                assertEquals(TRUNCATED, reader.poll(LogFixture::verify, 1));
                assertEquals(0, reader.seekToEarliest());
                appendBatches(log, 25);
                assertEquals(75, reader.poll(LogFixture::verify, 1000));
            }
            log.settle();
            log.open(log.close());
            assertEquals(start, log.log.logStart());
            assertHolds(log, start + 75);
            log.open(null);
            assertHolds(log, start + 75);
            assertEquals(List.of(), log.errors);
        }
    }

    /** Crash after so many operations: the log is what it was or what it was to be. False where there was no crash. */
    private boolean crashAfter(final int operations, final long offset, final boolean isReset) throws IOException
    {
        final LogFixture log = log("c" + offset + isReset + operations, 30);
        log.settle();
        log.storage.crashAfter(operations);
        final LogTruncation truncation = isReset ? log.log.reset(offset) : log.log.truncate(offset);
        for (int i = 0; i < 100 && !truncation.isDone(); i++)
        {
            log.housekeep();
        }
        assertTrue(truncation.isDone());
        final boolean isCrashed = truncation.result() < 0;
        log.storage.heal();
        if (isCrashed)
        {
            assertEquals(ResultCode.PARTITION_FENCED.code(), truncation.result());
            log.storage.crashAfter(operations % 5);
            try
            {
                log.open(null);
            }
            catch (final IOException ex)
            {
                assertTrue(ex.getMessage().startsWith("injected"), ex.getMessage());
            }
            log.storage.heal();
        }
        log.errors.clear();
        log.cuts.clear();
        log.open(null);
        final long end = log.log.logEnd();
        final long cutEnd = isReset ? offset : offset - offset % 3;
        assertTrue(isCrashed && 90 == end || cutEnd == end, "ends at " + end);
        assertHolds(log, end);
        assertTrue(!isReset || log.log.logStart() == (90 == end && isCrashed && offset != 90 ? 0 : offset));
        log.log.leaderEpoch(100);
        appendBatches(log, 10);
        log.open(null);
        assertHolds(log, end + 30);
        assertEquals(List.of(), log.errors);
        assertEquals(List.of(), log.cuts);

        return isCrashed;
    }

    /**
     * What was compacted above a cut is not compacted any more, or its keys would never be looked at again. Recovery
     * must say so before it forgets the cut, and also where the log begins anew: then there is nothing to scan.
     */
    @Test
    void shouldMoveTheCleanEndDownBeforeARecoveredCutIsForgotten() throws IOException
    {
        for (final TruncationFile cut : new TruncationFile[]{
            new TruncationFile(7, -1, 0), new TruncationFile(9, 0, cutIndex()) })
        {
            final LogFixture log = log("p" + cut.offset(), 30);
            log.settle();
            log.close();
            new CompactionProgress(log.storage, log.directory).advance(60, log.nowNs, 0);
            cut.write(log.storage, log.directory);
            log.storage.heal();

            log.open(null);
            assertHolds(log, cut.offset());
            final CompactionProgress progress = new CompactionProgress(log.storage, log.directory);
            assertNull(progress.load());
            assertEquals(cut.offset(), progress.cleanEnd());
            final List<String> operations = log.storage.operations();
            final int moved = operations.indexOf("replace " + log.directory.resolve(CompactionProgress.FILE));
            assertTrue(moved >= 0, operations::toString);
            assertTrue(
                moved < operations.indexOf("delete " + log.directory.resolve(TruncationFile.FILE)),
                operations::toString);
            assertEquals(List.of(), log.errors);
        }
    }

    /** Index of the fourth of the batches that {@link #appendBatches} makes. */
    private int cutIndex() throws IOException
    {
        final LogFixture log = log("i", 3);
        return SegmentDescriptor.HEADER_LENGTH + (int)log.log.state().positions.position();
    }

    private int crashEverywhere(final long offset, final boolean isReset) throws IOException
    {
        int operations = 0;
        while (crashAfter(operations, offset, isReset))
        {
            operations++;
        }
        return operations;
    }

    @Test
    void shouldBeWholeAfterACrashAtEveryOperation() throws IOException
    {
        assertTrue(crashEverywhere(10, false) > 8);
        assertTrue(crashEverywhere(200, true) > 8);
    }

    @Test
    @Tag("slow")
    void shouldBeWholeAfterACrashAtEveryOperationOfEveryCut() throws IOException
    {
        for (long offset = 0; offset < 90; offset++)
        {
            assertTrue(crashEverywhere(offset, false) > 3);
        }
    }

    @Test
    void shouldCutUnderReadersOfOtherThreads() throws Exception
    {
        final LogFixture log = log("t", 30);
        final AtomicBoolean isStopping = new AtomicBoolean();
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final AtomicLong polls = new AtomicLong();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++)
        {
            final Thread thread = new Thread(
                () ->
                {
                    try (LogReader reader = log.log.newReader())
                    {
                        while (!isStopping.get())
                        {
                            final int result = reader.poll(LogFixture::verify, 20);
                            if (result < 0)
                            {
                                assertEquals(TRUNCATED, result);
                                reader.seekToEarliest();
                            }
                            polls.incrementAndGet();
                        }
                    }
                    catch (final Throwable ex)
                    {
                        failure.set(ex);
                    }
                });
            threads.add(thread);
            thread.start();
        }
        for (int i = 0; i < 60 && null == failure.get(); i++)
        {
            final long offset = log.log.logEnd() * (i % 7) / 7;
            final LogTruncation truncation = log.log.truncate(offset);
            while (!truncation.isDone())
            {
                log.housekeep();
            }
            assertEquals(offset - offset % 3, truncation.result());
            assertTrue(truncation.poll());
            appendBatches(log, 30);
        }
        isStopping.set(true);
        for (final Thread thread : threads)
        {
            thread.join();
        }
        assertNull(failure.get());
        assertTrue(polls.get() > 0);
        assertEquals(List.of(), log.errors);
    }
}
