package io.epona.broker.cli;

import io.epona.engine.Engine;
import io.epona.engine.Partition;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code log dump} and {@code log verify} on directories of running and stopped engines.
 */
class LogCommandTest
{
    private static final int HEADER_LENGTH = 4096;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path dir;

    private int run(final String... arguments)
    {
        out.reset();
        err.reset();
        final Terminal terminal = new Terminal(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            () -> false);
        return EponaCommand.run(terminal, arguments);
    }

    private String out()
    {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err()
    {
        return err.toString(StandardCharsets.UTF_8);
    }

    private Path data()
    {
        return dir.resolve("data");
    }

    private Engine engine()
    {
        return Engine.launch(new Engine.Context().dataDir(data()).segmentBytes(64 * 1024));
    }

    private static void append(final Partition partition, final String key, final byte[] value)
    {
        final UnsafeBuffer keyBuffer = new UnsafeBuffer(key.getBytes(StandardCharsets.UTF_8));
        final UnsafeBuffer valueBuffer = new UnsafeBuffer(value);
        partition.owner(Thread.currentThread());
        final long offset = partition.append(
            1_700_000_000_123_456_789L, keyBuffer, 0, keyBuffer.capacity(), valueBuffer, 0, value.length);
        assertTrue(offset >= 0, () -> "refused: " + offset);
        partition.owner(null);
    }

    /** Three records, closed in order; returns the only segment file. */
    private Path closedLog() throws IOException
    {
        try (Engine engine = engine())
        {
            engine.createTopic("orders", 1);
            final Partition partition = engine.partition("orders", 0);
            append(partition, "k\"1", "plain text".getBytes(StandardCharsets.UTF_8));
            append(partition, "k2", new byte[]{ 1, (byte)0xFF });
            append(partition, "k3", "third".getBytes(StandardCharsets.UTF_8));
        }
        return segmentFile();
    }

    private Path segmentFile() throws IOException
    {
        try (Stream<Path> files = Files.walk(data()))
        {
            final List<Path> found = files.filter((file) -> file.toString().endsWith(".log")).toList();
            assertEquals(1, found.size());
            return found.get(0);
        }
    }

    private void flip(final Path file, final long position) throws IOException
    {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw"))
        {
            access.seek(position);
            final int value = access.read();
            access.seek(position);
            access.write(value ^ 0x41);
        }
    }

    @Test
    void dumpsSegmentsBatchesAndValues() throws IOException
    {
        final Path file = closedLog();
        assertEquals(ExitCodes.OK, run("log", "dump", data().toString()), err());
        final List<String> lines = out().lines().toList();
        assertEquals(4, lines.size(), out());
        assertTrue(lines.get(0).startsWith("segment " + file + "  topic id "), out());
        assertTrue(lines.get(1).startsWith("batch 0 to 0  position 4096  "), out());

        assertEquals(
            ExitCodes.OK,
            run("log", "dump", file.toString(), "--values", "--from", "1", "--max-records", "1"), err());
        final String text = out();
        assertTrue(text.contains("  1  2023-11-14T22:13:20.123456789Z  key k2  value 0x01ff\n"), text);
        assertFalse(text.contains("third") || text.contains("plain"), text);
    }

    @Test
    void dumpsOneJsonObjectALine() throws IOException
    {
        final Path file = closedLog();
        assertEquals(ExitCodes.OK, run("log", "dump", file.getParent().toString(), "--values", "--json"), err());
        final List<String> lines = out().lines().toList();
        assertEquals(7, lines.size(), out());
        assertTrue(lines.stream().allMatch((line) -> line.startsWith("{\"type\":\"") && line.endsWith("}")), out());
        assertTrue(lines.get(0).contains("\"file\":\"" + file + "\",\"topicId\":\"000000"), out());
        assertTrue(lines.get(1).contains("\"baseOffset\":0,\"lastOffset\":0,\"position\":4096,\"length\":"), out());
        assertEquals(
            "{\"type\":\"record\",\"offset\":0,\"timestamp\":1700000000123456789,\"key\":\"k\\\"1\"," +
            "\"value\":\"plain text\"}", lines.get(2));
        assertTrue(lines.get(4).endsWith("\"key\":\"k2\",\"valueBase64\":\"Af8=\"}"), out());
    }

    @Test
    void verifiesARunningAndAStoppedEngine() throws IOException
    {
        try (Engine engine = engine())
        {
            engine.createTopic("orders", 2);
            append(engine.partition("orders", 1), "k", new byte[100]);
            assertEquals(ExitCodes.OK, run("log", "verify", data().toString()), out());
            assertTrue(out().contains("ok: 2 logs, "), out());
            assertTrue(out().endsWith("an engine is running\n"), out());
        }
        assertEquals(ExitCodes.OK, run("log", "verify", data().toString(), "--json"), out());
        final List<String> lines = out().lines().toList();
        assertEquals(3, lines.size(), out());
        assertTrue(lines.get(1).contains("\"topic\":\"orders\""), out());
        assertTrue(lines.get(1).contains("\"records\":1"), out());
        assertTrue(lines.get(2).startsWith(
            "{\"type\":\"summary\",\"state\":\"clean\",\"logs\":2,\"damagedLogs\":0,\"damagedFiles\":0,"), out());
    }

    @Test
    void namesDamageWithFileAndOffset() throws IOException
    {
        final Path file = closedLog();
        flip(file, HEADER_LENGTH + 100);
        assertEquals(ExitCodes.VIOLATION, run("log", "verify", data().toString()));
        assertEquals("", err());
        assertTrue(out().contains("damage: " + file + " offset 0 position 4096: "), out());
        assertTrue(out().contains("DAMAGED: 1 of 1 log, "), out());
        assertEquals(ExitCodes.VIOLATION, run("log", "dump", data().toString()));
        flip(file, HEADER_LENGTH + 100);
        assertEquals(ExitCodes.OK, run("log", "verify", data().toString()), out());
    }

    @Test
    void reportsATornTailOfAKilledEngineAndExitsWithZero() throws IOException
    {
        final Path file = closedLog();
        Files.delete(data().resolve("clean"));
        Files.deleteIfExists(data().resolve("checkpoint"));
        assertEquals(ExitCodes.OK, run("log", "verify", data().toString()), out());
        assertTrue(out().endsWith("not closed in order: the next start recovers\n"), out());
        final long end = 4096 + 3 * 112;
        flip(file, end + 40);
        assertEquals(ExitCodes.OK, run("log", "verify", file.toString()), out());
        assertTrue(out().startsWith("torn tail: "), out());
        assertTrue(out().contains(" bytes at " + file + " offset 3 position "), out());
        assertTrue(out().contains("Recovery will cut it"), out());
    }

    @Test
    void saysWhatIsWrongWithItsArguments() throws IOException
    {
        assertEquals(ExitCodes.USAGE, run("log"));
        assertTrue(err().contains("say what to do: dump or verify"), err());
        assertEquals(ExitCodes.USAGE, run("log", "verify"));
        assertTrue(err().contains("DIR"), err());
        assertEquals(ExitCodes.USAGE, run("log", "verify", dir.resolve("none").toString()));
        assertTrue(err().contains("does not exist: name a data directory, a partition's directory"), err());
        assertEquals(ExitCodes.USAGE, run("log", "dump", dir.toString()));
        assertTrue(err().contains("is neither a data directory nor that of a partition"), err());
        closedLog();
        assertEquals(ExitCodes.USAGE, run("log", "dump", data().toString(), "--max-records", "0"));
        assertTrue(err().contains("--max-records a number from 1"), err());
        assertEquals("", out());
        assertFalse(err().contains("Exception"), err());
    }
}
