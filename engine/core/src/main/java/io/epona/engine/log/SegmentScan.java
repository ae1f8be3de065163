package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Walks the batches of one segment file and believes none of it: the same judgement as that of recovery, but without
 * mapping or changing anything.
 * <p>
 * Owned by one thread.
 */
final class SegmentScan implements AutoCloseable
{
    private static final int ZERO_WINDOW_LENGTH = 64 * 1024;

    private final Path file;
    private final FileWindow window;
    private final Crc32c crc = new Crc32c();
    private SegmentInfo info;
    private long position = SegmentDescriptor.HEADER_LENGTH;
    private long limit;
    private long offset;
    private int epoch;
    private int batchLength;

    SegmentScan(final Path file) throws IOException
    {
        this.file = file;
        this.window = new FileWindow(file);
    }

    /**
     * Read and judge the header.
     *
     * @return null where it is one of this log, else what is wrong.
     */
    String readHeader(final long topicId, final int partition) throws IOException
    {
        window.forget();
        if (window.read(0, SegmentDescriptor.HEADER_LENGTH) < SegmentDescriptor.HEADER_LENGTH)
        {
            return "shorter than a segment header";
        }
        final DirectBuffer header = window.buffer();
        final String fault = SegmentDescriptor.fault(header, topicId, partition, crc);
        if (null == fault)
        {
            info = new SegmentInfo(
                file,
                topicId,
                partition,
                SegmentDescriptor.baseOffset(header),
                header.getLong(SegmentDescriptor.CREATED_OFFSET, LITTLE_ENDIAN),
                SegmentDescriptor.fileLength(header),
                SegmentDescriptor.isReused(header));
        }

        return fault;
    }

    /**
     * Whose segment a file says that it is.
     *
     * @return {topic id, partition}, or null where that cannot be said.
     */
    static long[] identity(final Path file) throws IOException
    {
        try (FileWindow window = new FileWindow(file))
        {
            if (window.read(0, SegmentDescriptor.HEADER_LENGTH) < SegmentDescriptor.HEADER_LENGTH)
            {
                return null;
            }
            final long topicId = window.buffer().getLong(SegmentDescriptor.TOPIC_ID_OFFSET, LITTLE_ENDIAN);
            final int partition = window.buffer().getInt(SegmentDescriptor.PARTITION_OFFSET, LITTLE_ENDIAN);
            return null == SegmentDescriptor.fault(window.buffer(), topicId, partition, new Crc32c()) ?
                new long[]{ topicId, partition } : null;
        }
    }

    /**
     * Begin with the first batch; the header was found good.
     *
     * @param lastEpoch of the batch before, -1 for none.
     */
    void begin(final int lastEpoch) throws IOException
    {
        position = SegmentDescriptor.HEADER_LENGTH;
        limit = Math.min(window.fileLength(), info.fileLength());
        offset = info.baseOffset();
        epoch = lastEpoch;
    }

    /**
     * Look at the bytes behind the last batch that was passed.
     *
     * @return null where they are the next batch of the log, else what speaks against it.
     */
    String fault() throws IOException
    {
        final int headerLength = RecordBatchDescriptor.HEADER_LENGTH;
        if (limit - position < headerLength || window.read(position, headerLength) < headerLength)
        {
            return "no batch of a plausible length";
        }
        final UnsafeBuffer buffer = window.buffer();
        final int length =
            BatchValidator.plausibleLength(buffer, window.index(position), (int)(limit - position));
        if (length < 0)
        {
            return "no batch of a plausible length";
        }
        final int headerIndex = window.index(position);
        if (!BatchValidator.isHeaderValid(buffer, headerIndex, crc))
        {
            return "the checksum of the batch header does not match";
        }
        final long baseOffset = RecordBatchDescriptor.baseOffset(buffer, headerIndex);
        if (baseOffset != offset)
        {
            return "a batch with offset " + baseOffset;
        }
        final int batchEpoch = RecordBatchDescriptor.leaderEpoch(buffer, headerIndex);
        if (batchEpoch < epoch)
        {
            return "a batch of epoch " + batchEpoch + " behind one of epoch " + epoch;
        }
        // The length is believed now, so that no damaged one makes the window huge.
        if (window.read(position, length) < length ||
            BatchValidator.validateBody(window.buffer(), window.index(position), length, crc) < 0)
        {
            return "the batch body is damaged";
        }

        batchLength = length;
        return null;
    }

