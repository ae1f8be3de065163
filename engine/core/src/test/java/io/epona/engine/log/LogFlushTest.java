package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LogFlushTest
{
    private static final int KIB = 1024;
    private static final long MS = 1_000_000L;
    private static final LogConfig CONFIG = new LogConfig(128 * KIB, -1, 16 * KIB);

    @TempDir
    private Path temp;

    private final ForcedImage image = new ForcedImage();

    private LogFixture fixture(final LogConfig config) throws IOException
    {
        final LogFixture log = new LogFixture(temp.resolve("t-3.abcd"), config);
        log.storage.forceListener = image;
        return log.create();
    }

    private void assertForced(final LogFixture log)
    {
        final long flushedEnd = log.log.flushedEnd();
        assertTrue(flushedEnd <= log.log.logEnd());
        assertTrue(
            image.holds(log.log.logStart(), flushedEnd), () -> "not on disk below " + flushedEnd);
    }

    @Test
    void shouldCommitAndShowOnlyWhatIsOnDisk() throws IOException
    {
        final LogFixture log = fixture(CONFIG.withFlush(FlushPolicy.COMMIT, 1000));
        assertEquals(FlushPolicy.COMMIT, log.log.flushPolicy());
        log.append(100);
        log.append(100);
        assertEquals(2, log.log.logEnd());
        assertEquals(0, log.log.highWatermark());
        assertEquals(0, log.log.flushedEnd());
        assertEquals(0, log.readFrom(0));

        log.housekeep();
        assertEquals(2, log.log.highWatermark());
        assertEquals(2, log.log.flushedEnd());
        assertEquals(2, log.readFrom(0));
        assertForced(log);

        for (int i = 0; i < 400; i++)
        {
            log.append(1000);
            assertForced(log);
        }
        log.settle();
        assertEquals(402, log.log.flushedEnd());
        assertForced(log);
        assertEquals(402, log.readFrom(0));
        assertEquals(List.of(), log.errors);
    }

    @ParameterizedTest
    @EnumSource(FlushPolicy.class)
    void shouldNeverClaimWhatWasNotForced(final FlushPolicy policy) throws IOException
    {
        final Random random = new Random(42);
        final LogConfig config = new LogConfig(128 * KIB, 600 * KIB, 16 * KIB).withFlush(policy, 10);
        final LogFixture log = fixture(config);
        for (int i = 0; i < 1500; i++)
        {
            assertEquals(i, log.append(8 + random.nextInt(2000)));
            if (0 == random.nextInt(3))
            {
                log.nowNs += random.nextInt(1 << 21);
                log.housekeep();
            }
            if (0 == random.nextInt(500))
            {
                log.nowNs += 11_000 * MS;
                log.settle();
            }
            if (0 == i % 20)
            {
                assertForced(log);
            }
        }
        assertTrue(log.log.flushedEnd() > 0, "something was forced before the end");
        assertNotNull(log.close());
        assertEquals(1500, log.log.flushedEnd());
        assertForced(log);
        assertEquals(List.of(), log.errors);
    }

    /** Else a sync of a page would write its neighbours too. */
    @ParameterizedTest
    @EnumSource(FlushPolicy.class)
    void shouldPrepareByPagesWhereSinglePagesAreForced(final FlushPolicy policy) throws IOException
    {
        final LogFixture log = fixture(CONFIG.withFlush(policy, 1000));
        log.appendMany(300, 1000);
        final boolean isCommit = FlushPolicy.COMMIT == policy;
        final List<String> operations = log.storage.operations();
        assertEquals(isCommit, operations.stream().anyMatch((operation) -> operation.startsWith("preallocatePages")));
        assertEquals(isCommit, operations.stream().noneMatch((operation) -> operation.startsWith("preallocate ")));
    }

    @Test
    void shouldForceWithinTheIntervalAndLeaveThePageAtTheEndAloneWhileItGrows() throws IOException
    {
        final LogFixture log = fixture(CONFIG.withFlush(FlushPolicy.INTERVAL, 1000));
        log.appendMany(10, 1000);
        log.settle();
        assertEquals(0, log.log.flushedEnd());

        log.nowNs += 500 * MS;
        log.settle();
        assertEquals(0, log.log.flushedEnd(), "not before it has been there for half an interval");
        log.appendMany(10, 1000);
        assertEquals(20, log.readFrom(0), "seen before it is on disk");
        log.nowNs += 500 * MS;
        log.settle();
        assertEquals(10, log.log.flushedEnd());
        assertForced(log);

        log.nowNs += 500 * MS;
        log.settle();
        assertEquals(20, log.log.flushedEnd(), "idle: up to the end");
        assertForced(log);
        assertEquals(List.of(), log.errors);
    }

    @Test
    void shouldForceSealedSegmentsInAnyCase() throws IOException
    {
        final LogFixture log = fixture(CONFIG);
        log.appendMany(200, 1000);
        log.settle();
        assertEquals(0, log.log.flushedEnd());
        log.nowNs += 11_000 * MS;
        log.settle();
        final long sealedEnd = log.log.flushedEnd();
        assertTrue(sealedEnd > 0 && sealedEnd < 200, () -> "flushed up to " + sealedEnd);
        assertForced(log);
    }

    @ParameterizedTest
    @EnumSource(value = FlushPolicy.class, names = {"INTERVAL", "COMMIT"})
    void shouldFenceAndClaimNoMoreWhenASyncFails(final FlushPolicy policy) throws IOException
    {
        final LogFixture log = fixture(CONFIG.withFlush(policy, 2));
        log.appendMany(5, 100);
        for (int i = 0; i < 3; i++)
        {
            log.nowNs += MS;
            log.settle();
        }
        assertEquals(5, log.log.flushedEnd());

        log.storage.isSyncFailing = true;
        log.appendMany(5, 100);
        for (int i = 0; i < 3; i++)
        {
            log.nowNs += MS;
            log.housekeep();
        }
        assertEquals(5, log.log.flushedEnd());
        assertEquals(ResultCode.PARTITION_FENCED.code(), log.append(100));
        assertEquals(1, log.errors.size());

        log.storage.isSyncFailing = false;
        for (int i = 0; i < 3; i++)
        {
            log.nowNs += 100 * MS;
            log.housekeep();
        }
        assertEquals(5, log.log.flushedEnd(), "no retry: nobody knows what a second sync would tell");
        assertEquals(FlushPolicy.COMMIT == policy ? 5 : 10, log.readFrom(0));
        assertNull(log.close());
        assertEquals(5, log.log.flushedEnd());
    }

    @Test
    void shouldKeepTheFenceWhenSpaceComesBack() throws IOException
    {
        final LogFixture log = fixture(CONFIG.withFlush(FlushPolicy.COMMIT, 1000));
        log.appendMany(5, 100);
        log.storage.isSyncFailing = true;
        log.housekeep();
        log.log.storageLow(true);
        assertEquals(ResultCode.PARTITION_FENCED.code(), log.append(100));
        log.log.storageLow(false);
        assertEquals(ResultCode.PARTITION_FENCED.code(), log.append(100));
    }

    /** The housekeeper renames on its own thread, whenever the disk lets the flusher wait. */
    @Test
    void shouldTakeANameForDurableOnlyWhereItWasGivenBeforeTheSync() throws IOException
    {
        final LogFixture log = new LogFixture(temp.resolve("t-3.abcd"), CONFIG);
        log.flushQueue = new FlushQueue(4, 1);
        log.create();
        while (log.log.state().directory().length < 3)
        {
            log.append(1000);
            log.housekeep();
        }
        final Segment second = log.log.state().directory()[1];
        final Segment third = log.log.state().directory()[2];
        log.flushQueue.drain();
        log.housekeep();
        assertEquals(Segment.RENAMED, second.naming());
        assertEquals(Segment.HEADER_FORCED, third.naming());

        log.storage.failWhen((operation) ->
        {
            if (operation.startsWith("syncDirectory"))
            {
                log.housekeep();
            }
            return false;
        });
        log.flushQueue.drain();
        assertTrue(second.isNamed());
        assertEquals(Segment.RENAMED, third.naming());

        log.flushQueue.drain();
        assertTrue(third.isNamed());
        assertEquals(List.of(), log.errors);
    }
}
