package io.epona.codecs.batch;

import io.epona.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Damaged and hostile batches. The buffers end where the batch ends and bounds checks are on, so that a read outside
 * throws. Seeded: a failure repeats.
 */
class BatchValidatorFuzzTest
{
    private static final int MUTATIONS = 60_000;
    private static final long SEED = 20_240_601;
    private static final int CORRUPT = ResultCode.CORRUPT_BATCH.code();

    /** Values that a length or a count is likely to be mishandled at. */
    private static final int[] EDGES = {
        0, 1, -1, -2, -3, 7, 8, 15, 16, 17, 79, 80, 81, 0xFFFF, 0x10000,
        Integer.MAX_VALUE, Integer.MAX_VALUE - 7, Integer.MIN_VALUE, Integer.MIN_VALUE + 8, 0x40000000 };

    private final Crc32c crc = new Crc32c();
    private final RecordCursor cursor = new RecordCursor();
    private int headerCount;

    @Test
    void shouldRefuseEveryFlippedBitOfTheBody()
    {
        for (final byte[] batch : batches())
        {
            for (int i = RecordBatchDescriptor.BODY_CRC_OFFSET; i < batch.length; i++)
            {
                for (int bit = 0; bit < 8; bit++)
                {
                    final byte[] damaged = batch.clone();
                    damaged[i] ^= (byte)(1 << bit);
                    final UnsafeBuffer buffer = new UnsafeBuffer(damaged);
                    final int result = BatchValidator.validateBody(buffer, 0, damaged.length, crc);
                    assertTrue(result < 0, () -> "accepted a flipped bit");
                }
            }
        }
    }

    @Test
    void shouldRefuseEveryFlippedBitOfTheLeadersFields()
    {
        for (final byte[] batch : batches())
        {
            RecordBatchDescriptor.stamp(new UnsafeBuffer(batch), 0, 77, 3, 12345, crc);
            for (int i = 0; i < RecordBatchDescriptor.BODY_CRC_OFFSET; i++)
            {
                for (int bit = 0; bit < 8; bit++)
                {
                    final byte[] damaged = batch.clone();
                    damaged[i] ^= (byte)(1 << bit);
                    assertFalse(BatchValidator.isHeaderValid(new UnsafeBuffer(damaged), 0, crc));
                }
            }
        }
    }

    @Test
    void shouldRefuseEveryTruncation()
    {
        for (final byte[] batch : batches())
        {
            for (int length = 0; length < batch.length; length++)
            {
                final UnsafeBuffer buffer = new UnsafeBuffer(Arrays.copyOf(batch, length));
                assertEquals(-1, BatchValidator.plausibleLength(buffer, 0, length));
                assertEquals(CORRUPT, BatchValidator.validateBody(buffer, 0, length, crc));
                assertEquals(CORRUPT, BatchValidator.validateBody(buffer, 0, batch.length, crc));
            }
        }
    }

    @Test
    void shouldRefuseATruncationThatStatesItsLength()
    {
        for (final byte[] batch : batches())
        {
            for (int length = RecordBatchDescriptor.HEADER_LENGTH; length < batch.length; length += 8)
            {
                final UnsafeBuffer buffer = new UnsafeBuffer(Arrays.copyOf(batch, length));
                buffer.putInt(RecordBatchDescriptor.LENGTH_OFFSET, length, LITTLE_ENDIAN);
                Batches.fixBodyCrc(buffer);
                assertEquals(CORRUPT, BatchValidator.validateBody(buffer, 0, length, crc));
            }
        }
    }

