package io.epona.transport;

import io.epona.codecs.batch.Record;

/**
 * Gets the records of a {@link ConsumeSession}, inside its poll.
 */
@FunctionalInterface
public interface RecordSink
{
    /**
     * One record, in place. An exception ends the poll and comes out of it; the position stays at this record.
     *
     * @param partition to which the record belongs.
     * @param record    to be read during the call only.
     */
    void onRecord(ConsumePartition partition, Record record);
}
