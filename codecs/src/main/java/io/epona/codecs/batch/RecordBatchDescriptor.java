package io.epona.codecs.batch;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Layout of a record batch: the same bytes in the producer, on the wire, in every log and at the consumer.
 * Little-endian; a batch starts on an 8-byte boundary and its length is a multiple of 8.
 * <p>
 * The first 28 bytes belong to the leader, which stamps them under {@code headerCrc}. Everything else is the
 * producer's, covered by {@code bodyCrc} and never touched again. Reserved bytes are zero and checked.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |                      base offset (leader)                     | 0
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                  length of the batch, bytes                   | 8
 *  +---------------------------------------------------------------+
 *  |                     leader epoch (leader)                     | 12
 *  +---------------------------------------------------------------+
 *  |                append timestamp, ns (leader)                  | 16
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |         header CRC32C of bytes 0 to 23 (leader)               | 24
 *  +---------------------------------------------------------------+
 *  |         body CRC32C of bytes 32 to length                     | 28
 *  +---------------+---------------+-------------------------------+
 *  |   magic = 1   |       0       |          attributes           | 32
 *  +---------------+---------------+-------------------------------+
 *  |                         record count                          | 36
 *  +---------------------------------------------------------------+
 *  |                      base timestamp, ns                       | 40
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                      max timestamp, ns                        | 48
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                    producer id, -1 none                       | 56
 *  |                                                               |
 *  +-------------------------------+-------------------------------+
 *  |        producer epoch         |               0               | 64
 *  +-------------------------------+-------------------------------+
 *  |                        base sequence                          | 68
 *  +---------------------------------------------------------------+
 *  |                      last offset delta                        | 72
 *  +---------------------------------------------------------------+
 *  |                              0                                | 76
 *  +---------------------------------------------------------------+
 *  |                         records ...                           | 80
 * </pre>
 */
public final class RecordBatchDescriptor
{
    /** Batches and records start on this boundary. */
    public static final int ALIGNMENT = 8;
    public static final int BASE_OFFSET_OFFSET = 0;
    public static final int LENGTH_OFFSET = 8;
    public static final int LEADER_EPOCH_OFFSET = 12;
    public static final int APPEND_TIMESTAMP_OFFSET = 16;
    public static final int HEADER_CRC_OFFSET = 24;
    public static final int BODY_CRC_OFFSET = 28;
    /** First byte that the body CRC covers. */
    public static final int BODY_OFFSET = 32;
    public static final int MAGIC_OFFSET = 32;
    public static final int ATTRIBUTES_OFFSET = 34;
    public static final int RECORD_COUNT_OFFSET = 36;
    public static final int BASE_TIMESTAMP_OFFSET = 40;
    public static final int MAX_TIMESTAMP_OFFSET = 48;
    public static final int PRODUCER_ID_OFFSET = 56;
    public static final int PRODUCER_EPOCH_OFFSET = 64;
    public static final int BASE_SEQUENCE_OFFSET = 68;
    public static final int LAST_OFFSET_DELTA_OFFSET = 72;
    public static final int RESERVED_OFFSET = 76;
    public static final int HEADER_LENGTH = 80;

    public static final byte MAGIC = 1;
    public static final int CODEC_MASK = 0x7;
    public static final int COMPACTED_FLAG = 0x8;
    public static final int CONTROL_FLAG = 0x10;
    public static final int UNIT_SHIFT = 5;
    public static final int UNIT_MASK = 0x3 << UNIT_SHIFT;
    /** Timestamp deltas in nanoseconds. */
    public static final int UNIT_NS = 0;
    /** Timestamp deltas in microseconds. */
    public static final int UNIT_US = 1;
    /** Timestamp deltas in milliseconds. */
    public static final int UNIT_MS = 2;
    /** Attribute bits that have a meaning in this version. */
    public static final int KNOWN_ATTRIBUTES = CODEC_MASK | COMPACTED_FLAG | CONTROL_FLAG | UNIT_MASK;
    /** Value of the producer id of a batch that is not idempotent. */
    public static final long NO_PRODUCER_ID = -1;

    static
    {
        if (0 != (HEADER_LENGTH & (ALIGNMENT - 1)) || 0 != (PRODUCER_ID_OFFSET & 7) || 0 != (BODY_OFFSET & 7))
        {
            throw new IllegalStateException("record batch fields are not aligned");
        }
    }

    private RecordBatchDescriptor()
    {
    }

    /**
     * Round a length up to the alignment of batches and records.
     *
     * @param length in bytes.
     * @return the next multiple of {@link #ALIGNMENT}.
     */
    public static int align(final int length)
    {
        return (length + (ALIGNMENT - 1)) & -ALIGNMENT;
    }

