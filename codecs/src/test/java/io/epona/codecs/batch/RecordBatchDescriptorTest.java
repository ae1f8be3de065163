package io.epona.codecs.batch;

import io.epona.codecs.GoldenFile;
import io.epona.codecs.log.RecordBatchHeaderDecoder;
import io.epona.codecs.log.RecordBatchHeaderEncoder;
import io.epona.codecs.log.RecordHeaderEncoder;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.io.IOException;

import static io.epona.codecs.batch.RecordBatchDescriptor.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RecordBatchDescriptorTest
{
    @Test
    void shouldHaveTheOffsetsOfTheSbeComposite()
    {
        assertEquals(RecordBatchHeaderEncoder.ENCODED_LENGTH, HEADER_LENGTH);
        assertEquals(RecordBatchHeaderEncoder.baseOffsetEncodingOffset(), BASE_OFFSET_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.batchLengthEncodingOffset(), LENGTH_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.leaderEpochEncodingOffset(), LEADER_EPOCH_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.appendTimestampEncodingOffset(), APPEND_TIMESTAMP_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.headerCrcEncodingOffset(), HEADER_CRC_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.bodyCrcEncodingOffset(), BODY_CRC_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.magicEncodingOffset(), MAGIC_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.attributesEncodingOffset(), ATTRIBUTES_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.recordCountEncodingOffset(), RECORD_COUNT_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.baseTimestampEncodingOffset(), BASE_TIMESTAMP_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.maxTimestampEncodingOffset(), MAX_TIMESTAMP_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.producerIdEncodingOffset(), PRODUCER_ID_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.producerEpochEncodingOffset(), PRODUCER_EPOCH_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.baseSequenceEncodingOffset(), BASE_SEQUENCE_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.lastOffsetDeltaEncodingOffset(), LAST_OFFSET_DELTA_OFFSET);
        assertEquals(RecordBatchHeaderEncoder.reserved3EncodingOffset(), RESERVED_OFFSET);
    }

    @Test
    void shouldHaveTheOffsetsOfTheSbeCompositeOfARecord()
    {
        assertEquals(RecordHeaderEncoder.ENCODED_LENGTH, RecordDescriptor.FIXED_LENGTH);
        assertEquals(RecordHeaderEncoder.recordLengthEncodingOffset(), RecordDescriptor.LENGTH_OFFSET);
        assertEquals(RecordHeaderEncoder.keyLengthEncodingOffset(), RecordDescriptor.KEY_LENGTH_OFFSET);
        assertEquals(RecordHeaderEncoder.valueLengthEncodingOffset(), RecordDescriptor.VALUE_LENGTH_OFFSET);
        assertEquals(RecordHeaderEncoder.timestampDeltaEncodingOffset(), RecordDescriptor.TIMESTAMP_DELTA_OFFSET);
    }

    @Test
    void shouldReadWhatSbeReads()
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(Batches.mixed());
        final Crc32c crc = new Crc32c();
        stamp(buffer, 0, 1234567890123L, 17, Batches.TIMESTAMP_NS + 77, crc);

        final RecordBatchHeaderDecoder decoder = new RecordBatchHeaderDecoder().wrap(buffer, 0);
        assertEquals(1234567890123L, decoder.baseOffset());
        assertEquals(decoder.baseOffset(), baseOffset(buffer, 0));
        assertEquals(decoder.batchLength(), length(buffer, 0));
        assertEquals(17, decoder.leaderEpoch());
        assertEquals(decoder.leaderEpoch(), leaderEpoch(buffer, 0));
        assertEquals(decoder.appendTimestamp(), appendTimestamp(buffer, 0));
        assertEquals((int)decoder.headerCrc(), headerCrc(buffer, 0));
        assertEquals((int)decoder.bodyCrc(), bodyCrc(buffer, 0));
        assertEquals(decoder.magic(), magic(buffer, 0));
        assertEquals(decoder.attributes(), attributes(buffer, 0));
        assertEquals(decoder.recordCount(), recordCount(buffer, 0));
        assertEquals(decoder.baseTimestamp(), baseTimestamp(buffer, 0));
        assertEquals(decoder.maxTimestamp(), maxTimestamp(buffer, 0));
        assertEquals(7, decoder.producerId());
        assertEquals(decoder.producerId(), producerId(buffer, 0));
        assertEquals(decoder.producerEpoch(), producerEpoch(buffer, 0));
        assertEquals(decoder.baseSequence(), baseSequence(buffer, 0));
        assertEquals(decoder.lastOffsetDelta(), lastOffsetDelta(buffer, 0));
        assertEquals(1234567890123L + 6, nextOffset(buffer, 0));
        assertTrue(BatchValidator.isHeaderValid(buffer, 0, crc));
    }

    @Test
    void shouldKeepTheBytesOfAStampedBatch() throws IOException
    {
        final byte[] batch = Batches.mixed();
        stamp(new UnsafeBuffer(batch), 0, 1000, 5, Batches.TIMESTAMP_NS + 1, new Crc32c());
        GoldenFile.check("batch/mixed", batch);
    }

    @Test
    void shouldKeepTheBytesOfACompactedBatch() throws IOException
    {
        final byte[] batch = Batches.compacted();
        stamp(new UnsafeBuffer(batch), 0, 1000, 5, Batches.TIMESTAMP_NS + 1, new Crc32c());
        GoldenFile.check("batch/compacted", batch);
    }
}
