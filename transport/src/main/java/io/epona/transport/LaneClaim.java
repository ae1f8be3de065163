package io.epona.transport;

import io.aeron.logbuffer.BufferClaim;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;

/**
 * Room for one message in a lane, to be written in place. A flyweight: one per sender, reused.
 * <p>
 * Owned by the thread that owns the end of the lane.
 */
public final class LaneClaim
{
    private final BufferClaim bufferClaim = new BufferClaim();
    private MutableDirectBuffer buffer;
    private RingBuffer ring;
    private int index;
    private int length;

    BufferClaim bufferClaim()
    {
        return bufferClaim;
    }

    void onClaimedInTerm()
    {
        buffer = bufferClaim.buffer();
        index = bufferClaim.offset();
        length = bufferClaim.length();
        ring = null;
    }

    void onClaimedInRing(final RingBuffer ring, final int index, final int length)
    {
        this.ring = ring;
        this.buffer = ring.buffer();
        this.index = index;
        this.length = length;
    }

    /**
     * @return the buffer to write to.
     */
    public MutableDirectBuffer buffer()
    {
        return buffer;
    }

    /**
     * @return index of the first byte of the message, a multiple of 8 in the underlying memory.
     */
    public int index()
    {
        return index;
    }

    /**
     * @return claimed length in bytes.
     */
    public int length()
    {
        return length;
    }

    /**
     * Send the message.
     */
    public void commit()
    {
        if (null != ring)
        {
            ring.commit(index);
        }
        else
        {
            bufferClaim.commit();
        }
    }

    /**
     * Give the room back; the receiver sees nothing.
     */
    public void abort()
    {
        if (null != ring)
        {
            ring.abort(index);
        }
        else
        {
            bufferClaim.abort();
        }
    }
}
