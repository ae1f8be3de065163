package io.epona.client.session;

import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.transport.BatchReader;
import org.agrona.DirectBuffer;

/**
 * Takes the records of pushed batches, from a partition's position on. Owned by its machine's thread.
 */
final class PushReader
{
    private final BatchReader reader;
    private final ConsumeListener listener;
    private final Trouble trouble;

    /** Told what ends a subscription from this side. */
    interface Trouble
    {
        /** Records before the batch are missing, or it is of another history than what was consumed. */
        void onGap(ConsumerPartition partition);

        /** The bytes are not a batch. */
        void onCorrupt(ConsumerPartition partition, int code);
    }

    PushReader(final boolean isVerifyCrc, final ConsumeListener listener, final Trouble trouble)
    {
        this.reader = new BatchReader(isVerifyCrc);
        this.listener = listener;
        this.trouble = trouble;
    }

    /** @return number of records delivered, or -1 - that number where the limit ended it. */
    int deliver(
        final ConsumerPartition partition,
        final DirectBuffer buffer,
        final int index,
        final int end,
        final int limit)
    {
        final int subscriptionId = partition.subscriptionId;
        int delivered = 0;
        int batchIndex = index;
        while (batchIndex < end)
        {
            final int length = enter(partition, buffer, batchIndex, end);
            if (length < 0)
            {
                return delivered;
            }

            final long nextOffset = RecordBatchDescriptor.nextOffset(buffer, batchIndex);
            final boolean isControl = 0 !=
                (RecordBatchDescriptor.attributes(buffer, batchIndex) & RecordBatchDescriptor.CONTROL_FLAG);
            while (partition.position < nextOffset && !isControl)
            {
                final int result = reader.next(partition.position, end);
                if (result < 0)
                {
                    trouble.onCorrupt(partition, result);
                    return delivered;
                }
                if (0 == result)
                {
                    break;
                }
                if (delivered == limit)
                {
                    return -1 - delivered;
                }
                final Record record = reader.record();
                listener.onRecord(partition, record);
                delivered++;
                if (subscriptionId != partition.subscriptionId)
                {
                    // the handler moved the position itself
                    return delivered;
                }
                partition.position = record.offset() + 1;
                partition.epochs.add(record.leaderEpoch(), record.offset());
            }
            // over what compaction took at the end of the batch
            partition.position = Math.max(partition.position, nextOffset);
            batchIndex += length;
        }
        return delivered;
    }

    /** @return length of the batch, or -1 where the subscription ended over it. */
    private int enter(
        final ConsumerPartition partition, final DirectBuffer buffer, final int batchIndex, final int end)
    {
        final int length = reader.length(buffer, batchIndex, end - batchIndex);
        if (length < 0)
        {
            trouble.onCorrupt(partition, length);
            return -1;
        }
        if (RecordBatchDescriptor.nextOffset(buffer, batchIndex) <= partition.position)
        {
            return length;
        }
        if (RecordBatchDescriptor.baseOffset(buffer, batchIndex) > partition.position ||
            RecordBatchDescriptor.leaderEpoch(buffer, batchIndex) < partition.lastEpoch())
        {
            trouble.onGap(partition);
            return -1;
        }
        final int result = reader.enter(buffer, batchIndex, length);
        if (result < 0)
        {
            trouble.onCorrupt(partition, result);
            return -1;
        }
        partition.failure = 0;
        return length;
    }
}
