package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.FaultyStorage.ForceListener;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What of a log is on disk if nothing gets there that was not forced: the forced ranges of its files, as they were. */
final class ForcedImage implements ForceListener
{
    private final Map<Path, UnsafeBuffer> files = new HashMap<>();
    private final Crc32c crc = new Crc32c();

    @Override
    public void onForced(
        final Path file, final UnsafeBuffer buffer, final int index, final int length)
    {
        final UnsafeBuffer image = files.computeIfAbsent(file, (f) -> new UnsafeBuffer(new byte[buffer.capacity()]));
        image.putBytes(index, buffer, index, length);
    }

    /**
     * @return whether the batch with an offset is whole in one of the forced files, and all behind it up to an end.
     */
    boolean holds(final long from, final long end)
    {
        long offset = from;
        boolean isFound = true;
        while (offset < end && isFound)
        {
            isFound = false;
            for (final UnsafeBuffer image : files.values())
            {
                final long reached = walk(image, offset);
                if (reached > offset)
                {
                    offset = reached;
                    isFound = true;
                }
            }
        }

        return offset >= end;
    }

    private long walk(final UnsafeBuffer image, final long from)
    {
        long offset = SegmentDescriptor.baseOffset(image);
        int index = SegmentDescriptor.HEADER_LENGTH;
        long reached = -1;
        while (null == SegmentDescriptor.fault(image, LogFixture.TOPIC_ID, LogFixture.PARTITION, crc))
        {
            final int length = BatchValidator.plausibleLength(image, index, image.capacity() - index);
            if (length < 0 || RecordBatchDescriptor.baseOffset(image, index) != offset ||
                !BatchValidator.isHeaderValid(image, index, crc) ||
                BatchValidator.validateBody(image, index, length, crc) < 0)
            {
                break;
            }
            final long next = RecordBatchDescriptor.nextOffset(image, index);
            if (offset <= from && next > from || reached == offset)
            {
                reached = next;
            }
            offset = next;
            index += length;
        }

        return reached;
    }
}
