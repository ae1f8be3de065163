package io.epona.client.session;

/**
 * The producer id and epoch that batches are stamped with. Each pair is one generation; a partition goes on from one
 * to the next when nothing of the former is in flight. Owned by the machine's thread.
 */
final class ProducerIdentity
{
    private final Pacer requests;
    private long producerId = -1;
    private short epoch = -1;
    private int generation;
    private boolean isKnown;
    /** Written by the machine's thread alone, read by any thread. */
    private volatile long bumps;

    ProducerIdentity(final long pauseNs)
    {
        requests = new Pacer(pauseNs);
        requests.want();
    }

    /** @return whether there are an id and an epoch for the newest generation. */
    boolean isKnown()
    {
        return isKnown;
    }

    long producerId()
    {
        return producerId;
    }

    short epoch()
    {
        return epoch;
    }

    int generation()
    {
        return generation;
    }

    long bumps()
    {
        return bumps;
    }

    int poll(final long nowNs, final ProducerIds ids)
    {
        if (isKnown || !requests.isDue(nowNs) || !ids.request())
        {
            return 0;
        }
        requests.onAsked(nowNs);
        return 1;
    }

    void onProducerId(final int code, final long allocatedId, final short allocatedEpoch)
    {
        requests.onAnswered();
        if (0 != code || allocatedId < 0 || allocatedEpoch < 0)
        {
            requests.want();
        }
        else if (!isKnown)
        {
            producerId = allocatedId;
            epoch = allocatedEpoch;
            isKnown = true;
        }
    }

    /** Begin the next generation: the next epoch, or another id after the last epoch. */
    void bump()
    {
        bumps++;
        generation++;
        if (Short.MAX_VALUE == epoch)
        {
            isKnown = false;
            requests.want();
        }
        else
        {
            epoch++;
        }
    }
}
