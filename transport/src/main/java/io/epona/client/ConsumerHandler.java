package io.epona.client;

import io.epona.codecs.batch.Record;

/**
 * Called for each record of {@link Consumer#poll(ConsumerHandler, int)}, on the polling thread.
 */
@FunctionalInterface
public interface ConsumerHandler
{
    /**
     * One record, in place. An exception ends the poll and comes out of it; the position stays at this record.
     *
     * @param partition to which the record belongs.
     * @param record    to be read during the call only; copy what must live longer.
     */
    void onRecord(TopicPartition partition, Record record);
}
