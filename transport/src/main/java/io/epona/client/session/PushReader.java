package io.epona.client.session;

import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.transport.BatchReader;
import org.agrona.DirectBuffer;

/**
 * Takes the records of pushed batches, from a partition's position on.
 * <p>
 * Where the limit or the handler ends a message in the middle, it is given again, and this goes on behind the last
 * record where the same bytes stand in the same place; otherwise it finds its place again by the position. Nothing
 * points into the message between two calls but an index. Owned by its machine's thread.
 */
final class PushReader
{
    private final BatchReader reader;
    private final ConsumeListener listener;
    private final Trouble trouble;

    /** Where the current message was left, valid while {@link #isResumable}. */
    private boolean isResumable;
    private DirectBuffer messageBuffer;
    private int messageIndex;
    private int messageSubscription;
    private int batchIndex;
    private boolean isInBatch;
    private boolean isRecordPending;

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
        if (!isResumable || buffer != messageBuffer || index != messageIndex || subscriptionId != messageSubscription)
        {
            messageBuffer = buffer;
            messageIndex = index;
            messageSubscription = subscriptionId;
            batchIndex = index;
            isInBatch = false;
            isRecordPending = false;
        }
        // where the handler throws, the message comes again and is taken up where it was left
        isResumable = true;
        final int delivered = deliver(partition, buffer, end, limit);
        isResumable = delivered < 0;
        return delivered;
    }

    private int deliver(
        final ConsumerPartition partition, final DirectBuffer buffer, final int end, final int limit)
    {
        int delivered = 0;
        while (batchIndex < end)
        {
            if (!isInBatch)
            {
                final int length = enter(partition, buffer, batchIndex, end);
                if (length < 0)
                {
                    return delivered;
                }
                if (!isInBatch)
                {
                    batchIndex += length;
                    continue;
                }
            }
            while (isRecordPending || next(partition, end))
            {
                isRecordPending = true;
                if (delivered == limit)
                {
                    return -1 - delivered;
                }
                final Record record = reader.record();
                listener.onRecord(partition, record);
                isRecordPending = false;
                delivered++;
                if (messageSubscription != partition.subscriptionId)
                {
                    // the handler moved the position itself
                    return delivered;
                }
                partition.position = record.offset() + 1;
                partition.epochs.add(record.leaderEpoch(), record.offset());
            }
            if (messageSubscription != partition.subscriptionId)
            {
                return delivered;
            }
            // over what compaction took at the end of the batch
            partition.position =
                Math.max(partition.position, RecordBatchDescriptor.nextOffset(buffer, batchIndex));
            batchIndex += RecordBatchDescriptor.length(buffer, batchIndex);
            isInBatch = false;
        }
        return delivered;
    }

    private boolean next(final ConsumerPartition partition, final int end)
    {
        final int result = reader.next(partition.position, end);
        if (result < 0)
        {
            trouble.onCorrupt(partition, result);
        }
        return result > 0;
    }

    /**
     * Stand before the first record of the next batch, or behind a batch of which nothing is wanted.
     *
     * @return length of the batch, or -1 where the subscription ended over it.
     */
    private int enter(
        final ConsumerPartition partition, final DirectBuffer buffer, final int index, final int end)
    {
        final int length = reader.length(buffer, index, end - index);
        if (length < 0)
        {
            trouble.onCorrupt(partition, length);
            return -1;
        }
        final long nextOffset = RecordBatchDescriptor.nextOffset(buffer, index);
        if (nextOffset <= partition.position)
        {
            return length;
        }
        if (RecordBatchDescriptor.baseOffset(buffer, index) > partition.position ||
            RecordBatchDescriptor.leaderEpoch(buffer, index) < partition.lastEpoch())
        {
            trouble.onGap(partition);
            return -1;
        }
        final int result = reader.enter(buffer, index, length);
        if (result < 0)
        {
            trouble.onCorrupt(partition, result);
            return -1;
        }
        partition.failure = 0;
        if (0 != (RecordBatchDescriptor.attributes(buffer, index) & RecordBatchDescriptor.CONTROL_FLAG))
        {
            partition.position = nextOffset;
            return length;
        }
        isInBatch = true;
        isRecordPending = false;
        return length;
    }
}
