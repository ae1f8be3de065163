package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.Checkpoint.Entry;
import io.epona.engine.EngineFixture.Reports;
import io.epona.engine.log.LogCheckpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CheckpointTest
{
    @TempDir
    private Path directory;

    private static Path logFile(final Path directory, final String partition) throws IOException
    {
        try (Stream<Path> files = Files.walk(directory))
        {
            return files.filter((file) -> file.toString().contains(partition) && file.toString().endsWith(".log"))
                .findFirst().orElseThrow();
        }
    }

    private static void flip(final Path file, final int index) throws IOException
    {
        final byte[] bytes = Files.readAllBytes(file);
        bytes[index] ^= 1;
        Files.write(file, bytes);
    }

    private void write(final int count)
    {
        final Reports reports = new Reports();
        try (Engine engine = Engine.launch(reports.context(directory)))
        {
            if (null == engine.topic("t"))
            {
                engine.createTopic("t", 2);
            }
            for (int i = 0; i < count; i++)
            {
                assertTrue(EngineFixture.append(engine.partition("t", 0), "first " + i) >= 0);
                assertTrue(EngineFixture.append(engine.partition("t", 1), "second " + i) >= 0);
            }
        }
        reports.assertNone();
    }

    @Test
    void shouldReadWhatItWroteAndNoByteElse()
    {
        final Checkpoint checkpoint = new Checkpoint(List.of(
            new Entry(7, 0, new LogCheckpoint(100, 20, true)), new Entry(7, 1, LogCheckpoint.NONE)));
        final byte[] bytes = checkpoint.encode();
        assertNull(Checkpoint.damage(bytes));
        assertEquals(checkpoint, Checkpoint.decode(bytes));
        for (int i = 0; i < bytes.length; i++)
        {
            final byte[] flipped = bytes.clone();
            flipped[i] ^= 4;
            assertNotNull(Checkpoint.damage(flipped), "byte " + i);
            final byte[] cut = new byte[i];
            System.arraycopy(bytes, 0, cut, 0, i);
            assertNotNull(Checkpoint.damage(cut), "cut at " + i);
        }
    }

    @Test
    void shouldFenceOnePartitionAndServeTheOther() throws IOException
    {
        write(10);
        final Path file = logFile(directory, "t-0.");
        final byte[] whole = Files.readAllBytes(file);
        flip(file, 4096 + 200);
        Files.delete(directory.resolve(CleanMarker.FILE_NAME));

        for (int i = 0; i < 2; i++)
        {
            final Reports reports = new Reports();
            try (Engine engine = Engine.launch(reports.context(directory)))
            {
                reports.assertOne("t-0 is fenced", file.toString(), "offset 1", "accept-data-loss", "restart");
                assertEquals(ResultCode.PARTITION_FENCED.code(), EngineFixture.append(engine.partition("t", 0), "x"));
                assertEquals(1, EngineFixture.records(engine.partition("t", 0)).size());
                assertEquals(10 + i, EngineFixture.append(engine.partition("t", 1), "more"));
                assertEquals(11 + i, EngineFixture.records(engine.partition("t", 1)).size());
            }
            reports.assertNone();
            assertTrue(Files.exists(directory.resolve(CleanMarker.FILE_NAME)), "the others were closed in order");
        }

        Files.write(file, whole);
        write(1);
    }

    @Test
    void shouldScanEverythingWhereItIsDamaged() throws IOException
    {
        write(10);
        flip(directory.resolve(Checkpoint.FILE_NAME), 40);
        final Reports reports = new Reports();
        try (Engine engine = Engine.launch(reports.context(directory)))
        {
            reports.assertOne("checkpoint", "scanned from their beginning");
            assertEquals(10, EngineFixture.append(engine.partition("t", 0), "x"));
        }
        write(1);
    }

    @Test
    void shouldKnowAPartitionThatWasAway() throws IOException
    {
        write(10);
        final Path partition = logFile(directory, "t-0.").getParent();
        final Path away = directory.resolveSibling(directory.getFileName() + "-away");
        Files.move(partition, away);
        final Reports reports = new Reports();
        Engine.launch(reports.context(directory)).close();
        reports.assertOne("t-0 is offline");
        Files.move(away, partition);
        flip(logFile(directory, "t-0."), 4096 + 200);
        final Reports later = new Reports();
        Engine.launch(later.context(directory)).close();
        later.assertOne("t-0 is fenced");
    }

    @Test
    void shouldBeWrittenWhileTheEngineRuns() throws IOException
    {
        final Reports reports = new Reports();
        final long[] nowNs = { 1_000_000_000L };
        final Path file = directory.resolve(Checkpoint.FILE_NAME);
        try (Engine engine = Engine.launch(reports.context(directory).invoked(true).clock(() -> nowNs[0])))
        {
            engine.createTopic("t", 1);
            nowNs[0] += CheckpointWriter.INTERVAL_NS;
            // In one cycle it is begun, in the next one written.
            EngineFixture.invoke(engine);
            EngineFixture.invoke(engine);
            assertEquals(1, Checkpoint.decode(Files.readAllBytes(file)).partitions().size());
            Files.delete(file);
            nowNs[0] += CheckpointWriter.INTERVAL_NS;
            EngineFixture.invoke(engine);
            EngineFixture.invoke(engine);
            assertTrue(Files.notExists(file), "nothing changed");
            engine.deleteTopic("t");
        }
        assertEquals(0, Checkpoint.decode(Files.readAllBytes(file)).partitions().size());
        reports.assertNone();
    }
}
