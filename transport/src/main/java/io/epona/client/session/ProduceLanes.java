package io.epona.client.session;

import org.agrona.DirectBuffer;

/**
 * Port of a {@link ProducerMachine}: its produce lanes, one for each shard of a broker. What one lane takes arrives in
 * order or not at all. Called on the machine's thread, inside the machine's methods; never calls back into it.
 */
public interface ProduceLanes
{
    /** Flag: the producer holds records back until this batch is acked. */
    int ACK_NOW = 1;

    /**
     * Send a batch.
     *
     * @param brokerId  to which.
     * @param shard     of that broker.
     * @param requestId comes back with the ack; rises by one with each batch of the lane.
     * @param topicId   of the topic.
     * @param partition index.
     * @param acks      0, 1, or -1 for all.
     * @param flags     {@link #ACK_NOW} or 0.
     * @param buffer    holding the batch; to be copied before the call returns.
     * @param index     of the batch.
     * @param length    of the batch.
     * @return false where the lane has no room now, or there is no lane: nothing was sent.
     */
    boolean produce(
        int brokerId,
        int shard,
        int requestId,
        long topicId,
        int partition,
        byte acks,
        int flags,
        DirectBuffer buffer,
        int index,
        int length);
}
