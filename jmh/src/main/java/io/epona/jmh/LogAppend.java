package io.epona.jmh;

import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.engine.Partition;
import io.epona.engine.RecordClaim;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * Append of records with a value of 100 bytes and no key, checksums on. An operation is a record. The log is kept below
 * a size and recycles its segments, so that no first touch of a page is measured; where the housekeeper has not
 * prepared memory in time the append is tried again until it succeeds, and the wait is part of the time and counted.
 * <p>
 * The scope is the benchmark for the counters' sake: a thread-scoped state is one object for each place that names it.
 */
@State(Scope.Benchmark)
@Threads(1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Jvm.FORKS, jvmArgsAppend = { Jvm.OPENS, Jvm.HEAP_MIN, Jvm.HEAP_MAX, Jvm.NO_PERF_FILE })
@Warmup(iterations = Jvm.WARM_UP_ITERATIONS, time = 1)
@Measurement(iterations = Jvm.ITERATIONS, time = 1)
public class LogAppend
{
    private static final int BATCH_COUNT = 16;
    private static final int ROUNDS_BEFORE = 3;
    private static final long TIMESTAMP_NS = LogFixture.TIMESTAMP_NS;

    /** Size of the log, in MiB. */
    @Param({ "16", "256" })
    private int regionMiB;

    private final RecordClaim claim = new RecordClaim();
    private final int batchCapacity = LogFixture.batchLength(BATCH_COUNT);
    private LogFixture fixture;
    private Partition partition;
    private UnsafeBuffer value;
    private UnsafeBuffer single;
    private UnsafeBuffer batch;
    private long records;

    /**
     * What a log has to say beside its time. Summed over the iteration by JMH.
     */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Counters
    {
        /** Appends that were refused for want of prepared memory, and tried again. */
        public long retries;
        /** Refusals as the log itself counts them. */
        public long runwayMisses;
        /** Segments begun. */
        public long rolls;
        /** Segments whose touched memory was given back for reuse: in a steady state as many as were begun. */
        public long recycledSegments;

        private long retriesBefore;
        private long runwayMissesBefore;
        private long rollsBefore;
        private long recycledBefore;

        /**
         * Remember what has been counted before.
         *
         * @param benchmark that this thread runs.
         */
        @Setup(Level.Iteration)
        public void begin(final LogAppend benchmark)
        {
            retriesBefore = benchmark.fixture.refusals();
            runwayMissesBefore = benchmark.partition.counters().runwayMisses();
            rollsBefore = benchmark.partition.counters().rolls();
            recycledBefore = benchmark.partition.counters().recycledSegments();
        }

        /**
         * Hand what was counted to JMH.
         *
         * @param benchmark that this thread runs.
         */
        @TearDown(Level.Iteration)
        public void end(final LogAppend benchmark)
        {
            retries = benchmark.fixture.refusals() - retriesBefore;
            runwayMisses = benchmark.partition.counters().runwayMisses() - runwayMissesBefore;
            rolls = benchmark.partition.counters().rolls() - rollsBefore;
            recycledSegments = benchmark.partition.counters().recycledSegments() - recycledBefore;
        }
    }

    /**
     * Launch the engine and go three times through the memory of the log.
     */
    @Setup(Level.Trial)
    public void setUp()
    {
        final int regionBytes = regionMiB << 20;
        fixture = new LogFixture(regionBytes, true);
        partition = fixture.partition;
        value = fixture.value;
        single = new UnsafeBuffer(fixture.batch(1));
        batch = new UnsafeBuffer(fixture.batch(BATCH_COUNT));
        records = fixture.fill((long)ROUNDS_BEFORE * regionBytes, BATCH_COUNT);
    }

    /**
     * Check the end of the log, the records that it keeps, and that it did recycle.
     */
    @TearDown(Level.Trial)
    public void validate()
    {
        try
        {
            fixture.validate(records);
            if (0 == partition.counters().recycledSegments())
            {
                throw new IllegalStateException("the log did not recycle: first touches were measured");
            }
        }
        finally
        {
            fixture.close();
        }
    }

    /**
     * One record a batch.
     *
     * @param counters   of this thread.
     * @param allocation of this thread.
     * @return the offset.
     */
    @Benchmark
    public long append(final Counters counters, final Allocation allocation)
    {
        long offset = partition.append(TIMESTAMP_NS, null, 0, -1, value, 0, LogFixture.VALUE_LENGTH);
        while (offset < 0)
        {
            fixture.onRefusal();
            offset = partition.append(TIMESTAMP_NS, null, 0, -1, value, 0, LogFixture.VALUE_LENGTH);
        }
        records++;

        return offset;
    }

    /**
     * One record a batch, encoded in place.
     *
     * @param counters   of this thread.
     * @param allocation of this thread.
     * @return the offset.
     */
    @Benchmark
    public long claim(final Counters counters, final Allocation allocation)
    {
        while (partition.tryClaim(TIMESTAMP_NS, -1, LogFixture.VALUE_LENGTH, claim) < 0)
        {
            fixture.onRefusal();
        }
        claim.buffer().putBytes(claim.valueIndex(), value, 0, LogFixture.VALUE_LENGTH);
        records++;

        return claim.commit();
    }

    /**
     * Sixteen records a batch, built in the log itself.
     *
     * @param counters   of this thread.
     * @param allocation of this thread.
     * @return offset of the first.
     */
    @Benchmark
    @OperationsPerInvocation(BATCH_COUNT)
    public long batch16(final Counters counters, final Allocation allocation)
    {
        RecordBatchBuilder builder = partition.tryBeginBatch(batchCapacity, TIMESTAMP_NS);
        while (null == builder)
        {
            fixture.onRefusal();
            builder = partition.tryBeginBatch(batchCapacity, TIMESTAMP_NS);
        }
        for (int i = 0; i < BATCH_COUNT; i++)
        {
            builder.append(TIMESTAMP_NS, null, 0, -1, value, 0, LogFixture.VALUE_LENGTH);
        }
        records += BATCH_COUNT;

        return partition.commitBatch(TIMESTAMP_NS);
    }

    /**
     * A producer's finished batch of one record: copied, validated, stamped.
     *
     * @param counters   of this thread.
     * @param allocation of this thread.
     * @return the offset.
     */
    @Benchmark
    public long finishedBatch1(final Counters counters, final Allocation allocation)
    {
        records++;
        return appendFinished(single);
    }

    /**
     * A producer's finished batch of sixteen records: copied, validated, stamped.
     *
     * @param counters   of this thread.
     * @param allocation of this thread.
     * @return offset of the first.
     */
    @Benchmark
    @OperationsPerInvocation(BATCH_COUNT)
    public long finishedBatch16(final Counters counters, final Allocation allocation)
    {
        records += BATCH_COUNT;
        return appendFinished(batch);
    }

    private long appendFinished(final UnsafeBuffer finished)
    {
        long offset = partition.appendBatch(finished, 0, finished.capacity(), TIMESTAMP_NS);
        while (offset < 0)
        {
            fixture.onRefusal();
            offset = partition.appendBatch(finished, 0, finished.capacity(), TIMESTAMP_NS);
        }

        return offset;
    }
}
