package io.epona.engine.local;

import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Layout of the file {@code local.meta}: every persistent node of a local coordination, whole, in the order of the
 * paths. Little-endian.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |                        Magic "EPONLMET"                       |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                         Format version                        |
 *  +---------------------------------------------------------------+
 *  |                    Length of the whole file                   |
 *  +---------------------------------------------------------------+
 *  |            CRC32C of everything behind this field             |
 *  +---------------------------------------------------------------+
 *  |                        Number of nodes                        |
 *  +---------------------------------------------------------------+
 *  |                      Number of sessions                       |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |  then per node: length of the path (i32), version (i32),      |
 *  |  length of the value (i32), path (US-ASCII), value            |
 *  +---------------------------------------------------------------+
 * </pre>
 */
final class LocalMetaDescriptor
{
    static final int FORMAT_VERSION = 1;
    static final int MAGIC_INDEX = 0;
    static final int VERSION_INDEX = 8;
    static final int LENGTH_INDEX = 12;
    static final int CRC_INDEX = 16;
    static final int COUNT_INDEX = 20;
    static final int SESSIONS_INDEX = 24;
    static final int HEADER_LENGTH = 32;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int NODE_HEADER_LENGTH = 12;
    /** The letters EPONLMET in the file. */
    private static final long MAGIC = 0x54454D4C4E4F5045L;

    private LocalMetaDescriptor()
    {
    }

    static byte[] encode(final Map<String, NodeTree.Node> nodes, final long sessions)
    {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(4096);
        int index = HEADER_LENGTH;
        int count = 0;
        for (final Map.Entry<String, NodeTree.Node> entry : nodes.entrySet())
        {
            final NodeTree.Node node = entry.getValue();
            if (0 == node.ephemeralOwner())
            {
                final byte[] path = entry.getKey().getBytes(StandardCharsets.US_ASCII);
                buffer.putInt(index, path.length, ORDER);
                buffer.putInt(index + 4, node.version(), ORDER);
                buffer.putInt(index + 8, node.value().length, ORDER);
                index += NODE_HEADER_LENGTH;
                buffer.putBytes(index, path);
                buffer.putBytes(index + path.length, node.value());
                index += path.length + node.value().length;
                count++;
            }
        }

        buffer.putLong(MAGIC_INDEX, MAGIC, ORDER);
        buffer.putInt(VERSION_INDEX, FORMAT_VERSION, ORDER);
        buffer.putInt(LENGTH_INDEX, index, ORDER);
        buffer.putInt(COUNT_INDEX, count, ORDER);
        buffer.putLong(SESSIONS_INDEX, sessions, ORDER);
        buffer.putInt(CRC_INDEX, crc(buffer.byteArray(), index), ORDER);

        return Arrays.copyOf(buffer.byteArray(), index);
    }

    /**
     * Read an image.
     *
     * @param bytes of the file.
     * @param nodes to fill.
     * @return number of sessions.
     * @throws IllegalArgumentException saying what is damaged, for any bytes that {@link #encode} did not make.
     */
    static long decode(final byte[] bytes, final Map<String, NodeTree.Node> nodes)
    {
        if (bytes.length < HEADER_LENGTH)
        {
            throw new IllegalArgumentException("it has " + bytes.length + " bytes, less than its header");
        }

        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        if (MAGIC != buffer.getLong(MAGIC_INDEX, ORDER))
        {
            throw new IllegalArgumentException("it does not begin as such a file does");
        }
        if (FORMAT_VERSION != buffer.getInt(VERSION_INDEX, ORDER))
        {
            throw new IllegalArgumentException(
                "it has format version " + buffer.getInt(VERSION_INDEX, ORDER) + ", this is " + FORMAT_VERSION);
        }
        if (bytes.length != buffer.getInt(LENGTH_INDEX, ORDER))
        {
            throw new IllegalArgumentException(
                "it has " + bytes.length + " bytes instead of " + buffer.getInt(LENGTH_INDEX, ORDER));
        }
        if (crc(bytes, bytes.length) != buffer.getInt(CRC_INDEX, ORDER))
        {
            throw new IllegalArgumentException("its checksum is wrong");
        }

        int index = HEADER_LENGTH;
        final int count = buffer.getInt(COUNT_INDEX, ORDER);
        for (int i = 0; i < count; i++)
        {
            final int pathLength = buffer.getInt(index, ORDER);
            final int version = buffer.getInt(index + 4, ORDER);
            final int valueLength = buffer.getInt(index + 8, ORDER);
            index += NODE_HEADER_LENGTH;
            final String path = new String(bytes, index, pathLength, StandardCharsets.US_ASCII);
            index += pathLength;
            nodes.put(path, new NodeTree.Node(Arrays.copyOfRange(bytes, index, index + valueLength), version, 0));
            index += valueLength;
        }

        return buffer.getLong(SESSIONS_INDEX, ORDER);
    }

    private static int crc(final byte[] bytes, final int length)
    {
        final CRC32C crc = new CRC32C();
        crc.update(bytes, COUNT_INDEX, length - COUNT_INDEX);

        return (int)crc.getValue();
    }
}
