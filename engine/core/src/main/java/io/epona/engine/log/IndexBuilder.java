package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes the index of a sealed segment from the log, in steps. Owned by the housekeeper.
 */
final class IndexBuilder
{
    private final Segment segment;
    private final SegmentIndex index;
    private final long endOffset;
    private int batchIndex = SegmentDescriptor.HEADER_LENGTH;
    private long offset;

    IndexBuilder(final Segment segment)
    {
        this.segment = segment;
        this.index = new SegmentIndex(segment.capacity(), segment.file().indexIntervalBytes());
        this.offset = segment.baseOffset();
        this.endOffset = segment.next().baseOffset();
    }

    Segment segment()
    {
        return segment;
    }

    /**
     * Go on.
     *
     * @param maxLength bytes of log to pass.
     * @return whether the end of the segment was reached, or a place where no batch is.
     */
    boolean step(final int maxLength)
    {
        final UnsafeBuffer buffer = segment.buffer();
        final int capacity = segment.capacity();
        final long limit = (long)batchIndex + maxLength;
        while (batchIndex < limit && offset < endOffset)
        {
            final int length = BatchValidator.plausibleLength(buffer, batchIndex, capacity - batchIndex);
            if (length < 0 || RecordBatchDescriptor.baseOffset(buffer, batchIndex) != offset)
            {
                // The entries made so far stand; a reader that comes here reports the damage.
                return true;
            }
            index.pass(
                offset - segment.baseOffset(), batchIndex, RecordBatchDescriptor.appendTimestamp(buffer, batchIndex));
            offset = RecordBatchDescriptor.nextOffset(buffer, batchIndex);
            batchIndex += length;
        }

        return offset >= endOffset;
    }

    /**
     * @return the index, once nothing is left to do.
     */
    SegmentIndex index()
    {
        return index;
    }
}
