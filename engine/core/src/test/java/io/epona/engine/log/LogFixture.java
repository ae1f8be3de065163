package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordHandler;
import io.epona.engine.Clock;
import io.epona.engine.PartitionReader.BatchesHandler;
import io.epona.engine.FaultyStorage;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A log under test with the calling thread as owner and housekeeper. The value of the record with offset n is n as a
 * long, then bytes of n up to the length.
 */
final class LogFixture
{
    static final long TOPIC_ID = 0xABCDL;
    static final int PARTITION = 3;
    private static final int ATTEMPTS = 10_000;

    record Cut(Path file, long offset, long position, long length, String reason)
    {
    }

    final Path directory;
    final FaultyStorage storage = new FaultyStorage();
    final List<Throwable> errors = new ArrayList<>();
    final List<Cut> cuts = new ArrayList<>();
    final UnsafeBuffer value = new UnsafeBuffer(new byte[1 << 20]);
    LogCleaner cleaner = new LogCleaner(4 << 20);
    /** Where this is set, somebody has to serve it. */
    FlushQueue flushQueue;
    long nowNs = 1_000_000_000L;
    final Clock clock = () -> nowNs;
    LogConfig config;
    PartitionLog log;
    LogAppender appender;

    LogFixture(final Path directory, final LogConfig config)
    {
        this.directory = directory;
        this.config = config;
    }

    LogContext context()
    {
        return new LogContext(
            storage, clock, errors::add,
            (file, offset, position, length, reason) -> cuts.add(new Cut(file, offset, position, length, reason)),
            flushQueue, cleaner);
    }

    LogFixture create() throws IOException
    {
        use(PartitionLog.create(context(), directory, TOPIC_ID, PARTITION, config));
        return this;
    }

    LogFixture open(final CleanState state) throws IOException
    {
        use(PartitionLog.open(context(), directory, TOPIC_ID, PARTITION, config, state));
        return this;
    }

    LogFixture open(final CleanState state, final LogCheckpoint checkpoint) throws IOException
    {
        use(PartitionLog.open(context(), directory, TOPIC_ID, PARTITION, config, state, checkpoint));
        return this;
    }

    private void use(final PartitionLog opened)
    {
        log = opened;
        appender = opened.appender();
        appender.owner(Thread.currentThread());
    }

    CleanState close()
    {
        appender.owner(null);
        return log.closeClean();
    }

    void fill(final long offset, final int length)
    {
        value.setMemory(0, length, (byte)offset);
        value.putLong(0, offset);
    }

    /** Append one record, housekeeping when there is no room. */
    long append(final int valueLength)
    {
        final long expected = log.logEnd();
        fill(expected, valueLength);
        for (int i = 0; i < ATTEMPTS; i++)
        {
            final long result = appender.append(nowNs, null, 0, -1, value, 0, valueLength);
            if (result != ResultCode.BACK_PRESSURED.code())
            {
                return result;
            }
            housekeep();
        }

        throw new AssertionError("back-pressured for ever");
    }

    void appendMany(final int count, final int valueLength)
    {
        for (int i = 0; i < count; i++)
        {
            final long expected = log.logEnd();
            assertEquals(expected, append(valueLength));
        }
    }

    void housekeep()
    {
        nowNs += 1000;
        log.housekeep(nowNs);
    }

    /** Housekeep until there is nothing left to do. */
    void settle()
    {
        for (int i = 0; i < ATTEMPTS; i++)
        {
            nowNs += 1000;
            if (0 == log.housekeep(nowNs))
            {
                return;
            }
        }

        throw new AssertionError("housekeeper never comes to rest");
    }

    static void verify(final Record record)
    {
        assertEquals(record.offset(), record.buffer().getLong(record.valueIndex()));
        final int length = record.valueLength();
        for (int i = 8; i < length; i++)
        {
            if ((byte)record.offset() != record.buffer().getByte(record.valueIndex() + i))
            {
                throw new AssertionError("record " + record.offset() + " differs at " + i);
            }
        }
    }

    /** Records; waits where they are on disk only. */
    int poll(final LogReader reader, final RecordHandler handler, final int limit)
    {
        int result = reader.poll(handler, limit);
        while (0 == result && reader.isWaiting())
        {
            log.serveReaders(nowNs);
            result = reader.poll(handler, limit);
        }

        return result;
    }

    /** A range of batches; waits where it is on disk only. */
    int pollBatches(final LogReader reader, final BatchesHandler handler, final int maxLength)
    {
        int result = reader.pollBatches(handler, maxLength);
        while (0 == result && reader.isWaiting())
        {
            log.serveReaders(nowNs);
            result = reader.pollBatches(handler, maxLength);
        }

        return result;
    }

    /** Read and verify everything from an offset; returns the offsets' end. */
    long readFrom(final long offset)
    {
        try (LogReader reader = log.newReader())
        {
            assertEquals(0, reader.seek(offset));
            final long[] next = { offset };
            int result;
            do
            {
                result = reader.poll(
                    (record) ->
                    {
                        assertEquals(next[0]++, record.offset());
                        verify(record);
                    },
                    100);
                assertTrue(result >= 0, () -> "poll refused");
                if (reader.isWaiting())
                {
                    log.serveReaders(nowNs);
                }
            }
            while (result > 0 || next[0] < log.highWatermark());
            assertEquals(next[0], reader.position());

            return next[0];
        }
    }

    /** A producer's batch of records whose values are numbered from an offset. */
    int batch(final ExpandableArrayBuffer target, final long firstOffset, final int count, final int valueLength)
    {
        final UnsafeBuffer staging = new UnsafeBuffer(new byte[1 << 20]);
        final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
        builder.begin(staging, 0, staging.capacity(), nowNs);
        for (int i = 0; i < count; i++)
        {
            fill(firstOffset + i, valueLength);
            assertTrue(builder.append(nowNs, null, 0, -1, value, 0, valueLength));
        }
        final int length = builder.finish();
        target.putBytes(0, staging, 0, length);

        return length;
    }
}
