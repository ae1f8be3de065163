package io.epona.loadgen.verify;

import io.epona.codecs.batch.Crc32c;
import io.epona.loadgen.scenario.Scenario.CrcScope;
import org.agrona.DirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Layout of a verified value. Little-endian.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |                           Checksum                            |
 *  +-------------------------------+-------------------------------+
 *  |           Producer            |           Partition           |
 *  +-------------------------------+-------------------------------+
 *  |        Sequence in (producer, partition), from 0 (i64)        |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |              Intended send time, monotonic ns                 |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |        Time at which the driver accepted it, monotonic ns     |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                        filler pattern                        ...
 * </pre>
 * The checksum is the CRC32C of everything behind it, or a 32-bit mix of the header's fields and the length: which of
 * the two depends on the scenario ({@link CrcScope}) and the sequence, so that both sides agree without a flag. A
 * record's key goes into it, so that one that comes with another key is found.
 */
public final class Payload
{
    /** Offset of the checksum. */
    public static final int CHECKSUM_OFFSET = 0;
    /** Offset of the producer's number. */
    public static final int IDENTITY_OFFSET = 4;
    /** Offset of the sequence. */
    public static final int SEQUENCE_OFFSET = 8;
    /** Offset of the intended send time. */
    public static final int INTENDED_OFFSET = 16;
    /** Offset of the time of acceptance. */
    public static final int ACCEPTED_OFFSET = 24;
    /** Length of the header, the least length of a verified value. */
    public static final int HEADER_LENGTH = 32;
    /** Of a stream's records this share is checked as a whole where the scenario says {@code crc: sampled}. */
    public static final int SAMPLE_INTERVAL = 16;

    private Payload()
    {
    }

    static int identity(final int producer, final int partition)
    {
        return producer | partition << 16;
    }

    static int producer(final int identity)
    {
        return identity & 0xFFFF;
    }

    static int partition(final int identity)
    {
        return identity >>> 16;
    }

    static boolean checksWhole(final CrcScope scope, final long sequence)
    {
        return CrcScope.FULL == scope || (sequence & (SAMPLE_INTERVAL - 1)) == 0;
    }

    static int mix(
        final int identity, final long sequence, final long intendedNs, final long acceptedNs, final int length)
    {
        long hash = sequence * 0x9E3779B97F4A7C15L;
        hash = (hash ^ intendedNs) * 0xC2B2AE3D27D4EB4FL;
        hash = (hash ^ hash >>> 29 ^ acceptedNs) * 0x165667B19E3779F9L;
        hash = (hash ^ hash >>> 32 ^ identity ^ (long)length << 32) * 0x9E3779B97F4A7C15L;

        return (int)(hash >>> 32);
    }

    /** What a key adds to a checksum; 0 for a record without one. */
    static int mixKey(final long key)
    {
        if (-1 == key)
        {
            return 0;
        }

        long hash = (key ^ key >>> 30) * 0xBF58476D1CE4E5B9L;
        hash = (hash ^ hash >>> 27) * 0x94D049BB133111EBL;
        return (int)(hash ^ hash >>> 31) | 1;
    }

    static int crc(final Crc32c crc, final DirectBuffer buffer, final int index, final int length)
    {
        return crc.compute(buffer, index + IDENTITY_OFFSET, length - IDENTITY_OFFSET);
    }

    /**
     * @param buffer holding a value.
     * @param index  of the value.
     * @return its intended send time.
     */
    public static long intendedNs(final DirectBuffer buffer, final int index)
    {
        return buffer.getLong(index + INTENDED_OFFSET, LITTLE_ENDIAN);
    }

    /**
     * @param buffer holding a value.
     * @param index  of the value.
     * @return the time at which the driver accepted it.
     */
    public static long acceptedNs(final DirectBuffer buffer, final int index)
    {
        return buffer.getLong(index + ACCEPTED_OFFSET, LITTLE_ENDIAN);
    }
}
