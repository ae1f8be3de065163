package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Seeks and searches by time in a log whose segments were cut or replaced, before and after a restart, with the index
 * files as they are, with those of before put back, and with damaged ones.
 */
class IndexesAfterChangeTest
{
    private static final int KIB = 1024;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int KEYS = 60;

    @TempDir
    private Path temp;

    private final Random random = new Random(99);
    /** Of each record that may be found: its time. */
    private final TreeMap<Long, Long> times = new TreeMap<>();
    private LogFixture log;

    private void create(final LogConfig config) throws IOException
    {
        log = new LogFixture(temp.resolve("t-3.abcd"), config).create();
    }

    private void append(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            final long expected = log.log.logEnd();
            log.nowNs += random.nextInt(3) * 1000L;
            final int length = 8 + random.nextInt(800);
            // The time of this moment, which an append that has to wait must not change.
            final long timestampNs = log.nowNs;
            log.fill(expected, length);
            final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
            key.putLong(0, random.nextInt(KEYS));
            long result = log.appender.append(timestampNs, key, 0, 8, log.value, 0, length);
            while (ResultCode.BACK_PRESSURED.code() == result)
            {
                log.log.housekeep(log.nowNs);
                result = log.appender.append(timestampNs, key, 0, 8, log.value, 0, length);
            }
            assertEquals(expected, result);
            times.put(expected, timestampNs);
        }
    }

    /** So much later that all that is sealed is on disk, with its index, and the index is forgotten. */
    private void age()
    {
        log.settle();
        log.nowNs += 11 * SECOND_NS;
        log.settle();
        for (int i = 0; i < 4; i++)
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

    private Map<Path, byte[]> contents() throws IOException
    {
        final Map<Path, byte[]> contents = new HashMap<>();
        for (final String suffix : new String[]{ ".idx", ".tix" })
        {
            for (final Path file : files(suffix))
            {
                contents.put(file, Files.readAllBytes(file));
            }
        }

        return contents;
    }

    private static long base(final Path file)
    {
        final String name = file.getFileName().toString();
        return Long.parseLong(name.substring(0, name.indexOf('.')));
    }

    private void cut(final long offset)
    {
        final LogTruncation truncation = log.log.truncate(offset);
        while (!truncation.isDone())
        {
            log.housekeep();
        }
        assertTrue(truncation.poll());
        assertEquals(offset, truncation.result());
        times.tailMap(offset, true).clear();
    }

    /** What is there after a compaction; all that is missing must have come again. */
    private void adoptWhatIsLeft()
    {
        final TreeMap<Long, Long> left = new TreeMap<>();
        try (LogReader reader = log.log.newReader())
        {
            int result;
            do
            {
                result = log.poll(
                    reader,
                    (record) ->
                    {
                        assertEquals(times.get(record.offset()), record.timestampNs());
                        left.put(record.offset(), record.timestampNs());
                    },
                    100);
            }
            while (result > 0);
            assertEquals(0, result);
            assertEquals(log.log.logEnd(), reader.position());
        }
        times.keySet().retainAll(left.keySet());
        assertEquals(left, times);
    }

    /** From any offset on, the record there or the next one that is left; of any time, the first one of that time. */
    private void assertFindsAll(final int step)
    {
        try (LogReader reader = log.log.newReader())
        {
            for (long offset = log.log.logEnd() - 1; offset >= 0; offset -= 1 + random.nextInt(step))
            {
                assertEquals(0, reader.seek(offset));
                assertEquals(times.ceilingKey(offset), next(reader), "from " + offset);
            }
            final Long[] all = times.values().toArray(new Long[0]);
            for (int i = random.nextInt(step); i < all.length; i += 1 + random.nextInt(step))
            {
                for (long timestampNs = all[i] - 1; timestampNs <= all[i] + 1; timestampNs++)
                {
                    assertFirstOf(timestampNs, reader);
                }
            }
        }
    }

    private Long next(final LogReader reader)
    {
        final Long[] found = new Long[1];
        for (int i = 0; i < 1000 && null == found[0] && reader.position() < log.log.highWatermark(); i++)
        {
            assertTrue(reader.poll(
                (record) ->
                {
                    LogFixture.verify(record);
                    found[0] = record.offset();
                },
                1) >= 0);
            log.housekeep();
        }

        return found[0];
    }

    private void assertFirstOf(final long timestampNs, final LogReader reader)
    {
        long offset = reader.offsetForTimestamp(timestampNs);
        for (int i = 0; i < 10_000 && ResultCode.BACK_PRESSURED.code() == offset; i++)
        {
            log.housekeep();
            offset = reader.offsetForTimestamp(timestampNs);
        }
        Long expected = null;
        for (final Map.Entry<Long, Long> entry : times.entrySet())
        {
            if (entry.getValue() >= timestampNs)
            {
                expected = entry.getKey();
                break;
            }
        }
        if (null == expected)
        {
            // Behind the last record that is left there may be a batch that only stands for offsets.
            assertTrue(LogReader.NO_OFFSET == offset || null == times.ceilingKey(offset));
        }
        else
        {
            assertEquals(expected, times.ceilingKey(offset), "of time " + timestampNs);
        }
    }

    private void reopen(final boolean isClean) throws IOException
    {
        final CleanState state = isClean ? log.close() : null;
        final LogFixture again = new LogFixture(log.directory, log.config);
        again.nowNs = log.nowNs;
        log = again.open(state);
        log.settle();
    }

    private void assertIndexFilesAreThoseOfTheSegments() throws IOException
    {
        final List<Path> segments = files(".log");
        final List<Path> offsets = files(".idx");
        assertEquals(segments.size() - 1, offsets.size());
        assertEquals(segments.size() - 1, files(".tix").size());
        for (int i = 0; i < offsets.size(); i++)
        {
            assertEquals(base(segments.get(i)), base(offsets.get(i)));
        }
    }

    @Test
    void shouldFindEverythingAfterACut() throws IOException
    {
        create(new LogConfig(128 * KIB, -1, 16 * KIB));
        append(1500);
        age();
        for (int round = 0; round < 6; round++)
        {
            final List<Path> before = files(".log");
            // Into the middle of a sealed segment, which grows again then.
            final int cutAt = before.size() - 2 - round % 2;
            final long offset = (base(before.get(cutAt)) + base(before.get(cutAt + 1))) / 2;
            final Map<Path, byte[]> stale = contents();
            cut(offset);
            for (final Path file : stale.keySet())
            {
                assertEquals(base(file) < base(before.get(cutAt)), Files.exists(file), file::toString);
            }
            assertFindsAll(9);
            if (0 == round % 3)
            {
                reopen(0 == round);
                assertFindsAll(9);
            }
            append(700);
            assertFindsAll(9);
            age();
            assertFindsAll(9);
            assertIndexFilesAreThoseOfTheSegments();
            reopen(0 == round % 2);
            age();
            assertFindsAll(9);
            assertIndexFilesAreThoseOfTheSegments();
            assertEquals(0, log.log.counters().indexRebuilds());
            assertEquals(List.of(), log.errors);
        }
    }

    /** As if the deletion of the index files had not come to the disk: same names, other batches. */
    @Test
    void shouldNotBelieveTheIndexOfWhatWasCut() throws IOException
    {
        create(new LogConfig(128 * KIB, -1, 16 * KIB));
        append(1500);
        age();
        final List<Path> segments = files(".log");
        final Map<Path, byte[]> stale = contents();
        cut((base(segments.get(1)) + base(segments.get(2))) / 2);
        append(1500);
        age();
        final Map<Path, byte[]> right = contents();
        final CleanState state = log.close();
        int replaced = 0;
        for (final Map.Entry<Path, byte[]> entry : stale.entrySet())
        {
            final byte[] now = right.get(entry.getKey());
            if (null != now && !Arrays.equals(now, entry.getValue()))
            {
                Files.write(entry.getKey(), entry.getValue());
                replaced++;
            }
        }
        assertTrue(replaced >= 2, replaced + " files");
        log.open(state);
        log.settle();
        assertFindsAll(5);
        age();
        assertTrue(log.log.counters().indexRebuilds() > 0);
        final Map<Path, byte[]> after = contents();
        assertEquals(right.keySet(), after.keySet());
        right.forEach((file, bytes) ->
            assertArrayEquals(bytes, after.get(file), file::toString));
        assertFindsAll(5);
    }

    private void createCompacted() throws IOException
    {
        create(new LogConfig(128 * KIB, -1, 16 * KIB).withCleanup(
            CleanupPolicy.COMPACT, new LogConfig.Compaction(3_600_000, 0, 0.2), -1));
        append(2000);
        age();
        assertTrue(log.log.counters().compactedSegments() > 0);
        adoptWhatIsLeft();
        assertTrue(times.size() < 1500, times.size() + " of 2000 left");
    }

    @Test
    void shouldFindEverythingAfterACompaction() throws IOException
    {
        createCompacted();
        assertFindsAll(5);
        for (int round = 0; round < 4; round++)
        {
            reopen(0 == round % 2);
            assertFindsAll(9);
            append(600);
            age();
            adoptWhatIsLeft();
            assertFindsAll(9);
            assertIndexFilesAreThoseOfTheSegments();
            assertEquals(0, log.log.counters().indexRebuilds());
            assertEquals(List.of(), log.errors);
        }
        final long end = log.log.logEnd();
        cut(times.floorKey(end - 20));
        assertFindsAll(9);
        append(600);
        age();
        adoptWhatIsLeft();
        reopen(false);
        assertFindsAll(9);
    }

    @Test
    void shouldMakeDamagedIndexesOfCompactedSegmentsAnew() throws IOException
    {
        createCompacted();
        final Map<Path, byte[]> right = contents();
        assertFalse(right.isEmpty());
        for (final boolean isClean : new boolean[]{ true, false })
        {
            final CleanState state = isClean ? log.close() : null;
            for (final Map.Entry<Path, byte[]> entry : right.entrySet())
            {
                final byte[] damaged = entry.getValue().clone();
                damaged[random.nextInt(damaged.length)] ^= 0x10;
                Files.write(entry.getKey(), damaged);
            }
            final LogFixture again = new LogFixture(log.directory, log.config);
            again.nowNs = log.nowNs;
            log = again.open(state);
            log.settle();
            assertFindsAll(5);
            age();
            assertTrue(log.log.counters().indexRebuilds() > 0);
            assertFindsAll(5);
            final Map<Path, byte[]> after = contents();
            right.forEach((file, bytes) ->
                assertArrayEquals(bytes, after.get(file), file::toString));
        }
    }
}
