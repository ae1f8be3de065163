package io.epona.codecs.batch;

import io.epona.codecs.ResultCode;
import org.agrona.DirectBuffer;

import static io.epona.codecs.batch.RecordBatchDescriptor.*;
import static io.epona.codecs.batch.RecordDescriptor.FIXED_LENGTH;
import static io.epona.codecs.batch.RecordDescriptor.GAP;
import static io.epona.codecs.batch.RecordDescriptor.HEADER_FIXED_LENGTH;
import static io.epona.codecs.batch.RecordDescriptor.NULL_LENGTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Decides whether bytes are a batch. Pure functions over memory that no one else writes: validate the copy, never
 * bytes in a shared buffer that could change under the check.
 */
public final class BatchValidator
{
    private static final int BROKER_FLAGS = COMPACTED_FLAG | CONTROL_FLAG;
    private static final int OK = 0;
    private static final int CORRUPT = ResultCode.CORRUPT_BATCH.code();

    private BatchValidator()
    {
    }

    /**
     * Length of the batch that begins at an index, as far as it is plausible.
     *
     * @param buffer    holding the bytes.
     * @param index     of the first byte.
     * @param available bytes from there.
     * @return the length, or -1 where no batch of a sane length fits.
     */
    public static int plausibleLength(final DirectBuffer buffer, final int index, final int available)
    {
        if (available < HEADER_LENGTH)
        {
            return -1;
        }

        final int length = RecordBatchDescriptor.length(buffer, index);
        return length < HEADER_LENGTH || length > available || 0 != (length & (ALIGNMENT - 1)) ? -1 : length;
    }

    /**
     * Check what a producer sends: a batch as {@link #validateBody} wants it, with at least one record and without the
     * marks that only brokers set (compacted, control).
     *
     * @param buffer holding the batch.
     * @param index  of the batch.
     * @param length that the batch must have.
     * @param crc    calculator owned by the calling thread.
     * @return 0, or {@link ResultCode#CORRUPT_BATCH}, {@link ResultCode#UNSUPPORTED_VERSION} or
     *         {@link ResultCode#COMPRESSION_NOT_ALLOWED}.
     */
    public static int validateProduced(
        final DirectBuffer buffer, final int index, final int length, final Crc32c crc)
    {
        final int result = validateBody(buffer, index, length, crc);
        return OK == result && 0 != (RecordBatchDescriptor.attributes(buffer, index) & BROKER_FLAGS) ?
            CORRUPT : result;
    }

    /**
     * Check a batch: length, magic, reserved bytes, attributes, counts, body CRC and the framing of each record and of
     * each header. Gaps and batches without records are only accepted where compaction left its mark. No codec exists
     * in this version: a compressed batch is refused, since nobody could read it.
     *
     * @param buffer holding the batch.
     * @param index  of the batch.
     * @param length that the batch must have.
     * @param crc    calculator owned by the calling thread.
     * @return 0, or {@link ResultCode#CORRUPT_BATCH}, {@link ResultCode#UNSUPPORTED_VERSION} or
     *         {@link ResultCode#COMPRESSION_NOT_ALLOWED}.
     */
    public static int validateBody(final DirectBuffer buffer, final int index, final int length, final Crc32c crc)
    {
        if (index < 0 || length > buffer.capacity() - index || length != plausibleLength(buffer, index, length))
        {
            return CORRUPT;
        }

        // magic and the reserved byte behind it in one read
        if (MAGIC != (buffer.getShort(index + MAGIC_OFFSET, LITTLE_ENDIAN) & 0xFFFF))
        {
            return ResultCode.UNSUPPORTED_VERSION.code();
        }

        final int attributes = RecordBatchDescriptor.attributes(buffer, index);
        final int count = RecordBatchDescriptor.recordCount(buffer, index);
        final int lastOffsetDelta = RecordBatchDescriptor.lastOffsetDelta(buffer, index);
        if (0 != (attributes & ~KNOWN_ATTRIBUTES) || UNIT_MASK == (attributes & UNIT_MASK) ||
            0 != buffer.getInt(index + RESERVED_OFFSET, LITTLE_ENDIAN) ||
            0 != buffer.getShort(index + PRODUCER_EPOCH_OFFSET + 2, LITTLE_ENDIAN) ||
            count < 0 || lastOffsetDelta < 0 || (0 == count && 0 == (attributes & COMPACTED_FLAG)) ||
            !isBodyValid(buffer, index, length, crc))
        {
            return CORRUPT;
        }

        if (0 != (attributes & CODEC_MASK))
        {
            return ResultCode.COMPRESSION_NOT_ALLOWED.code();
        }

        final boolean isCompacted = 0 != (attributes & COMPACTED_FLAG);
        return validateRecords(buffer, index, length, count, lastOffsetDelta, isCompacted);
    }