    public static long baseOffset(final DirectBuffer buffer, final int index)
    {
        return buffer.getLong(index + BASE_OFFSET_OFFSET, LITTLE_ENDIAN);
    }

    public static int length(final DirectBuffer buffer, final int index)
    {
        return buffer.getInt(index + LENGTH_OFFSET, LITTLE_ENDIAN);
    }

    public static int leaderEpoch(final DirectBuffer buffer, final int index)
    {
        return buffer.getInt(index + LEADER_EPOCH_OFFSET, LITTLE_ENDIAN);
    }

    public static long appendTimestamp(final DirectBuffer buffer, final int index)
    {
        return buffer.getLong(index + APPEND_TIMESTAMP_OFFSET, LITTLE_ENDIAN);
    }

    public static int headerCrc(final DirectBuffer buffer, final int index)
    {
        return buffer.getInt(index + HEADER_CRC_OFFSET, LITTLE_ENDIAN);
    }

    public static int bodyCrc(final DirectBuffer buffer, final int index)
    {
        return buffer.getInt(index + BODY_CRC_OFFSET, LITTLE_ENDIAN);
    }

    public static byte magic(final DirectBuffer buffer, final int index)
    {
        return buffer.getByte(index + MAGIC_OFFSET);
    }

    public static int attributes(final DirectBuffer buffer, final int index)
    {
        return buffer.getShort(index + ATTRIBUTES_OFFSET, LITTLE_ENDIAN) & 0xFFFF;
    }

    /**
     * Entries in the batch, gaps left by compaction included.
     *
     * @param buffer holding the batch.
     * @param index  of the batch.
     * @return the number of entries.
     */
    public static int recordCount(final DirectBuffer buffer, final int index)
    {
        return buffer.getInt(index + RECORD_COUNT_OFFSET, LITTLE_ENDIAN);
    }

    public static long baseTimestamp(final DirectBuffer buffer, final int index)
    {
        return buffer.getLong(index + BASE_TIMESTAMP_OFFSET, LITTLE_ENDIAN);
    }

    public static long maxTimestamp(final DirectBuffer buffer, final int index)
    {
        return buffer.getLong(index + MAX_TIMESTAMP_OFFSET, LITTLE_ENDIAN);
    }

    public static long producerId(final DirectBuffer buffer, final int index)
    {
        return buffer.getLong(index + PRODUCER_ID_OFFSET, LITTLE_ENDIAN);
    }

    public static short producerEpoch(final DirectBuffer buffer, final int index)
    {
        return buffer.getShort(index + PRODUCER_EPOCH_OFFSET, LITTLE_ENDIAN);
    }

    public static int baseSequence(final DirectBuffer buffer, final int index)
    {
        return buffer.getInt(index + BASE_SEQUENCE_OFFSET, LITTLE_ENDIAN);
    }

    /**
     * Offset of the last record relative to the first: with the base offset it says which offset follows.
     *
     * @param buffer holding the batch.
     * @param index  of the batch.
     * @return the delta, at least 0.
     */
    public static int lastOffsetDelta(final DirectBuffer buffer, final int index)
    {
        return buffer.getInt(index + LAST_OFFSET_DELTA_OFFSET, LITTLE_ENDIAN);
    }

    /**
     * First offset after the batch.
     *
     * @param buffer holding the batch.
     * @param index  of the batch.
     * @return base offset + last offset delta + 1.
     */
    public static long nextOffset(final DirectBuffer buffer, final int index)
    {
        return baseOffset(buffer, index) + lastOffsetDelta(buffer, index) + 1;
    }

    /**
     * Stamp the leader's fields and the CRC over them. The bytes of the batch must already stand in the buffer.
     *
     * @param buffer          holding the batch.
     * @param index           of the batch.
     * @param baseOffset      offset of the first record.
     * @param leaderEpoch     of the leader that appends.
     * @param appendTimestamp epoch ns, monotone within an epoch.
     * @param crc             calculator owned by the calling thread.
     */
    public static void stamp(
        final MutableDirectBuffer buffer,
        final int index,
        final long baseOffset,
        final int leaderEpoch,
        final long appendTimestamp,
        final Crc32c crc)
    {
        buffer.putLong(index + BASE_OFFSET_OFFSET, baseOffset, LITTLE_ENDIAN);
        buffer.putInt(index + LEADER_EPOCH_OFFSET, leaderEpoch, LITTLE_ENDIAN);
        buffer.putLong(index + APPEND_TIMESTAMP_OFFSET, appendTimestamp, LITTLE_ENDIAN);
        buffer.putInt(index + HEADER_CRC_OFFSET, crc.compute(buffer, index, HEADER_CRC_OFFSET), LITTLE_ENDIAN);
    }
}
