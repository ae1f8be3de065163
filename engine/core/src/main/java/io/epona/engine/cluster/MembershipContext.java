package io.epona.engine.cluster;

import io.epona.engine.replica.Marks;

import java.util.concurrent.TimeUnit;

/**
 * What a {@link Membership} needs. One thread; not to be changed once it is handed over.
 */
public final class MembershipContext
{
    Coordination coordination;
    int brokerId;
    Uuid dirId;
    Uuid clusterId;
    Uuid newClusterId;
    Membership.LastLife lastLife;
    int maxMessageBytes;
    String host = "";
    int port;
    int shards = 1;
    long sessionTimeoutNs = TimeUnit.SECONDS.toNanos(18);
    Marks marks = Marks.NONE;

    /**
     * @param coordination to register with; the caller owns and polls it.
     * @return this.
     */
    public MembershipContext coordination(final Coordination coordination)
    {
        this.coordination = coordination;
        return this;
    }

    /**
     * @param brokerId of this broker.
     * @return this.
     */
    public MembershipContext brokerId(final int brokerId)
    {
        this.brokerId = brokerId;
        return this;
    }

    /**
     * @param dirId of the data directory, whose lock this process holds.
     * @return this.
     */
    public MembershipContext dirId(final Uuid dirId)
    {
        this.dirId = dirId;
        return this;
    }

    /**
     * @param clusterId that the data directory belongs to, or null where it belongs to none yet.
     * @return this.
     */
    public MembershipContext clusterId(final Uuid clusterId)
    {
        this.clusterId = clusterId;
        return this;
    }

    /**
     * @param newClusterId random, for a cluster that this broker founds.
     * @return this.
     */
    public MembershipContext newClusterId(final Uuid newClusterId)
    {
        this.newClusterId = newClusterId;
        return this;
    }

    /**
     * @param lastLife how the last life of this broker ended.
     * @return this.
     */
    public MembershipContext lastLife(final Membership.LastLife lastLife)
    {
        this.lastLife = lastLife;
        return this;
    }

    /**
     * @param maxMessageBytes longest batch that the broker accepts.
     * @return this.
     */
    public MembershipContext maxMessageBytes(final int maxMessageBytes)
    {
        this.maxMessageBytes = maxMessageBytes;
        return this;
    }

    /**
     * @param host that the broker is reached at; empty where it is not.
     * @param port of the host.
     * @return this.
     */
    public MembershipContext endpoint(final String host, final int port)
    {
        this.host = host;
        this.port = port;
        return this;
    }

    /**
     * @param shards that the broker's replicas are spread over, from 1.
     * @return this.
     */
    public MembershipContext shards(final int shards)
    {
        this.shards = shards;
        return this;
    }

    /**
     * @param sessionTimeoutNs longest time that the session of a broker that is gone may live.
     * @return this.
     */
    public MembershipContext sessionTimeoutNs(final long sessionTimeoutNs)
    {
        this.sessionTimeoutNs = sessionTimeoutNs;
        return this;
    }

    /**
     * @param marks told which guards decided.
     * @return this.
     */
    public MembershipContext marks(final Marks marks)
    {
        this.marks = marks;
        return this;
    }
}
