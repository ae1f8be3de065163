package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.DirectoryInspector.Log;
import io.epona.engine.EngineFixture.Reports;
import io.epona.engine.log.LogSummary;
import io.epona.engine.log.LogVisitor;
import io.epona.engine.log.SegmentInfo;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static io.epona.engine.EngineFixture.append;
import static io.epona.engine.EngineFixture.await;
import static io.epona.engine.EngineFixture.imageOf;
import static io.epona.engine.EngineFixture.records;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Days on which everything around the engine goes wrong, made to happen on real files.
 */
class BadDaysTest
{
    private static final int KIB = 1024;
    private static final int VALUE_LENGTH = 8 * KIB;

    @TempDir
    private Path temp;
    private final Reports reports = new Reports();
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);

    /** Append until that is refused; returns the code. */
    private long fill(final Partition partition)
    {
        partition.owner(Thread.currentThread());
        final long[] result = new long[1];
        await(() ->
        {
            do
            {
                result[0] = partition.append(value, 0, VALUE_LENGTH);
            }
            while (result[0] >= 0);
            return ResultCode.BACK_PRESSURED.code() != result[0];
        });

        return result[0];
    }

    private static long count(final Partition partition)
    {
        final long[] count = new long[1];
        try (PartitionReader reader = partition.newReader())
        {
            while (reader.poll((record) -> count[0]++, 100) > 0 || reader.isWaiting())
            {
                Thread.yield();
            }
        }

        return count[0];
    }

    /** A refusal is seen before its report is, and the free space is looked at four times a second. */
    private void awaitReport(final String... parts)
    {
        await(() -> reports.errors.stream().anyMatch((error) -> Stream.of(parts).allMatch(error::contains)));
    }

    @ParameterizedTest
    @CsvSource({
        "0, No space left on device",
        "2097152, 'delete topics, lower their retention or make room'" })
    void shouldRefuseAppendsOnAFullDiskAndGoOnWhenThereIsRoom(final long lowBytes, final String said)
        throws Exception
    {
        try (MountedDisk disk = MountedDisk.mount(temp.resolve("full"), "24m"))
        {
            final Path data = disk.path().resolve("data");
            final Path ballast = Files.write(disk.path().resolve("ballast"), new byte[20 * KIB * KIB]);
            final long end;
            try (Engine engine = Engine.launch(reports.context(data).segmentBytes(KIB * KIB).storageLowBytes(lowBytes)))
            {
                engine.createTopic("t", 1);
                final Partition partition = engine.partition("t", 0);
                assertEquals(ResultCode.STORAGE_LOW.code(), fill(partition));
                assertEquals(partition.logEnd(), count(partition), "reads go on");
                awaitReport(data.toString(), "appends are refused until", said);

                Files.delete(ballast);
                final long[] result = new long[1];
                await(() ->
                {
                    result[0] = partition.append(value, 0, VALUE_LENGTH);
                    return result[0] >= 0;
                });
                assertEquals(ResultCode.STORAGE_LOW.code(), fill(partition), "full again");
                end = partition.logEnd();
                partition.owner(null);
            }
            for (final Log log : DirectoryInspector.open(data, false).logs())
            {
                final LogSummary summary = log.inspector(LogVisitor.NONE).inspect();
                assertEquals(List.of(), summary.findings());
                assertEquals(end, summary.logEnd());
            }
        }
    }

    @Test
    void shouldSayThatADirectoryIsReadOnly() throws Exception
    {
        try (MountedDisk disk = MountedDisk.mount(temp.resolve("readonly"), "8m"))
        {
            final Path data = disk.path().resolve("data");
            try (Engine engine = Engine.launch(reports.context(data).storageLowBytes(0)))
            {
                engine.createTopic("t", 1);
                append(engine.partition("t", 0), "one");
            }
            disk.makeReadOnly();
            final EngineException ex =
                assertThrows(EngineException.class, () -> Engine.launch(reports.context(data)));
            assertTrue(ex.getMessage().contains(data.toString()), ex.getMessage());
            assertTrue(ex.getMessage().contains("Read-only file system"), ex.getMessage());
            assertTrue(ex.getMessage().contains("check its path and permissions"), ex.getMessage());
            // Looking is still possible.
            final DirectoryInspector found = DirectoryInspector.open(data, false);
            assertEquals(DirectoryInspector.State.CLEAN, found.state());
            assertEquals(1, found.logs().get(0).inspector(LogVisitor.NONE).inspect().records());
        }
        reports.assertNone();
    }

    @Test
    void shouldRefuseAppendsWhenTheDirectoryIsGoneAndServeWhatItHas() throws IOException
    {
        final Path data = temp.resolve("data");
        final Engine engine = Engine.launch(reports.context(data));
        engine.createTopic("t", 1);
        final Partition partition = engine.partition("t", 0);
        append(partition, "one");
        // At once: the engine makes files in it at any time, also while somebody deletes one after the other.
        Files.move(data, temp.resolve("gone"));
        final long code = fill(partition);
        assertTrue(
            ResultCode.STORAGE_LOW.code() == code || ResultCode.PARTITION_FENCED.code() == code,
            () -> ResultCode.nameOf(code));
        awaitReport(data.toString(), "appends are refused until");
        assertEquals(partition.logEnd(), count(partition), "reads go on");
        partition.owner(null);
        engine.close();

        // Nothing says that there ever was something: it begins anew, in a directory of its own identity.
        try (Engine next = Engine.launch(new Reports().context(data)))
        {
            assertEquals(List.of(), next.topics());
        }
    }

    @Test
    void shouldKeepTimesInOrderWhenTheClockGoesBackBetweenLives() throws IOException
    {
        final Path data = temp.resolve("data");
        final long hourNs = 3_600_000_000_000L;
        final long beginNs = 500_000 * hourNs;
        for (int life = 0; life < 4; life++)
        {
            final long nowNs = beginNs - life * hourNs;
            final long[] ticks = new long[1];
            try (Engine engine = Engine.launch(reports.context(data).clock(() -> nowNs + ticks[0]).invoked(true)))
            {
                if (0 == life)
                {
                    engine.createTopic("t", 1);
                }
                for (int i = 0; i < 20; i++)
                {
                    ticks[0] += 1_000_000;
                    final Partition partition = engine.partition("t", 0);
                    partition.owner(Thread.currentThread());
                    EngineFixture.invoke(engine);
                    assertEquals(20L * life + i, partition.append(value, 0, 100));
                    partition.owner(null);
                }
                if (1 == life)
                {
                    // The third life begins with a scan.
                    imageOf(data, temp.resolve("image"));
                }
            }
        }
        reports.assertNone();
        assertTimesInOrder(data, 80);
        try (Engine engine = Engine.launch(reports.context(temp.resolve("image")).clock(() -> 1_000)))
        {
            append(engine.partition("t", 0), "at the beginning of time");
        }
        assertTimesInOrder(temp.resolve("image"), 41);
    }

    private static void assertTimesInOrder(final Path data, final long count) throws IOException
    {
        final List<Long> times = new ArrayList<>();
        final LogVisitor visitor = new LogVisitor()
        {
            @Override
            public void onSegment(final SegmentInfo segment)
            {
                assertEquals(0, segment.baseOffset());
            }

            @Override
            public boolean onBatch(
                final SegmentInfo segment,
                final long position,
                final DirectBuffer buffer,
                final int index,
                final int length)
            {
                times.add(RecordBatchDescriptor.appendTimestamp(buffer, index));
                return true;
            }
        };
        final LogSummary summary = DirectoryInspector.open(data, false).logs().get(0).inspector(visitor).inspect();
        assertEquals(List.of(), summary.findings());
        assertEquals(count, times.size());
        assertEquals(times.stream().sorted().toList(), times);
    }

    @Test
    void shouldMakeDamagedSmallFilesOfALogAnew() throws IOException
    {
        final Path data = temp.resolve("data");
        final List<String> written = new ArrayList<>();
        try (Engine engine = Engine.launch(reports.context(data)))
        {
            engine.createTopic("t", 1);
            for (int i = 0; i < 300; i++)
            {
                written.add(i + "#".repeat(1000));
                append(engine.partition("t", 0), written.get(i));
            }
        }
        final Path directory = DirectoryInspector.open(data, false).logs().get(0).directory();
        final List<Path> small;
        try (Stream<Path> files = Files.list(directory))
        {
            small = files.filter((file) -> !file.toString().endsWith(".log")).sorted().toList();
        }
        assertTrue(small.size() > 2, small::toString);
        for (final Path file : small)
        {
            final int length = (int)Files.size(file);
            for (final int index : new int[]{ 0, 17, length / 2, length - 1 })
            {
                if (Files.exists(file))
                {
                    DirectoryInspectorTest.flip(file, Math.min(index, (int)Files.size(file) - 1));
                }
                try (Engine engine = Engine.launch(reports.context(data)))
                {
                    assertEquals(List.of(), engine.offlinePartitions(), file::toString);
                    final Partition partition = engine.partition("t", 0);
                    assertEquals(written, records(partition), file::toString);
                    try (PartitionReader reader = partition.newReader())
                    {
                        assertEquals(0, reader.seek(150));
                        int polled = 0;
                        while (0 == polled)
                        {
                            polled = reader.poll((record) -> assertEquals(150, record.offset()), 1);
                            Thread.yield();
                        }
                        assertEquals(1, polled);
                    }
                }
            }
        }
        assertEquals(List.of(), reports.cuts);
        for (final String error : reports.errors)
        {
            assertTrue(error.contains(directory.toString()), error);
        }
    }
}
