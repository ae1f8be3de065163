package io.epona.engine;

import org.agrona.MutableDirectBuffer;

/**
 * Room for one record in the log itself, taken with {@link Partition#tryClaim}: write key and value, then commit or
 * abort. Reusable; a claim that is neither committed nor aborted makes the next mutator of its partition throw.
 * <p>
 * Owned by the thread that owns the partition.
 */
public final class RecordClaim
{
    private Partition partition;
    private MutableDirectBuffer buffer;
    private int keyIndex;
    private int valueIndex;
    private int valueLength;

    void set(
        final Partition partition,
        final MutableDirectBuffer buffer,
        final int keyIndex,
        final int keyLength,
        final int valueLength)
    {
        this.partition = partition;
        this.buffer = buffer;
        this.keyIndex = keyIndex;
        this.valueIndex = keyIndex + Math.max(0, keyLength);
        this.valueLength = valueLength;
    }

    /**
     * @return the buffer to write key and value to. Valid until commit or abort.
     */
    public MutableDirectBuffer buffer()
    {
        return buffer;
    }

    /**
     * @return index of the first byte of the key.
     */
    public int keyIndex()
    {
        return keyIndex;
    }

    /**
     * @return index of the first byte of the value.
     */
    public int valueIndex()
    {
        return valueIndex;
    }

    /**
     * @return bytes claimed for the value.
     */
    public int valueLength()
    {
        return Math.max(0, valueLength);
    }

    /**
     * Make the record part of the log.
     *
     * @return offset of the record.
     */
    public long commit()
    {
        return release().commitClaim();
    }

    /**
     * Give the room back; nothing was appended.
     */
    public void abort()
    {
        release().abortClaim();
    }

    private Partition release()
    {
        final Partition claimed = partition;
        if (null == claimed)
        {
            throw new IllegalStateException("nothing is claimed");
        }
        partition = null;
        buffer = null;

        return claimed;
    }
}
