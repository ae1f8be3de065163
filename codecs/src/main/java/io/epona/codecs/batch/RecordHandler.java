package io.epona.codecs.batch;

/**
 * Called for each record of a poll, on the polling thread.
 */
@FunctionalInterface
public interface RecordHandler
{
    /**
     * @param record in place; valid only during the call.
     */
    void onRecord(Record record);
}
