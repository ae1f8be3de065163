package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Offsets by time against a model, append times that never fall, and segments left for their age. */
class LogTimeTest
{
    private static final int KIB = 1024;
    private static final long SECOND_NS = 1_000_000_000L;

    private record Told(long offset, long createNs, long appendNs)
    {
    }

    @TempDir
    private Path temp;

    private final Random random = new Random(31);
    private final List<Told> model = new ArrayList<>();

    private LogFixture fixture(final LogConfig config) throws IOException
    {
        return new LogFixture(temp.resolve("t-3.abcd"), config).create();
    }

    private static LogConfig config(final TimestampType type)
    {
        return new LogConfig(128 * KIB, -1, 16 * KIB).withTimes(Long.MAX_VALUE / 1_000_000, type);
    }

    /** A batch whose records were created a while before, in no order; the clock may have gone backwards. */
    private void appendBatch(final LogFixture log)
    {
        final UnsafeBuffer batch = new UnsafeBuffer(new byte[16 * KIB]);
        final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
        builder.begin(batch, 0, batch.capacity(), log.nowNs);
        final int count = 1 + random.nextInt(8);
        final long base = log.log.logEnd();
        final long lastAppendNs = model.isEmpty() ? 0 : model.get(model.size() - 1).appendNs();
        final long appendNs = Math.max(lastAppendNs, log.nowNs);
        for (int i = 0; i < count; i++)
        {
            final long createNs = log.nowNs - random.nextInt(3000);
            log.fill(base + i, 100 + random.nextInt(200));
            assertTrue(builder.append(createNs, null, 0, -1, log.value, 0, 100));
            model.add(new Told(base + i, createNs, appendNs));
        }
        final int length = builder.finish();
        long result = ResultCode.BACK_PRESSURED.code();
        while (ResultCode.BACK_PRESSURED.code() == result)
        {
            result = log.appender.appendBatch(batch, 0, length, log.nowNs);
            log.log.housekeep(log.nowNs);
        }
        assertEquals(base, result);
    }

    private long expected(final LogFixture log, final long timestampNs)
    {
        long first = LogReader.NO_OFFSET;
        for (final Told told : model)
        {
            if (told.offset() >= log.log.logStart() && told.appendNs() >= timestampNs)
            {
                first = LogReader.NO_OFFSET == first ? told.offset() : first;
                if (TimestampType.LOG_APPEND_TIME == log.config.timestampType() || told.createNs() >= timestampNs)
                {
                    return told.offset();
                }
            }
        }

        return first;
    }

    private static long find(final LogFixture log, final LogReader reader, final long timestampNs)
    {
        long result = reader.offsetForTimestamp(timestampNs);
        for (int i = 0; i < 10_000 && ResultCode.BACK_PRESSURED.code() == result; i++)
        {
            log.housekeep();
            result = reader.offsetForTimestamp(timestampNs);
        }

        return result;
    }

    private void assertAllTimes(final LogFixture log)
    {
        try (LogReader reader = log.log.newReader())
        {
            for (int i = 0; i < model.size(); i += 3)
            {
                final Told told = model.get(i);
                for (final long time : new long[]{ told.appendNs(), told.appendNs() + 1, told.createNs() })
                {
                    assertEquals(expected(log, time), find(log, reader, time), () -> "time " + time);
                }
            }
            assertEquals(log.log.logStart(), find(log, reader, 0));
            assertEquals(LogReader.NO_OFFSET, find(log, reader, Long.MAX_VALUE));
        }
    }

