package io.epona.jmh;

import org.agrona.concurrent.UnsafeBuffer;
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
 * What the machine itself takes to move 128 bytes through touched mapped files, over regions of the size that the log
 * goes through in {@link LogAppend} and {@link LogPoll}: the floor that these two are judged by.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Jvm.FORKS, jvmArgsAppend = { Jvm.OPENS, Jvm.HEAP_MIN, Jvm.HEAP_MAX, Jvm.NO_PERF_FILE })
@Warmup(iterations = Jvm.WARM_UP_ITERATIONS, time = 1)
@Measurement(iterations = Jvm.ITERATIONS, time = 1)
public class Floor
{
    private static final int LENGTH = 128;

    /** Bytes that are gone through before the first comes again, in MiB. */
    @Param({ "16", "256" })
    private int regionMiB;

    private Scratch scratch;
    private UnsafeBuffer source;
    private UnsafeBuffer target;
    private int capacity;
    private int index;
    private long operations;
    private long sum;

    /**
     * Map and touch both files.
     */
    @Setup(Level.Trial)
    public void setUp()
    {
        capacity = regionMiB << 20;
        scratch = new Scratch();
        source = scratch.map("source", capacity, 1);
        target = scratch.map("target", capacity, 2);
    }

    /**
     * Check that the bytes are where they were moved to, and that what was read is what stands there.
     */
    @TearDown(Level.Trial)
    public void validate()
    {
        try
        {
            final long moved = Math.min(operations, capacity / LENGTH) * LENGTH;
            final boolean isRead = 0 != sum;
            for (int i = 0; i < moved && !isRead; i += Long.BYTES)
            {
                if (source.getLong(i) != target.getLong(i))
                {
                    throw new IllegalStateException("not copied at " + i);
                }
            }
            if (0 == operations || (isRead && sum != expectedSum()))
            {
                throw new IllegalStateException("read a wrong sum after " + operations + " operations: " + sum);
            }
        }
        finally
        {
            scratch.close();
        }
    }

    /**
     * Copy from one file to the other.
     *
     * @return index of the copied bytes.
     */
    @Benchmark
    public int copy128()
    {
        final int i = index;
        target.putBytes(i, source, i, LENGTH);
        advance(i);
        return i;
    }

    /**
     * Read from a file, one behind the other.
     *
     * @return the sum of what was read.
     */
    @Benchmark
    public long read128()
    {
        final int i = index;
        long value = 0;
        for (int j = 0; j < LENGTH; j += Long.BYTES)
        {
            value += source.getLong(i + j);
        }
        advance(i);
        sum += value;
        return value;
    }

    private void advance(final int i)
    {
        final int next = i + LENGTH;
        index = next == capacity ? 0 : next;
        operations++;
    }

    private long expectedSum()
    {
        final long rounds = operations / (capacity / LENGTH);
        long whole = 0;
        long part = 0;
        for (int i = 0; i < capacity; i += Long.BYTES)
        {
            final long value = source.getLong(i);
            whole += value;
            part += i < index ? value : 0;
        }

        return rounds * whole + part;
    }
}
