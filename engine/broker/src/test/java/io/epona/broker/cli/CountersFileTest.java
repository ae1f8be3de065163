package io.epona.broker.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CountersFileTest
{
    @TempDir
    private Path dir;

    @Test
    void shouldHoldWhatWasWrittenLast() throws Exception
    {
        assertNull(CountersFile.read(dir));
        try (CountersFile file = CountersFile.create(dir))
        {
            assertNull(CountersFile.read(dir));
            final Map<String, Long> values = new LinkedHashMap<>();
            values.put("z first", -1L);
            values.put("a second", Long.MAX_VALUE);
            file.write(values, 5);
            file.write(Map.of("one", 1L), 6);
            file.write(values, 7);
            final CountersFile.Snapshot snapshot = CountersFile.read(dir);
            assertEquals(values, snapshot.values());
            assertEquals(List.of("z first", "a second"), List.copyOf(snapshot.values().keySet()));
            assertEquals(7, snapshot.timeMs());
            assertEquals(ProcessHandle.current().pid(), snapshot.pid());
        }
        assertFalse(Files.exists(dir.resolve(CountersFile.FILE_NAME)));
    }

    @Test
    void shouldReplaceTheFileOfAKilledBroker() throws Exception
    {
        Files.write(dir.resolve(CountersFile.FILE_NAME), new byte[]{ 1 });
        assertNull(CountersFile.read(dir));
        try (CountersFile file = CountersFile.create(dir))
        {
            file.write(Map.of("one", 1L), 6);
            assertEquals(Map.of("one", 1L), CountersFile.read(dir).values());
        }
    }

    @Test
    void shouldLeaveOutWhatDoesNotFit() throws Exception
    {
        final Map<String, Long> values = new LinkedHashMap<>();
        for (int i = 0; i < 1000; i++)
        {
            values.put(i + "x".repeat(100), (long)i);
        }
        try (CountersFile file = CountersFile.create(dir))
        {
            file.write(values, 1);
            final Map<String, Long> read = CountersFile.read(dir).values();
            assertTrue(read.size() > 500 && read.size() < 1000, () -> "" + read.size());
            read.forEach((name, value) -> assertEquals(values.get(name), value));
        }
    }

    @Test
    void shouldNeverShowHalfOfAWrite() throws Exception
    {
        final AtomicBoolean isDone = new AtomicBoolean();
        try (CountersFile file = CountersFile.create(dir))
        {
            final Thread writer = new Thread(() ->
            {
                for (long i = 1; i <= 100_000 && !isDone.get(); i++)
                {
                    final String name = "long name that moves the lines".substring(0, (int)(i % 20));
                    file.write(Map.of("a", i, "b", i, name, i), i);
                }
                isDone.set(true);
            });
            writer.start();
            int count = 0;
            while (!isDone.get() && count < 2000)
            {
                final CountersFile.Snapshot snapshot = CountersFile.read(dir);
                if (null != snapshot)
                {
                    count++;
                    assertNotNull(snapshot.values().get("a"));
                    snapshot.values().values().forEach((value) -> assertEquals(snapshot.timeMs(), value));
                }
            }
            isDone.set(true);
            writer.join();
            assertTrue(count > 0);
        }
    }
}