    /** Move behind the batch that {@link #fault()} found to be good. */
    void pass()
    {
        final int index = window.index(position);
        epoch = RecordBatchDescriptor.leaderEpoch(window.buffer(), index);
        offset = RecordBatchDescriptor.nextOffset(window.buffer(), index);
        position += batchLength;
    }

    /**
     * Tell whether a later batch of this segment lies directly behind the bytes that are not the next one.
     */
    boolean isFollowedByBatch() throws IOException
    {
        final int headerLength = RecordBatchDescriptor.HEADER_LENGTH;
        if (limit - position < headerLength || window.read(position, headerLength) < headerLength)
        {
            return false;
        }
        final int length =
            BatchValidator.plausibleLength(window.buffer(), window.index(position), (int)(limit - position));
        final long next = position + length;
        if (length < 0 || limit - next < headerLength || window.read(next, headerLength) < headerLength)
        {
            return false;
        }

        final int index = window.index(next);
        return BatchValidator.isHeaderValid(window.buffer(), index, crc) &&
            RecordBatchDescriptor.baseOffset(window.buffer(), index) > offset;
    }

    /**
     * Bytes behind the log's end that were written for this log, as recovery counts them: in a file that was used
     * before, old bytes are no sign of it.
     */
    long tornLength() throws IOException
    {
        final int headerLength = RecordBatchDescriptor.HEADER_LENGTH;
        int plausible = -1;
        if (limit - position >= headerLength && window.read(position, headerLength) == headerLength)
        {
            plausible =
                BatchValidator.plausibleLength(window.buffer(), window.index(position), (int)(limit - position));
        }
        if (info.isReused())
        {
            return isTornReused(plausible) ? Math.max(plausible, RecordBatchDescriptor.ALIGNMENT) : 0;
        }

        final long lastUsed = lastUsed();
        return lastUsed == position ? 0 : Math.max(lastUsed - position, plausible);
    }

    /** Behind the last byte that is not zero, up to the first long run of zeros. */
    private long lastUsed() throws IOException
    {
        long result = position;
        for (long at = position; at < limit; at += ZERO_WINDOW_LENGTH)
        {
            int used = window.read(at, (int)Math.min(ZERO_WINDOW_LENGTH, limit - at));
            final int begin = window.index(at);
            while (used > 0 && 0 == window.buffer().getByte(begin + used - 1))
            {
                used--;
            }
            if (0 == used)
            {
                break;
            }
            result = at + used;
        }

        return result;
    }

    private boolean isTornReused(final int plausible) throws IOException
    {
        final int headerLength = RecordBatchDescriptor.HEADER_LENGTH;
        if (limit - position < headerLength || window.read(position, headerLength) < headerLength)
        {
            return false;
        }

        final long baseOffset = RecordBatchDescriptor.baseOffset(window.buffer(), window.index(position));
        if (baseOffset == offset)
        {
            return true;
        }
        if (plausible <= 0 || window.read(position, plausible) < plausible ||
            BatchValidator.validateBody(window.buffer(), window.index(position), plausible, crc) < 0)
        {
            return false;
        }

        return baseOffset >= info.baseOffset() ||
            !BatchValidator.isHeaderValid(window.buffer(), window.index(position), crc);
    }

    /** Tell whether the place of the next batch's header holds only zeros. */
    boolean isHeaderPlaceEmpty() throws IOException
    {
        final int count = window.read(
            position, (int)Math.max(0, Math.min(RecordBatchDescriptor.HEADER_LENGTH, limit - position)));
        final int begin = window.index(position);
        for (int i = 0; i < count; i++)
        {
            if (0 != window.buffer().getByte(begin + i))
            {
                return false;
            }
        }

        return true;
    }

    /** Read from the file again instead of what was read before: a live log goes on. */
    void refresh() throws IOException
    {
        window.forget();
        limit = Math.min(window.fileLength(), info.fileLength());
    }

    long actualLength() throws IOException
    {
        return window.fileLength();
    }

    SegmentInfo info()
    {
        return info;
    }

    UnsafeBuffer buffer()
    {
        return window.buffer();
    }

    /** Of the batch that {@link #fault()} found to be good, in the buffer. */
    int index()
    {
        return window.index(position);
    }

    int batchLength()
    {
        return batchLength;
    }

    long position()
    {
        return position;
    }

    long offset()
    {
        return offset;
    }

    int epoch()
    {
        return epoch;
    }

    @Override
    public void close() throws IOException
    {
        window.close();
    }
}
