package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where in a segment to begin to look for an offset or a time. An index is never believed over the log: an entry
 * counts where the batch that it promises is there, else the segment is walked from its first batch.
 * <p>
 * Any thread, under a pin.
 */
final class SegmentLookup
{
    private SegmentLookup()
    {
    }

    /**
     * @param segment to look in.
     * @param offset  at least the base offset; everything below it is committed.
     * @return index of a batch at or before the offset, or behind the header.
     */
    static int floorOfOffset(final Segment segment, final long offset)
    {
        final SegmentIndex index = segment.index();
        final int entry = null == index ? -1 : index.floorOfOffset(offset - segment.baseOffset());

        return entry >= 0 && isTrue(segment, index, entry) ?
            index.batchIndex(entry) : SegmentDescriptor.HEADER_LENGTH;
    }

    private static boolean isTrue(final Segment segment, final SegmentIndex index, final int entry)
    {
        final UnsafeBuffer buffer = segment.buffer();
        final int batchIndex = index.batchIndex(entry);

        return BatchValidator.plausibleLength(buffer, batchIndex, segment.capacity() - batchIndex) > 0 &&
            segment.baseOffset() + index.offsetDelta(entry) == RecordBatchDescriptor.baseOffset(buffer, batchIndex);
    }
}
