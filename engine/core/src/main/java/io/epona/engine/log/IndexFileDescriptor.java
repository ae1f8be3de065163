package io.epona.engine.log;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;
import java.util.zip.CRC32C;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Layout and names of the two files that hold the index of a sealed segment. Little-endian; both begin with the same
 * header.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |           magic, ASCII "EPONAIDX" (.idx), "EPONATIX" (.tix)   | 0
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                      format version = 1                       | 8
 *  +---------------------------------------------------------------+
 *  |                           partition                           | 12
 *  +---------------------------------------------------------------+
 *  |                           topic id                            | 16
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                  base offset of the segment                   | 24
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                base offset of the next segment                | 32
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |      append timestamp of the last batch of the segment, ns    | 40
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |         index behind the last batch of the segment            | 48
 *  +---------------------------------------------------------------+
 *  |                      number of entries                        | 52
 *  +---------------------------------------------------------------+
 *  |   CRC32C of bytes 0 to 55 and of everything behind byte 63    | 56
 *  +---------------------------------------------------------------+
 *  |                             zero                              | 60
 *  +---------------------------------------------------------------+
 *  |                          entries ...                          | 64
 * </pre>
 * An entry of {@code .idx} is { offset of a batch less the base offset u32, index of the batch in the segment i32 }, an
 * entry of {@code .tix} is the append timestamp i64 of the batch at the entry with the same number.
 */
final class IndexFileDescriptor
{
    static final long OFFSETS_MAGIC = 0x5844_4941_4E4F_5045L;
    static final long TIMES_MAGIC = 0x5849_5441_4E4F_5045L;
    static final String OFFSETS_SUFFIX = ".idx";
    static final String TIMES_SUFFIX = ".tix";
    static final int FORMAT_VERSION = 1;
    static final int HEADER_LENGTH = 64;
    static final int ENTRY_LENGTH = 8;

    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_VERSION_OFFSET = 8;
    static final int PARTITION_OFFSET = 12;
    static final int TOPIC_ID_OFFSET = 16;
    static final int BASE_OFFSET_OFFSET = 24;
    static final int END_OFFSET_OFFSET = 32;
    static final int LAST_TIMESTAMP_OFFSET = 40;
    static final int END_INDEX_OFFSET = 48;
    static final int ENTRY_COUNT_OFFSET = 52;
    static final int CRC_OFFSET = 56;
    static final int ZERO_OFFSET = 60;
    private static final int NAME_DIGITS = 20;

    static
    {
        if (0 != (TOPIC_ID_OFFSET & 7) || 0 != (LAST_TIMESTAMP_OFFSET & 7) || 0 != (HEADER_LENGTH & 7))
        {
            throw new IllegalStateException("index header fields are not aligned");
        }
    }

    private IndexFileDescriptor()
    {
    }

    /**
     * What an index file says of its segment.
     *
     * @param topicId         of the log.
     * @param partition       of the log.
     * @param baseOffset      of the segment.
     * @param endOffset       base offset of the next segment.
     * @param lastTimestampNs of the last batch.
     * @param endIndex        behind the last batch.
     */
    record Subject(
        long topicId, int partition, long baseOffset, long endOffset, long lastTimestampNs, int endIndex)
    {
    }

