package io.epona.client.session;

import io.epona.codecs.batch.Record;

/**
 * Port of a {@link ConsumerMachine}: records, and what the application should know of its positions. Called inside the
 * machine's methods, on its thread. {@link #onRecord} may seek, pause or remove its partition.
 */
public interface ConsumeListener
{
    /**
     * One record, in place, in the order of the offsets. An exception comes out of the machine's method; the position
     * stays at this record.
     *
     * @param partition to which the record belongs.
     * @param record    to be read during the call only.
     */
    void onRecord(ConsumerPartition partition, Record record);

    /**
     * The position was moved by the policy for positions that are out of range, or because the topic was deleted and
     * there is another one of the same name.
     *
     * @param partition that goes on elsewhere.
     * @param code      OFFSET_OUT_OF_RANGE, TRUNCATED or UNKNOWN_TOPIC.
     * @param from      position of before, of the topic of before.
     * @param to        new position.
     */
    void onReset(ConsumerPartition partition, int code, long from, long to);

    /**
     * The log was cut below the position: records that were delivered from {@code to} on are not in it any more. With
     * a policy other than {@link ConsumerMachine.Reset#FAIL} the machine goes on from {@code to}, otherwise the
     * partition fails as TRUNCATED.
     *
     * @param partition whose log was cut.
     * @param from      position of before.
     * @param to        first offset at which the log differs from what was delivered.
     */
    void onTruncated(ConsumerPartition partition, long from, long to);

    /**
     * The partition stops until {@link ConsumerMachine#seek} or {@link ConsumerMachine#seekTo}.
     *
     * @param partition that fails.
     * @param code      {@link io.epona.codecs.ResultCode} number.
     */
    void onFailed(ConsumerPartition partition, int code);
}