    @Test
    void shouldRefuseARangeThatLeavesTheBuffer()
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(Batches.mixed());
        final int length = buffer.capacity();
        assertEquals(CORRUPT, BatchValidator.validateBody(buffer, -8, length, crc));
        assertEquals(CORRUPT, BatchValidator.validateBody(buffer, 8, length, crc));
        assertEquals(CORRUPT, BatchValidator.validateBody(buffer, length, length, crc));
        assertEquals(CORRUPT, BatchValidator.validateBody(buffer, 0, -8, crc));
        assertEquals(CORRUPT, BatchValidator.validateBody(buffer, Integer.MAX_VALUE, length, crc));
    }

    @Test
    void shouldNeitherThrowNorAcceptRandomBytes()
    {
        final Random random = new Random(SEED);
        for (int i = 0; i < MUTATIONS; i++)
        {
            final byte[] bytes = new byte[random.nextInt(40) * 8 + (0 == random.nextInt(4) ? random.nextInt(8) : 0)];
            random.nextBytes(bytes);
            final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
            if (bytes.length >= RecordBatchDescriptor.HEADER_LENGTH)
            {
                buffer.putInt(RecordBatchDescriptor.LENGTH_OFFSET, bytes.length, LITTLE_ENDIAN);
                buffer.putInt(RecordBatchDescriptor.MAGIC_OFFSET, RecordBatchDescriptor.MAGIC, LITTLE_ENDIAN);
            }
            assertTrue(BatchValidator.validateBody(buffer, 0, bytes.length, crc) < 0);
        }
    }

    @Test
    void shouldKeepTheCursorInsideWhateverIsAccepted()
    {
        final Random random = new Random(SEED);
        final List<byte[]> batches = batches();
        int accepted = 0;
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++)
        {
            final byte[] bytes = batches.get(random.nextInt(batches.size())).clone();
            final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
            final int mutations = 1 + random.nextInt(3);
            for (int j = 0; j < mutations; j++)
            {
                mutate(buffer, random);
            }
            // A hostile producer computes the CRC of its bad batch: only the structure can give it away.
            Batches.fixBodyCrc(buffer);

            if (0 == BatchValidator.validateBody(buffer, 0, bytes.length, crc))
            {
                accepted++;
                walk(buffer, bytes.length);
            }
            else
            {
                refused++;
            }
        }

        assertTrue(accepted > MUTATIONS / 20, "accepted " + accepted);
        assertTrue(refused > MUTATIONS / 20, "refused " + refused);
        assertTrue(headerCount > 1000, "headers " + headerCount);
    }

    private static void mutate(final UnsafeBuffer buffer, final Random random)
    {
        // Not the length itself: with another one the batch is refused at once.
        final int from = RecordBatchDescriptor.BODY_OFFSET;
        final int index = from + random.nextInt(buffer.capacity() - from);
        switch (random.nextInt(4))
        {
            case 0 -> buffer.putByte(index, (byte)random.nextInt());
            case 1 -> buffer.putByte(index, (byte)(buffer.getByte(index) ^ (1 << random.nextInt(8))));
            case 2 -> buffer.putInt(index & ~3, EDGES[random.nextInt(EDGES.length)], LITTLE_ENDIAN);
            default ->
            {
                final int length = Math.min(random.nextInt(24), buffer.capacity() - index);
                buffer.putBytes(index, buffer, from + random.nextInt(buffer.capacity() - from - length + 1), length);
            }
        }
    }

    private void walk(final UnsafeBuffer buffer, final int limit)
    {
        int count = 0;
        long expected = RecordBatchDescriptor.baseOffset(buffer, 0);
        cursor.wrap(buffer, 0);
        while (cursor.next())
        {
            count++;
            assertTrue(cursor.offset() >= expected);
            expected = cursor.nextOffset();
            assertInside(cursor.keyIndex(), cursor.keyLength(), limit);
            assertInside(cursor.valueIndex(), cursor.valueLength(), limit);
            cursor.timestampNs();
            cursor.forEachHeader((headerBuffer, nameIndex, nameLength, valueIndex, valueLength) ->
            {
                headerCount++;
                assertInside(nameIndex, nameLength, limit);
                assertInside(valueIndex, valueLength, limit);
            });
        }

        assertTrue(count <= RecordBatchDescriptor.recordCount(buffer, 0));
        assertTrue(cursor.nextOffset() <= RecordBatchDescriptor.nextOffset(buffer, 0));
    }

    private static void assertInside(final int index, final int length, final int limit)
    {
        assertTrue(index >= RecordBatchDescriptor.HEADER_LENGTH && length >= -1);
        assertTrue(index + (long)Math.max(0, length) <= limit);
    }

    private List<byte[]> batches()
    {
        final UnsafeBuffer headers = new UnsafeBuffer(new byte[1024]);
        final RecordBatchBuilder builder = new RecordBatchBuilder(crc);
        builder.begin(headers, 0, 1024, Batches.TIMESTAMP_NS);
        Batches.appendWithHeaders(headers, builder);
        Batches.appendWithHeaders(headers, builder);
        final byte[] withHeaders = Arrays.copyOf(headers.byteArray(), builder.finish());

        return List.of(Batches.mixed(), Batches.compacted(), Batches.single(0), Batches.single(100), withHeaders);
    }
}
