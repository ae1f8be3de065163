package io.epona.engine.log;

import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Storage.Region;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LogRecoveryTest
{
    private static final int KIB = 1024;
    private static final LogConfig SMALL = new LogConfig(64 * KIB, -1, 16 * KIB);

    @TempDir
    private Path temp;

    private LogFixture fixture(final LogConfig config)
    {
        return new LogFixture(temp.resolve("t-3.abcd"), config);
    }

    /** A log of two batches of three records, the second one the tail; returns the bytes of its file. */
    private byte[] smallLog(final LogFixture log) throws IOException
    {
        log.create();
        final ExpandableArrayBuffer batch = new ExpandableArrayBuffer();
        log.appender.appendBatch(batch, 0, log.batch(batch, 0, 3, 24), log.nowNs);
        log.appender.appendBatch(batch, 0, log.batch(batch, 3, 3, 24), log.nowNs);
        // Killed: the mapping is left as it is, without close.
        return Files.readAllBytes(SegmentDescriptor.logFile(log.directory, 0));
    }

    private static int batchLength(final LogFixture log)
    {
        return log.batch(new ExpandableArrayBuffer(), 0, 3, 24);
    }

    private LogFixture reopened(final LogFixture killed, final byte[] bytes) throws IOException
    {
        final Path file = SegmentDescriptor.logFile(killed.directory, 0);
        for (final Path old : killed.storage.list(killed.directory))
        {
            Files.delete(old);
        }
        Files.write(file, bytes);
        return new LogFixture(killed.directory, killed.config).open(null);
    }

    @Test
    void shouldCutTheTailAtEveryByte() throws IOException
    {
        final LogFixture killed = fixture(SMALL);
        final byte[] whole = smallLog(killed);
        final int length = batchLength(killed);
        final int tail = SegmentDescriptor.HEADER_LENGTH + length;
        for (int cut = SegmentDescriptor.HEADER_LENGTH; cut < tail + length; cut++)
        {
            final byte[] bytes = new byte[cut];
            System.arraycopy(whole, 0, bytes, 0, cut);
            final LogFixture log = reopened(killed, bytes);
            final long end = cut < tail ? 0 : 3;
            assertEquals(end, log.log.logEnd(), "cut at " + cut);
            // Less than a header may be all zeros, which nobody can tell from nothing.
            final int begin = cut < tail ? SegmentDescriptor.HEADER_LENGTH : tail;
            if (cut > begin + RecordBatchDescriptor.HEADER_LENGTH)
            {
                assertEquals(1, log.cuts.size(), "cut at " + cut);
                assertEquals(begin, log.cuts.get(0).position());
                assertEquals(end, log.cuts.get(0).offset());
            }
            assertGoesOn(log, end);
        }
    }

    @Test
    void shouldCutTheTailWhereverAByteIsFlipped() throws IOException
    {
        final LogFixture killed = fixture(SMALL);
        final byte[] whole = smallLog(killed);
        final int length = batchLength(killed);
        final int tail = SegmentDescriptor.HEADER_LENGTH + length;
        for (int i = SegmentDescriptor.HEADER_LENGTH; i < tail + length; i++)
        {
            final byte[] bytes = whole.clone();
            bytes[i] ^= 0x41;
            final LogFixture log = reopened(killed, bytes);
            final long end = i < tail ? 0 : 3;
            final int position = i < tail ? SegmentDescriptor.HEADER_LENGTH : tail;
            assertEquals(end, log.log.logEnd(), "flip at " + i);
            assertEquals(1, log.cuts.size(), "flip at " + i);
            assertEquals(position, log.cuts.get(0).position());
            assertTrue(log.cuts.get(0).length() >= length - 8);
            assertGoesOn(log, end);
        }
    }

    @Test
    void shouldCutAFlippedTailInAReusedFile() throws IOException
    {
        final LogConfig config = new LogConfig(64 * KIB, 64 * KIB, 16 * KIB);
        final LogFixture killed = fixture(config).create();
        while (killed.log.counters().recycledSegments() < 4)
        {
            killed.append(1000);
            killed.housekeep();
        }
        final long last = killed.log.logEnd();
        killed.append(1000);
        killed.settle();
        final List<Path> names = killed.storage.list(killed.directory);
        final List<byte[]> contents = new ArrayList<>();
        for (final Path name : names)
        {
            contents.add(Files.readAllBytes(name));
        }
        final int active = activeIndex(names);
        final byte[] whole = contents.get(active);
        assertEquals(1, whole[SegmentDescriptor.FLAGS_OFFSET], "the file is a reused one");
        final int length = 80 + 16 + 1000;
        final int tail = SegmentDescriptor.HEADER_LENGTH +
            (int)(last - Long.parseLong(names.get(active).getFileName().toString().substring(0, 20))) * length;
        for (int i = tail; i < tail + length; i += i < tail + 100 ? 1 : 50)
        {
            final byte[] bytes = whole.clone();
            bytes[i] ^= 0x41;
            for (final Path old : killed.storage.list(killed.directory))
            {
                Files.delete(old);
            }
            for (int j = 0; j < names.size(); j++)
            {
                Files.write(names.get(j), j == active ? bytes : contents.get(j));
            }
            final LogFixture log = new LogFixture(killed.directory, config).open(null);
            assertEquals(last, log.log.logEnd(), "flip at " + (i - tail));
            assertEquals(1, log.cuts.size(), "flip at " + (i - tail));
            assertGoesOn(log, last);
        }
    }

    private static int activeIndex(final List<Path> names)
    {
        int result = -1;
        for (int i = 0; i < names.size(); i++)
        {
            result = SegmentDescriptor.isLogFile(names.get(i)) ? i : result;
        }
        return result;
    }

    private static void assertGoesOn(final LogFixture log, final long end) throws IOException
    {
        final long start = log.log.logStart();
        assertEquals(end, log.readFrom(start));
        log.appendMany(2, 500);
        assertEquals(end + 2, log.readFrom(start));
        assertEquals(List.of(), log.errors);
        final LogFixture again = new LogFixture(log.directory, log.config).open(null);
        assertEquals(end + 2, again.readFrom(start));
        assertEquals(List.of(), again.cuts);
    }

    @Test
    void shouldFindEverythingAfterAKillAtAnyMoment() throws IOException
    {
        final LogConfig config = new LogConfig(128 * KIB, 256 * KIB, 16 * KIB);
        final LogFixture killed = fixture(config).create();
        final Path copy = temp.resolve("copy");
        for (int i = 0; i < 1500; i++)
        {
            killed.append(1000);
            if (i % 3 == 0)
            {
                killed.housekeep();
            }
            if (i % 7 == 0)
            {
                copyFiles(killed.directory, copy);
                final LogFixture log = new LogFixture(copy, config).open(null);
                assertEquals(i + 1, log.log.logEnd());
                assertEquals(i + 1, log.readFrom(log.log.logStart()));
                assertEquals(List.of(), log.cuts);
                assertEquals(i + 1, log.append(100));
                assertEquals(List.of(), log.errors);
                log.close();
            }
        }
        assertTrue(killed.log.counters().recycledSegments() > 0);
    }

    private static void copyFiles(final Path from, final Path to) throws IOException
    {
        final FileStorage storage = new FileStorage();
        storage.createDirectories(to);
        for (final Path old : storage.list(to))
        {
            Files.delete(old);
        }
        for (final Path file : storage.list(from))
        {
            Files.copy(file, to.resolve(file.getFileName()));
        }
    }

    @Test
    void shouldAdoptASegmentThatHadNoNameYet() throws IOException
    {
        final LogFixture killed = fixture(SMALL).create();
        killed.appendMany(40, 1000);
        killed.housekeep();
        killed.appendMany(20, 1000);
        assertEquals(1, killed.log.counters().rolls());
        assertFalse(killed.storage.exists(SegmentDescriptor.logFile(killed.directory, 56)));

        final LogFixture log = new LogFixture(killed.directory, SMALL).open(null);
        assertEquals(60, log.log.logEnd());
        assertEquals(60, log.readFrom(0));
        assertEquals(
            2, log.storage.list(log.directory).stream().filter(SegmentDescriptor::isLogFile).count());
        assertEquals(List.of(), log.cuts);
    }

    @Test
    void shouldCleanUpFilesThatWaited() throws IOException
    {
        final LogFixture killed = fixture(SMALL).create();
        killed.appendMany(40, 1000);
        killed.housekeep();
        Files.write(SegmentDescriptor.nextFile(killed.directory, 99), new byte[10]);
        final LogFixture log = new LogFixture(killed.directory, SMALL).open(null);
        assertFalse(log.storage.exists(SegmentDescriptor.nextFile(log.directory, 99)));
        assertEquals(40, log.readFrom(0));
    }

    @Test
    void shouldDropSegmentsBehindADamagedOne() throws IOException
    {
        final LogFixture killed = fixture(SMALL).create();
        killed.appendMany(300, 1000);
        killed.settle();
        final Path first = SegmentDescriptor.logFile(killed.directory, 0);
        final byte[] bytes = Files.readAllBytes(first);
        bytes[SegmentDescriptor.HEADER_LENGTH + 10 * 1096 + 200] ^= 1;
        Files.write(first, bytes);

        final LogFixture log = new LogFixture(killed.directory, SMALL).open(null);
        assertEquals(10, log.log.logEnd());
        assertTrue(log.cuts.size() > 4);
        assertEquals(0, log.cuts.get(0).position());
        assertEquals(first, log.cuts.get(log.cuts.size() - 1).file());
        assertEquals(1, log.storage.list(log.directory).stream().filter(SegmentDescriptor::isLogFile).count());
        assertGoesOn(log, 10);
    }

    @Test
    void shouldRefuseWhatIsNotASegmentOfThisLog() throws IOException
    {
        final LogFixture killed = fixture(SMALL).create();
        killed.appendMany(5, 100);
        final Path file = SegmentDescriptor.logFile(killed.directory, 0);
        final byte[] whole = Files.readAllBytes(file);
        for (int i = 0; i < SegmentDescriptor.CRC_OFFSET + 4; i++)
        {
            final byte[] bytes = whole.clone();
            bytes[i] ^= 2;
            Files.write(file, bytes);
            final IOException thrown = assertThrows(
                UnreadableLogException.class, () -> new LogFixture(killed.directory, SMALL).open(null), "byte " + i);
            assertTrue(thrown.getMessage().startsWith(file + ": "), thrown.getMessage());
            assertArrayEquals(bytes, Files.readAllBytes(file));
        }

        Files.write(file, whole);
        final LogContext context = new LogFixture(killed.directory, SMALL).context();
        final String topic = assertThrows(IOException.class, () -> PartitionLog.open(
            context, killed.directory, 77, LogFixture.PARTITION, SMALL, null)).getMessage();
        assertTrue(topic.contains("topic id abcd partition 3, expected 4d partition 3"), topic);
        assertThrows(IOException.class, () -> PartitionLog.open(
            context, killed.directory, LogFixture.TOPIC_ID, 4, SMALL, null));
        assertThrows(IOException.class, () -> new LogFixture(killed.directory, SMALL).create());

        Files.move(file, SegmentDescriptor.logFile(killed.directory, 9));
        final String name = assertThrows(
            IOException.class, () -> new LogFixture(killed.directory, SMALL).open(null)).getMessage();
        assertTrue(name.contains("name and header disagree"), name);
    }

    @Test
    void shouldRefuseABatchOfAnEarlierEpoch() throws IOException
    {
        final LogFixture killed = fixture(SMALL).create();
        killed.log.leaderEpoch(5);
        killed.appendMany(3, 100);
        assertEquals(5, killed.log.lastEpoch());
        assertThrows(IllegalArgumentException.class, () -> killed.log.leaderEpoch(4));
        final Path file = SegmentDescriptor.logFile(killed.directory, 0);
        final Region region = killed.storage.map(file, 64 * KIB);
        final int length = RecordBatchDescriptor.length(region.buffer(), SegmentDescriptor.HEADER_LENGTH);
        RecordBatchDescriptor.stamp(
            region.buffer(), SegmentDescriptor.HEADER_LENGTH + 2 * length, 2, 4, killed.nowNs, new Crc32c());

        final LogFixture log = new LogFixture(killed.directory, SMALL).open(null);
        assertEquals(2, log.log.logEnd());
        assertEquals(5, log.log.lastEpoch());
        assertEquals(5, log.log.leaderEpoch());
        assertTrue(log.cuts.get(0).reason().contains("epoch 4 behind one of epoch 5"), log.cuts.get(0).reason());
    }

    @Test
    void shouldOpenCleanWithoutBelievingAStaleState() throws IOException
    {
        final LogFixture log = fixture(new LogConfig(128 * KIB, -1, 16 * KIB)).create();
        log.log.leaderEpoch(7);
        log.appendMany(1000, 1000);
        final CleanState old = log.close();
        assertEquals(1000, old.logEnd());
        assertEquals(7, old.lastEpoch());

        log.open(old);
        assertEquals(1000, log.log.logEnd());
        assertEquals(7, log.log.lastEpoch());
        assertEquals(7, log.log.leaderEpoch());
        assertEquals(1000, log.readFrom(0));
        log.settle();
        for (int offset = 0; offset < 1000; offset += 9)
        {
            assertEquals(1000, log.readFrom(offset));
        }
        log.appendMany(10, 1000);
        final CleanState newer = log.close();

        for (final CleanState wrong : List.of(
            old,
            new CleanState(1009, 7, newer.activeBaseOffset(), newer.activePosition()),
            new CleanState(1010, 6, newer.activeBaseOffset(), newer.activePosition()),
            new CleanState(1010, 7, newer.activeBaseOffset() + 1, newer.activePosition()),
            new CleanState(1010, 7, newer.activeBaseOffset(), newer.activePosition() + 8),
            new CleanState(1010, 7, newer.activeBaseOffset(), Integer.MAX_VALUE)))
        {
            log.open(wrong);
            assertEquals(1010, log.log.logEnd());
            assertEquals(7, log.log.lastEpoch());
            assertEquals(1010, log.readFrom(0));
            assertEquals(newer, log.close());
        }
        assertEquals(List.of(), log.cuts);
        assertEquals(List.of(), log.errors);
    }

    @Test
    void shouldKeepAppendTimesMonotoneOverARestart() throws IOException
    {
        final LogFixture log = fixture(SMALL).create();
        log.nowNs = 5_000_000_000L;
        log.append(100);
        final CleanState state = log.close();
        log.nowNs = 1_000_000_000L;
        log.open(state);
        log.append(100);
        final List<Long> times = new ArrayList<>();
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(2, reader.poll((record) -> times.add(record.appendTimestampNs()), 10));
        }
        assertEquals(List.of(5_000_000_000L, 5_000_000_000L), times);
    }

    @Test
    void shouldKeepAppendTimesMonotoneBehindAnEmptySegment() throws IOException
    {
        for (final boolean isClean : new boolean[]{ true, false })
        {
            final LogFixture log = new LogFixture(temp.resolve("t-" + isClean), SMALL).create();
            log.nowNs = 5_000_000_000_000L;
            log.appendMany(55, 1000);
            log.settle();
            // The last segment is entered for a claim that is given back, and has no batch.
            assertTrue(log.appender.tryClaim(log.nowNs, -1, 2000) >= 0);
            log.appender.abortClaim();
            log.settle();
            final CleanState state = log.close();
            assertEquals(55, state.activeBaseOffset());

            final LogFixture again = new LogFixture(log.directory, SMALL);
            again.nowNs = 1000;
            again.open(isClean ? state : null, new LogCheckpoint(55, 0, false));
            assertEquals(55, again.append(100));
            final long[] time = new long[1];
            try (LogReader reader = again.log.newReader())
            {
                assertEquals(0, reader.seek(55));
                assertEquals(1, reader.poll((record) -> time[0] = record.appendTimestampNs(), 10));
            }
            assertTrue(time[0] >= 5_000_000_000_000L, () -> "append time " + time[0]);
        }
    }

    @Test
    void shouldRefuseALogWhoseSegmentsAreGone() throws IOException
    {
        final LogFixture log = fixture(SMALL).create();
        log.appendMany(5, 100);
        final CleanState state = log.close();
        Files.delete(SegmentDescriptor.logFile(log.directory, 0));
        assertTrue(assertThrows(IOException.class, () -> log.open(state)).getMessage().contains("segments are gone"));
    }

    @Test
    void shouldFinishAnInterruptedCreation() throws IOException
    {
        final LogFixture log = fixture(SMALL);
        Files.createDirectories(log.directory);
        Files.write(SegmentDescriptor.nextFile(log.directory, 0), new byte[100]);
        log.open(null);
        assertEquals(0, log.log.logEnd());
        assertGoesOn(log, 0);
    }
}
