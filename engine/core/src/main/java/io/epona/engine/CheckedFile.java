package io.epona.engine;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The frame of the small files in a data directory: what they are, their version, their length and a checksum.
 * Little-endian. Pure functions: any thread.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |                     Magic, eight letters                      |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                         Format version                        |
 *  +---------------------------------------------------------------+
 *  |                    Length of the whole file                   |
 *  +---------------------------------------------------------------+
 *  |            CRC32C of everything behind this field             |
 *  +---------------------------------------------------------------+
 *  |                             Zero                              |
 *  +---------------------------------------------------------------+
 *  |                           Contents                           ...
 * </pre>
 */
public final class CheckedFile
{
    /** Byte order of the contents. */
    public static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    /** Bytes before the contents. */
    public static final int HEADER_LENGTH = 24;

    private static final int FORMAT_VERSION = 1;
    private static final int MAGIC_LENGTH = 8;
    private static final int VERSION_INDEX = 8;
    private static final int LENGTH_INDEX = 12;
    private static final int CRC_INDEX = 16;
    private static final int ZERO_INDEX = 20;

    private CheckedFile()
    {
    }

    /**
     * Complete the header of a file whose contents are in place.
     *
     * @param bytes whole file.
     * @param magic eight letters.
     */
    public static void seal(final byte[] bytes, final String magic)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        buffer.putStringWithoutLengthAscii(0, magic);
        buffer.putInt(VERSION_INDEX, FORMAT_VERSION, ORDER);
        buffer.putInt(LENGTH_INDEX, bytes.length, ORDER);
        buffer.putInt(CRC_INDEX, crc(bytes), ORDER);
    }

    /**
     * Look at a file.
     *
     * @param bytes whole file.
     * @param magic that it must begin with.
     * @return null where it is whole, else what is wrong with it.
     */
    public static String damage(final byte[] bytes, final String magic)
    {
        if (bytes.length < HEADER_LENGTH)
        {
            return "it has " + bytes.length + " bytes, less than its header";
        }

        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        if (!magic.equals(buffer.getStringWithoutLengthAscii(0, MAGIC_LENGTH)))
        {
            return "it does not begin as such a file does";
        }
        if (FORMAT_VERSION != buffer.getInt(VERSION_INDEX, ORDER))
        {
            return "it has format version " + buffer.getInt(VERSION_INDEX, ORDER) + ", this is " + FORMAT_VERSION;
        }
        if (bytes.length != buffer.getInt(LENGTH_INDEX, ORDER))
        {
            return "it has " + bytes.length + " bytes instead of " + buffer.getInt(LENGTH_INDEX, ORDER);
        }

        return crc(bytes) != buffer.getInt(CRC_INDEX, ORDER) ? "its checksum is wrong" : null;
    }

    private static int crc(final byte[] bytes)
    {
        final CRC32C crc = new CRC32C();
        crc.update(bytes, ZERO_INDEX, bytes.length - ZERO_INDEX);

        return (int)crc.getValue();
    }
}
