package io.epona.jmh;

import io.epona.codecs.client.MessageHeaderDecoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.ProduceDecoder;
import io.epona.codecs.client.ProduceEncoder;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * The message that stands before every produced batch: header and block, written and read field by field.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = Jvm.FORKS, jvmArgsAppend = { Jvm.OPENS, Jvm.HEAP_MIN, Jvm.HEAP_MAX, Jvm.NO_PERF_FILE })
@Warmup(iterations = Jvm.WARM_UP_ITERATIONS, time = 1)
@Measurement(iterations = Jvm.ITERATIONS, time = 1)
public class SbeCodec
{
    private static final int LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + ProduceEncoder.BLOCK_LENGTH;
    private static final long TOKEN = 0x0123456789abcdefL;
    private static final long TOPIC_ID = 42;
    private static final byte ACKS = -1;

    private final UnsafeBuffer encoded = new UnsafeBuffer(new byte[LENGTH]);
    private final UnsafeBuffer decoded = new UnsafeBuffer(new byte[LENGTH]);
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final ProduceEncoder encoder = new ProduceEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final ProduceDecoder decoder = new ProduceDecoder();
    private long encodeCount;
    private long decodeCount;
    private long sum;

    /**
     * Write what {@link #decode()} reads.
     */
    @Setup(Level.Trial)
    public void setUp()
    {
        put(decoded, 7);
    }

    /**
     * Check the message that was written last and the sum of what was read.
     */
    @TearDown(Level.Trial)
    public void validate()
    {
        final long readSum = sum;
        final long expectedSum = decodeCount * (TOKEN + TOPIC_ID + 3 + 7 + ACKS);
        if (readSum != expectedSum || (0 == decodeCount && 0 == encodeCount))
        {
            throw new IllegalStateException("read " + readSum + ", expected " + expectedSum);
        }
        if (encodeCount > 0 && TOKEN + TOPIC_ID + 3 + requestId(encodeCount - 1) + ACKS != get(encoded))
        {
            throw new IllegalStateException("wrote a wrong message");
        }
    }

    /**
     * @return index behind the message.
     */
    @Benchmark
    public int encode()
    {
        return put(encoded, requestId(encodeCount++));
    }

    /**
     * @return sum of the fields.
     */
    @Benchmark
    public long decode()
    {
        final long value = get(decoded);
        decodeCount++;
        sum += value;
        return value;
    }

    private static int requestId(final long count)
    {
        return (int)(count & Integer.MAX_VALUE);
    }

    private int put(final UnsafeBuffer buffer, final int id)
    {
        encoder.wrapAndApplyHeader(buffer, 0, headerEncoder)
            .token(TOKEN)
            .topicId(TOPIC_ID)
            .partition(3)
            .requestId(id)
            .acks(ACKS);

        return encoder.limit();
    }

    private long get(final UnsafeBuffer buffer)
    {
        headerDecoder.wrap(buffer, 0);
        if (ProduceDecoder.SCHEMA_ID != headerDecoder.schemaId() ||
            ProduceDecoder.TEMPLATE_ID != headerDecoder.templateId())
        {
            return 0;
        }

        decoder.wrap(
            buffer, MessageHeaderDecoder.ENCODED_LENGTH, headerDecoder.blockLength(), headerDecoder.version());
        return decoder.token() + decoder.topicId() + decoder.partition() + decoder.requestId() + decoder.acks();
    }
}
