package io.epona.engine.log;

import io.epona.codecs.batch.Crc32c;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.file.Path;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Layout and names of a segment file. The first 4096 bytes are the header, little-endian; batches follow, one behind
 * the other, up to the first bytes that are not the batch with the next offset.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |                    magic, ASCII "EPONALOG"                    | 0
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                      format version = 1                       | 8
 *  +---------------------------------------------------------------+
 *  |                           partition                           | 12
 *  +---------------------------------------------------------------+
 *  |                           topic id                            | 16
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                          base offset                          | 24
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |              time at which the file was prepared, ns          | 32
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |            length of the file in bytes, a power of two        | 40
 *  +---------------------------------------------------------------+
 *  |     flags: 1 = the file was used before, old bytes may lie    | 44
 *  |            behind the last batch; 2 = made by compaction      |
 *  +---------------------------------------------------------------+
 *  |                  CRC32C of bytes 0 to 47                      | 48
 *  +---------------------------------------------------------------+
 *  |       CRC32C of bytes 56 to 63, 0 where these say nothing     | 52
 *  +---------------------------------------------------------------+
 *  |       base offset of the segment before it at the roll        | 56
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                  zero                                         | 64
 * </pre>
 * Names: {@code <base offset, 20 digits>.log}. A file that waits to become a segment is {@code <number>.next}; its
 * header is invalid until the owner of the log moves into it, and the housekeeper gives it its final name after that.
 */
final class SegmentDescriptor
{
    static final int HEADER_LENGTH = 4096;
    static final long MAGIC = 0x474F_4C41_4E4F_5045L;
    static final int FORMAT_VERSION = 1;
    static final int FLAG_REUSED = 1;
    static final int FLAG_COMPACTED = 2;

    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_VERSION_OFFSET = 8;
    static final int PARTITION_OFFSET = 12;
    static final int TOPIC_ID_OFFSET = 16;
    static final int BASE_OFFSET_OFFSET = 24;
    static final int CREATED_OFFSET = 32;
    static final int FILE_LENGTH_OFFSET = 40;
    static final int FLAGS_OFFSET = 44;
    static final int CRC_OFFSET = 48;
    static final int LINK_CRC_OFFSET = 52;
    static final int PREVIOUS_BASE_OFFSET_OFFSET = 56;
    static final int FIELDS_LENGTH = 64;
    /** The header does not say which segment came before. */
    static final long NO_LINK = -1;

    static final String LOG_SUFFIX = ".log";
    static final String NEXT_SUFFIX = ".next";
    private static final int OFFSET_DIGITS = 20;

    static
    {
        if (0 != (TOPIC_ID_OFFSET & 7) || 0 != (BASE_OFFSET_OFFSET & 7) || 0 != (CREATED_OFFSET & 7))
        {
            throw new IllegalStateException("segment header fields are not aligned");
        }
    }

    private SegmentDescriptor()
    {
    }

    static void encode(
        final MutableDirectBuffer buffer,
        final long topicId,
        final int partition,
        final long baseOffset,
        final long createdNs,
        final int fileLength,
        final int flags,
        final Crc32c crc)
    {
        buffer.putLong(MAGIC_OFFSET, MAGIC, LITTLE_ENDIAN);
        buffer.putInt(FORMAT_VERSION_OFFSET, FORMAT_VERSION, LITTLE_ENDIAN);
        buffer.putInt(PARTITION_OFFSET, partition, LITTLE_ENDIAN);
        buffer.putLong(TOPIC_ID_OFFSET, topicId, LITTLE_ENDIAN);
        buffer.putLong(BASE_OFFSET_OFFSET, baseOffset, LITTLE_ENDIAN);
        buffer.putLong(CREATED_OFFSET, createdNs, LITTLE_ENDIAN);
        buffer.putInt(FILE_LENGTH_OFFSET, fileLength, LITTLE_ENDIAN);
        buffer.putInt(FLAGS_OFFSET, flags, LITTLE_ENDIAN);
        buffer.putInt(CRC_OFFSET, crc.compute(buffer, 0, CRC_OFFSET), LITTLE_ENDIAN);
    }

    /**
     * Say which segment came before, so that a missing one is noticed.
     *
     * @param previousBaseOffset of that segment.
     */
    static void link(final MutableDirectBuffer buffer, final long previousBaseOffset, final Crc32c crc)
    {
        buffer.putLong(PREVIOUS_BASE_OFFSET_OFFSET, previousBaseOffset, LITTLE_ENDIAN);
        buffer.putInt(LINK_CRC_OFFSET, crc.compute(buffer, PREVIOUS_BASE_OFFSET_OFFSET, Long.BYTES), LITTLE_ENDIAN);
    }

