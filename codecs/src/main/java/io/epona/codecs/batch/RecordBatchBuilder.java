package io.epona.codecs.batch;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import static io.epona.codecs.batch.RecordBatchDescriptor.*;
import static io.epona.codecs.batch.RecordDescriptor.FIXED_LENGTH;
import static io.epona.codecs.batch.RecordDescriptor.NULL_LENGTH;
import static io.epona.codecs.batch.RecordDescriptor.pair;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Writes one uncompressed batch in place: into a staging buffer, a claimed term buffer or the log itself.
 * <pre>{@code
 * builder.begin(buffer, index, capacity, timestampNs);
 * while (builder.append(timestampNs, key, keyIndex, keyLength, value, valueIndex, valueLength)) { ... }
 * final int length = builder.finish();
 * }</pre>
 * Timestamp deltas are in nanoseconds; a delta that does not fit in an i32 (about 2.1 s) ends the batch.
 * <p>
 * Owned by one thread.
 */
public final class RecordBatchBuilder
{
    private final Crc32c crc;
    private MutableDirectBuffer buffer;
    private int batchIndex;
    private int limit;
    private int nextIndex;
    private int recordCount;
    private int claimedLength;
    private long baseTimestamp;
    private long maxTimestamp;
    private long maxTimestampBeforeClaim;
    private long producerId = NO_PRODUCER_ID;
    private short producerEpoch = -1;
    private int baseSequence = -1;

    /**
     * @param crc calculator of the owning thread.
     */
    public RecordBatchBuilder(final Crc32c crc)
    {
        this.crc = crc;
    }

    /**
     * Start an empty batch.
     *
     * @param buffer        to write to.
     * @param index         of the batch, a multiple of 8 from the start of the underlying memory.
     * @param capacity      bytes that the batch may take, at least a header.
     * @param baseTimestamp epoch ns, from which the deltas count.
     * @return this.
     */
    public RecordBatchBuilder begin(
        final MutableDirectBuffer buffer, final int index, final int capacity, final long baseTimestamp)
    {
        this.buffer = buffer;
        this.batchIndex = index;
        this.limit = index + capacity;
        this.nextIndex = index + HEADER_LENGTH;
        this.recordCount = 0;
        this.claimedLength = 0;
        this.baseTimestamp = baseTimestamp;
        this.maxTimestamp = baseTimestamp;
        this.producerId = NO_PRODUCER_ID;
        this.producerEpoch = -1;
        this.baseSequence = -1;
        if (nextIndex > limit)
        {
            throw new IllegalArgumentException("capacity below the batch header: " + capacity);
        }
        return this;
    }

    /**
     * Name the idempotent producer of this batch. Not calling it leaves the batch without one.
     *
     * @param producerId    from the broker.
     * @param producerEpoch of that id.
     * @param baseSequence  of the first record, in its partition.
     * @return this.
     */
    public RecordBatchBuilder producer(final long producerId, final short producerEpoch, final int baseSequence)
    {
        this.producerId = producerId;
        this.producerEpoch = producerEpoch;
        this.baseSequence = baseSequence;
        return this;
    }

    /**
     * Append a record by copying its parts.
     *
     * @param timestampNs epoch ns.
     * @param key         buffer, ignored where keyLength is -1.
     * @param keyIndex    of the key.
     * @param keyLength   in bytes, -1 for none.
     * @param value       buffer, ignored where valueLength is -1.
     * @param valueIndex  of the value.
     * @param valueLength in bytes, -1 for a tombstone.
     * @return false where it does not fit: finish this batch and begin another.
     */
    public boolean append(
        final long timestampNs,
        final DirectBuffer key,
        final int keyIndex,
        final int keyLength,
        final DirectBuffer value,
        final int valueIndex,
        final int valueLength)
    {
        final int recordIndex = claim(timestampNs, keyLength, valueLength, 0);
        if (recordIndex < 0)
        {
            return false;
        }

        int index = recordIndex;
        if (keyLength > 0)
        {
            buffer.putBytes(index, key, keyIndex, keyLength);
            index += keyLength;
        }
        if (valueLength > 0)
        {
            buffer.putBytes(index, value, valueIndex, valueLength);
        }

        return true;
    }

