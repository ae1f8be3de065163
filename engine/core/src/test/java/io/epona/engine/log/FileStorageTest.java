package io.epona.engine.log;

import io.epona.engine.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** What the storage on the file system of the host does with ranges. */
class FileStorageTest
{
    private static final int LENGTH = 64 * 1024;

    @TempDir
    private Path temp;
    private final Storage storage = new FileStorage();

    private interface Preallocation
    {
        void run(Path file, long position, long length) throws IOException;
    }

    private void shouldWriteZerosOverTheRangeAlone(final Preallocation preallocation) throws IOException
    {
        final Path file = temp.resolve("file");
        final int[][] ranges = { { 0, LENGTH }, { 128, 9000 }, { 4095, 2 }, { 4096, 4096 }, { 60_000, 1 } };
        for (final int[] range : ranges)
        {
            final byte[] expected = new byte[LENGTH];
            Arrays.fill(expected, (byte)7);
            Files.write(file, expected);
            Arrays.fill(expected, range[0], range[0] + range[1], (byte)0);
            preallocation.run(file, range[0], range[1]);
            assertArrayEquals(expected, Files.readAllBytes(file));
        }
        preallocation.run(file, LENGTH - 1, 300_000);
        assertEquals(LENGTH + 299_999, Files.size(file));
    }

    @Test
    void shouldPreallocate() throws IOException
    {
        shouldWriteZerosOverTheRangeAlone(storage::preallocate);
    }

    @Test
    void shouldPreallocatePages() throws IOException
    {
        shouldWriteZerosOverTheRangeAlone(storage::preallocatePages);
    }

    @Test
    void shouldBringStoresToTheFileWhereItIsMappedApartByForceAlone() throws IOException
    {
        final Path file = temp.resolve("file");
        Files.write(file, new byte[LENGTH]);
        final Storage.Region region = storage.mapApart(file, LENGTH);
        region.touch(0, LENGTH);
        region.buffer().setMemory(0, LENGTH, (byte)7);
        assertArrayEquals(new byte[LENGTH], Files.readAllBytes(file));

        final byte[] expected = new byte[LENGTH];
        Arrays.fill(expected, 5000, 9001, (byte)7);
        region.force(5000, 4001);

        assertArrayEquals(expected, Files.readAllBytes(file));
        region.unmap();
        assertArrayEquals(expected, Files.readAllBytes(file));
    }

    @Test
    void shouldNotMapApartWhatIsShorter() throws IOException
    {
        final Path file = temp.resolve("file");
        Files.write(file, new byte[LENGTH]);
        assertThrows(IOException.class, () -> storage.mapApart(file, LENGTH + 1));
    }
}
