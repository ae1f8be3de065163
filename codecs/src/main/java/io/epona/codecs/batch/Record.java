package io.epona.codecs.batch;

import org.agrona.DirectBuffer;

/**
 * One record in place: a window onto the batch that holds it. Valid only inside the call that hands it over, and only
 * on that thread; copy what must live longer.
 */
public interface Record
{
    /**
     * @return number of the record in its partition.
     */
    long offset();

    /**
     * @return the producer's timestamp, epoch ns.
     */
    long timestampNs();

    /**
     * @return time at which the leader appended the batch of this record, epoch ns.
     */
    long appendTimestampNs();

    /**
     * @return epoch of the leader that appended it.
     */
    int leaderEpoch();

    /**
     * @return the buffer that holds key, value and headers.
     */
    DirectBuffer buffer();

    /**
     * @return index of the key in {@link #buffer()}.
     */
    int keyIndex();

    /**
     * @return length of the key in bytes, -1 where there is none.
     */
    int keyLength();

    /**
     * @return index of the value in {@link #buffer()}.
     */
    int valueIndex();

    /**
     * @return length of the value in bytes, -1 for a tombstone.
     */
    int valueLength();

    /**
     * Go through the headers in the order in which they were written.
     *
     * @param handler called for each.
     */
    void forEachHeader(HeaderHandler handler);

    /**
     * Called for each header of a record.
     */
    @FunctionalInterface
    interface HeaderHandler
    {
        /**
         * @param buffer      holding the header.
         * @param nameIndex   of the UTF-8 name.
         * @param nameLength  in bytes.
         * @param valueIndex  of the value.
         * @param valueLength in bytes, -1 for null.
         */
        void onHeader(DirectBuffer buffer, int nameIndex, int nameLength, int valueIndex, int valueLength);
    }
}
