package io.epona.codecs.batch;

import io.epona.codecs.ResultCode;
import org.agrona.IoUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static io.epona.codecs.batch.Batches.TIMESTAMP_NS;
import static io.epona.codecs.batch.Batches.bytes;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RecordBatchTest
{
    private static final int CORRUPT = ResultCode.CORRUPT_BATCH.code();
    private static final int UNSUPPORTED = ResultCode.UNSUPPORTED_VERSION.code();
    private static final int CAPACITY = 4096;

    private final Crc32c crc = new Crc32c();
    private final RecordBatchBuilder builder = new RecordBatchBuilder(crc);
    private final RecordCursor cursor = new RecordCursor();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[CAPACITY]);

    @Test
    void shouldReturnWhatWasWritten()
    {
        checkMixed(new UnsafeBuffer(Batches.mixed()), 0);
    }

    @Test
    void shouldReadFromAnyKindOfMemory(@TempDir final Path directory)
    {
        final byte[] batch = Batches.mixed();
        final int length = batch.length;

        final ByteBuffer heap = ByteBuffer.allocate(length + 64);
        heap.position(64).put(batch);
        checkMixed(new UnsafeBuffer(heap.position(64).slice()), 0);
        checkMixed(new UnsafeBuffer(heap), 64);

        final ByteBuffer direct = ByteBuffer.allocateDirect(length + 64);
        direct.position(64).put(batch);
        checkMixed(new UnsafeBuffer(direct.clear()), 64);
        checkMixed(new UnsafeBuffer(direct.position(64).slice()), 0);
        checkMixed(new UnsafeBuffer(direct, 56, length + 8), 8);

        final MappedByteBuffer mapped = IoUtil.mapNewFile(directory.resolve("log").toFile(), 8192);
        try
        {
            mapped.position(4096).put(batch);
            checkMixed(new UnsafeBuffer(mapped), 4096);
        }
        finally
        {
            IoUtil.unmap(mapped);
        }
    }

    @Test
    void shouldStepOverGaps()
    {
        final UnsafeBuffer batch = new UnsafeBuffer(Batches.compacted());
        RecordBatchDescriptor.stamp(batch, 0, 100, 1, 1, crc);
        assertEquals(0, validate(batch));

        cursor.wrap(batch, 0);
        assertTrue(cursor.next());
        assertEquals(103, cursor.offset());
        assertEquals(104, cursor.nextOffset());
        assertEquals("k1", text(cursor.keyIndex(), cursor.keyLength()));
        assertEquals("v1", text(cursor.valueIndex(), cursor.valueLength()));
        assertTrue(cursor.hasRemaining());
        assertFalse(cursor.next());
        assertFalse(cursor.hasRemaining());
        assertEquals(106, cursor.nextOffset());
        assertEquals(106, RecordBatchDescriptor.nextOffset(batch, 0));

        assertTrue(cursor.wrap(batch, 0).seek(101));
        assertEquals(103, cursor.offset());
        assertFalse(cursor.wrap(batch, 0).seek(104));
    }

    @Test
    void shouldSkipToAnyOffsetWithoutPassingTheRecordBehindAGap()
    {
        final UnsafeBuffer batch = new UnsafeBuffer(Batches.compacted());
        RecordBatchDescriptor.stamp(batch, 0, 100, 1, TIMESTAMP_NS, crc);
        for (long wanted = 99; wanted < 108; wanted++)
        {
            cursor.wrap(batch, 0).skipTo(wanted);
            // 100 to 102 and 104 to 105 are gaps
            assertEquals(wanted <= 103, cursor.next(), "skipped to " + wanted);
            if (wanted <= 103)
            {
                assertEquals(103, cursor.offset());
                assertFalse(cursor.next());
            }
            assertEquals(106, cursor.nextOffset());
        }

        final UnsafeBuffer whole = new UnsafeBuffer(Batches.mixed());
        RecordBatchDescriptor.stamp(whole, 0, 100, 1, TIMESTAMP_NS, crc);
        for (long wanted = 100; wanted < 106; wanted++)
        {
            cursor.wrap(whole, 0).skipTo(wanted);
            assertTrue(cursor.next());
            assertEquals(wanted, cursor.offset());
        }
    }

    @Test
    void shouldRefuseToSkipBeyondABatch()
    {
        final UnsafeBuffer batch = new UnsafeBuffer(Batches.mixed());
        batch.putInt(RecordBatchDescriptor.HEADER_LENGTH, 1 << 20, LITTLE_ENDIAN);
        cursor.wrap(batch, 0);
        assertThrows(IllegalStateException.class, () -> cursor.skipTo(3));
        batch.putInt(RecordBatchDescriptor.RECORD_COUNT_OFFSET, 100, LITTLE_ENDIAN);
        batch.putInt(RecordBatchDescriptor.HEADER_LENGTH, batch.capacity() - RecordBatchDescriptor.HEADER_LENGTH,
            LITTLE_ENDIAN);
        cursor.wrap(batch, 0);
        assertThrows(IllegalStateException.class, () -> cursor.skipTo(3));
    }

    @Test
    void shouldTellWhetherEveryRecordHasAKey()
    {
        final UnsafeBuffer compacted = new UnsafeBuffer(Batches.compacted());
        assertTrue(BatchValidator.isKeyed(compacted, 0));
        assertFalse(BatchValidator.isKeyed(new UnsafeBuffer(Batches.mixed()), 0));
        builder.begin(buffer, 0, CAPACITY, TIMESTAMP_NS);
        builder.append(TIMESTAMP_NS, Batches.bytes("k"), 0, 0, null, 0, -1);
        builder.append(TIMESTAMP_NS, Batches.bytes("k"), 0, 1, null, 0, -1);
        builder.finish();
        assertTrue(BatchValidator.isKeyed(buffer, 0));
        builder.begin(buffer, 0, CAPACITY, TIMESTAMP_NS);
        builder.append(TIMESTAMP_NS, Batches.bytes("k"), 0, 1, null, 0, -1);
        builder.append(TIMESTAMP_NS, null, 0, -1, Batches.bytes("v"), 0, 1);
        builder.finish();
        assertFalse(BatchValidator.isKeyed(buffer, 0));
    }

    @Test
    void shouldAcceptAnEmptyBatchOnlyFromCompaction()
    {
        builder.begin(buffer, 0, CAPACITY, TIMESTAMP_NS);
        final UnsafeBuffer batch = new UnsafeBuffer(buffer, 0, builder.finish());
        assertEquals(RecordBatchDescriptor.HEADER_LENGTH, batch.capacity());
        assertEquals(CORRUPT, validate(batch));

        batch.putInt(RecordBatchDescriptor.LAST_OFFSET_DELTA_OFFSET, 41, LITTLE_ENDIAN);
        Batches.setAttributes(batch, RecordBatchDescriptor.COMPACTED_FLAG);
        Batches.fixBodyCrc(batch);
        assertEquals(0, validate(batch));
        assertFalse(cursor.wrap(batch, 0).next());
        assertEquals(42, RecordBatchDescriptor.nextOffset(batch, 0));
    }

    @Test
    void shouldRefuseFromAProducerWhatOnlyBrokersWrite()
    {
        final UnsafeBuffer compacted = new UnsafeBuffer(Batches.compacted());
        assertEquals(0, validate(compacted));
        assertEquals(CORRUPT, BatchValidator.validateProduced(compacted, 0, compacted.capacity(), crc));

        Batches.setAttributes(compacted, 0);
        Batches.fixBodyCrc(compacted);
        assertEquals(CORRUPT, validate(compacted));

        final UnsafeBuffer produced = new UnsafeBuffer(Batches.mixed());
        assertEquals(0, BatchValidator.validateProduced(produced, 0, produced.capacity(), crc));
        Batches.setAttributes(produced, RecordBatchDescriptor.CONTROL_FLAG);
        Batches.fixBodyCrc(produced);
        assertEquals(0, validate(produced));
        assertEquals(CORRUPT, BatchValidator.validateProduced(produced, 0, produced.capacity(), crc));
    }

    @Test
    void shouldScaleTimestampsByTheirUnit()
    {
        final long[] unitNs = { 1L, 1_000L, 1_000_000L };
        final UnsafeBuffer batch = new UnsafeBuffer(Batches.mixed());
        for (int unit = 0; unit < unitNs.length; unit++)
        {
            Batches.setAttributes(batch, unit << RecordBatchDescriptor.UNIT_SHIFT);
            Batches.fixBodyCrc(batch);
            assertEquals(0, validate(batch));

            cursor.wrap(batch, 0).next();
            assertEquals(TIMESTAMP_NS, cursor.timestampNs());
            cursor.next();
            assertEquals(TIMESTAMP_NS + 5 * unitNs[unit], cursor.timestampNs());
            cursor.next();
            assertEquals(TIMESTAMP_NS - 5 * unitNs[unit], cursor.timestampNs());
        }

        Batches.setAttributes(batch, 3 << RecordBatchDescriptor.UNIT_SHIFT);
        Batches.fixBodyCrc(batch);
        assertEquals(CORRUPT, validate(batch));
    }

    @Test
    void shouldRefuseWhatThisVersionDoesNotKnow()
    {
        final UnsafeBuffer batch = new UnsafeBuffer(Batches.single(100));
        for (int codec = 1; codec <= RecordBatchDescriptor.CODEC_MASK; codec++)
        {
            Batches.setAttributes(batch, codec);
            Batches.fixBodyCrc(batch);
            assertEquals(ResultCode.COMPRESSION_NOT_ALLOWED.code(), validate(batch));
        }

        Batches.setAttributes(batch, 0x80);
        Batches.fixBodyCrc(batch);
        assertEquals(CORRUPT, validate(batch));

        Batches.setAttributes(batch, 0);
        batch.putByte(RecordBatchDescriptor.MAGIC_OFFSET, (byte)2);
        Batches.fixBodyCrc(batch);
        assertEquals(UNSUPPORTED, validate(batch));
    }

    @Test
    void shouldRefuseReservedBytesThatAreNotZero()
    {
        for (final int index : new int[]{ 33, 66, 67, 76, 77, 78, 79 })
        {
            final UnsafeBuffer batch = new UnsafeBuffer(Batches.single(100));
            batch.putByte(index, (byte)1);
            Batches.fixBodyCrc(batch);
            assertTrue(validate(batch) < 0, "byte " + index);
        }
    }

    @Test
    void shouldRefuseHeadersThatLeaveTheirRecord()
    {
        builder.begin(buffer, 0, CAPACITY, TIMESTAMP_NS);
        Batches.appendWithHeaders(buffer, builder);
        final UnsafeBuffer batch = new UnsafeBuffer(buffer, 0, builder.finish());
        assertEquals(0, validate(batch));

        final int header = RecordBatchDescriptor.HEADER_LENGTH + RecordDescriptor.FIXED_LENGTH + 4;
        for (final int valueLength : new int[]{ -2, Integer.MIN_VALUE, Integer.MAX_VALUE, 4, 2, 100 })
        {
            batch.putInt(header + 2, valueLength, LITTLE_ENDIAN);
            Batches.fixBodyCrc(batch);
            assertEquals(CORRUPT, validate(batch), "value length " + valueLength);
        }

        batch.putInt(header + 2, 3, LITTLE_ENDIAN);
        batch.putShort(header, (short)0xFFFF, LITTLE_ENDIAN);
        Batches.fixBodyCrc(batch);
        assertEquals(CORRUPT, validate(batch));
        cursor.wrap(batch, 0).next();
        final List<Integer> seen = new ArrayList<>();
        assertThrows(
            IllegalStateException.class, () -> cursor.forEachHeader((b, ni, nl, vi, vl) -> seen.add(ni)));
        assertEquals(List.of(), seen);
    }

    @Test
    void shouldRefuseBytesBehindTheLastHeader()
    {
        builder.begin(buffer, 0, CAPACITY, TIMESTAMP_NS);
        final int index = builder.claim(TIMESTAMP_NS, -1, 1, 5);
        buffer.setMemory(index, 6, (byte)0);
        final UnsafeBuffer batch = new UnsafeBuffer(buffer, 0, builder.finish());
        assertEquals(CORRUPT, validate(batch));
    }

    @Test
    void shouldEndTheBatchWhereARecordOrDeltaDoesNotFit()
    {
        final int capacity = RecordBatchDescriptor.HEADER_LENGTH + 2 * RecordDescriptor.alignedLength(-1, 10, 0);
        builder.begin(buffer, 0, capacity, TIMESTAMP_NS);
        final UnsafeBuffer value = bytes("0123456789");
        assertFalse(builder.append(TIMESTAMP_NS + (1L << 31), null, 0, -1, value, 0, 10));
        assertFalse(builder.append(TIMESTAMP_NS - (1L << 31) - 1, null, 0, -1, value, 0, 10));
        assertTrue(builder.append(TIMESTAMP_NS + (1L << 31) - 1, null, 0, -1, value, 0, 10));
        assertTrue(builder.append(TIMESTAMP_NS - (1L << 31), null, 0, -1, value, 0, 10));
        assertFalse(builder.append(TIMESTAMP_NS, null, 0, -1, value, 0, 0));

        assertEquals(capacity, builder.length());
        assertEquals(2, builder.recordCount());
        assertEquals(capacity, builder.finish());
        assertEquals(0, BatchValidator.validateProduced(buffer, 0, capacity, crc));
        assertEquals(TIMESTAMP_NS + (1L << 31) - 1, RecordBatchDescriptor.maxTimestamp(buffer, 0));
    }

    @Test
    void shouldRefuseLengthsThatHaveNoMeaning()
    {
        builder.begin(buffer, 0, CAPACITY, TIMESTAMP_NS);
        assertThrows(IllegalArgumentException.class, () -> builder.claim(TIMESTAMP_NS, -2, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> builder.claim(TIMESTAMP_NS, 1, -2, 0));
        assertThrows(IllegalArgumentException.class, () -> builder.claim(TIMESTAMP_NS, 1, 1, -1));
        assertEquals(-1, builder.claim(TIMESTAMP_NS, Integer.MAX_VALUE, Integer.MAX_VALUE, 2));
        assertEquals(-1, builder.claim(TIMESTAMP_NS, Integer.MAX_VALUE, 0, 0));
        assertEquals(0, builder.recordCount());
        assertThrows(IllegalArgumentException.class, () -> builder.begin(buffer, 0, 79, TIMESTAMP_NS));
    }

    @Test
    void shouldTakeAClaimBackAsIfItHadNotBeen()
    {
        builder.begin(buffer, 0, CAPACITY, TIMESTAMP_NS);
        assertTrue(builder.append(TIMESTAMP_NS + 1, null, 0, -1, bytes("a"), 0, 1));
        final int length = builder.length();
        assertTrue(builder.claim(TIMESTAMP_NS + 1000, 3, 300, 0) > 0);
        builder.abortClaim();
        builder.abortClaim();

        assertEquals(length, builder.length());
        assertEquals(1, builder.recordCount());
        assertTrue(builder.append(TIMESTAMP_NS + 2, null, 0, -1, bytes("b"), 0, 1));
        final int batchLength = builder.finish();
        assertEquals(0, BatchValidator.validateProduced(buffer, 0, batchLength, crc));
        assertEquals(TIMESTAMP_NS + 2, RecordBatchDescriptor.maxTimestamp(buffer, 0));
        assertEquals(2, RecordBatchDescriptor.recordCount(buffer, 0));
    }

    @Test
    void shouldLeaveNothingOfEarlierBytesInABatch()
    {
        final byte[] clean = Batches.single(13);
        buffer.setMemory(0, CAPACITY, (byte)0xA5);
        builder.begin(buffer, 8, CAPACITY - 8, TIMESTAMP_NS);
        builder.append(TIMESTAMP_NS, null, 0, -1, new UnsafeBuffer(new byte[13]), 0, 13);
        final int length = builder.finish();

        final byte[] written = new byte[length];
        buffer.getBytes(8, written);
        assertEquals(Arrays.toString(clean), Arrays.toString(written));
        assertEquals((byte)0xA5, buffer.getByte(7));
        assertEquals((byte)0xA5, buffer.getByte(8 + length));
    }

    @Test
    void shouldStartWithoutAProducerAfterAnIdempotentBatch()
    {
        builder.begin(buffer, 0, CAPACITY, TIMESTAMP_NS).producer(9, (short)1, 5);
        builder.append(TIMESTAMP_NS, null, 0, -1, bytes("a"), 0, 1);
        builder.finish();
        assertEquals(9, RecordBatchDescriptor.producerId(buffer, 0));

        builder.begin(buffer, 0, CAPACITY, TIMESTAMP_NS);
        builder.append(TIMESTAMP_NS, null, 0, -1, bytes("a"), 0, 1);
        builder.finish();
        assertEquals(RecordBatchDescriptor.NO_PRODUCER_ID, RecordBatchDescriptor.producerId(buffer, 0));
        assertEquals(-1, RecordBatchDescriptor.producerEpoch(buffer, 0));
        assertEquals(-1, RecordBatchDescriptor.baseSequence(buffer, 0));
    }

    private void checkMixed(final MutableDirectBuffer memory, final int index)
    {
        final int length = RecordBatchDescriptor.length(memory, index);
        RecordBatchDescriptor.stamp(memory, index, 500, 4, 99, crc);
        assertEquals(0, BatchValidator.validateProduced(memory, index, length, crc));
        assertTrue(BatchValidator.isHeaderValid(memory, index, crc));

        final List<String> seen = new ArrayList<>();
        cursor.wrap(memory, index);
        while (cursor.next())
        {
            final StringBuilder headers = new StringBuilder();
            cursor.forEachHeader((b, ni, nl, vi, vl) -> headers
                .append(b.getStringWithoutLengthUtf8(ni, nl)).append('=')
                .append(vl < 0 ? "null" : b.getStringWithoutLengthUtf8(vi, vl)).append(';'));
            seen.add(cursor.offset() + " " + (cursor.timestampNs() - TIMESTAMP_NS) + " " +
                text(cursor.keyIndex(), cursor.keyLength()) + " " +
                text(cursor.valueIndex(), cursor.valueLength()) + " " + headers);
            assertEquals(99, cursor.appendTimestampNs());
            assertEquals(4, cursor.leaderEpoch());
            assertEquals(cursor.offset() + 1, cursor.nextOffset());
        }

        assertEquals(List.of(
            "500 0 key value-1 ",
            "501 5 null value-1 ",
            "502 -5 key null ",
            "503 1000000 null null ",
            "504 2   ",
            "505 9 k01 v trace=abc;=;trace=null;"), seen);
    }

    private String text(final int index, final int length)
    {
        return length < 0 ? "null" : cursor.buffer().getStringWithoutLengthUtf8(index, length);
    }

    private int validate(final UnsafeBuffer batch)
    {
        return BatchValidator.validateBody(batch, 0, batch.capacity(), crc);
    }
}
