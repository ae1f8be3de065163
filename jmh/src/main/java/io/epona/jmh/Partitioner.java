package io.epona.jmh;

import io.epona.codecs.Murmur2;
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

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Choice of the partition of a key.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Jvm.FORKS, jvmArgsAppend = { Jvm.OPENS, Jvm.HEAP_MIN, Jvm.HEAP_MAX, Jvm.NO_PERF_FILE })
@Warmup(iterations = Jvm.WARM_UP_ITERATIONS, time = 1)
@Measurement(iterations = Jvm.ITERATIONS, time = 1)
public class Partitioner
{
    private static final int KEY_COUNT = 1024;
    private static final int PARTITION_COUNT = 12;

    /** Length of a key in bytes. */
    @Param({ "8", "36" })
    private int keyLength;

    private UnsafeBuffer keys;
    private int next;
    private long operations;
    private long sum;

    /**
     * Make the keys.
     */
    @Setup(Level.Trial)
    public void setUp()
    {
        keys = new UnsafeBuffer(Scratch.bytes(KEY_COUNT * keyLength, 4));
    }

    /**
     * Compare the sum of all partitions with what the hash of arrays says.
     */
    @TearDown(Level.Trial)
    public void validate()
    {
        long whole = 0;
        long part = 0;
        for (int i = 0; i < KEY_COUNT; i++)
        {
            final byte[] key = Arrays.copyOfRange(keys.byteArray(), i * keyLength, (i + 1) * keyLength);
            final int partition = Murmur2.partition(Murmur2.hash(key), PARTITION_COUNT);
            whole += partition;
            part += i < next ? partition : 0;
        }

        final long expected = operations / KEY_COUNT * whole + part;
        if (0 == operations || expected != sum)
        {
            throw new IllegalStateException("sum of partitions " + sum + ", expected " + expected);
        }
    }

    /**
     * @return the partition.
     */
    @Benchmark
    public int partitionFor()
    {
        final int i = next;
        final int partition = Murmur2.partition(Murmur2.hash(keys, i * keyLength, keyLength), PARTITION_COUNT);
        next = i + 1 == KEY_COUNT ? 0 : i + 1;
        operations++;
        sum += partition;

        return partition;
    }
}
