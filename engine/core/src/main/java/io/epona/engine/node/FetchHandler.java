package io.epona.engine.node;

import org.agrona.DirectBuffer;

/**
 * Receives committed batches of a partition, whole and in memory of the log: copied before the call returns.
 */
@FunctionalInterface
public interface FetchHandler
{
    /**
     * @param buffer        that holds the batches; valid until the call returns.
     * @param index         of the first batch.
     * @param length        of all in bytes.
     * @param nextOffset    behind the last of them.
     * @param highWatermark as it was read once for this fetch.
     * @param logStart      first offset kept.
     * @param leaderEpoch   in which this broker leads.
     */
    void onBatches(
        DirectBuffer buffer, int index, int length, long nextOffset, long highWatermark, long logStart,
        int leaderEpoch);
}
