package io.epona.simulator;

import io.epona.engine.Storage.Region;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SimStorageTest
{
    private static final Path DATA = Path.of("/data");
    private static final Path LOG = DATA.resolve("0.log");
    private static final int PAGES = 8;
    private static final int LENGTH = PAGES * SimFile.PAGE_LENGTH;

    private final World world = new World(3);
    private final SimDisk disk = new SimDisk(world, "1");
    private SimStorage storage = disk.open();

    @BeforeEach
    void makeDirectory() throws IOException
    {
        storage.createDirectories(DATA);
        storage.syncDirectory(Path.of("/"));
    }

    private static byte[] bytes(final String text)
    {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private Region mapped() throws IOException
    {
        storage.create(LOG, LENGTH);
        storage.preallocate(LOG, 0, LENGTH);
        storage.force(LOG);
        storage.syncDirectory(DATA);

        return storage.map(LOG, LENGTH);
    }

    private void restart()
    {
        disk.end();
        storage = disk.open();
    }

    private void powerCycle()
    {
        disk.losePower();
        storage = disk.open();
    }

    @Test
    void shouldBehaveAsFilesDo() throws IOException
    {
        final Path file = DATA.resolve("a");
        storage.create(file, 10);
        assertThrows(IOException.class, () -> storage.create(file, 10));
        assertThrows(IOException.class, () -> storage.create(DATA.resolve("none/a"), 1));
        assertThrows(IOException.class, () -> storage.map(file, 11));
        assertThrows(IOException.class, () -> storage.rename(DATA.resolve("b"), file));
        assertThrows(IOException.class, () -> storage.length(DATA.resolve("b")));
        assertThrows(IOException.class, () -> storage.delete(DATA));
        assertFalse(storage.delete(DATA.resolve("b")));
        assertTrue(storage.exists(file) && storage.exists(DATA) && !storage.exists(DATA.resolve("b")));
        assertArrayEquals(new byte[10], storage.read(file));

        storage.map(file, 10).buffer().putByte(3, (byte)7);
        assertEquals(7, storage.read(file)[3]);
        final ByteBuffer target = ByteBuffer.allocate(4);
        storage.read(file, 2, target);
        assertArrayEquals(new byte[] {0, 7, 0, 0}, target.array());
        storage.truncate(file, 3);
        assertEquals(3, storage.length(file));
        storage.truncate(file, 10);
        assertArrayEquals(new byte[10], storage.read(file), "what was cut off does not come back");

        storage.replace(DATA.resolve("c"), bytes("new"));
        storage.rename(DATA.resolve("c"), file);
        assertArrayEquals(bytes("new"), storage.read(file));
        storage.createDirectories(DATA.resolve("t-0"));
        storage.create(DATA.resolve("t-0/x"), 1);
        storage.rename(DATA.resolve("t-0"), DATA.resolve("t-0.stray"));
        assertEquals(List.of(DATA.resolve("t-0.stray/x")), storage.list(DATA.resolve("t-0.stray")));
        assertEquals(List.of(file, DATA.resolve("t-0.stray")), storage.list(DATA));
        assertEquals(List.of(), storage.list(DATA.resolve("nowhere")));
    }

    @Test
    void shouldKeepThePageCacheWhenTheProcessIsKilled() throws IOException
    {
        final Region region = mapped();
        region.buffer().putLong(SimFile.PAGE_LENGTH, 42);
        storage.create(DATA.resolve("b"), 1);
        final SimStorage former = storage;
        restart();
        assertEquals(42, storage.map(LOG, LENGTH).buffer().getLong(SimFile.PAGE_LENGTH));
        assertTrue(storage.exists(DATA.resolve("b")));
        assertThrows(ProcessKilled.class, () -> former.force(LOG));
        assertThrows(IndexOutOfBoundsException.class, () -> region.buffer().putLong(0, 1));
    }

    @Test
    void shouldKeepWhatWasSyncedAndLosePartsOfTheRestWithThePower() throws IOException
    {
        int kept = 0;
        int torn = 0;
        for (int i = 1; i <= 200; i++)
        {
            storage.delete(LOG);
            storage.syncDirectory(DATA);
            final Region region = mapped();
            region.buffer().setMemory(0, LENGTH / 2, (byte)i);
            region.force(0, LENGTH / 2);
            region.buffer().setMemory(LENGTH / 2, LENGTH / 2, (byte)i);
            powerCycle();

            final byte[] found = storage.read(LOG);
            assertEquals(LENGTH, found.length);
            for (int sector = 0; sector < LENGTH; sector += SimFile.SECTOR_LENGTH)
            {
                assertTrue(found[sector] == (byte)i || sector >= LENGTH / 2 && 0 == found[sector]);
                for (int j = sector; j < sector + SimFile.SECTOR_LENGTH; j++)
                {
                    assertEquals(found[sector], found[j], "sectors are whole");
                }
            }
            for (int page = LENGTH / 2; page < LENGTH; page += SimFile.PAGE_LENGTH)
            {
                int sectors = 0;
                for (int j = 0; j < SimFile.PAGE_LENGTH; j += SimFile.SECTOR_LENGTH)
                {
                    sectors += found[page + j] == (byte)i ? 1 : 0;
                }
                kept += 8 == sectors ? 1 : 0;
                torn += sectors > 0 && sectors < 8 ? 1 : 0;
            }
        }
        assertTrue(kept > 200 && kept < 600, "kept " + kept);
        assertTrue(torn > 50, "torn " + torn);
    }

    @Test
    void shouldUndoAnySubsetOfUnsyncedNames() throws IOException
    {
        final int[] found = new int[16];
        for (int i = 0; i < 300; i++)
        {
            storage.replace(DATA.resolve("old"), bytes("old"));
            storage.replace(DATA.resolve("gone"), bytes("gone"));
            storage.delete(DATA.resolve("new"));
            storage.delete(DATA.resolve("moved"));
            storage.syncDirectory(DATA);

            storage.create(DATA.resolve("new"), 1);
            storage.delete(DATA.resolve("gone"));
            storage.rename(DATA.resolve("old"), DATA.resolve("moved"));
            powerCycle();
            final boolean isMoved = storage.exists(DATA.resolve("moved"));
            assertEquals(!isMoved, storage.exists(DATA.resolve("old")), "a rename is one step");
            found[(storage.exists(DATA.resolve("new")) ? 1 : 0) + (storage.exists(DATA.resolve("gone")) ? 2 : 0) +
                (isMoved ? 4 : 0)]++;
        }
        for (int i = 0; i < 8; i++)
        {
            assertTrue(found[i] > 5, i + ": " + found[i]);
        }
    }

    @Test
    void shouldFindTheOldOrTheNewBytesOfAReplacedFile() throws IOException
    {
        final Path file = DATA.resolve("meta");
        int old = 0;
        for (int i = 1; i < 200; i++)
        {
            final byte[] before = bytes("before" + i);
            final byte[] after = bytes("after" + i);
            storage.replace(file, before);
            storage.dieAfter(i % 12);
            boolean isDone = true;
            try
            {
                storage.replace(file, after);
            }
            catch (final ProcessKilled ex)
            {
                isDone = false;
            }
            if (i % 2 == 0)
            {
                powerCycle();
            }
            else
            {
                restart();
            }
            final byte[] found = storage.read(file);
            final boolean isOld = Arrays.equals(before, found);
            assertTrue(isOld && !isDone || Arrays.equals(after, found));
            old += isOld ? 1 : 0;
        }
        assertTrue(old > 50 && old < 180, "old " + old);
    }

    @Test
    void shouldLoseThePagesOfAFailedSyncThoughALaterOneSucceeds() throws IOException
    {
        final Region region = mapped();
        region.buffer().setMemory(0, SimFile.PAGE_LENGTH * 2, (byte)1);
        disk.failSyncs(1);
        assertThrows(IOException.class, () -> region.force(0, LENGTH));
        assertEquals(1, region.buffer().getByte(0), "the cache has it");
        region.buffer().putByte(SimFile.PAGE_LENGTH, (byte)2);
        region.force(0, LENGTH);
        powerCycle();
        final byte[] found = storage.read(LOG);
        assertEquals(0, found[0], "clean, and lost");
        assertEquals(2, found[SimFile.PAGE_LENGTH], "dirty again, and written");
        assertEquals(1, found[SimFile.PAGE_LENGTH + 1]);
    }

    @Test
    void shouldRunFullAndTakeSpaceBack() throws IOException
    {
        disk.capacity(LENGTH + 100);
        mapped();
        assertEquals(100, storage.usableSpace(DATA));
        storage.create(DATA.resolve("b"), 1000);
        assertThrows(IOException.class, () -> storage.preallocate(DATA.resolve("b"), 0, 101));
        assertThrows(IOException.class, () -> storage.replace(DATA.resolve("c"), new byte[101]));
        storage.delete(LOG);
        storage.preallocate(DATA.resolve("b"), 0, 101);
        storage.syncDirectory(DATA);
        storage.force(DATA.resolve("b"));
        final long used = disk.used();
        powerCycle();
        assertTrue(disk.used() <= used);
    }

    @Test
    void shouldStopAStoreAtAnyByte() throws IOException
    {
        final Region region = mapped();
        final Site site = world.site("test", "tear");
        final boolean[] ends = new boolean[65];
        for (int i = 1; i <= 500; i++)
        {
            region.buffer().setMemory(0, 64, (byte)0);
            storage.beginLastStores();
            region.buffer().setMemory(0, 64, (byte)i);
            final int taken = storage.tearLastStores(site);
            for (int j = 0; j < 64; j++)
            {
                assertEquals(j < 64 - taken ? (byte)i : 0, region.buffer().getByte(j));
            }
            ends[taken] = true;
        }
        int places = 0;
        for (final boolean isSeen : ends)
        {
            places += isSeen ? 1 : 0;
        }
        assertTrue(places > 60, "places " + places);
    }

    @Test
    void shouldFindNothingOnAnotherDisk() throws IOException
    {
        mapped();
        disk.wipe();
        storage = disk.open();
        assertFalse(storage.exists(DATA));
        assertEquals(0, disk.used());
        assertThrows(IllegalStateException.class, disk::open, "one process at a time");
    }
}
