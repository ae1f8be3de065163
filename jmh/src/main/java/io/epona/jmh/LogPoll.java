package io.epona.jmh;

import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordHandler;
import io.epona.engine.PartitionReader;
import org.agrona.DirectBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * Poll of a log with a limit of 256 records, each with a value of 100 bytes, which the handler reads to its last byte.
 * An operation is a record. At the end of the log the reader starts over.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Jvm.FORKS, jvmArgsAppend = { Jvm.OPENS, Jvm.HEAP_MIN, Jvm.HEAP_MAX, Jvm.NO_PERF_FILE })
@Warmup(iterations = Jvm.WARM_UP_ITERATIONS, time = 1)
@Measurement(iterations = Jvm.ITERATIONS, time = 1)
public class LogPoll
{
    private static final int LIMIT = 256;

    /** Size of the log, in MiB. */
    @Param({ "16", "256" })
    private int regionMiB;

    /** Records of each batch. */
    @Param({ "1", "16" })
    private int recordsPerBatch;

    private final RecordHandler handler = this::onRecord;
    private LogFixture fixture;
    private PartitionReader reader;
    private long appended;
    private long polled;
    private long sum;

    /**
     * Launch the engine and fill the log.
     */
    @Setup(Level.Trial)
    public void setUp()
    {
        final int regionBytes = regionMiB << 20;
        fixture = new LogFixture(regionBytes, false);
        appended = fixture.fill(regionBytes, recordsPerBatch);
        reader = fixture.partition.newReader();
        reader.seekToEarliest();
    }

    /**
     * Check the sum of all bytes that were read, and the log itself.
     */
    @TearDown(Level.Trial)
    public void validate()
    {
        try
        {
            reader.close();
            if (0 == polled || polled * sum(fixture.value, 0) != sum)
            {
                throw new IllegalStateException("wrong sum " + sum + " after " + polled + " records");
            }
            fixture.validate(appended);
        }
        finally
        {
            fixture.close();
        }
    }

    /**
     * @param allocation of this thread.
     * @return records polled so far.
     */
    @Benchmark
    @OperationsPerInvocation(LIMIT)
    public long poll(final Allocation allocation)
    {
        int remaining = LIMIT;
        while (remaining > 0)
        {
            final int count = reader.poll(handler, remaining);
            if (count <= 0 && !reader.isWaiting())
            {
                startOver(count);
            }
            else
            {
                remaining -= count;
            }
        }

        return polled;
    }

    private void startOver(final int result)
    {
        if (result < 0 || 0 != reader.seekToEarliest())
        {
            throw new IllegalStateException("poll returned " + result);
        }
    }

    private void onRecord(final Record record)
    {
        sum += sum(record.buffer(), record.valueIndex());
        polled++;
    }

    private static long sum(final DirectBuffer buffer, final int index)
    {
        long value = buffer.getInt(index + LogFixture.VALUE_LENGTH - Integer.BYTES);
        for (int i = 0; i < LogFixture.VALUE_LENGTH - Integer.BYTES; i += Long.BYTES)
        {
            value += buffer.getLong(index + i);
        }

        return value;
    }
}