    /**
     * Check the leader's fields against their CRC.
     *
     * @param buffer holding the batch.
     * @param index  of the batch.
     * @param crc    calculator owned by the calling thread.
     * @return whether base offset, length, leader epoch and append time are as they were stamped.
     */
    public static boolean isHeaderValid(final DirectBuffer buffer, final int index, final Crc32c crc)
    {
        return RecordBatchDescriptor.headerCrc(buffer, index) == crc.compute(buffer, index, HEADER_CRC_OFFSET);
    }

    /**
     * @param buffer holding a batch.
     * @param index  of the batch.
     * @param length of the batch, plausible.
     * @param crc    of the calling thread.
     * @return whether the checksum of all behind it matches: the producer's fields and the records.
     */
    public static boolean isBodyValid(
        final DirectBuffer buffer, final int index, final int length, final Crc32c crc)
    {
        return RecordBatchDescriptor.bodyCrc(buffer, index) ==
            crc.compute(buffer, index + BODY_OFFSET, length - BODY_OFFSET);
    }

    /**
     * Tell whether a batch may go into a compacted log, where a record without a key could never be replaced.
     *
     * @param buffer holding a batch that was found valid.
     * @param index  of the batch.
     * @return whether each of its records has a key, which may be empty.
     */
    public static boolean isKeyed(final DirectBuffer buffer, final int index)
    {
        int recordIndex = index + HEADER_LENGTH;
        for (int i = RecordBatchDescriptor.recordCount(buffer, index); i > 0; i--)
        {
            final long lengths = buffer.getLong(recordIndex + RecordDescriptor.LENGTHS_OFFSET, LITTLE_ENDIAN);
            if (NULL_LENGTH == (int)(lengths >> 32))
            {
                return false;
            }
            recordIndex += align((int)lengths);
        }

        return true;
    }

    private static int validateRecords(
        final DirectBuffer buffer,
        final int index,
        final int length,
        final int count,
        final int lastOffsetDelta,
        final boolean isCompacted)
    {
        final int limit = index + length;
        int recordIndex = index + HEADER_LENGTH;
        long offsets = 0;
        for (int i = 0; i < count; i++)
        {
            if (limit - recordIndex < FIXED_LENGTH)
            {
                return CORRUPT;
            }

            final long lengths = buffer.getLong(recordIndex + RecordDescriptor.LENGTHS_OFFSET, LITTLE_ENDIAN);
            final long rest =
                buffer.getLong(recordIndex + RecordDescriptor.VALUE_LENGTH_AND_DELTA_OFFSET, LITTLE_ENDIAN);
            final int recordLength = (int)lengths;
            final int keyLength = (int)(lengths >> 32);
            final int valueLength = (int)rest;
            if (recordLength < FIXED_LENGTH || recordLength > limit - recordIndex)
            {
                return CORRUPT;
            }

            if (GAP == keyLength)
            {
                final int removed = (int)(rest >> 32);
                if (!isCompacted || removed < 1 || FIXED_LENGTH != recordLength)
                {
                    return CORRUPT;
                }
                offsets += removed;
            }
            else
            {
                final long headersLength =
                    recordLength - FIXED_LENGTH - (long)Math.max(0, keyLength) - Math.max(0, valueLength);
                if (keyLength < NULL_LENGTH || valueLength < NULL_LENGTH || headersLength < 0 ||
                    (headersLength > 0 && !areHeadersValid(buffer, recordIndex + recordLength, (int)headersLength)))
                {
                    return CORRUPT;
                }
                offsets++;
            }

            recordIndex += align(recordLength);
        }

        // An empty batch (kept by compaction for its header) still stands for the offsets it had.
        return recordIndex == limit && (0 == count || offsets == lastOffsetDelta + 1L) ? OK : CORRUPT;
    }

    private static boolean areHeadersValid(final DirectBuffer buffer, final int end, final int length)
    {
        int remaining = length;
        while (remaining > 0)
        {
            if (remaining < HEADER_FIXED_LENGTH)
            {
                return false;
            }

            final int nameLength = buffer.getShort(end - remaining, LITTLE_ENDIAN) & 0xFFFF;
            final int valueLength = buffer.getInt(end - remaining + 2, LITTLE_ENDIAN);
            remaining -= HEADER_FIXED_LENGTH + nameLength;
            if (valueLength < NULL_LENGTH || Math.max(0, valueLength) > remaining)
            {
                return false;
            }
            remaining -= Math.max(0, valueLength);
        }

        return 0 == remaining;
    }
}
