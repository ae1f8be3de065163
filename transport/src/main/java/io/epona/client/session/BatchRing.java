package io.epona.client.session;

import io.epona.client.session.ProduceBatch.State;
import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordDescriptor;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The batches of a partition from the oldest unsettled one to the one that is being filled, in a ring whose buffers are
 * used again. Owned by its machine's thread.
 */
final class BatchRing
{
    private final ProduceBatch[] ring;
    private final int mask;
    private final BatchBuffers buffers;
    private final int maxBatchLength;
    private final RecordBatchBuilder builder;
    private long head;
    private long tail;
    private ProduceBatch open;
    private long nextNumber;
    private long settledRecords;

    BatchRing(final int count, final BatchBuffers buffers, final int maxBatchLength, final Crc32c crc)
    {
        ring = new ProduceBatch[BitUtil.findNextPositivePowerOfTwo(count)];
        mask = ring.length - 1;
        for (int i = 0; i < ring.length; i++)
        {
            ring[i] = new ProduceBatch();
        }
        this.buffers = buffers;
        this.maxBatchLength = maxBatchLength;
        builder = new RecordBatchBuilder(crc);
    }

    /** @return index of the oldest unsettled batch. */
    long head()
    {
        return head;
    }

    /** @return index behind the newest batch. */
    long tail()
    {
        return tail;
    }

    ProduceBatch batch(final long index)
    {
        return ring[(int)index & mask];
    }

    /** @return the batch that is being filled, or null. */
    ProduceBatch open()
    {
        return open;
    }

    /** @return number of the next record. */
    long nextNumber()
    {
        return nextNumber;
    }

    long unsettledRecords()
    {
        return nextNumber - settledRecords;
    }

    /** @return whether the record fits in a batch at all. */
    boolean isTooLarge(final int keyLength, final int valueLength)
    {
        return lengthOf(keyLength, valueLength) > maxBatchLength;
    }

    /** @return index in the open batch's buffer, or -1 where there is no open batch with room for the record. */
    int claim(final long timestampNs, final int keyLength, final int valueLength)
    {
        return null == open ? -1 : builder.claim(timestampNs, keyLength, valueLength, 0);
    }

    /** @return index in the buffer of a new open batch; or BACK_PRESSURED where there is no room for one. */
    int claimInNew(final long nowNs, final long timestampNs, final int keyLength, final int valueLength)
    {
        if (tail - head > mask)
        {
            return ResultCode.BACK_PRESSURED.code();
        }
        final ProduceBatch next = batch(tail);
        final int capacity = (int)Math.max(lengthOf(keyLength, valueLength), buffers.batchLength());
        next.open(buffers.take(capacity), tail, nextNumber, nowNs);
        builder.begin(next.buffer, 0, capacity, timestampNs);
        open = next;
        tail++;
        final int index = builder.claim(timestampNs, keyLength, valueLength, 0);
        if (index < 0)
        {
            throw new IllegalStateException("a record does not fit in a batch made for it");
        }
        return index;
    }

    /** @return number of the record that was claimed. */
    long commit()
    {
        open.count++;
        return nextNumber++;
    }

    /** Give the claimed room back, and a batch without records too. */
    void abort()
    {
        builder.abortClaim();
        if (0 == open.count)
        {
            open.state = State.DONE;
            release(open);
            open = null;
            tail--;
        }
    }

    /** Name the producer in the open batch. */
    void stampOpen(final long producerId, final short epoch, final int sequence)
    {
        builder.producer(producerId, epoch, sequence);
        open.sequence = sequence;
    }

    /** @return the batch that was open, ready to be sent. */
    ProduceBatch close()
    {
        final ProduceBatch closed = open;
        closed.length = builder.finish();
        closed.state = State.READY;
        open = null;
        return closed;
    }

    /** What became of a batch is known; it keeps its place until it is taken. */
    void finish(final ProduceBatch batch)
    {
        if (batch == open)
        {
            open = null;
        }
        batch.state = State.DONE;
        release(batch);
    }

    /** @return the oldest batch, which gives up its place, where it is finished; else null. */
    ProduceBatch takeFinished()
    {
        if (head == tail || State.DONE != batch(head).state)
        {
            return null;
        }
        final ProduceBatch oldest = batch(head++);
        settledRecords += oldest.count;
        return oldest;
    }

    private void release(final ProduceBatch batch)
    {
        final UnsafeBuffer buffer = batch.buffer;
        batch.buffer = BatchBuffers.none();
        buffers.give(buffer);
    }

    private static long lengthOf(final int keyLength, final int valueLength)
    {
        return RecordBatchDescriptor.HEADER_LENGTH +
            (RecordDescriptor.FIXED_LENGTH + (long)Math.max(0, keyLength) + Math.max(0, valueLength) + 7 & -8L);
    }
}
