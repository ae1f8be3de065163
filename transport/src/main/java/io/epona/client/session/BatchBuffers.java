package io.epona.client.session;

import org.agrona.concurrent.UnsafeBuffer;

import java.util.Arrays;

/**
 * Buffers of the batches of a producer: the one given back last is taken first, so that few are in use and they stay in
 * the cache, however many batches its partitions may have in flight. Owned by the machine's thread.
 */
final class BatchBuffers
{
    private static final UnsafeBuffer NONE = new UnsafeBuffer(0, 0);

    private final int batchLength;
    private UnsafeBuffer[] free = new UnsafeBuffer[16];
    private int count;

    BatchBuffers(final int batchLength)
    {
        this.batchLength = batchLength;
    }

    /** @return what stands for no buffer. */
    static UnsafeBuffer none()
    {
        return NONE;
    }

    int batchLength()
    {
        return batchLength;
    }

    /** @return a buffer of at least that many bytes. */
    UnsafeBuffer take(final int length)
    {
        if (length > batchLength)
        {
            // for one record that is larger than a batch
            return new UnsafeBuffer(new byte[length]);
        }
        // on the heap: checksums of many partitions' buffers then need no views
        return 0 == count ? new UnsafeBuffer(new byte[batchLength]) : free[--count];
    }

    void give(final UnsafeBuffer buffer)
    {
        if (batchLength == buffer.capacity())
        {
            if (free.length == count)
            {
                free = Arrays.copyOf(free, 2 * count);
            }
            free[count++] = buffer;
        }
    }
}
