package io.epona.jmh;

import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordHandler;
import io.epona.engine.PartitionReader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * Seek to an offset anywhere in a log and poll the record there, with a value of 100 bytes. The offsets are spread
 * over all segments in a fixed order without a pattern.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Jvm.FORKS, jvmArgsAppend = { Jvm.OPENS, Jvm.HEAP_MIN, Jvm.HEAP_MAX, Jvm.NO_PERF_FILE })
@Warmup(iterations = Jvm.WARM_UP_ITERATIONS, time = 1)
@Measurement(iterations = Jvm.ITERATIONS, time = 1)
public class LogSeek
{
    private static final long MULTIPLIER = 6_364_136_223_846_793_005L;
    private static final long INCREMENT = 1_442_695_040_888_963_407L;

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
    private long state = 1;
    private long seen;

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
    }

    /**
     * Check the log itself.
     */
    @TearDown(Level.Trial)
    public void validate()
    {
        try
        {
            reader.close();
            fixture.validate(appended);
        }
        finally
        {
            fixture.close();
        }
    }

    /**
     * @param allocation of this thread.
     * @return offset of the record read.
     */
    @Benchmark
    public long seek(final Allocation allocation)
    {
        state = state * MULTIPLIER + INCREMENT;
        final long offset = (state >>> 1) % appended;
        if (0 != reader.seek(offset))
        {
            throw new IllegalStateException("seek to " + offset);
        }
        int count = 0;
        while (0 == count)
        {
            // An index or a cold segment that the housekeeper still brings is waited for.
            count = reader.poll(handler, 1);
        }
        if (1 != count || offset != seen)
        {
            throw new IllegalStateException("sought " + offset + ", polled " + count + ", read " + seen);
        }

        return seen;
    }

    private void onRecord(final Record record)
    {
        seen = record.offset();
    }
}
