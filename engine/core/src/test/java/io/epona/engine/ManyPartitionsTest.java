package io.epona.engine;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Many idle partitions in one engine, within the stock limits of file handles (1,024) and mappings (65,530). */
class ManyPartitionsTest
{
    private static final int PARTITIONS_PER_TOPIC = 500;
    private static final int OTHER_MAPPINGS = 2_000;
    private static final int FILE_HANDLES = 512;
    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final Path HANDLES = Path.of("/proc/self/fd");

    @TempDir
    private Path temp;

    @RegisterExtension
    private final EngineFixture.Reports reports = new EngineFixture.Reports();

    private void run(final int partitions) throws IOException
    {
        final Path data = temp.resolve("data");
        final UnsafeBuffer value = new UnsafeBuffer(new byte[100]);
        try (Engine engine = Engine.launch(reports.context(data).maxPartitions(partitions)))
        {
            for (int topic = 0; topic < partitions / PARTITIONS_PER_TOPIC; topic++)
            {
                engine.createTopic("t" + topic, PARTITIONS_PER_TOPIC);
                final Partition last = engine.partition("t" + topic, PARTITIONS_PER_TOPIC - 1);
                assertEquals(0, last.append(value, 0, value.capacity()));
                last.owner(null);
            }
            assertWithinLimits(partitions);
        }

        try (Engine engine = Engine.launch(reports.context(data).maxPartitions(partitions)))
        {
            assertEquals(List.of(), engine.offlinePartitions());
            assertEquals(partitions / PARTITIONS_PER_TOPIC, engine.topics().size());
            for (final TopicInfo topic : engine.topics())
            {
                final Partition last = engine.partition(topic.name(), PARTITIONS_PER_TOPIC - 1);
                assertEquals(1, EngineFixture.records(last).size());
            }
            assertWithinLimits(partitions);
        }
    }

    /** One mapping for a partition, and no file handle. */
    private static void assertWithinLimits(final int partitions) throws IOException
    {
        try (Stream<String> maps = Files.lines(MAPS); Stream<Path> handles = Files.list(HANDLES))
        {
            final long mapped = maps.count();
            assertTrue(mapped < partitions + OTHER_MAPPINGS, "mappings " + mapped);
            assertTrue(handles.count() < FILE_HANDLES, "file handles");
        }
    }

    @Test
    void shouldHoldAThousand() throws IOException
    {
        run(1_000);
    }

    @Test
    @Tag("slow")
    void shouldHoldTenThousand() throws IOException
    {
        run(10_000);
    }
}
