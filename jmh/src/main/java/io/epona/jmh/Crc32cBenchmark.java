package io.epona.jmh;

import io.epona.codecs.batch.Crc32c;
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
import java.util.zip.CRC32C;

/**
 * Checksum of a batch in a mapped file.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Jvm.FORKS, jvmArgsAppend = { Jvm.OPENS, Jvm.HEAP_MIN, Jvm.HEAP_MAX, Jvm.NO_PERF_FILE })
@Warmup(iterations = Jvm.WARM_UP_ITERATIONS, time = 1)
@Measurement(iterations = Jvm.ITERATIONS, time = 1)
public class Crc32cBenchmark
{
    private static final int INDEX = 4096;

    /** Bytes that are summed. */
    @Param({ "168", "1024", "65536" })
    private int length;

    private final Crc32c crc = new Crc32c();
    private Scratch scratch;
    private UnsafeBuffer buffer;
    private int result;

    /**
     * Map the file.
     */
    @Setup(Level.Trial)
    public void setUp()
    {
        scratch = new Scratch();
        buffer = scratch.map("batch", 128 * 1024, 3);
    }

    /**
     * Compare the last result with the JDK's.
     */
    @TearDown(Level.Trial)
    public void validate()
    {
        try
        {
            final byte[] bytes = new byte[length];
            buffer.getBytes(INDEX, bytes);
            final CRC32C expected = new CRC32C();
            expected.update(bytes);
            if ((int)expected.getValue() != result)
            {
                throw new IllegalStateException("wrong checksum " + Integer.toHexString(result));
            }
        }
        finally
        {
            crc.releaseViews();
            scratch.close();
        }
    }

    /**
     * @return the checksum.
     */
    @Benchmark
    public int compute()
    {
        result = crc.compute(buffer, INDEX, length);
        return result;
    }
}
