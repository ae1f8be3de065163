package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.log.LeaderEpochs.History;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.List;

/**
 * Reads batches that were stored whole, for what follows from them: epochs and producers. Stops at the first one that
 * is not whole any more, or does not continue the log; {@link #offset()} says where.
 * <p>
 * Owned by one thread.
 */
final class LogReplay
{
    private final Crc32c crc;
    private long offset;
    private long appendTimestampNs;
    private History epochs = History.EMPTY;

    LogReplay(final Crc32c crc)
    {
        this.crc = crc;
    }

    /**
     * @return the first offset that was not replayed.
     */
    long offset()
    {
        return offset;
    }

    /**
     * @return latest append time of what was replayed, 0 for none.
     */
    long appendTimestampNs()
    {
        return appendTimestampNs;
    }

    /**
     * @return epochs of what was replayed.
     */
    History epochs()
    {
        return epochs;
    }

    /**
     * Replay a range of the log.
     *
     * @param segments  in the order of their offsets, the first one at or before the range.
     * @param from      first offset; the batch that holds it is replayed.
     * @param to        offset at which to stop.
     * @param producers told of each batch.
     */
    void replay(final List<Segment> segments, final long from, final long to, final ProducerStates producers)
    {
        offset = from;
        epochs = History.EMPTY;
        for (int i = 0; i < segments.size() && offset < to; i++)
        {
            final long end = i + 1 == segments.size() ? to : segments.get(i + 1).baseOffset();
            if (end > offset)
            {
                replay(segments.get(i), Math.min(end, to), producers);
                if (offset < Math.min(end, to))
                {
                    return;
                }
            }
        }
    }

    private void replay(final Segment segment, final long to, final ProducerStates producers)
    {
        final UnsafeBuffer buffer = segment.file().region().buffer();
        long next = segment.baseOffset();
        int index = SegmentDescriptor.HEADER_LENGTH;
        final int end = Math.min(segment.endIndex(), segment.capacity());
        while (next < to)
        {
            final int length = BatchValidator.plausibleLength(buffer, index, end - index);
            if (length < 0 || !BatchValidator.isHeaderValid(buffer, index, crc) ||
                RecordBatchDescriptor.baseOffset(buffer, index) < next)
            {
                return;
            }
            next = RecordBatchDescriptor.nextOffset(buffer, index);
            if (next > offset)
            {
                if (!BatchValidator.isBodyValid(buffer, index, length, crc))
                {
                    return;
                }
                if (RecordBatchDescriptor.leaderEpoch(buffer, index) != epochs.lastEpoch())
                {
                    epochs = epochs.with(
                        RecordBatchDescriptor.leaderEpoch(buffer, index),
                        Math.max(offset, RecordBatchDescriptor.baseOffset(buffer, index)));
                }
                producers.onBatch(buffer, index);
                appendTimestampNs =
                    Math.max(appendTimestampNs, RecordBatchDescriptor.appendTimestamp(buffer, index));
                offset = next;
            }
            index += length;
        }
    }
}
