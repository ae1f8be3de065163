package io.epona.client;

/**
 * Called for each {@link Receipt}, inside {@link Producer#poll()}, {@link Producer#awaitAcks(long)} and
 * {@link Producer#close()}, on the producer's thread.
 */
@FunctionalInterface
public interface AckHandler
{
    /**
     * A range of records of one partition was acknowledged, refused or given up. An exception comes out of the polling
     * method; this receipt is not given again.
     *
     * @param receipt to be read during the call only.
     */
    void onAck(Receipt receipt);
}
