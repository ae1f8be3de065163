package io.epona.engine.log;

import com.sun.management.ThreadMXBean;
import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordHandler;
import io.epona.engine.PartitionReader.BatchesHandler;
import io.epona.engine.SystemClock;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(120)
class LogConcurrencyTest
{
    private static final int KIB = 1024;
    private static final long RECORDS = 200_000;
    private static final int VALUE_LENGTH = 104;
    private static final int WARM_UP_ROUNDS = 30;
    private static final int MEASURED_ROUNDS = 10;

    @TempDir
    private Path temp;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicBoolean isDone = new AtomicBoolean();

    private Thread start(final String name, final ThrowingRunnable body)
    {
        final Thread thread = new Thread(
            () ->
            {
                try
                {
                    body.run();
                }
                catch (final Throwable ex)
                {
                    failure.compareAndSet(null, ex);
                    isDone.set(true);
                }
            },
            name);
        thread.start();
        return thread;
    }

    private interface ThrowingRunnable
    {
        void run() throws Exception;
    }

    /** Every value holds its offset in every long. */
    private static void verify(final DirectBuffer buffer, final int index, final long offset)
    {
        for (int i = 0; i < VALUE_LENGTH; i += 8)
        {
            final long found = buffer.getLong(index + i);
            if (offset != found)
            {
                throw new AssertionError("record " + offset + " holds " + found + " at " + i);
            }
        }
    }

    private static final class Checker implements RecordHandler, BatchesHandler
    {
        private long next;
        private long count;

        @Override
        public void onRecord(final Record record)
        {
            if (record.offset() != next)
            {
                throw new AssertionError("expected " + next + ", got " + record.offset());
            }
            verify(record.buffer(), record.valueIndex(), next);
            next++;
            count++;
        }

        @Override
        public boolean onBatches(
            final DirectBuffer buffer, final int index, final int length, final long base, final long following)
        {
            int i = index;
            long offset = base;
            while (i < index + length)
            {
                assertEquals(offset, RecordBatchDescriptor.baseOffset(buffer, i));
                verify(buffer, i + RecordBatchDescriptor.HEADER_LENGTH + 16, offset);
                offset = RecordBatchDescriptor.nextOffset(buffer, i);
                i += RecordBatchDescriptor.length(buffer, i);
                count++;
            }
            assertEquals(following, offset);
            next = following;
            return true;
        }
    }

    private void read(final PartitionLog log, final boolean isByRecord) throws Exception
    {
        try (LogReader reader = log.newReader())
        {
            final Checker checker = new Checker();
            checker.next = reader.position();
            while (checker.next < RECORDS && !isDone.get())
            {
                final int result = isByRecord ? reader.poll(checker, 50) : reader.pollBatches(checker, 8 * KIB);
                if (ResultCode.OFFSET_OUT_OF_RANGE.code() == result)
                {
                    assertEquals(0, reader.seekToEarliest());
                    checker.next = reader.position();
                }
                else if (0 == result)
                {
                    Thread.yield();
                }
                else
                {
                    assertTrue(result > 0, "result " + result);
                }
            }
            assertTrue(checker.count > 0);
        }
    }

    @Test
    void shouldReadWhatWasWrittenOverRollsAndReuse() throws Exception
    {
        final LogFixture fixture =
            new LogFixture(temp.resolve("t-3.abcd"), new LogConfig(64 * KIB, 512 * KIB, 16 * KIB)).create();
        final PartitionLog log = fixture.log;
        fixture.appender.owner(null);
        final SystemClock clock = new SystemClock();
        final List<Thread> threads = new ArrayList<>();
        final AtomicBoolean isStopped = new AtomicBoolean();

        final Thread housekeeper = start("housekeeper", () ->
        {
            while (!isStopped.get())
            {
                if (0 == log.housekeep(clock.nowNs()))
                {
                    LockSupport.parkNanos(100_000);
                }
            }
        });
        threads.add(start("records", () -> read(log, true)));
        threads.add(start("batches", () -> read(log, false)));
        threads.add(start("slow", () -> readSlowly(log)));
        threads.add(start("writer", () -> write(log)));
        for (final Thread thread : threads)
        {
            thread.join();
        }
        isStopped.set(true);
        housekeeper.join();

        assertNull(failure.get(), () -> "failed: " + failure.get());
        assertEquals(RECORDS, log.logEnd());
        assertTrue(log.counters().recycledSegments() > 100, "recycled " + log.counters().recycledSegments());
        assertEquals(List.of(), fixture.errors);
    }

