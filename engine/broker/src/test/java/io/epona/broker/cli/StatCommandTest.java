package io.epona.broker.cli;

import org.agrona.concurrent.SystemEpochClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class StatCommandTest
{
    @TempDir
    private Path dir;
    private final EponaCommands commands = new EponaCommands();

    @Test
    void showsTheCountersOfARunningBroker() throws Exception
    {
        final Path dataDir = dir.resolve("data");
        final Cli cli = new Cli(dir);
        try (BrokerChild broker = BrokerChild.start(cli, dataDir))
        {
            assertEquals(
                ExitCodes.OK, commands.run("stat", "--data-dir", dataDir.toString(), "--all"), commands::err);
            assertTrue(commands.out().startsWith("process " + broker.pid() + ", 20"), commands.out());
            assertTrue(commands.out().contains("0                 sessions opened\n"), commands.out());
            assertTrue(commands.out().contains("  shard 0: batches appended\n"), commands.out());
            broker.stop();
        }
        assertFalse(Files.exists(dataDir.resolve(CountersFile.FILE_NAME)));
        assertEquals(ExitCodes.INFRASTRUCTURE, commands.run("stat", "--data-dir", dataDir.toString()));
        assertTrue(commands.err().contains("no broker runs on " + dataDir), commands.err());
    }

    @Test
    void choosesByNameAndWritesJson()
    {
        final Map<String, Long> values = new LinkedHashMap<>();
        values.put("sessions open", 3L);
        values.put("sessions timed out", 0L);
        values.put("lanes \"open\"", 7L);
        try (CountersFile file = CountersFile.create(dir))
        {
            final long timeMs = SystemEpochClock.INSTANCE.time();
            file.write(values, timeMs);
            assertEquals(ExitCodes.OK, commands.run("stat", "open", "--data-dir", dir.toString(), "--json"));
            assertEquals(
                "{\"type\":\"counters\",\"pid\":" + ProcessHandle.current().pid() + ",\"time\":" + timeMs +
                ",\"values\":{\"sessions open\":3,\"lanes \\\"open\\\"\":7}}\n",
                commands.out());
            assertEquals(ExitCodes.OK, commands.run("stat", "sessions", "--data-dir", dir.toString()));
            assertTrue(
                commands.out().endsWith("\n                   3                 sessions open\n"), commands.out());
        }
    }

    @Test
    void saysThatCountersAreOld()
    {
        try (CountersFile file = CountersFile.create(dir))
        {
            file.write(Map.of("errors", 1L), SystemEpochClock.INSTANCE.time() - 60_500);
            assertEquals(ExitCodes.INFRASTRUCTURE, commands.run("stat", "--data-dir", dir.toString()));
            assertTrue(commands.err().contains("are 60 s old"), commands.err());
        }
    }
}
