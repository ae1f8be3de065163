package io.epona.engine;

import io.epona.engine.DirectoryInspector.Log;
import io.epona.engine.EngineFixture.Reports;
import io.epona.engine.log.LogSummary;
import io.epona.engine.log.LogVisitor;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A segment is cut from outside under a running engine. Its memory is gone, and with it the process, or at least the
 * thread that touches it: what was not cut is found by the next start, and nothing else.
 */
class FileCutUnderEngineTest
{
    private static final int KEPT_LENGTH = 16 * 1024;
    private static final String TOPIC = KillChild.TOPICS[0];

    @TempDir
    private Path temp;
    private final Reports reports = new Reports();

    @Test
    void shouldEndTheProcessAndFindWhatWasNotCut() throws Exception
    {
        final Path data = temp.resolve("data");
        final Path notesFile = temp.resolve("notes");
        final Path err = temp.resolve("err");
        final MappedByteBuffer mapped = IoUtil.mapNewFile(notesFile.toFile(), KillChild.NOTES_LENGTH);
        final UnsafeBuffer notes = new UnsafeBuffer(mapped);
        final Process child = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED", "-XX:TieredStopAtLevel=1",
            "-XX:ErrorFile=" + temp.resolve("hs_err"), "-XX:-CreateCoredumpOnCrash",
            "-cp", System.getProperty("java.class.path"), KillChild.class.getName(),
            data.toString(), notesFile.toString(), "1")
            .directory(temp.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(err.toFile())
            .start();
        try
        {
            EngineFixture.await(() -> notes.getLongVolatile(KillChild.endIndex(0)) > 20 || !child.isAlive());
            assertTrue(child.isAlive(), () -> read(err));
            for (final Path segment : segments(data))
            {
                cut(segment);
            }
            EngineFixture.await(() -> !child.isAlive() || read(err).contains("InternalError"));
        }
        finally
        {
            child.destroyForcibly().waitFor();
            IoUtil.unmap(mapped);
        }

        // Segments behind the cut are counted too: they are seen, and not served.
        final long whole = inspect(data);
        try (Engine engine = Engine.launch(reports.context(data)))
        {
            final Partition partition = engine.partition(TOPIC, 0);
            final long[] next = { partition.logStart() };
            try (PartitionReader reader = partition.newReader())
            {
                int polled;
                do
                {
                    polled = reader.poll(
                        (record) ->
                        {
                            assertEquals(next[0], record.offset());
                            assertEquals(record.offset(), record.buffer().getLong(record.valueIndex()));
                            next[0]++;
                        },
                        100);
                }
                while (polled > 0 || reader.isWaiting());
            }
            assertTrue(next[0] > 0 && next[0] < whole, () -> next[0] + " records up to the cut, of " + whole);
        }
        assertFalse(reports.cuts.isEmpty() && reports.errors.isEmpty(), "it is said");
    }

    /** The cut is found; the result is where the log ended. */
    private static long inspect(final Path data) throws IOException
    {
        for (final Log log : DirectoryInspector.open(data, false).logs())
        {
            if (TOPIC.equals(log.topic()))
            {
                final LogSummary summary = log.inspector(LogVisitor.NONE).inspect();
                assertFalse(summary.findings().isEmpty(), "the cut is found");
                return summary.logEnd();
            }
        }

        throw new AssertionError("no log");
    }

    private static List<Path> segments(final Path data) throws IOException
    {
        try (Stream<Path> files = Files.walk(data))
        {
            return files.filter((file) -> file.toString().endsWith(".log") && file.toString().contains(TOPIC + "-0"))
                .sorted().toList();
        }
    }

    private static void cut(final Path segment) throws IOException
    {
        try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE))
        {
            channel.truncate(KEPT_LENGTH);
        }
    }

    private static String read(final Path file)
    {
        try
        {
            return Files.readString(file);
        }
        catch (final IOException ex)
        {
            return ex.toString();
        }
    }
}
