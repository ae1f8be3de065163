package io.epona.broker.cluster;

import io.epona.broker.replication.LinkSizes;

/**
 * How a broker is part of its cluster. Immutable.
 *
 * @param connect             servers of the ensemble, path and credentials.
 * @param clusterName         node of the cluster below the path.
 * @param sessionTimeoutMs    of the session with ZooKeeper: after it another broker leads.
 * @param connectionTimeoutMs for a connection to a server of the ensemble.
 * @param stopTimeoutMs       that a controlled stop waits for other leaders.
 * @param maxLagMs            that a replica may lag before it leaves the in-sync replicas.
 */
public record ClusterSettings(
    String connect,
    String clusterName,
    int sessionTimeoutMs,
    int connectionTimeoutMs,
    int stopTimeoutMs,
    int maxLagMs)
{
    /**
     * @return the servers and the path, without a password: what may be shown.
     */
    public String shownConnect()
    {
        return connect.substring(connect.lastIndexOf('@') + 1);
    }

    /**
     * What the network between brokers needs.
     *
     * @param host  to bind.
     * @param sizes of the streams.
     */
    public record Network(String host, LinkSizes sizes)
    {
    }
}
