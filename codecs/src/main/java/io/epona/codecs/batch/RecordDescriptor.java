package io.epona.codecs.batch;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import static io.epona.codecs.batch.RecordBatchDescriptor.align;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Layout of one record within a batch. Little-endian; a record starts on an 8-byte boundary.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |              length of the record, without padding            | 0
 *  +---------------------------------------------------------------+
 *  |         key length, -1 null, -2 gap left by compaction        | 4
 *  +---------------------------------------------------------------+
 *  |                value length, -1 tombstone                     | 8
 *  +---------------------------------------------------------------+
 *  |    timestamp delta (in a gap: number of removed records)      | 12
 *  +---------------------------------------------------------------+
 *  |  key, value, headers, zero padding to the next 8 bytes        | 16
 *
 *  header: name length u16, value length i32, name, value
 * </pre>
 */
public final class RecordDescriptor
{
    public static final int LENGTH_OFFSET = 0;
    public static final int KEY_LENGTH_OFFSET = 4;
    public static final int VALUE_LENGTH_OFFSET = 8;
    public static final int TIMESTAMP_DELTA_OFFSET = 12;
    public static final int FIXED_LENGTH = 16;
    /** Length and key length as one little-endian i64, see {@link #pair}: half the accesses on the hot paths. */
    static final int LENGTHS_OFFSET = LENGTH_OFFSET;
    /** Value length and timestamp delta as one little-endian i64, see {@link #pair}. */
    static final int VALUE_LENGTH_AND_DELTA_OFFSET = VALUE_LENGTH_OFFSET;
    /** Key or value length of null. */
    public static final int NULL_LENGTH = -1;
    /** Key length of a gap left by compaction. */
    public static final int GAP = -2;
    /** Bytes before the name of a header: name length u16, value length i32. */
    public static final int HEADER_FIXED_LENGTH = 6;

    private RecordDescriptor()
    {
    }

    /**
     * Bytes that a record takes in a batch, padding included.
     *
     * @param keyLength     in bytes, -1 for null.
     * @param valueLength   in bytes, -1 for null.
     * @param headersLength in bytes.
     * @return the aligned length.
     */
    public static int alignedLength(final int keyLength, final int valueLength, final int headersLength)
    {
        return align(FIXED_LENGTH + Math.max(0, keyLength) + Math.max(0, valueLength) + headersLength);
    }

    /**
     * Bytes that a header takes in a record.
     *
     * @param nameLength  in bytes.
     * @param valueLength in bytes, -1 for null.
     * @return the length.
     */
    public static int headerLength(final int nameLength, final int valueLength)
    {
        return HEADER_FIXED_LENGTH + nameLength + Math.max(0, valueLength);
    }

    /**
     * Write a header behind the value of a claimed record, or behind the header before it.
     *
     * @param buffer      to write to.
     * @param index       at which the header begins.
     * @param name        buffer with the UTF-8 name.
     * @param nameIndex   of the name.
     * @param nameLength  in bytes, at most 65535.
     * @param value       buffer, ignored where valueLength is -1.
     * @param valueIndex  of the value.
     * @param valueLength in bytes, -1 for null.
     * @return index behind the header.
     */
    public static int putHeader(
        final MutableDirectBuffer buffer,
        final int index,
        final DirectBuffer name,
        final int nameIndex,
        final int nameLength,
        final DirectBuffer value,
        final int valueIndex,
        final int valueLength)
    {
        buffer.putShort(index, (short)nameLength, LITTLE_ENDIAN);
        buffer.putInt(index + 2, valueLength, LITTLE_ENDIAN);
        buffer.putBytes(index + HEADER_FIXED_LENGTH, name, nameIndex, nameLength);
        if (valueLength > 0)
        {
            buffer.putBytes(index + HEADER_FIXED_LENGTH + nameLength, value, valueIndex, valueLength);
        }

        return index + headerLength(nameLength, valueLength);
    }

    /**
     * Two neighbouring fields as one. {@code (int)pair} is the first, {@code (int)(pair >> 32)} the second.
     *
     * @param first  field at the lower address.
     * @param second field behind it.
     * @return both, to be stored as a little-endian i64.
     */
    static long pair(final int first, final int second)
    {
        return first & 0xFFFF_FFFFL | (long)second << 32;
    }
}
