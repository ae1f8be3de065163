package io.epona.simulator;

/**
 * A session as the servers know it. Owned by the thread of its world.
 */
final class ZkSession
{
    final long id;
    final ZkHost host;
    final long timeoutNs;
    /** The connection that it is on; null before the first. An older one is stale, even while it lives. */
    ZkConnection connection;
    /** Last write that the session may have seen. */
    long viewZxid;
    boolean isClosed;
    Event expiry;

    ZkSession(final long id, final ZkHost host, final long timeoutNs)
    {
        this.id = id;
        this.host = host;
        this.timeoutNs = timeoutNs;
    }
}