    @ParameterizedTest
    @EnumSource(TimestampType.class)
    void shouldFindEveryTimeAsTheModelDoes(final TimestampType type) throws IOException
    {
        final LogFixture log = fixture(config(type));
        long aheadNs = 0;
        for (int i = 0; i < 600; i++)
        {
            log.nowNs += random.nextInt(2000);
            if (0 == random.nextInt(40))
            {
                // The clock is set back, and catches up later.
                log.nowNs -= 5000;
                aheadNs += 5000;
            }
            appendBatch(log);
        }
        log.nowNs += aheadNs;
        assertAllTimes(log);

        log.settle();
        log.nowNs += 20 * SECOND_NS;
        log.settle();
        log.nowNs += 3 * SECOND_NS;
        log.settle();
        log.nowNs += 3 * SECOND_NS;
        log.settle();
        // From the files now; one of them lies about its times under a valid checksum.
        final List<Path> files = log.storage.list(log.directory).stream()
            .filter((file) -> file.toString().endsWith(".tix")).toList();
        assertTrue(files.size() >= 3);
        lie(files.get(1));
        assertAllTimes(log);

        final CleanState state = log.close();
        log.open(state);
        assertAllTimes(log);
        log.close();
        log.config = new LogConfig(128 * KIB, 200 * KIB, 16 * KIB).withTimes(Long.MAX_VALUE / 1_000_000, type);
        log.open(null);
        log.settle();
        assertTrue(log.log.logStart() > 0);
        assertAllTimes(log);
    }

    private static void lie(final Path file) throws IOException
    {
        final byte[] bytes = Files.readAllBytes(file);
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        for (int at = IndexFileDescriptor.HEADER_LENGTH; at < bytes.length; at += IndexFileDescriptor.ENTRY_LENGTH)
        {
            buffer.putLong(at, buffer.getLong(at) + 70_000);
        }
        LogIndexTest.sign(bytes);
        Files.write(file, bytes);
    }

    @Test
    void shouldReportTheTimeThatTheTopicSays() throws IOException
    {
        final LogFixture log = fixture(config(TimestampType.LOG_APPEND_TIME));
        appendBatch(log);
        try (LogReader reader = log.log.newReader())
        {
            assertTrue(reader.poll((record) -> assertEquals(log.nowNs, record.timestampNs()), 100) > 0);
            assertEquals(0, find(log, reader, log.nowNs - 5));
            assertEquals(log.nowNs, reader.foundTimestampNs());
        }
    }

    @Test
    void shouldNeverLetAppendTimesFallEvenOverAReopen() throws IOException
    {
        final LogFixture log = fixture(config(TimestampType.LOG_APPEND_TIME));
        log.append(100);
        final long firstNs = log.nowNs;
        final CleanState state = log.close();
        log.nowNs -= 500_000_000L;
        log.open(state);
        log.append(100);
        log.close();
        log.nowNs -= 200_000_000L;
        log.open(null);
        log.append(100);
        final List<Long> times = new ArrayList<>();
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(3, reader.poll((record) -> times.add(record.timestampNs()), 10));
        }
        assertEquals(List.of(firstNs, firstNs, firstNs), times);
    }

    @Test
    void shouldLeaveASegmentThatIsTooOldAsSoonAsASpareIsThere() throws IOException
    {
        final LogFixture log = fixture(
            new LogConfig(128 * KIB, -1, 16 * KIB).withTimes(1000, TimestampType.CREATE_TIME));
        assertEquals(0, log.append(100));
        log.settle();
        log.nowNs += SECOND_NS;
        // Nothing is prepared: asked for, and not waited for.
        assertEquals(1, log.append(100));
        assertEquals(0, log.log.counters().rolls());
        log.settle();
        assertEquals(2, log.append(100));
        assertEquals(1, log.log.counters().rolls());
        log.settle();
        log.nowNs += SECOND_NS / 2;
        assertEquals(3, log.append(100));
        assertEquals(1, log.log.counters().rolls());
        log.nowNs += 5 * SECOND_NS;
        log.settle();
        assertEquals(1, log.log.counters().rolls());
        assertEquals(0, log.log.counters().runwayMisses());
        // The age is that of the first batch, after a reopen too; and the length does not grow with age.
        final CleanState state = log.close();
        log.open(state);
        log.append(100);
        log.settle();
        log.append(100);
        assertEquals(1, log.log.counters().rolls());
        log.settle();
        assertEquals(6, log.readFrom(0));
        for (final Path file : log.storage.list(log.directory))
        {
            assertTrue(!file.toString().endsWith(".log") || Files.size(file) == 64 * KIB);
        }
    }
}
