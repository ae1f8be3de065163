package io.epona.transport;

import org.agrona.SystemUtil;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PrivateDriversTest
{
    private static final long DEAD_PID = 4_194_305;
    private static final long LIVE_PID = 4_194_306;
    private static final long NOW_MS = 1_000_000_000_000L;

    @TempDir
    Path dir;
    private PrivateDrivers drivers;

    @BeforeEach
    void setUp()
    {
        drivers = new PrivateDrivers(dir, () -> NOW_MS, pid -> LIVE_PID == pid);
    }

    private Path create(final String name, final long ageMs) throws IOException
    {
        final Path directory = Files.createDirectory(dir.resolve(name));
        Files.setLastModifiedTime(directory, FileTime.fromMillis(NOW_MS - ageMs));
        return directory;
    }

    @Test
    void shouldDeleteWhatADeadProcessLeft() throws IOException
    {
        final Path dead = create(drivers.name(DEAD_PID), 10_001);
        final Path ofAnEarlierProcessWithThisId = create(drivers.name(SystemUtil.getPid()), 10_001);
        assertEquals(2, drivers.deleteDead());
        assertFalse(Files.exists(dead));
        assertFalse(Files.exists(ofAnEarlierProcessWithThisId));
        assertEquals(0, drivers.deleteDead());
    }

    @Test
    void shouldKeepWhatMayBeAliveOrIsSomebodyElses() throws IOException
    {
        final Path young = create(drivers.name(DEAD_PID), 9_999);
        final Path alive = create(drivers.name(LIVE_PID), 1_000_000);
        final Path own = Files.createDirectory(drivers.take());
        Files.setLastModifiedTime(own, FileTime.fromMillis(0));
        final String good = drivers.name(DEAD_PID);
        final Path otherUser = create(good.replace("epona-client-", "epona-client-x"), 1_000_000);
        final Path otherName = create(good + "0", 1_000_000);
        final Path file = Files.createFile(dir.resolve(drivers.name(DEAD_PID)));
        final Path target = create("target", 1_000_000);
        final Path link = Files.createSymbolicLink(dir.resolve(drivers.name(DEAD_PID)), target);
        assertEquals(0, drivers.deleteDead());
        for (final Path kept : new Path[]{ young, alive, own, otherUser, otherName, file, target, link })
        {
            assertTrue(Files.exists(kept), kept::toString);
        }
        PrivateDrivers.release(own);
        assertEquals(1, drivers.deleteDead());
        assertFalse(Files.exists(own));
    }

    @Test
    void shouldKeepADriverThatBreathesWhateverItsProcessIdSays() throws IOException
    {
        final Path base = Files.createDirectory(dir.resolve("base"));
        try (EmbeddedAeron embedded = new EmbeddedAeron(base))
        {
            embedded.step();
            final Path breathing = dir.resolve(drivers.name(DEAD_PID));
            // the same files under the name of a dead process, as from another container
            Files.createDirectory(breathing);
            Files.createLink(breathing.resolve("cnc.dat"), Path.of(embedded.directory()).resolve("cnc.dat"));
            Files.setLastModifiedTime(breathing, FileTime.fromMillis(0));
            assertEquals(0, drivers.deleteDead());
            assertTrue(Files.exists(breathing));
        }
    }

    @Test
    void shouldDeleteADriverThatWasKilled() throws IOException
    {
        final Path dead = create(drivers.name(DEAD_PID), 10_001);
        // what a driver that never wrote a heartbeat leaves
        Files.write(dead.resolve("cnc.dat"), new byte[0]);
        Files.createDirectory(dead.resolve("publications"));
        assertEquals(1, drivers.deleteDead());
        assertFalse(Files.exists(dead));
    }
}
