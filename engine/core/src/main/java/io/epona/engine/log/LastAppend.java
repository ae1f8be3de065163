package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * When the last batch of a segment was appended, found in bounded steps and kept. Owned by the housekeeper.
 */
final class LastAppend
{
    static final long UNKNOWN = Long.MIN_VALUE;
    private static final int STEP_LENGTH = 256 * 1024;

    private Segment segment;
    private int index;
    private long offset;
    private long timeNs;

    /**
     * Go on looking. From the last entry of the index, where there is one.
     *
     * @param wanted    segment, the same in call after call.
     * @param endOffset offset behind its last batch; may rise from call to call.
     * @return append timestamp of the last batch below the end offset; UNKNOWN where it was not found yet, or where
     *         there is no batch.
     */
    long find(final Segment wanted, final long endOffset)
    {
        if (wanted != segment)
        {
            begin(wanted);
        }

        if (offset >= endOffset)
        {
            // Known: nothing is to be mapped for it.
            return timeNs;
        }

        final UnsafeBuffer log = segment.buffer();
        final int limit = (int)Math.min((long)index + STEP_LENGTH, segment.capacity());
        while (offset < endOffset && index < limit)
        {
            final int length = BatchValidator.plausibleLength(log, index, segment.capacity() - index);
            if (length < 0)
            {
                // Damage: such a segment does not go by age. A reader that comes here reports it.
                return UNKNOWN;
            }
            timeNs = RecordBatchDescriptor.appendTimestamp(log, index);
            offset = RecordBatchDescriptor.nextOffset(log, index);
            index += length;
        }

        return offset < endOffset ? UNKNOWN : timeNs;
    }

    private void begin(final Segment wanted)
    {
        segment = wanted;
        index = SegmentDescriptor.HEADER_LENGTH;
        offset = wanted.baseOffset();
        timeNs = UNKNOWN;
        final SegmentIndex entries = wanted.index();
        final int last = null == entries ? -1 : entries.count() - 1;
        if (last >= 0)
        {
            final int batchIndex = entries.batchIndex(last);
            final long batchOffset = wanted.baseOffset() + entries.offsetDelta(last);
            // An index is a hint: it counts where the batch is that it promises.
            if (batchIndex < wanted.capacity() - RecordBatchDescriptor.HEADER_LENGTH &&
                RecordBatchDescriptor.baseOffset(wanted.buffer(), batchIndex) == batchOffset)
            {
                index = batchIndex;
                offset = batchOffset;
            }
        }
    }

    /** Let go of a segment that leaves the log. */
    void forget()
    {
        segment = null;
    }
}
