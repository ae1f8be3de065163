package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.log.LeaderEpochs.History;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Goes through the batches of segments in the order of the log, and gathers what follows from them. It trusts only the
 * length, the two checksums, the offset and the epoch of each batch. Owned by the thread that opens the log.
 */
final class RecoveryScan
{
    private static final int ZERO_WINDOW_LENGTH = 64 * 1024;

    private final Crc32c crc;
    private final ProducerStates producers = new ProducerStates();
    private History epochs = History.EMPTY;
    private long offset;
    private int index;
    private int epoch = LeaderEpochs.NONE;
    private long appendTimestampNs;
    private String stopReason = "";

    RecoveryScan(final Crc32c crc)
    {
        this.crc = crc;
    }

    /**
     * @return the next offset of the log.
     */
    long offset()
    {
        return offset;
    }

    /**
     * @return index in the last segment at which the next batch begins.
     */
    int index()
    {
        return index;
    }

    /**
     * @return epoch of the last batch, or {@link LeaderEpochs#NONE}.
     */
    int epoch()
    {
        return epoch;
    }

    long appendTimestampNs()
    {
        return appendTimestampNs;
    }

    void appendTimestampNs(final long lastNs)
    {
        appendTimestampNs = lastNs;
    }

    History epochs()
    {
        return epochs;
    }

    ProducerStates producers()
    {
        return producers;
    }

    /**
     * @return why the last scan ended: what speaks against the bytes there.
     */
    String stopReason()
    {
        return stopReason;
    }

    /**
     * Begin anew.
     *
     * @param knownEpochs epochs of what lies before.
     */
    void begin(final History knownEpochs)
    {
        epochs = knownEpochs;
        epoch = knownEpochs.lastEpoch();
        producers.clear();
        appendTimestampNs = 0;
    }

    /** What is known of the epochs turned out otherwise. */
    void correct(final History rightEpochs, final int lastEpoch)
    {
        epochs = rightEpochs;
        epoch = lastEpoch;
    }

    void enter(final Segment segment)
    {
        segment.clearIndex();
        offset = segment.baseOffset();
        index = SegmentDescriptor.HEADER_LENGTH;
    }

    /**
     * Pass all batches of a segment, up to the first bytes that do not continue the log.
     */
    void scan(final Segment segment)
    {
        enter(segment);
        String fault = batchFault(segment);
        while (null == fault)
        {
            pass(segment, RecordBatchDescriptor.length(segment.buffer(), index));
            fault = batchFault(segment);
        }
        stopReason = fault;
    }

    /**
     * Pass the batches of a segment up to an index by their lengths and offsets alone.
     *
     * @return whether it was reached.
     */
    boolean walk(final Segment segment, final int end)
    {
        enter(segment);
        while (index < end)
        {
            final int length = BatchValidator.plausibleLength(segment.buffer(), index, end - index);
            if (length < 0 || RecordBatchDescriptor.baseOffset(segment.buffer(), index) != offset)
            {
                return false;
            }
            pass(segment, length);
        }

        return true;
    }

    private void pass(final Segment segment, final int length)
    {
        final UnsafeBuffer buffer = segment.buffer();
        final int batchEpoch = RecordBatchDescriptor.leaderEpoch(buffer, index);
        if (batchEpoch > epochs.lastEpoch())
        {
            epochs = epochs.with(batchEpoch, offset);
        }
        producers.onBatch(buffer, index);
        epoch = batchEpoch;
        appendTimestampNs = Math.max(appendTimestampNs, RecordBatchDescriptor.appendTimestamp(buffer, index));
        segment.index().pass(offset - segment.baseOffset(), index, appendTimestampNs);
        offset = RecordBatchDescriptor.nextOffset(buffer, index);
        index += length;
    }

    /**
     * @return null where the next batch of the log lies at the index, else what speaks against it.
     */
    String batchFault(final Segment segment)
    {
        final UnsafeBuffer buffer = segment.buffer();
        final int length = BatchValidator.plausibleLength(buffer, index, segment.capacity() - index);
        if (length < 0)
        {
            return "no batch of a plausible length";
        }
        if (!BatchValidator.isHeaderValid(buffer, index, crc))
        {
            return "the checksum of the batch header does not match";
        }
        final long baseOffset = RecordBatchDescriptor.baseOffset(buffer, index);
        if (baseOffset != offset)
        {
            return "a batch with offset " + baseOffset;
        }
        final int batchEpoch = RecordBatchDescriptor.leaderEpoch(buffer, index);
        if (batchEpoch < epoch)
        {
            return "a batch of epoch " + batchEpoch + " behind one of epoch " + epoch;
        }
        return BatchValidator.validateBody(buffer, index, length, crc) < 0 ?
            "the batch body is damaged" : null;
    }

    /**
     * Bytes behind the log end that were written for this log. In a file that was used before, old bytes are no sign
     * of it: there it takes a batch that carries an offset of this segment, or a whole body behind a bad header.
     */
    long tornLength(final Segment segment)
    {
        final UnsafeBuffer buffer = segment.buffer();
        final int capacity = segment.capacity();
        final int plausible = Math.max(0, BatchValidator.plausibleLength(buffer, index, capacity - index));
        if (SegmentDescriptor.isReused(buffer))
        {
            return isTornReused(segment, plausible) ? Math.max(plausible, RecordBatchDescriptor.ALIGNMENT) : 0;
        }

        int lastUsed = index;
        for (int window = index; window < capacity; window += ZERO_WINDOW_LENGTH)
        {
            final int end = Math.min(capacity, window + ZERO_WINDOW_LENGTH);
            int used = end;
            while (used > window && 0 == buffer.getByte(used - 1))
            {
                used--;
            }
            if (used == window)
            {
                break;
            }
            lastUsed = used;
        }

        return lastUsed == index ? 0 : Math.max(lastUsed - index, plausible);
    }

    private boolean isTornReused(final Segment segment, final int plausible)
    {
        final UnsafeBuffer buffer = segment.buffer();
        if (segment.capacity() - index < RecordBatchDescriptor.HEADER_LENGTH)
        {
            return false;
        }

        final long baseOffset = RecordBatchDescriptor.baseOffset(buffer, index);
        if (baseOffset == offset)
        {
            return true;
        }
        if (0 == plausible || BatchValidator.validateBody(buffer, index, plausible, crc) < 0)
        {
            return false;
        }

        return baseOffset >= segment.baseOffset() || !BatchValidator.isHeaderValid(buffer, index, crc);
    }
}
