package io.epona.broker;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Partition;
import io.epona.engine.PartitionReader;
import org.agrona.DirectBuffer;

/**
 * Answers ListOffsets. A time is found by halving the range of offsets on the leader's append time, which never falls
 * within an epoch: about log2(records) looks at a batch header through the sparse offset index, however long the log.
 * <p>
 * Owned by one thread.
 */
final class OffsetLookup implements PartitionReader.BatchesHandler
{
    static final long LATEST = -1;
    static final long EARLIEST = -2;
    static final long NONE = -1;

    private long offset;
    private long foundTimestamp;
    private int code;

    private long batchTimestamp;
    private long batchOffset;
    private long batchNextOffset;

    /**
     * Find an offset; the result is read from {@link #code()}, {@link #offset()} and {@link #timestamp()}.
     *
     * @param partition to look in, or null where there is none: UNKNOWN_TOPIC.
     * @param timestamp epoch ns of the append, or {@link #LATEST}, {@link #EARLIEST}.
     */
    void find(final Partition partition, final long timestamp)
    {
        code = 0;
        foundTimestamp = NONE;
        if (null == partition)
        {
            code = ResultCode.UNKNOWN_TOPIC.code();
            offset = NONE;
        }
        else if (LATEST == timestamp)
        {
            offset = partition.highWatermark();
        }
        else if (EARLIEST == timestamp)
        {
            offset = partition.logStart();
        }
        else if (timestamp < 0)
        {
            code = ResultCode.INVALID_CONFIG.code();
            offset = NONE;
        }
        else
        {
            try (PartitionReader reader = partition.newReader())
            {
                search(reader, partition.logStart(), partition.highWatermark(), timestamp);
            }
        }
    }

    private void search(final PartitionReader reader, final long first, final long end, final long timestamp)
    {
        long low = first;
        long high = end;
        offset = NONE;
        while (low < high)
        {
            final long middle = low + (high - low) / 2;
            final long sought = reader.seek(middle);
            final int read = sought < 0 ? (int)sought : reader.pollBatches(this, 0);
            if (read < 0)
            {
                code = read;
                return;
            }
            if (batchTimestamp >= timestamp)
            {
                offset = Math.max(first, batchOffset);
                foundTimestamp = batchTimestamp;
                high = Math.min(middle, batchOffset);
            }
            else
            {
                low = Math.max(middle + 1, batchNextOffset);
            }
        }
    }

    @Override
    public boolean onBatches(
        final DirectBuffer buffer, final int index, final int length, final long baseOffset, final long nextOffset)
    {
        batchTimestamp = RecordBatchDescriptor.appendTimestamp(buffer, index);
        batchOffset = baseOffset;
        batchNextOffset = nextOffset;
        return false;
    }

    /**
     * @return 0, or a negative code.
     */
    int code()
    {
        return code;
    }

    /**
     * @return the offset found, {@link #NONE} where no record is that young.
     */
    long offset()
    {
        return offset;
    }

    /**
     * @return append time of the batch that was found by time, else {@link #NONE}.
     */
    long timestamp()
    {
        return foundTimestamp;
    }
}
