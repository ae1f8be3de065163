package io.epona.client.session;

/**
 * Port of a {@link ConsumerMachine}: its consume lanes, one for each shard of a broker. What one lane takes arrives in
 * order or not at all. Called on the machine's thread, inside the machine's methods; never calls back into it.
 */
public interface ConsumeLanes
{
    /**
     * Start a subscription.
     *
     * @param brokerId       to which.
     * @param shard          of that broker.
     * @param subscriptionId never used before by this machine.
     * @param topicId        of the topic.
     * @param partition      index.
     * @param startOffset    first offset wanted.
     * @param lastEpoch      leader epoch of the record before it that was consumed, -1 unknown.
     * @return false where the lane has no room now, or there is no lane: nothing was sent.
     */
    boolean subscribe(
        int brokerId, int shard, int subscriptionId, long topicId, int partition, long startOffset, int lastEpoch);

    /**
     * End a subscription. Some of what was on its way may still arrive.
     *
     * @param brokerId       to which.
     * @param shard          of that broker.
     * @param subscriptionId of the subscription.
     * @return false where nothing was sent.
     */
    boolean unsubscribe(int brokerId, int shard, int subscriptionId);

    /**
     * Ask for an offset.
     *
     * @param brokerId      to which.
     * @param shard         of that broker.
     * @param correlationId comes back with the answer.
     * @param topicId       of the topic.
     * @param partition     index.
     * @param timestamp     {@link ConsumerMachine#EARLIEST}, {@link ConsumerMachine#LATEST}, or epoch ns.
     * @return false where nothing was sent.
     */
    boolean listOffsets(int brokerId, int shard, long correlationId, long topicId, int partition, long timestamp);
}
