package io.epona.broker.replication;

/**
 * The streams to one registered broker. Owned by the shard's thread.
 *
 * @param brokerId    of it.
 * @param brokerEpoch life of it.
 * @param host        that it advertises.
 * @param port        first of its ports.
 * @param data        stream to it.
 * @param control     stream to it.
 */
record Peer(int brokerId, int brokerEpoch, String host, int port, OutboundStream data, OutboundStream control)
{
    boolean isAt(final String otherHost, final int otherPort)
    {
        return port == otherPort && host.equals(otherHost);
    }

    boolean wasConnected()
    {
        return data.wasConnected() || control.wasConnected();
    }

    /** The same streams, to a later life of the broker: what could not be reached may be there now. */
    Peer inLife(final int epoch)
    {
        data.retry();
        control.retry();
        return new Peer(brokerId, epoch, host, port, data, control);
    }

    int doWork(final long nowNs)
    {
        return control.doWork(nowNs) + data.doWork(nowNs);
    }

    void remove(final boolean isRevoked)
    {
        data.remove(isRevoked);
        control.remove(isRevoked);
    }
}
