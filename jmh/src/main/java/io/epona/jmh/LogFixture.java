package io.epona.jmh;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordDescriptor;
import io.epona.engine.Engine;
import io.epona.engine.Partition;
import io.epona.engine.PartitionReader;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * An engine on a temporary directory with one topic of one partition, its housekeeper on a thread of its own as in
 * production. Every record carries the same seeded value of {@value #VALUE_LENGTH} bytes, so that what is read can be
 * checked by counting.
 */
final class LogFixture implements AutoCloseable
{
    static final int VALUE_LENGTH = 100;
    static final long TIMESTAMP_NS = 1_700_000_000_000_000_000L;

    private static final int SEGMENTS_PER_REGION = 4;
    private static final long REFUSALS_MAX = 2_000_000_000L;
    private static final int POLL_LIMIT = 1024;
    private static final int ATTEMPTS = 10_000;
    private static final int EMPTY_POLLS_MAX = 20_000;
    private static final long EMPTY_POLL_PARK_NS = 500_000L;
    private static final String TOPIC = "benchmark";

    final UnsafeBuffer value = new UnsafeBuffer(Scratch.bytes(VALUE_LENGTH, 5));
    final Partition partition;
    private final Scratch scratch = new Scratch();
    private final AtomicReference<Throwable> fault = new AtomicReference<>();
    private final Engine engine;
    private long refusals;
    private long start;
    private long seen;

    /**
     * @param regionBytes size of the log; its segments are a quarter of it.
     * @param isRecycling whether the log is kept below that size and what is given up is used again; else it is kept
     *                    whole.
     */
    LogFixture(final int regionBytes, final boolean isRecycling)
    {
        final int segmentBytes = regionBytes / SEGMENTS_PER_REGION;
        engine = Engine.launch(new Engine.Context()
            .dataDir(scratch.directory().resolve("data"))
            .segmentBytes(segmentBytes)
            .retentionBytes(isRecycling ? (long)regionBytes - segmentBytes : -1)
            .errorHandler((ex) -> fault.compareAndSet(null, ex)));
        // The records are of the past: by age they would all go at once.
        engine.createTopic(TOPIC, 1, Map.of("retention.ms", "-1"));
        partition = engine.partition(TOPIC, 0);
        partition.owner(Thread.currentThread());
    }

    /**
     * Append batches until so many bytes have been written: past the doubling of the first segments, and into recycled
     * ones where it is a multiple of the region.
     *
     * @param bytes           to be written.
     * @param recordsPerBatch records of each batch.
     * @return number of records.
     */
    long fill(final long bytes, final int recordsPerBatch)
    {
        final byte[] batch = batch(recordsPerBatch);
        final UnsafeBuffer buffer = new UnsafeBuffer(batch);
        long records = 0;
        for (long done = 0; done < bytes; done += batch.length)
        {
            while (partition.appendBatch(buffer, 0, batch.length, TIMESTAMP_NS) < 0)
            {
                onRefusal();
            }
            records += recordsPerBatch;
        }

        return records;
    }

    /**
     * A finished batch as a producer sends it.
     *
     * @param recordCount number of its records.
     * @return its bytes.
     */
    byte[] batch(final int recordCount)
    {
        final byte[] bytes = new byte[batchLength(recordCount)];
        final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
        builder.begin(new UnsafeBuffer(bytes), 0, bytes.length, TIMESTAMP_NS);
        for (int i = 0; i < recordCount; i++)
        {
            builder.append(TIMESTAMP_NS, null, 0, -1, value, 0, VALUE_LENGTH);
        }
        if (bytes.length != builder.finish())
        {
            throw new IllegalStateException("length of a batch");
        }

        return bytes;
    }

    static int batchLength(final int recordCount)
    {
        return RecordBatchDescriptor.HEADER_LENGTH +
            recordCount * RecordDescriptor.alignedLength(-1, VALUE_LENGTH, 0);
    }

    /**
     * An append was refused: count it, and see that it is only for want of prepared memory. The caller tries
     * again, as a shard would in its next cycle.
     */
    void onRefusal()
    {
        refusals++;
        final int refusal = partition.counters().refusal();
        if (0 != refusal || null != fault.get() || refusals > REFUSALS_MAX)
        {
            throw new IllegalStateException(
                "append refused: " + ResultCode.nameOf(refusal) + " after " + refusals + " tries", fault.get());
        }
        // As a shard's idle strategy does: the housekeeper may need this core.
        Thread.yield();
    }

    /**
     * @return appends refused so far for want of prepared memory.
     */
    long refusals()
    {
        return refusals;
    }

    /**
     * Check that the log ends where it should and that every record kept is the one that was written.
     *
     * @param expectedLogEnd records ever appended.
     */
    void validate(final long expectedLogEnd)
    {
        if (null != fault.get())
        {
            throw new IllegalStateException("the engine reported an error", fault.get());
        }
        if (expectedLogEnd != partition.logEnd() || expectedLogEnd != partition.highWatermark())
        {
            throw new IllegalStateException("log end " + partition.logEnd() + ", expected " + expectedLogEnd);
        }

        try (PartitionReader reader = partition.newReader())
        {
            // Retention goes on meanwhile: where it passes the reader, start over at what is left.
            for (int attempt = 0; attempt < ATTEMPTS; attempt++)
            {
                seen = 0;
                reader.seekToEarliest();
                start = reader.position();
                final int result = readToEnd(reader, expectedLogEnd);
                if (0 == result && seen > 0 && expectedLogEnd == start + seen)
                {
                    return;
                }
                if (ResultCode.OFFSET_OUT_OF_RANGE.code() != result)
                {
                    throw new IllegalStateException(
                        "read " + seen + " records from " + start + ": " + ResultCode.nameOf(result));
                }
                Thread.yield();
            }
        }

        throw new IllegalStateException("retention passed the reader " + ATTEMPTS + " times");
    }

    /** A cold part comes when the housekeeper has read it ahead: until then a poll has nothing. */
    private int readToEnd(final PartitionReader reader, final long logEnd)
    {
        int emptyPolls = 0;
        int result = reader.poll(this::check, POLL_LIMIT);
        while (result > 0 || 0 == result && reader.position() < logEnd && emptyPolls < EMPTY_POLLS_MAX)
        {
            if (0 == result)
            {
                emptyPolls++;
                LockSupport.parkNanos(EMPTY_POLL_PARK_NS);
            }
            result = reader.poll(this::check, POLL_LIMIT);
        }

        return result;
    }

    private void check(final Record record)
    {
        if (start + seen != record.offset() || VALUE_LENGTH != record.valueLength() || -1 != record.keyLength())
        {
            throw new IllegalStateException("wrong record at " + record.offset());
        }
        for (int i = 0; i < VALUE_LENGTH; i++)
        {
            if (value.getByte(i) != record.buffer().getByte(record.valueIndex() + i))
            {
                throw new IllegalStateException("wrong value at " + record.offset());
            }
        }
        seen++;
    }

    @Override
    public void close()
    {
        try
        {
            partition.owner(null);
            engine.close();
        }
        finally
        {
            scratch.close();
        }
    }
}
