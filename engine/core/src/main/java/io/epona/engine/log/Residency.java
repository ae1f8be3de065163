package io.epona.engine.log;

import io.epona.engine.Storage.Region;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One mapping of a segment as readers see it, and the chunks of it that may be touched without waiting for the disk:
 * all of them, where the log was written lately, else those that were read ahead. What is known once stays known for
 * the life of the object; the housekeeper puts a new one in its place when it has become stale, for the kernel may
 * take pages back.
 * <p>
 * Written by the housekeeper, read by any thread. The chunks are on the heap and may be asked for without a pin, the
 * buffer is not to be touched without one.
 */
final class Residency
{
    static final int CHUNK_SHIFT = 18;
    /** Bytes that are read ahead or not. */
    static final int CHUNK_LENGTH = 1 << CHUNK_SHIFT;
    private static final VarHandle BITS = MethodHandles.arrayElementVarHandle(long[].class);

    private final UnsafeBuffer buffer;
    private final int chunkCount;
    private final long[] bits;

    private Residency(final UnsafeBuffer buffer, final int chunkCount, final long[] bits)
    {
        this.buffer = buffer;
        this.chunkCount = chunkCount;
        this.bits = bits;
    }

    /** All of it has been written or touched lately. */
    static Residency whole(final Region region)
    {
        return new Residency(region.buffer(), 0, null);
    }

    /** Nothing is known of it yet. */
    static Residency unknown(final Region region, final int capacity)
    {
        final int chunkCount = (capacity + CHUNK_LENGTH - 1) >>> CHUNK_SHIFT;
        return new Residency(region.buffer(), chunkCount, new long[(chunkCount + Long.SIZE - 1) / Long.SIZE]);
    }

    UnsafeBuffer buffer()
    {
        return buffer;
    }

    boolean isWhole()
    {
        return null == bits;
    }

    /**
     * @param chunk number, below the number of chunks.
     * @return whether it can be touched without waiting.
     */
    boolean hasChunk(final int chunk)
    {
        // pairs with the release in addChunk: the pages were there
        return isWhole() || 0 != ((long)BITS.getAcquire(bits, chunk >>> 6) & 1L << chunk);
    }

    /** Housekeeper only. */
    void addChunk(final int chunk)
    {
        // pairs with the acquire in hasChunk
        BITS.setRelease(bits, chunk >>> 6, bits[chunk >>> 6] | 1L << chunk);
    }

    /**
     * @param index  of the first byte, within the segment.
     * @param length in bytes; what lies behind the end of the segment does not count.
     * @return whether the range can be touched without waiting. Any thread.
     */
    boolean covers(final int index, final int length)
    {
        if (isWhole())
        {
            return true;
        }

        final int last = (int)Math.min(chunkCount - 1, (long)index + length - 1 >>> CHUNK_SHIFT);
        for (int chunk = index >>> CHUNK_SHIFT; chunk <= last; chunk++)
        {
            if (!hasChunk(chunk))
            {
                return false;
            }
        }

        return true;
    }
}