    /**
     * @return base offset of the segment that came before, or {@link #NO_LINK}.
     */
    static long previousBaseOffset(final DirectBuffer buffer, final Crc32c crc)
    {
        return buffer.getInt(LINK_CRC_OFFSET, LITTLE_ENDIAN) ==
            crc.compute(buffer, PREVIOUS_BASE_OFFSET_OFFSET, Long.BYTES) ?
            buffer.getLong(PREVIOUS_BASE_OFFSET_OFFSET, LITTLE_ENDIAN) : NO_LINK;
    }

    static void invalidate(final MutableDirectBuffer buffer)
    {
        buffer.setMemory(0, FIELDS_LENGTH, (byte)0);
    }

    /**
     * Judge a header.
     *
     * @return null where it is one of this log, else what is wrong with it.
     */
    static String fault(final DirectBuffer buffer, final long topicId, final int partition, final Crc32c crc)
    {
        if (MAGIC != buffer.getLong(MAGIC_OFFSET, LITTLE_ENDIAN))
        {
            return "not a segment file: the header does not begin with EPONALOG";
        }
        if (buffer.getInt(CRC_OFFSET, LITTLE_ENDIAN) != crc.compute(buffer, 0, CRC_OFFSET))
        {
            return "the header is damaged: its checksum does not match";
        }
        final int version = buffer.getInt(FORMAT_VERSION_OFFSET, LITTLE_ENDIAN);
        if (FORMAT_VERSION != version)
        {
            return "format version " + version + ", this program reads " + FORMAT_VERSION;
        }
        final long foundTopicId = buffer.getLong(TOPIC_ID_OFFSET, LITTLE_ENDIAN);
        final int foundPartition = buffer.getInt(PARTITION_OFFSET, LITTLE_ENDIAN);
        if (topicId != foundTopicId || partition != foundPartition)
        {
            return "belongs to topic id " + Long.toHexString(foundTopicId) + " partition " + foundPartition +
                ", expected " + Long.toHexString(topicId) + " partition " + partition;
        }
        final int length = fileLength(buffer);
        if (length < LogConfig.SEGMENT_BYTES_MIN || length > LogConfig.SEGMENT_BYTES_MAX || baseOffset(buffer) < 0)
        {
            return "the header holds an impossible length or base offset";
        }
        return null;
    }

    static long baseOffset(final DirectBuffer buffer)
    {
        return buffer.getLong(BASE_OFFSET_OFFSET, LITTLE_ENDIAN);
    }

    static int fileLength(final DirectBuffer buffer)
    {
        return buffer.getInt(FILE_LENGTH_OFFSET, LITTLE_ENDIAN);
    }

    static boolean isReused(final DirectBuffer buffer)
    {
        return 0 != (buffer.getInt(FLAGS_OFFSET, LITTLE_ENDIAN) & FLAG_REUSED);
    }

    /** Whether it stands for several, or one, that it was made from. */
    static boolean isCompacted(final DirectBuffer buffer)
    {
        return 0 != (buffer.getInt(FLAGS_OFFSET, LITTLE_ENDIAN) & FLAG_COMPACTED);
    }

    static Path logFile(final Path directory, final long baseOffset)
    {
        final String digits = Long.toString(baseOffset);
        return directory.resolve("0".repeat(OFFSET_DIGITS - digits.length()) + digits + LOG_SUFFIX);
    }

    static Path nextFile(final Path directory, final long number)
    {
        return directory.resolve(number + NEXT_SUFFIX);
    }

    static boolean isLogFile(final Path file)
    {
        final String name = file.getFileName().toString();
        return name.length() == OFFSET_DIGITS + LOG_SUFFIX.length() && name.endsWith(LOG_SUFFIX) &&
            name.chars().limit(OFFSET_DIGITS).allMatch((c) -> c >= '0' && c <= '9');
    }

    /**
     * @param logFile one that {@link #isLogFile}.
     * @return base offset that it is named after.
     */
    static long baseOffsetOf(final Path logFile)
    {
        return Long.parseLong(logFile.getFileName().toString().substring(0, OFFSET_DIGITS));
    }

    static boolean isNextFile(final Path file)
    {
        return file.getFileName().toString().endsWith(NEXT_SUFFIX);
    }
}
