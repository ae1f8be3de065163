package io.epona.codecs.batch;

import org.agrona.DirectBuffer;

import static io.epona.codecs.batch.RecordBatchDescriptor.HEADER_LENGTH;
import static io.epona.codecs.batch.RecordBatchDescriptor.align;
import static io.epona.codecs.batch.RecordDescriptor.FIXED_LENGTH;
import static io.epona.codecs.batch.RecordDescriptor.GAP;
import static io.epona.codecs.batch.RecordDescriptor.HEADER_FIXED_LENGTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Walks the records of one uncompressed batch in place. The batch must have been validated ({@link BatchValidator}):
 * the cursor itself only keeps record by record inside the length that the batch states.
 * <pre>{@code
 * cursor.wrap(buffer, index);
 * while (cursor.next())
 * {
 *     use(cursor.offset(), cursor.buffer(), cursor.valueIndex(), cursor.valueLength());
 * }
 * }</pre>
 * Owned by one thread.
 */
public final class RecordCursor implements Record
{
    private static final long[] UNIT_NS = { 1L, 1_000L, 1_000_000L, 1L };

    private DirectBuffer buffer;
    private int batchIndex;
    private int recordIndex;
    private int nextIndex;
    private int limit;
    private int remaining;
    private int keyLength;
    private int valueLength;
    private int recordLength;
    private int timestampDelta;
    private long offset;
    private long nextOffset;
    private boolean isAppendTimeReported;

    /**
     * Choose which of its two times {@link #timestampNs()} reports of a record.
     *
     * @param isReported true for that of the append, false for the producer's, which is the default.
     * @return this.
     */
    public RecordCursor reportAppendTime(final boolean isReported)
    {
        isAppendTimeReported = isReported;
        return this;
    }

    /**
     * Start before the first record of a batch.
     *
     * @param buffer holding the batch.
     * @param index  of the batch.
     * @return this.
     */
    public RecordCursor wrap(final DirectBuffer buffer, final int index)
    {
        // What few ask for is read when they do: of a batch with one record this would be the greater part of the work.
        this.buffer = buffer;
        batchIndex = index;
        nextIndex = index + HEADER_LENGTH;
        limit = index + RecordBatchDescriptor.length(buffer, index);
        remaining = RecordBatchDescriptor.recordCount(buffer, index);
        nextOffset = RecordBatchDescriptor.baseOffset(buffer, index);
        return this;
    }

    /**
     * Go to the next record, over the gaps that compaction left.
     *
     * @return false after the last record.
     * @throws IllegalStateException where the record leaves the batch, which was then not validated.
     */
    public boolean next()
    {
        while (remaining > 0)
        {
            final int index = nextIndex;
            if (limit - index < FIXED_LENGTH)
            {
                throw new IllegalStateException("record beyond its batch");
            }

            recordIndex = index;
            final long lengths = buffer.getLong(index + RecordDescriptor.LENGTHS_OFFSET, LITTLE_ENDIAN);
            final long rest = buffer.getLong(index + RecordDescriptor.VALUE_LENGTH_AND_DELTA_OFFSET, LITTLE_ENDIAN);
            final int recordLength = (int)lengths;
            this.recordLength = recordLength;
            keyLength = (int)(lengths >> 32);
            valueLength = (int)rest;
            timestampDelta = (int)(rest >> 32);

            final int next = index + align(recordLength);
            if (recordLength < FIXED_LENGTH || next > limit || next < index)
            {
                throw new IllegalStateException("record beyond its batch");
            }

            nextIndex = next;
            remaining--;
            offset = nextOffset;
            if (GAP == keyLength)
            {
                nextOffset += timestampDelta;
                continue;
            }

            nextOffset++;
            return true;
        }

        return false;
    }

    /**
     * Go to the first record at or after an offset.
     *
     * @param wanted offset.
     * @return false where the batch has none.
     */
    public boolean seek(final long wanted)
    {
        while (next())
        {
            if (offset >= wanted)
            {
                return true;
            }
        }

        return false;
    }

    /**
     * Pass all records and gaps below an offset, so that {@link #next()} goes to the first record at or after it.
     * Unlike {@link #seek} it does not go to that record itself.
     *
     * @param wanted offset.
     * @throws IllegalStateException where a record leaves the batch, which was then not validated.
     */
    public void skipTo(final long wanted)
    {
        while (nextOffset < wanted && remaining > 0)
        {
            final int index = nextIndex;
            if (limit - index < FIXED_LENGTH)
            {
                throw new IllegalStateException("record beyond its batch");
            }
            final int length = buffer.getInt(index + RecordDescriptor.LENGTH_OFFSET, LITTLE_ENDIAN);
            final int next = index + align(length);
            if (length < FIXED_LENGTH || next > limit || next < index)
            {
                throw new IllegalStateException("record beyond its batch");
            }

            nextOffset += GAP == buffer.getInt(index + RecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN) ?
                buffer.getInt(index + RecordDescriptor.TIMESTAMP_DELTA_OFFSET, LITTLE_ENDIAN) : 1;
            nextIndex = next;
            remaining--;
        }
    }

    /**
     * @return offset that follows the current record, or the gap behind it that was passed.
     */
    public long nextOffset()
    {
        return nextOffset;
    }

    /**
     * @return whether records (or gaps) follow the current one in this batch.
     */
    public boolean hasRemaining()
    {
        return remaining > 0;
    }

    @Override
    public long offset()
    {
        return offset;
    }

    @Override
    public long timestampNs()
    {
        if (isAppendTimeReported)
        {
            return appendTimestampNs();
        }

        final int unit = (RecordBatchDescriptor.attributes(buffer, batchIndex) & RecordBatchDescriptor.UNIT_MASK) >>
            RecordBatchDescriptor.UNIT_SHIFT;
        return RecordBatchDescriptor.baseTimestamp(buffer, batchIndex) + timestampDelta * UNIT_NS[unit];
    }

    @Override
    public long appendTimestampNs()
    {
        return RecordBatchDescriptor.appendTimestamp(buffer, batchIndex);
    }

    @Override
    public int leaderEpoch()
    {
        return RecordBatchDescriptor.leaderEpoch(buffer, batchIndex);
    }

    @Override
    public DirectBuffer buffer()
    {
        return buffer;
    }

    @Override
    public int keyIndex()
    {
        return recordIndex + FIXED_LENGTH;
    }

    @Override
    public int keyLength()
    {
        return keyLength;
    }

    @Override
    public int valueIndex()
    {
        return recordIndex + FIXED_LENGTH + Math.max(0, keyLength);
    }

    @Override
    public int valueLength()
    {
        return valueLength;
    }

    @Override
    public void forEachHeader(final HeaderHandler handler)
    {
        final int end = recordIndex + recordLength;
        int index = valueIndex() + Math.max(0, valueLength);
        while (index < end)
        {
            final int nameLength = buffer.getShort(index, LITTLE_ENDIAN) & 0xFFFF;
            final int headerValueLength = buffer.getInt(index + 2, LITTLE_ENDIAN);
            final int nameIndex = index + HEADER_FIXED_LENGTH;
            final int headerValueIndex = nameIndex + nameLength;
            if (Math.max(0, headerValueLength) > end - headerValueIndex)
            {
                throw new IllegalStateException("header beyond its record");
            }
            index = headerValueIndex + Math.max(0, headerValueLength);
            handler.onHeader(buffer, nameIndex, nameLength, headerValueIndex, headerValueLength);
        }
    }
}
