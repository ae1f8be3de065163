package io.epona.client.session;

import io.epona.transport.InFlightBatches;

/**
 * What is un-acked on the lane to one shard of a broker. Owned by the machine's thread.
 */
final class ProduceLane
{
    private static final int CAPACITY = 1024;

    final int brokerId;
    final int shard;
    final InFlightBatches<ProducerPartition> inFlight = new InFlightBatches<>(CAPACITY);

    ProduceLane(final int brokerId, final int shard)
    {
        this.brokerId = brokerId;
        this.shard = shard;
    }

    boolean hasRoom()
    {
        return inFlight.span() < CAPACITY;
    }
}
