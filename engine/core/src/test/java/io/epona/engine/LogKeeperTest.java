package io.epona.engine;

import io.epona.engine.EngineFixture.Reports;
import io.epona.engine.log.CleanupPolicy;
import io.epona.engine.log.FileStorage;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.LogContext;
import io.epona.engine.log.PartitionLog;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LogKeeperTest
{
    @TempDir
    private Path temp;
    @RegisterExtension
    private final Reports reports = new Reports();

    @Test
    void shouldLookAfterColdLogsInTurnsAndStayWithHotOnes() throws IOException
    {
        final LogContext logContext = new LogContext(
            new FileStorage(), () -> 1, (error) -> reports.errors.add(error.getMessage()),
            (file, offset, position, length, reason) -> reports.cuts.add(reason));
        final LogKeeper keeper = new LogKeeper(new Reporter(logContext.errorHandler()), () -> {});
        final List<Partition> partitions = new ArrayList<>();
        final int count = LogKeeper.SLICE + 20;
        for (int i = 0; i < count; i++)
        {
            final PartitionLog log = PartitionLog.create(
                logContext, temp.resolve("t-" + i), 1, i, new LogConfig(64 * 1024, -1, 32 * 1024));
            partitions.add(new Partition("t", log));
            keeper.add(log, 0);
        }
        assertEquals(count, keeper.logs().size());
        for (int i = 0; i < 10; i++)
        {
            keeper.doWork(1);
        }
        // All are cold now, and need two cycles to be looked at once each.
        assertEquals(0, keeper.doWork(LogKeeper.HOT_NS + 2));
        for (final Partition partition : partitions)
        {
            fillRunway(partition);
        }
        int cycles = 0;
        while (partitions.stream().anyMatch((partition) -> !hasRoom(partition)))
        {
            assertTrue(cycles++ < 100, "a log was never looked after");
            keeper.doWork(LogKeeper.HOT_NS + 3);
        }
        assertTrue(cycles >= 2, "cycles " + cycles);

        partitions.forEach((partition) -> partition.owner(null));
        for (final PartitionLog log : keeper.logs())
        {
            keeper.remove(log);
            log.closeClean();
        }
        assertEquals(List.of(), keeper.logs());
        assertEquals(0, keeper.doWork(0));
        reports.assertNone();
    }

    @Test
    void shouldGiveAnIdleLogAStepNowAndThenForWhatOnlyTimeBrings() throws IOException
    {
        final long[] nowNs = { 1 };
        final LogContext logContext = new LogContext(
            new FileStorage(), () -> nowNs[0], (error) -> reports.errors.add(error.getMessage()),
            (file, offset, position, length, reason) -> reports.cuts.add(reason));
        final LogKeeper keeper = new LogKeeper(new Reporter(logContext.errorHandler()), () -> {});
        final LogConfig config = new LogConfig(64 * 1024, -1, 32 * 1024)
            .withCleanup(CleanupPolicy.DELETE, new LogConfig.Compaction(), 10_000);
        final PartitionLog log = PartitionLog.create(logContext, temp.resolve("t-0"), 1, 0, config);
        keeper.add(log, nowNs[0]);
        final Partition partition = new Partition("t", log);
        assertTrue(hasRoom(partition));
        assertEquals(0, log.logStart());
        for (int i = 0; i < 40; i++)
        {
            nowNs[0] += LogKeeper.IDLE_STEP_NS;
            keeper.doWork(nowNs[0]);
        }
        // Its records have gone by age.
        assertEquals(1, log.logStart());
        partition.owner(null);
        keeper.remove(log);
        log.closeClean();
        reports.assertNone();
    }

    private static void fillRunway(final Partition partition)
    {
        partition.owner(Thread.currentThread());
        int appended = 0;
        while (hasRoom(partition))
        {
            assertTrue(appended++ < 1000, "the runway has no end");
        }
    }

    private static boolean hasRoom(final Partition partition)
    {
        return partition.append(new UnsafeBuffer(new byte[16 * 1024]), 0, 16 * 1024) >= 0;
    }
}