    /**
     * Append a record whose key, value and headers the caller then writes, one behind the other, at the returned
     * index of the buffer given to {@link #begin}.
     *
     * @param timestampNs   epoch ns.
     * @param keyLength     in bytes, -1 for none.
     * @param valueLength   in bytes, -1 for a tombstone.
     * @param headersLength in bytes.
     * @return index at which the key begins, or -1 where the record does not fit.
     * @throws IllegalArgumentException where a length has no meaning.
     */
    public int claim(final long timestampNs, final int keyLength, final int valueLength, final int headersLength)
    {
        if (keyLength < NULL_LENGTH || valueLength < NULL_LENGTH || headersLength < 0)
        {
            throw new IllegalArgumentException("negative length");
        }

        // In long: three lengths near the top of an int must not wrap around into one that fits.
        final long wantedLength =
            (long)FIXED_LENGTH + Math.max(0, keyLength) + Math.max(0, valueLength) + headersLength;
        final long delta = timestampNs - baseTimestamp;
        final int index = nextIndex;
        if (wantedLength > limit - index || delta != (int)delta)
        {
            return -1;
        }

        final int length = (int)wantedLength;
        final int alignedLength = align(length);
        if (alignedLength > limit - index)
        {
            return -1;
        }

        // The last 8 bytes hold the padding: zero first, then the parts overwrite what is theirs.
        buffer.putLong(index + alignedLength - 8, 0L);
        buffer.putLong(index + RecordDescriptor.LENGTHS_OFFSET, pair(length, keyLength), LITTLE_ENDIAN);
        buffer.putLong(
            index + RecordDescriptor.VALUE_LENGTH_AND_DELTA_OFFSET, pair(valueLength, (int)delta), LITTLE_ENDIAN);

        maxTimestampBeforeClaim = maxTimestamp;
        if (timestampNs > maxTimestamp)
        {
            maxTimestamp = timestampNs;
        }
        nextIndex = index + alignedLength;
        claimedLength = alignedLength;
        recordCount++;

        return index + FIXED_LENGTH;
    }

    /**
     * Take back the record of the last {@link #claim}; only once, and before anything else is appended.
     */
    public void abortClaim()
    {
        if (claimedLength > 0)
        {
            nextIndex -= claimedLength;
            recordCount--;
            maxTimestamp = maxTimestampBeforeClaim;
            claimedLength = 0;
        }
    }

    /**
     * @return number of records so far.
     */
    public int recordCount()
    {
        return recordCount;
    }

    /**
     * @return bytes so far, header included.
     */
    public int length()
    {
        return nextIndex - batchIndex;
    }

    /**
     * Complete the batch: the producer's header fields and the body CRC. The leader's fields are left zero. A batch
     * without records is no batch: {@link BatchValidator} refuses it.
     *
     * @return length of the batch in bytes, a multiple of 8.
     */
    public int finish()
    {
        final int index = batchIndex;
        final int length = nextIndex - index;
        final MutableDirectBuffer buffer = this.buffer;

        buffer.putLong(index + BASE_OFFSET_OFFSET, 0L);
        buffer.putInt(index + LENGTH_OFFSET, length, LITTLE_ENDIAN);
        buffer.putInt(index + LEADER_EPOCH_OFFSET, 0, LITTLE_ENDIAN);
        buffer.putLong(index + APPEND_TIMESTAMP_OFFSET, 0L);
        buffer.putInt(index + HEADER_CRC_OFFSET, 0, LITTLE_ENDIAN);
        buffer.putInt(index + MAGIC_OFFSET, MAGIC, LITTLE_ENDIAN);
        buffer.putInt(index + RECORD_COUNT_OFFSET, recordCount, LITTLE_ENDIAN);
        buffer.putLong(index + BASE_TIMESTAMP_OFFSET, baseTimestamp, LITTLE_ENDIAN);
        buffer.putLong(index + MAX_TIMESTAMP_OFFSET, maxTimestamp, LITTLE_ENDIAN);
        buffer.putLong(index + PRODUCER_ID_OFFSET, producerId, LITTLE_ENDIAN);
        buffer.putInt(index + PRODUCER_EPOCH_OFFSET, producerEpoch & 0xFFFF, LITTLE_ENDIAN);
        buffer.putInt(index + BASE_SEQUENCE_OFFSET, baseSequence, LITTLE_ENDIAN);
        buffer.putInt(index + LAST_OFFSET_DELTA_OFFSET, Math.max(0, recordCount - 1), LITTLE_ENDIAN);
        buffer.putInt(index + RESERVED_OFFSET, 0, LITTLE_ENDIAN);
        buffer.putInt(
            index + BODY_CRC_OFFSET, crc.compute(buffer, index + BODY_OFFSET, length - BODY_OFFSET), LITTLE_ENDIAN);
        claimedLength = 0;

        return length;
    }
}
