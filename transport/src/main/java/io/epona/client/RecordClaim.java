package io.epona.client;

import org.agrona.MutableDirectBuffer;

/**
 * Room for one record, to be written in place: see {@link Producer#tryClaim}. Reusable. Owned by the producer's
 * thread.
 */
public final class RecordClaim
{
    private Claimer owner;
    private MutableDirectBuffer buffer;
    private int keyIndex;
    private int valueIndex;
    private boolean isOpen;

    /** Who gave the room and takes it back. */
    interface Claimer
    {
        void commitClaim();

        void abortClaim();
    }

    void wrap(final Claimer owner, final MutableDirectBuffer buffer, final int keyIndex, final int valueIndex)
    {
        // each store of a reference may cost the collector's barrier a fence: mostly they are the same as before
        if (owner != this.owner)
        {
            this.owner = owner;
        }
        if (buffer != this.buffer)
        {
            this.buffer = buffer;
        }
        this.isOpen = true;
        this.keyIndex = keyIndex;
        this.valueIndex = valueIndex;
    }

    /**
     * @return the buffer to write key and value to.
     */
    public MutableDirectBuffer buffer()
    {
        return buffer;
    }

    /**
     * @return where the key begins.
     */
    public int keyIndex()
    {
        return keyIndex;
    }

    /**
     * @return where the value begins.
     */
    public int valueIndex()
    {
        return valueIndex;
    }

    /**
     * Send the record.
     *
     * @throws IllegalStateException where nothing is claimed.
     */
    public void commit()
    {
        release().commitClaim();
    }

    /**
     * Give the room back; the sequence is used again.
     *
     * @throws IllegalStateException where nothing is claimed.
     */
    public void abort()
    {
        release().abortClaim();
    }

    private Claimer release()
    {
        if (!isOpen)
        {
            throw new IllegalStateException("nothing is claimed");
        }
        isOpen = false;
        return owner;
    }
}