    private void write(final PartitionLog log)
    {
        final LogAppender appender = log.appender();
        appender.owner(Thread.currentThread());
        final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);
        long offset = 0;
        while (offset < RECORDS && !isDone.get())
        {
            for (int i = 0; i < VALUE_LENGTH; i += 8)
            {
                value.putLong(i, offset);
            }
            final long result = appender.append(offset, null, 0, -1, value, 0, VALUE_LENGTH);
            if (result >= 0)
            {
                assertEquals(offset, result);
                offset++;
            }
            else
            {
                assertEquals(ResultCode.BACK_PRESSURED.code(), result);
                Thread.yield();
            }
        }
        appender.owner(null);
    }

    /** Falls behind by taking one record at a time, jumping about, and pausing. */
    private void readSlowly(final PartitionLog log)
    {
        try (LogReader reader = log.newReader())
        {
            final Checker checker = new Checker();
            while (log.logEnd() < RECORDS && !isDone.get())
            {
                final long target = log.logStart() + (checker.count * 31 % 1000);
                if (0 == reader.seek(Math.min(target, log.highWatermark())))
                {
                    checker.next = reader.position();
                    final int result = reader.poll(checker, 3);
                    LockSupport.parkNanos(50_000);
                    final int later = result < 0 ? result : reader.poll(checker, 3);
                    assertTrue(later >= 0 || ResultCode.OFFSET_OUT_OF_RANGE.code() == later);
                }
                LockSupport.parkNanos(2_000_000);
            }
        }
    }

    @Test
    void shouldAllocateNothingOnAppendAndPoll() throws Exception
    {
        final LogFixture fixture =
            new LogFixture(temp.resolve("t-3.abcd"), new LogConfig(1024 * KIB, 2048 * KIB, 16 * KIB)).create();
        final PartitionLog log = fixture.log;
        final LogAppender appender = fixture.appender;
        final ExpandableArrayBuffer batch = new ExpandableArrayBuffer();
        final int batchLength = fixture.batch(batch, 0, 16, 100);
        final long[] sum = new long[1];
        final RecordHandler handler = (record) -> sum[0] += record.valueLength();
        final BatchesHandler batches = (buffer, index, length, base, next) -> (sum[0] += length) > 0;

        try (LogReader records = log.newReader(); LogReader ranges = log.newReader())
        {
            final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
            final long id = Thread.currentThread().getId();
            long allocated = 0;
            for (int round = 0; round < WARM_UP_ROUNDS + MEASURED_ROUNDS; round++)
            {
                for (int i = 0; i < 20; i++)
                {
                    fixture.housekeep();
                }
                final long before = threads.getThreadAllocatedBytes(id);
                for (int i = 0; i < 200; i++)
                {
                    appender.append(fixture.nowNs, null, 0, -1, fixture.value, 0, 100);
                    appender.appendBatch(batch, 0, batchLength, fixture.nowNs);
                    if (appender.tryClaim(fixture.nowNs, -1, 10) >= 0)
                    {
                        appender.commitClaim();
                    }
                    records.poll(handler, 100);
                    ranges.pollBatches(batches, 64 * KIB);
                    ranges.seek(log.logEnd() - 1);
                }
                // The checksum makes a view of each mapping once, so the first rounds do not count.
                allocated += round < WARM_UP_ROUNDS ? 0 : threads.getThreadAllocatedBytes(id) - before;
            }
            assertEquals(0, allocated);
            assertTrue(sum[0] > 0);
        }
    }
}
