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
        return inFlight.hasRoom();
    }

    /** Take what was not answered in time for lost; look up who leads where an answer is late. */
    int expire(final long nowNs, final long timeoutNs, final long stallNs)
    {
        if (0 == inFlight.unacked())
        {
            return 0;
        }
        inFlight.stampDeadlines(nowNs + timeoutNs);
        if (inFlight.isOldestExpired(nowNs + timeoutNs - stallNs))
        {
            // a leader that is gone says nothing: another one may be known by now
            inFlight.partition(inFlight.oldestId()).clientTopic.wantIfOlder(nowNs, stallNs);
        }
        int count = 0;
        while (inFlight.isOldestExpired(nowNs))
        {
            loseOldest();
            count++;
        }
        return count;
    }

    /** No answer will come any more. */
    void loseAll()
    {
        while (inFlight.unacked() > 0)
        {
            loseOldest();
        }
    }

    private void loseOldest()
    {
        final int requestId = inFlight.oldestId();
        final ProducerPartition partition = inFlight.partition(requestId);
        partition.onUnanswered(partition.batch(inFlight.tag(requestId)));
        partition.clientTopic.want();
    }
}
