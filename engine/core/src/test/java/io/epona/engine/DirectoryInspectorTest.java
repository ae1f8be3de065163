package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.DirectoryInspector.Log;
import io.epona.engine.DirectoryInspector.State;
import io.epona.engine.EngineFixture.Reports;
import io.epona.engine.log.LogFinding;
import io.epona.engine.log.LogSummary;
import io.epona.engine.log.LogVisitor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import static io.epona.engine.EngineFixture.append;
import static io.epona.engine.EngineFixture.imageOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class DirectoryInspectorTest
{
    @TempDir
    private Path temp;
    private final Reports reports = new Reports();

    private Path data()
    {
        return temp.resolve("data");
    }

    private Engine engine()
    {
        final Engine engine = Engine.launch(reports.context(data()));
        if (null == engine.topic("orders"))
        {
            engine.createTopic("orders", 2);
        }
        append(engine.partition("orders", 0), "one");
        append(engine.partition("orders", 1), "two");
        append(engine.partition("orders", 1), "three");

        return engine;
    }

    private static Map<String, Object> stateOf(final Path directory) throws IOException
    {
        final Map<String, Object> state = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory))
        {
            for (final Path file : files.toList())
            {
                state.put(file.toString(), Files.getLastModifiedTime(file) + " " +
                    (Files.isDirectory(file) ? "" : Files.size(file)));
            }
        }
        return state;
    }

    private static LogSummary inspect(final Log log) throws IOException
    {
        return log.inspector(LogVisitor.NONE).inspect();
    }

    private static void assertWhole(final DirectoryInspector directory) throws IOException
    {
        assertEquals(List.of(), directory.findings());
        assertEquals(2, directory.logs().size());
        long end = 1;
        for (final Log log : directory.logs())
        {
            assertEquals("orders", log.topic());
            assertEquals(List.of(), inspect(log).findings());
            assertEquals(end++, inspect(log).logEnd());
        }
    }

    @Test
    void shouldSeeHowAnEngineEndedAndChangeNothing() throws IOException
    {
        try (Engine engine = engine())
        {
            assertTrue(engine.brokerEpoch() > 0);
            final DirectoryInspector live = DirectoryInspector.open(data(), false);
            assertEquals(State.LIVE, live.state());
            assertWhole(live);
            // The lock is still held: looking did not take it away.
            final EngineException ex =
                assertThrows(EngineException.class, () -> Engine.launch(reports.context(data())));
            assertEquals(ResultCode.LIMIT_REACHED, ex.code());

            final DirectoryInspector killed =
                DirectoryInspector.open(imageOf(data(), temp.resolve("image")), false);
            assertEquals(State.KILLED, killed.state());
            assertWhole(killed);
            assertEquals(State.LIVE, DirectoryInspector.open(temp.resolve("image"), true).state());
        }
        final Map<String, Object> before = stateOf(data());
        final DirectoryInspector clean = DirectoryInspector.open(data(), false);
        assertEquals(State.CLEAN, clean.state());
        assertWhole(clean);
        assertEquals(2, clean.logs().get(1).facts().cleanState().logEnd());
        assertEquals(before, stateOf(data()));
        reports.assertNone();
    }

    @Test
    void shouldTakeAPartitionOrAFileOrACopy() throws IOException
    {
        engine().close();
        final Path directory = DirectoryInspector.open(data(), false).logs().get(1).directory();
        final DirectoryInspector one = DirectoryInspector.open(directory, false);
        assertEquals(State.CLEAN, one.state());
        assertEquals(1, one.logs().size());
        assertEquals(2, inspect(one.logs().get(0)).logEnd());

        final Path file = directory.resolve("00000000000000000000.log");
        final Log log = DirectoryInspector.open(file, false).logs().get(0);
        assertEquals(file, log.only());
        assertEquals(2, inspect(log).logEnd());

        final Path copy = Files.copy(file, temp.resolve("copy.log"));
        final DirectoryInspector copied = DirectoryInspector.open(copy, false);
        assertEquals(State.UNKNOWN, copied.state());
        assertEquals(2, inspect(copied.logs().get(0)).records());
        assertEquals(1, copied.logs().get(0).partition());
        assertEquals("", copied.logs().get(0).topic());
    }

    @Test
    void shouldRefuseWhatIsNoLogAndSayWhatToName() throws IOException
    {
        final Path text = Files.writeString(temp.resolve("notes.txt"), "x");
        final Path empty = Files.createDirectory(temp.resolve("empty"));
        for (final Map.Entry<Path, String> entry : Map.of(
            temp.resolve("none"), "does not exist", text, "is not a .log file", empty, "is neither").entrySet())
        {
            final EngineException ex =
                assertThrows(EngineException.class, () -> DirectoryInspector.open(entry.getKey(), false));
            assertEquals(ResultCode.INVALID_NAME, ex.code());
            assertTrue(ex.getMessage().contains(entry.getValue()), ex.getMessage());
            assertTrue(ex.getMessage().contains("name a data directory"), ex.getMessage());
        }
        final Path garbage = Files.writeString(temp.resolve("garbage.log"), "x".repeat(5000));
        assertEquals(
            ResultCode.DATA_LOSS,
            assertThrows(EngineException.class, () -> DirectoryInspector.open(garbage, false)).code());
        assertEquals(List.of(), DirectoryInspector.open(Files.createDirectory(temp.resolve("a-0.0000000000000001")),
            false).findings());
    }

    @Test
    void shouldSayWhatIsWrongWithTheOtherFiles() throws IOException
    {
        engine().close();
        final Path directory = DirectoryInspector.open(data(), false).logs().get(1).directory();
        Files.move(directory, temp.resolve("aside"));
        final LogFinding gone = DirectoryInspector.open(data(), false).findings().get(0);
        assertEquals(LogFinding.Kind.DAMAGE, gone.kind());
        assertTrue(gone.text().contains("ended at offset 2, is gone. Put it back"), gone.text());
        Files.move(temp.resolve("aside"), data().resolve(directory.getFileName() + DataDirectory.STRAY_SUFFIX));

        flip(data().resolve("clean"), 40);
        flip(data().resolve("broker.meta"), 30);
        flip(data().resolve("local.meta"), 60);
        final DirectoryInspector damaged = DirectoryInspector.open(data(), false);
        assertEquals(State.KILLED, damaged.state());
        assertNull(damaged.logs().get(0).facts().cleanState());
        assertEquals(
            List.of(
                LogFinding.Kind.DERIVED_FILE, LogFinding.Kind.DAMAGE, LogFinding.Kind.DAMAGE, LogFinding.Kind.STRAY),
            damaged.findings().stream().map(LogFinding::kind).toList());
    }

    @Test
    void shouldTakeDamageBelowTheRecoveryPointForALossAndTheRestForATornTail() throws IOException
    {
        engine().close();
        Files.delete(data().resolve("clean"));
        final Log log = DirectoryInspector.open(data(), false).logs().get(1);
        assertEquals(2, log.facts().recoveryPoint());
        assertEquals(List.of(), inspect(log).findings());
        final Path file = log.directory().resolve("00000000000000000000.log");
        flip(file, 4096 + 90);
        final LogFinding lost = inspect(log).findings().get(0);
        assertEquals(LogFinding.Kind.DAMAGE, lost.kind());
        assertEquals(0, lost.offset());
        assertTrue(lost.text().contains("below the recovery point 2"), lost.text());

        flip(data().resolve("checkpoint"), 40);
        final DirectoryInspector unknown = DirectoryInspector.open(data(), false);
        assertEquals(LogFinding.Kind.DERIVED_FILE, unknown.findings().get(0).kind());
        assertEquals(LogFinding.Kind.TORN_TAIL, inspect(unknown.logs().get(1)).findings().get(0).kind());
    }

    static void flip(final Path file, final int index) throws IOException
    {
        final byte[] bytes = Files.readAllBytes(file);
        bytes[index] ^= 0x20;
        Files.write(file, bytes);
    }
}
