package io.epona.codecs.batch;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Batches for tests, each in an array of exactly its length.
 */
final class Batches
{
    static final long TIMESTAMP_NS = 1_700_000_000_123_456_789L;

    private static final int CAPACITY = 64 * 1024;

    private Batches()
    {
    }

    static UnsafeBuffer bytes(final String text)
    {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Key and value, null key, tombstone, both null, empty key and value, headers of all kinds.
     *
     * @return the finished batch of six records.
     */
    static byte[] mixed()
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[CAPACITY]);
        final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
        final UnsafeBuffer key = bytes("key");
        final UnsafeBuffer value = bytes("value-1");

        builder.begin(buffer, 0, CAPACITY, TIMESTAMP_NS).producer(7, (short)3, 41);
        builder.append(TIMESTAMP_NS, key, 0, 3, value, 0, 7);
        builder.append(TIMESTAMP_NS + 5, null, 0, -1, value, 0, 7);
        builder.append(TIMESTAMP_NS - 5, key, 0, 3, null, 0, -1);
        builder.append(TIMESTAMP_NS + 1_000_000, null, 0, -1, null, 0, -1);
        builder.append(TIMESTAMP_NS + 2, key, 0, 0, value, 0, 0);
        appendWithHeaders(buffer, builder);

        return Arrays.copyOf(buffer.byteArray(), builder.finish());
    }

    static void appendWithHeaders(final MutableDirectBuffer buffer, final RecordBatchBuilder builder)
    {
        final UnsafeBuffer name = bytes("trace");
        final UnsafeBuffer value = bytes("abc");
        final int headersLength = RecordDescriptor.headerLength(5, 3) +
            RecordDescriptor.headerLength(0, 0) + RecordDescriptor.headerLength(5, -1);
        int index = builder.claim(TIMESTAMP_NS + 9, 3, 1, headersLength);
        buffer.putBytes(index, bytes("k01v"), 0, 4);
        index = RecordDescriptor.putHeader(buffer, index + 4, name, 0, 5, value, 0, 3);
        index = RecordDescriptor.putHeader(buffer, index, name, 0, 0, value, 0, 0);
        RecordDescriptor.putHeader(buffer, index, name, 0, 5, null, 0, -1);
    }

    static byte[] single(final int valueLength)
    {
        final byte[] bytes = new byte[
            RecordBatchDescriptor.HEADER_LENGTH + RecordDescriptor.alignedLength(-1, valueLength, 0)];
        final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
        builder.begin(new UnsafeBuffer(bytes), 0, bytes.length, TIMESTAMP_NS);
        builder.append(TIMESTAMP_NS, null, 0, -1, new UnsafeBuffer(new byte[valueLength]), 0, valueLength);
        builder.finish();

        return bytes;
    }

    /**
     * What compaction leaves: a gap of three, a record, a gap of two at the end.
     *
     * @return the batch, standing for six offsets.
     */
    static byte[] compacted()
    {
        final byte[] bytes = mixedOf(3);
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final int first = RecordBatchDescriptor.HEADER_LENGTH;
        final int third = first + 2 * 24;
        buffer.putInt(first + RecordDescriptor.LENGTH_OFFSET, RecordDescriptor.FIXED_LENGTH, LITTLE_ENDIAN);
        putGap(buffer, first, 3);
        putGap(buffer, third, 2);
        // each of the three records takes 24 bytes; a gap takes 16, so the others move up
        System.arraycopy(bytes, first + 24, bytes, first + 16, 24);
        System.arraycopy(bytes, third, bytes, first + 40, 16);

        final byte[] result = Arrays.copyOf(bytes, first + 56);
        final UnsafeBuffer resultBuffer = new UnsafeBuffer(result);
        resultBuffer.putInt(RecordBatchDescriptor.LENGTH_OFFSET, result.length, LITTLE_ENDIAN);
        resultBuffer.putInt(RecordBatchDescriptor.LAST_OFFSET_DELTA_OFFSET, 5, LITTLE_ENDIAN);
        setAttributes(resultBuffer, RecordBatchDescriptor.COMPACTED_FLAG);
        fixBodyCrc(resultBuffer);

        return result;
    }

    private static byte[] mixedOf(final int count)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[CAPACITY]);
        final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
        builder.begin(buffer, 0, CAPACITY, TIMESTAMP_NS);
        for (int i = 0; i < count; i++)
        {
            builder.append(TIMESTAMP_NS + i, bytes("k" + i), 0, 2, bytes("v" + i), 0, 2);
        }

        return Arrays.copyOf(buffer.byteArray(), builder.finish());
    }

    private static void putGap(final MutableDirectBuffer buffer, final int index, final int removed)
    {
        buffer.putInt(index + RecordDescriptor.LENGTH_OFFSET, RecordDescriptor.FIXED_LENGTH, LITTLE_ENDIAN);
        buffer.putInt(index + RecordDescriptor.KEY_LENGTH_OFFSET, RecordDescriptor.GAP, LITTLE_ENDIAN);
        buffer.putInt(index + RecordDescriptor.VALUE_LENGTH_OFFSET, RecordDescriptor.NULL_LENGTH, LITTLE_ENDIAN);
        buffer.putInt(index + RecordDescriptor.TIMESTAMP_DELTA_OFFSET, removed, LITTLE_ENDIAN);
    }

    static void setAttributes(final MutableDirectBuffer buffer, final int attributes)
    {
        buffer.putShort(RecordBatchDescriptor.ATTRIBUTES_OFFSET, (short)attributes, LITTLE_ENDIAN);
    }

    static void fixBodyCrc(final MutableDirectBuffer buffer)
    {
        final int body = RecordBatchDescriptor.BODY_OFFSET;
        if (buffer.capacity() >= body)
        {
            buffer.putInt(
                RecordBatchDescriptor.BODY_CRC_OFFSET,
                new Crc32c().compute(buffer, body, buffer.capacity() - body),
                LITTLE_ENDIAN);
        }
    }
}
