package io.epona.broker.replication;

import org.agrona.collections.Int2IntCounterMap;

/**
 * How many accepted images there are of each broker, of both streams together. Owned by the shard's thread.
 */
final class Senders
{
    private final Int2IntCounterMap images = new Int2IntCounterMap(0);

    void onAccepted(final int brokerId)
    {
        images.incrementAndGet(brokerId);
    }

    /**
     * @param brokerId of the sender.
     * @return whether it was the last one.
     */
    boolean onGone(final int brokerId)
    {
        return 0 == images.decrementAndGet(brokerId);
    }
}
