package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The files of sealed segments' indexes: written, forgotten, read again, and never believed over the log. */
class LogIndexTest
{
    private static final int KIB = 1024;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int RECORDS = 1500;

    @TempDir
    private Path temp;

    private final Random random = new Random(4711);
    private LogFixture log;

    @BeforeEach
    void fill() throws IOException
    {
        log = new LogFixture(temp.resolve("t-3.abcd"), new LogConfig(128 * KIB, -1, 16 * KIB)).create();
        appendRandomly(RECORDS);
        age();
    }

    private void appendRandomly(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            final long expected = log.log.logEnd();
            log.nowNs += random.nextInt(1000);
            assertEquals(expected, log.append(8 + random.nextInt(800)));
        }
    }

    /** So much later that all that is sealed is on disk, with its index, and the index is forgotten. */
    private void age()
    {
        log.settle();
        log.nowNs += 11 * SECOND_NS;
        log.settle();
        for (int i = 0; i < 3; i++)
        {
            log.nowNs += SECOND_NS;
            log.settle();
        }
    }

    private List<Path> files(final String suffix) throws IOException
    {
        return log.storage.list(log.directory).stream()
            .filter((file) -> file.toString().endsWith(suffix)).toList();
    }

    private long baseOffset(final Path file)
    {
        final String name = file.getFileName().toString();
        return Long.parseLong(name.substring(0, name.indexOf('.')));
    }

    /** Every record of a segment can be found; a round of the housekeeper comes between any two. */
    private void seekAll(final long first, final long end, final int step)
    {
        try (LogReader reader = log.log.newReader())
        {
            for (long offset = end - 1; offset >= first; offset -= step)
            {
                final long expected = offset;
                assertEquals(0, reader.seek(offset));
                int polled = 0;
                for (int i = 0; i < 100 && 0 == polled; i++)
                {
                    polled = reader.poll(
                        (record) ->
                        {
                            assertEquals(expected, record.offset());
                            LogFixture.verify(record);
                        },
                        1);
                    log.housekeep();
                }
                assertEquals(1, polled);
            }
        }
    }

    @Test
    void shouldWriteBothFilesOfEverySealedSegmentAndFindEveryRecord() throws IOException
    {
        final int sealed = files(".log").size() - 1;
        assertTrue(sealed >= 4);
        assertEquals(sealed, files(".idx").size());
        assertEquals(sealed, files(".tix").size());
        seekAll(0, RECORDS, 1);
        assertEquals(0, log.log.counters().indexRebuilds());
        assertEquals(List.of(), log.errors);
    }

    @Test
    void shouldNotWriteWhatIsNotOnDiskYet() throws IOException
    {
        final int before = files(".idx").size();
        final long rolls = log.log.counters().rolls();
        appendRandomly(600);
        log.settle();
        assertTrue(log.log.counters().rolls() > rolls);
        assertEquals(before, files(".idx").size());
        age();
        assertEquals(before + log.log.counters().rolls() - rolls, files(".idx").size());
        assertEquals(files(".idx").size(), files(".tix").size());
    }

    @Test
    void shouldUseTheFilesAfterAReopenAndWriteThemAtAStop() throws IOException
    {
        appendRandomly(600);
        final CleanState state = log.close();
        final int sealed = files(".log").size() - 1;
        assertEquals(sealed, files(".idx").size());
        final List<byte[]> before = contents(".tix");
        log.open(state);
        log.settle();
        seekAll(0, RECORDS + 600, 1);
        log.close();
        log.open(null);
        log.settle();
        seekAll(0, RECORDS + 600, 1);
        assertEquals(0, log.log.counters().indexRebuilds());
        final List<byte[]> after = contents(".tix");
        for (int i = 0; i < before.size(); i++)
        {
            assertArrayEquals(before.get(i), after.get(i));
        }
    }

    private List<byte[]> contents(final String suffix) throws IOException
    {
        final List<byte[]> contents = new ArrayList<>();
        for (final Path file : files(suffix))
        {
            contents.add(Files.readAllBytes(file));
        }

        return contents;
    }

    @Test
    void shouldMakeMissingFilesAnewAtOpenAndDeleteThoseOfNoSegment() throws IOException
    {
        final CleanState state = log.close();
        final List<byte[]> before = contents(".idx");
        final Path stray = log.directory.resolve("00000000000000099999.idx");
        final Path torn = log.directory.resolve("00000000000000000000.tix.tmp");
        Files.write(stray, before.get(0));
        Files.write(torn, new byte[7]);
        final Path active = files(".log").get(files(".log").size() - 1);
        final Path early = log.directory.resolve(active.getFileName().toString().replace(".log", ".idx"));
        Files.write(early, before.get(1));
        Files.delete(files(".idx").get(0));
        Files.delete(files(".tix").get(2));
        log.open(state);
        age();
        assertFalse(Files.exists(stray));
        assertFalse(Files.exists(torn));
        assertFalse(Files.exists(early));
        final List<byte[]> after = contents(".idx");
        assertEquals(before.size(), after.size());
        for (int i = 0; i < before.size(); i++)
        {
            assertArrayEquals(before.get(i), after.get(i));
        }
        seekAll(0, RECORDS, 7);
    }

    @Test
    void shouldSeeEveryFlippedBitAndEveryCut() throws IOException
    {
        for (final String suffix : new String[]{ ".idx", ".tix" })
        {
            final boolean isOfTimes = ".tix".equals(suffix);
            final byte[] whole = Files.readAllBytes(files(suffix).get(1));
            assertNull(IndexFileDescriptor.fault(whole, isOfTimes));
            assertNotNull(IndexFileDescriptor.fault(whole, !isOfTimes));
            for (int i = 0; i < whole.length; i++)
            {
                assertNotNull(IndexFileDescriptor.fault(Arrays.copyOf(whole, i), isOfTimes));
                for (int bit = 0; bit < 8; bit++)
                {
                    whole[i] ^= (byte)(1 << bit);
                    assertNotNull(IndexFileDescriptor.fault(whole, isOfTimes));
                    whole[i] ^= (byte)(1 << bit);
                }
            }
        }
    }

    @Test
    void shouldMakeAnewWhatWasChangedOrCut() throws IOException
    {
        int rebuilds = 0;
        for (final String suffix : new String[]{ ".idx", ".tix" })
        {
            final Path file = files(suffix).get(1);
            final long base = baseOffset(file);
            final byte[] whole = Files.readAllBytes(file);
            for (int i = 3; i < whole.length; i += 29)
            {
                final byte[] changed = whole.clone();
                changed[i] ^= (byte)(1 << random.nextInt(8));
                rebuilds = assertMadeAnew(file, whole, changed, base, rebuilds);
                rebuilds = assertMadeAnew(file, whole, Arrays.copyOf(whole, i), base, rebuilds);
            }
            rebuilds = assertMadeAnew(file, whole, Arrays.copyOf(whole, whole.length + 8), base, rebuilds);
        }
        seekAll(0, RECORDS, 1);
    }

    private int assertMadeAnew(
        final Path file, final byte[] whole, final byte[] changed, final long base, final int rebuilds)
        throws IOException
    {
        Files.write(file, changed);
        seekAll(base, base + 40, 13);
        age();
        assertEquals(rebuilds + 1, log.log.counters().indexRebuilds());
        assertArrayEquals(whole, Files.readAllBytes(file));

        return rebuilds + 1;
    }

    @Test
    void shouldRefuseTheIndexOfAnotherSegment() throws IOException
    {
        final List<Path> offsets = files(".idx");
        final List<Path> times = files(".tix");
        final byte[] offsetsOfFirst = Files.readAllBytes(offsets.get(0));
        final byte[] timesOfFirst = Files.readAllBytes(times.get(0));
        final byte[] offsetsOfThird = Files.readAllBytes(offsets.get(2));
        Files.write(offsets.get(0), offsetsOfThird);
        Files.write(times.get(0), Files.readAllBytes(times.get(2)));
        Files.write(offsets.get(2), offsetsOfFirst);
        seekAll(0, RECORDS, 11);
        age();
        assertEquals(2, log.log.counters().indexRebuilds());
        assertArrayEquals(offsetsOfFirst, Files.readAllBytes(offsets.get(0)));
        assertArrayEquals(timesOfFirst, Files.readAllBytes(times.get(0)));
        assertArrayEquals(offsetsOfThird, Files.readAllBytes(offsets.get(2)));
    }

    static void sign(final byte[] bytes)
    {
        final CRC32C crc = new CRC32C();
        crc.update(bytes, 0, IndexFileDescriptor.CRC_OFFSET);
        crc.update(bytes, IndexFileDescriptor.HEADER_LENGTH, bytes.length - IndexFileDescriptor.HEADER_LENGTH);
        new UnsafeBuffer(bytes).putInt(IndexFileDescriptor.CRC_OFFSET, (int)crc.getValue(), ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void shouldWalkTheLogWhereAnIndexLiesUnderAValidChecksum() throws IOException
    {
        final Path file = files(".idx").get(1);
        final long base = baseOffset(file);
        final byte[] whole = Files.readAllBytes(file);
        final byte[] lie = whole.clone();
        final UnsafeBuffer buffer = new UnsafeBuffer(lie);
        for (int at = IndexFileDescriptor.HEADER_LENGTH; at < lie.length; at += IndexFileDescriptor.ENTRY_LENGTH)
        {
            buffer.putInt(at + 4, buffer.getInt(at + 4, ByteOrder.LITTLE_ENDIAN) + 8, ByteOrder.LITTLE_ENDIAN);
        }
        sign(lie);
        assertNull(IndexFileDescriptor.fault(lie, false));
        Files.write(file, lie);
        seekAll(base, base + 60, 1);
        age();
        assertEquals(1, log.log.counters().indexRebuilds());
        assertArrayEquals(whole, Files.readAllBytes(file));
    }

    @Test
    void shouldDeleteTheFilesWithTheirSegment() throws IOException
    {
        log.close();
        log.config = new LogConfig(128 * KIB, 200 * KIB, 16 * KIB);
        log.open(null);
        age();
        assertTrue(log.log.logStart() > 0);
        for (final Path file : files(".idx"))
        {
            assertTrue(baseOffset(file) >= log.log.logStart());
        }
        assertEquals(files(".log").size() - 1, files(".idx").size());
    }

    @Test
    void shouldGoOnWithoutFilesWhileTheyCannotBeWritten() throws IOException
    {
        final int before = files(".idx").size();
        log.storage.failWhen((operation) -> operation.startsWith("replace"));
        appendRandomly(600);
        age();
        assertEquals(before, files(".idx").size());
        assertEquals(1, log.errors.size());
        seekAll(0, RECORDS + 600, 3);
        assertEquals(0, log.log.counters().refusal());
        log.storage.heal();
        age();
        assertEquals(files(".log").size() - 1, files(".idx").size());
        assertTrue(log.append(100) >= 0);
        assertEquals(ResultCode.OFFSET_OUT_OF_RANGE.code(), negativeSeek());
    }

    private long negativeSeek()
    {
        try (LogReader reader = log.log.newReader())
        {
            return reader.seek(-1);
        }
    }
}
