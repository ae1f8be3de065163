package io.epona.transport;

import org.agrona.DirectBuffer;

/**
 * Where a consumer gets the batches of the partitions of one shard: a consume lane, or the mapped logs themselves.
 * Never blocks. Owned by the consumer's thread.
 */
public interface PushSource extends ClientLink
{
    /** Timestamp of {@link #listOffsets} that asks for the high watermark. */
    long LATEST = -1;
    /** Timestamp of {@link #listOffsets} that asks for the log start. */
    long EARLIEST = -2;

    /**
     * Receives what a source has.
     */
    interface Handler
    {
        /**
         * Whole batches of one subscription, contiguous. The first may begin below the offset that was asked for.
         *
         * @param subscriptionId of the subscription.
         * @param leaderEpoch    of the leader that pushes.
         * @param highWatermark  first offset that is not committed.
         * @param logStart       first offset that is kept.
         * @param buffer         holding the batches; to be read during the call only.
         * @param index          of the first batch.
         * @param length         of all batches.
         * @return false where they were not all consumed: the poll ends and the next one delivers them again, possibly
         * with more behind them.
         */
        boolean onBatches(
            int subscriptionId,
            int leaderEpoch,
            long highWatermark,
            long logStart,
            DirectBuffer buffer,
            int index,
            int length);

        /**
         * The subscription is over; nothing more comes for it.
         *
         * @param subscriptionId of the subscription.
         * @param code           {@link io.epona.codecs.ResultCode} number.
         * @param leaderEpoch    in which the broker knows the partition, -1 unknown.
         * @param divergedEpoch  with TRUNCATED the greatest epoch of the broker's log that is not above the last epoch
         *                       of the subscription; else -1.
         * @param divergedEnd    with TRUNCATED the end of that epoch in the broker's log; else -1.
         */
        void onEnd(int subscriptionId, int code, int leaderEpoch, int divergedEpoch, long divergedEnd);

        /**
         * Answer to {@link #listOffsets}.
         *
         * @param correlationId of the request.
         * @param code          0, or a {@link io.epona.codecs.ResultCode} number.
         * @param leaderEpoch   in which the broker knows the partition, -1 unknown.
         * @param offset        that was asked for.
         */
        void onOffsets(long correlationId, int code, int leaderEpoch, long offset);

        /**
         * A message made no sense and was dropped.
         */
        default void onMalformed()
        {
        }
    }

    /**
     * Start a subscription.
     *
     * @param subscriptionId never used before in this source.
     * @param topicId        of the topic.
     * @param partition      index.
     * @param startOffset    first offset wanted.
     * @param lastEpoch      leader epoch of the last record that was consumed, -1 unknown.
     * @return 0, or a negative result: nothing was done.
     */
    long subscribe(int subscriptionId, long topicId, int partition, long startOffset, int lastEpoch);

    /**
     * End a subscription. Some of what was on its way may still arrive.
     *
     * @param subscriptionId of the subscription.
     * @return 0, or a negative result: nothing was done.
     */
    long unsubscribe(int subscriptionId);

    /**
     * Ask for an offset; the answer comes to {@link Handler#onOffsets}.
     *
     * @param correlationId returned with the answer.
     * @param topicId       of the topic.
     * @param partition     index.
     * @param timestamp     {@link #LATEST}, {@link #EARLIEST}, or epoch ns.
     * @return 0, or a negative result: nothing was done.
     */
    long listOffsets(long correlationId, long topicId, int partition, long timestamp);

    /**
     * Receive.
     *
     * @param handler called on this thread; what it throws comes out of this method, and what it was given stays.
     * @param limit   most messages to take.
     * @return messages taken.
     */
    int poll(Handler handler, int limit);

    /**
     * End all subscriptions. Idempotent.
     */
    @Override
    void close();
}
