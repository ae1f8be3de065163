package io.epona.jmh.storage;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * A queue of records that bear the time at which they were due: the log, and what it is compared with. One thread
 * appends, another one tails.
 */
interface QueueUnderTest extends AutoCloseable
{
    /** Told of what the tail reads. */
    interface TailHandler
    {
        void onRecord(long dueNs);
    }

    /** Length of every record's value: a time, then bytes that do not change. */
    int VALUE_LENGTH = 100;

    /**
     * @param dueNs a time that the caller has read or knows, to be written at the begin of the value.
     */
    void append(long dueNs);

    /**
     * @return whether what was appended so far is as what will be: where memory is used again, it has come round.
     */
    boolean isSteady();

    /** Count from here on. */
    void mark();

    /**
     * Read what is there, by the tailing thread.
     *
     * @return records read.
     */
    int tail(TailHandler handler);

    String name();

    String describe();

    @Override
    void close();

    static UnsafeBuffer value()
    {
        return new UnsafeBuffer(LogUnderTest.payload(VALUE_LENGTH));
    }
}
