package io.epona.transport;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordCursor;
import io.epona.codecs.batch.RecordDescriptor;
import org.agrona.DirectBuffer;

/**
 * Walks the records of batches as a broker pushed them, trusting none of their lengths. Owned by the consumer's thread.
 */
public final class BatchReader
{
    private final RecordCursor cursor = new RecordCursor();
    private final Crc32c crc = new Crc32c();
    private final boolean isVerifyCrc;

    /**
     * @param isVerifyCrc whether both checksums of each batch are checked; without, records are only kept inside of
     *                    what was pushed.
     */
    public BatchReader(final boolean isVerifyCrc)
    {
        this.isVerifyCrc = isVerifyCrc;
    }

    /**
     * @return the record that {@link #next} went to.
     */
    public Record record()
    {
        return cursor;
    }

    /**
     * @param buffer    holding a batch.
     * @param index     of the batch.
     * @param available bytes from there on.
     * @return length of the batch, or CORRUPT_BATCH where there can be none.
     */
    public int length(final DirectBuffer buffer, final int index, final int available)
    {
        final int length = BatchValidator.plausibleLength(buffer, index, available);
        return length < 0 || RecordBatchDescriptor.lastOffsetDelta(buffer, index) < 0 ?
            ResultCode.CORRUPT_BATCH.code() : length;
    }

    /**
     * Check a batch and stand before its first record.
     *
     * @param buffer holding the batch.
     * @param index  of the batch.
     * @param length of the batch.
     * @return 0, or the {@link ResultCode} number of what is wrong with it.
     */
    public int enter(final DirectBuffer buffer, final int index, final int length)
    {
        if (isVerifyCrc)
        {
            final int result = BatchValidator.isHeaderValid(buffer, index, crc) ?
                BatchValidator.validateBody(buffer, index, length, crc) : ResultCode.CORRUPT_BATCH.code();
            if (result < 0)
            {
                return result;
            }
        }
        else if (0 != (RecordBatchDescriptor.attributes(buffer, index) & RecordBatchDescriptor.CODEC_MASK) ||
            RecordBatchDescriptor.MAGIC != RecordBatchDescriptor.magic(buffer, index))
        {
            return ResultCode.UNSUPPORTED_VERSION.code();
        }
        cursor.wrap(buffer, index);
        return 0;
    }

    /**
     * Go to the next record of the batch.
     *
     * @param fromOffset records below it are passed over.
     * @param end        index behind what was pushed.
     * @return 1, 0 after the last record, or CORRUPT_BATCH.
     */
    public int next(final long fromOffset, final int end)
    {
        try
        {
            while (cursor.next())
            {
                if (!isVerifyCrc && !isFramed(end))
                {
                    return ResultCode.CORRUPT_BATCH.code();
                }
                if (cursor.offset() >= fromOffset)
                {
                    return 1;
                }
            }
            return 0;
        }
        catch (final IllegalStateException | IndexOutOfBoundsException ex)
        {
            return ResultCode.CORRUPT_BATCH.code();
        }
    }

    private boolean isFramed(final int end)
    {
        return cursor.keyLength() >= RecordDescriptor.NULL_LENGTH &&
            cursor.valueLength() >= RecordDescriptor.NULL_LENGTH &&
            (long)cursor.valueIndex() + Math.max(0, cursor.valueLength()) <= end &&
            cursor.valueIndex() >= cursor.keyIndex();
    }
}