    static byte[] encode(final SegmentIndex index, final Subject subject, final boolean isOfTimes)
    {
        final int count = index.count();
        final byte[] bytes = new byte[HEADER_LENGTH + count * ENTRY_LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        buffer.putLong(MAGIC_OFFSET, isOfTimes ? TIMES_MAGIC : OFFSETS_MAGIC, LITTLE_ENDIAN);
        buffer.putInt(FORMAT_VERSION_OFFSET, FORMAT_VERSION, LITTLE_ENDIAN);
        buffer.putInt(PARTITION_OFFSET, subject.partition(), LITTLE_ENDIAN);
        buffer.putLong(TOPIC_ID_OFFSET, subject.topicId(), LITTLE_ENDIAN);
        buffer.putLong(BASE_OFFSET_OFFSET, subject.baseOffset(), LITTLE_ENDIAN);
        buffer.putLong(END_OFFSET_OFFSET, subject.endOffset(), LITTLE_ENDIAN);
        buffer.putLong(LAST_TIMESTAMP_OFFSET, subject.lastTimestampNs(), LITTLE_ENDIAN);
        buffer.putInt(END_INDEX_OFFSET, subject.endIndex(), LITTLE_ENDIAN);
        buffer.putInt(ENTRY_COUNT_OFFSET, count, LITTLE_ENDIAN);
        for (int i = 0; i < count; i++)
        {
            final int at = HEADER_LENGTH + i * ENTRY_LENGTH;
            if (isOfTimes)
            {
                buffer.putLong(at, index.timestampNs(i), LITTLE_ENDIAN);
            }
            else
            {
                buffer.putInt(at, (int)index.offsetDelta(i), LITTLE_ENDIAN);
                buffer.putInt(at + Integer.BYTES, index.batchIndex(i), LITTLE_ENDIAN);
            }
        }
        buffer.putInt(CRC_OFFSET, crc(bytes), LITTLE_ENDIAN);

        return bytes;
    }

    /**
     * Judge a file by itself.
     *
     * @return null where it is whole, else what is wrong with it.
     */
    static String fault(final byte[] bytes, final boolean isOfTimes)
    {
        if (bytes.length < HEADER_LENGTH)
        {
            return "shorter than its header";
        }

        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        if ((isOfTimes ? TIMES_MAGIC : OFFSETS_MAGIC) != buffer.getLong(MAGIC_OFFSET, LITTLE_ENDIAN))
        {
            return "not such an index: the header does not begin as one";
        }
        final int version = buffer.getInt(FORMAT_VERSION_OFFSET, LITTLE_ENDIAN);
        if (FORMAT_VERSION != version)
        {
            return "format version " + version + ", this program reads " + FORMAT_VERSION;
        }
        final long length = HEADER_LENGTH + (long)buffer.getInt(ENTRY_COUNT_OFFSET, LITTLE_ENDIAN) * ENTRY_LENGTH;
        if (bytes.length != length)
        {
            return "it has " + bytes.length + " bytes instead of " + length;
        }

        return buffer.getInt(CRC_OFFSET, LITTLE_ENDIAN) != crc(bytes) || 0 != buffer.getInt(ZERO_OFFSET) ?
            "damaged: its checksum does not match" : null;
    }

    /**
     * @param bytes of a file without a fault.
     * @return what it says of its segment.
     */
    static Subject subject(final byte[] bytes)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        return new Subject(
            buffer.getLong(TOPIC_ID_OFFSET, LITTLE_ENDIAN),
            buffer.getInt(PARTITION_OFFSET, LITTLE_ENDIAN),
            buffer.getLong(BASE_OFFSET_OFFSET, LITTLE_ENDIAN),
            buffer.getLong(END_OFFSET_OFFSET, LITTLE_ENDIAN),
            buffer.getLong(LAST_TIMESTAMP_OFFSET, LITTLE_ENDIAN),
            buffer.getInt(END_INDEX_OFFSET, LITTLE_ENDIAN));
    }

    /**
     * Take the entries of two files without a fault that are of the same segment.
     *
     * @param offsets  bytes of the .idx file.
     * @param times    bytes of the .tix file.
     * @param target   to be filled.
     * @param subject  that both name.
     * @return null, or what speaks against them: the target is of no use then.
     */
    static String decode(final byte[] offsets, final byte[] times, final SegmentIndex target, final Subject subject)
    {
        if (offsets.length != times.length)
        {
            return "the two files differ in the number of entries";
        }

        final UnsafeBuffer places = new UnsafeBuffer(offsets);
        final UnsafeBuffer timestamps = new UnsafeBuffer(times);
        final long offsetDeltaLimit = subject.endOffset() - subject.baseOffset();
        // The first batch never has an entry.
        long lastDelta = 0;
        for (int at = HEADER_LENGTH; at < offsets.length; at += ENTRY_LENGTH)
        {
            final long delta = places.getInt(at, LITTLE_ENDIAN) & SegmentIndex.OFFSET_DELTA_MAX;
            final int batchIndex = places.getInt(at + Integer.BYTES, LITTLE_ENDIAN);
            if (delta <= lastDelta || delta >= offsetDeltaLimit || batchIndex >= subject.endIndex() ||
                0 != (batchIndex & 7) || !target.pass(delta, batchIndex, timestamps.getLong(at, LITTLE_ENDIAN)))
            {
                return "its entries are not in order";
            }
            lastDelta = delta;
        }

        return null;
    }

    private static int crc(final byte[] bytes)
    {
        final CRC32C crc = new CRC32C();
        crc.update(bytes, 0, CRC_OFFSET);
        crc.update(bytes, HEADER_LENGTH, bytes.length - HEADER_LENGTH);

        return (int)crc.getValue();
    }

    static Path offsetsFile(final Path directory, final long baseOffset)
    {
        return file(directory, baseOffset, OFFSETS_SUFFIX);
    }

    static Path timesFile(final Path directory, final long baseOffset)
    {
        return file(directory, baseOffset, TIMES_SUFFIX);
    }

    private static Path file(final Path directory, final long baseOffset, final String suffix)
    {
        final String digits = Long.toString(baseOffset);
        return directory.resolve("0".repeat(NAME_DIGITS - digits.length()) + digits + suffix);
    }

    /**
     * @return whether a file has the name of an index, or of one that was being replaced.
     */
    static boolean isIndexFile(final Path file)
    {
        final String name = file.getFileName().toString();
        return name.endsWith(OFFSETS_SUFFIX) || name.endsWith(TIMES_SUFFIX) ||
            name.endsWith(OFFSETS_SUFFIX + FileStorage.REPLACEMENT_SUFFIX) ||
            name.endsWith(TIMES_SUFFIX + FileStorage.REPLACEMENT_SUFFIX);
    }
}
