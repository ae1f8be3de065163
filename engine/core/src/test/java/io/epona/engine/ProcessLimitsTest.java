package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineFixture.Reports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a start says where partitions cannot fit into what the operating system allows. */
class ProcessLimitsTest
{
    private static final long STOCK_MAPPINGS = 65_530;
    private static final long STOCK_FILES = 1_024;

    @TempDir
    private Path temp;
    @RegisterExtension
    private final Reports reports = new Reports();

    private final Reporter reporter = new Reporter((error) -> reports.errors.add(error.getMessage()));

    private Engine.Context context(final long mappings, final long files)
    {
        return reports.context(temp.resolve("data")).processLimits(new ProcessLimits(mappings, files));
    }

    @Test
    void shouldTakeTenThousandPartitionsUnderTheStockLimits()
    {
        new ProcessLimits(STOCK_MAPPINGS, STOCK_FILES).check(10_000, 10_000, 4, reporter);
        new ProcessLimits(ProcessLimits.UNKNOWN, ProcessLimits.UNKNOWN).check(1_000_000, 1_000_000, 64, reporter);
        reports.assertNone();
    }

    @Test
    void shouldRefuseToStartWithPartitionsThatCannotBeMapped()
    {
        try (Engine engine = Engine.launch(context(STOCK_MAPPINGS, STOCK_FILES)))
        {
            engine.createTopic("t", 20);
        }
        final EngineException refusal =
            assertThrows(EngineException.class, () -> Engine.launch(context(2_019, STOCK_FILES)));
        assertEquals(ResultCode.LIMIT_REACHED, refusal.code());
        assertTrue(refusal.getMessage().contains("20 partitions need 2020 memory mappings"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("sysctl -w vm.max_map_count=262144"), refusal.getMessage());
        reports.assertNone();
        try (Engine engine = Engine.launch(context(STOCK_MAPPINGS, STOCK_FILES)))
        {
            assertEquals(20, engine.topic("t").partitionCount());
        }
    }

    @Test
    void shouldWarnOfPartitionsThatCouldNotAllBeWritten()
    {
        try (Engine engine = Engine.launch(context(STOCK_MAPPINGS, STOCK_FILES).maxPartitions(100_000)))
        {
            reports.assertOne(
                "100000 partitions (epona.max.partitions) need up to 302000", "may have 65530",
                "sysctl -w vm.max_map_count=524288", "lower epona.max.partitions");
            engine.createTopic("t", 1);
        }
    }

    @Test
    void shouldWarnOfTooFewFileHandles()
    {
        try (Engine engine = Engine.launch(context(STOCK_MAPPINGS, 128)))
        {
            reports.assertOne("may have 128 files open and needs up to 272", "ulimit -n 1024");
            engine.createTopic("t", 1);
        }
    }

    @Test
    void shouldReadWhatTheSystemSays() throws IOException
    {
        Files.createDirectories(temp.resolve("sys/vm"));
        Files.createDirectories(temp.resolve("self"));
        assertEquals(new ProcessLimits(ProcessLimits.UNKNOWN, ProcessLimits.UNKNOWN), ProcessLimits.read(temp));
        Files.writeString(temp.resolve("sys/vm/max_map_count"), "65530\n");
        Files.writeString(
            temp.resolve("self/limits"),
            "Limit                     Soft Limit           Hard Limit           Units     \n" +
            "Max processes             63456                63456                processes \n" +
            "Max open files            1024                 524288               files     \n");
        assertEquals(new ProcessLimits(STOCK_MAPPINGS, STOCK_FILES), ProcessLimits.read(temp));
        Files.writeString(
            temp.resolve("self/limits"), "Max open files            unlimited            unlimited            files\n");
        assertEquals(new ProcessLimits(STOCK_MAPPINGS, ProcessLimits.UNKNOWN), ProcessLimits.read(temp));
    }
}
