package io.epona.engine.log;

import org.agrona.DirectBuffer;

/**
 * Told what an inspection comes by, in the order of the log, on the inspecting thread.
 */
public interface LogVisitor
{
    /** Looks at nothing. */
    LogVisitor NONE = new LogVisitor()
    {
        @Override
        public void onSegment(final SegmentInfo segment)
        {
            // not wanted
        }

        @Override
        public boolean onBatch(
            final SegmentInfo segment,
            final long position,
            final DirectBuffer buffer,
            final int index,
            final int length)
        {
            return true;
        }
    };

    /**
     * A segment whose header is good.
     *
     * @param segment that comes next.
     */
    void onSegment(SegmentInfo segment);

    /**
     * A batch that is whole: length, both checksums, offset, epoch and framing are good.
     *
     * @param segment  that holds it.
     * @param position of the batch in the file.
     * @param buffer   with a copy of it, valid until the call returns.
     * @param index    of the batch in the buffer.
     * @param length   of the batch.
     * @return false to end the inspection.
     */
    boolean onBatch(SegmentInfo segment, long position, DirectBuffer buffer, int index, int length);
}
