package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A batch of an open log that cannot be come by any more: readers stop before it, and the log is fenced. */
class DamageInUseTest
{
    private static final int FENCED = ResultCode.PARTITION_FENCED.code();
    private static final int RECORDS = 200;
    private static final int DAMAGED = 77;

    @TempDir
    private Path temp;

    private LogFixture log;
    private long end;
    private long position;

    private LogFixture log() throws IOException
    {
        log = new LogFixture(temp.resolve("t-3.abcd"), new LogConfig(256 * 1024, -1, 4 * 1024)).create();
        log.appendMany(RECORDS, 100);
        log.settle();

        return log;
    }

    /** Turn the highest bit, or another, of a field in the header of a batch. */
    private void damage(final long offset, final int field, final int mask) throws IOException
    {
        final int[] place = { -1 };
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(0, reader.seek(offset));
            log.pollBatches(
                reader,
                (buffer, index, length, base, next) ->
                {
                    place[0] = index;
                    return false;
                },
                0);
        }
        position = place[0];
        try (RandomAccessFile file = new RandomAccessFile(segment().toFile(), "rw"))
        {
            file.seek(position + field);
            final int now = file.read();
            file.seek(position + field);
            file.write(now ^ mask);
        }
    }

    private Path segment()
    {
        return SegmentDescriptor.logFile(log.directory, 0);
    }

    private int readRecords(final LogReader reader)
    {
        end = reader.position();
        int result;
        do
        {
            result = log.poll(
                reader,
                (record) ->
                {
                    assertEquals(end++, record.offset());
                    LogFixture.verify(record);
                },
                7);
        }
        while (result > 0);

        return result;
    }

    private int readBatches(final LogReader reader, final int maxLength)
    {
        end = reader.position();
        int result;
        do
        {
            result = log.pollBatches(
                reader,
                (buffer, index, length, base, next) ->
                {
                    assertEquals(end, base);
                    end = next;
                    return true;
                },
                maxLength);
        }
        while (result > 0);

        return result;
    }

    private void assertFenced(final long offset) throws IOException
    {
        log.settle();
        assertEquals(FENCED, log.append(100));
        assertFalse(log.log.isHousekeepingDue(), "it is told once");
        assertEquals(1, log.errors.size(), () -> log.errors.toString());
        final String message = log.errors.get(0).getMessage();
        assertTrue(message.contains(segment() + ": damaged at position " + position), message);
        assertTrue(message.contains("reads end at offset " + offset), message);
        log.close();

        final LogFixture next = new LogFixture(log.directory, log.config).open(
            null, new LogCheckpoint(RECORDS, 0, false));
        assertNotNull(next.log.damage(), "the next start reads all of it");
        assertEquals(DAMAGED, next.log.damage().offset());
    }

    /** The highest bytes of length, base offset and last offset delta; and a bit that makes a length one byte less. */
    @ParameterizedTest
    @ValueSource(ints = {
        RecordBatchDescriptor.LENGTH_OFFSET + 3,
        RecordBatchDescriptor.BASE_OFFSET_OFFSET,
        RecordBatchDescriptor.BASE_OFFSET_OFFSET + 7,
        RecordBatchDescriptor.LAST_OFFSET_DELTA_OFFSET + 3 })
    void stopsBeforeABatchThatCannotBeFollowed(final int field) throws IOException
    {
        log();
        try (LogReader far = log.log.newReader(); LogReader records = log.log.newReader())
        {
            readBatches(far, 1 << 20);
            assertEquals(RECORDS, end);
            damage(DAMAGED, field, 0x80);

            assertEquals(FENCED, readRecords(records));
            assertEquals(DAMAGED, end);
            assertEquals(DAMAGED, records.position());
            for (final int maxLength : new int[]{ 0, 1000, 1 << 20 })
            {
                assertEquals(0, records.seek(0));
                assertEquals(FENCED, readBatches(records, maxLength));
                assertEquals(DAMAGED, end);
            }
            assertEquals(0, records.seek(DAMAGED));
            assertEquals(FENCED, readRecords(records), "asked for itself");
            assertEquals(0, far.pollBatches((buffer, index, length, base, next) -> true, 1), "behind it");
        }
        assertFenced(DAMAGED);
    }

    @Test
    void doesNotBelieveALengthThatLeadsBetweenTwoBatches() throws IOException
    {
        log();
        damage(DAMAGED, RecordBatchDescriptor.LENGTH_OFFSET, 0x08);
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(FENCED, readBatches(reader, 1 << 20));
            assertEquals(DAMAGED + 1, end, "handed over, with what is not right about it, for its reader to check");
        }
        assertTrue(Files.notExists(log.directory.resolve(LogRecovery.SUSPECT_FILE_NAME)));
        position += length();
        assertFenced(DAMAGED + 1);
    }

    /** The housekeeper reads the batches of producers too, and a length of 0 leads nowhere. */
    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void findsItWhereProducersAreFollowed(final boolean isClosed) throws IOException
    {
        log = new LogFixture(temp.resolve("t-3.abcd"), new LogConfig(64 * 1024, -1, 4 * 1024)).create();
        for (int i = 0; i <= DAMAGED; i++)
        {
            send(i, 32);
        }
        log.settle();
        damage(DAMAGED, RecordBatchDescriptor.LENGTH_OFFSET, length(DAMAGED));
        if (isClosed)
        {
            assertNull(log.close(), "its producers cannot be told");
        }
        else
        {
            for (int i = DAMAGED + 1; log.log.state().directory().length < 2; i++)
            {
                send(i, 4000);
                log.housekeep();
            }
            log.settle();
            assertEquals(FENCED, log.append(100));
            assertNull(log.close());
        }
        assertEquals(1, log.errors.size(), () -> log.errors.toString());
        assertTrue(Files.exists(log.directory.resolve(LogRecovery.SUSPECT_FILE_NAME)));

        final LogFixture next = new LogFixture(log.directory, log.config).open(
            null, new LogCheckpoint(DAMAGED + 1, 0, false));
        assertNotNull(next.log.damage(), "the next start reads all of it");
        assertEquals(DAMAGED, next.log.damage().offset());
    }

    private void send(final int sequence, final int valueLength)
    {
        final UnsafeBuffer batch = new UnsafeBuffer(new byte[8 * 1024]);
        final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
        builder.begin(batch, 0, batch.capacity(), log.nowNs).producer(9, (short)0, sequence);
        assertTrue(builder.append(log.nowNs, null, 0, -1, log.value, 0, valueLength));
        final int length = builder.finish();
        long result = log.appender.appendBatch(batch, 0, length, log.nowNs);
        while (ResultCode.BACK_PRESSURED.code() == result)
        {
            log.housekeep();
            result = log.appender.appendBatch(batch, 0, length, log.nowNs);
        }
        assertEquals(sequence, result);
    }

    private int length(final long offset) throws IOException
    {
        damage(offset, 0, 0);
        return length();
    }

    private int length() throws IOException
    {
        try (RandomAccessFile file = new RandomAccessFile(segment().toFile(), "r"))
        {
            file.seek(position + RecordBatchDescriptor.LENGTH_OFFSET);
            return Integer.reverseBytes(file.readInt());
        }
    }
}
