package io.epona.engine.replica;

import io.epona.codecs.replication.SyncCode;

import java.util.ArrayList;
import java.util.List;

/**
 * What all replicas of a shard share: settings, ports, the time, the life of this broker, the other brokers. Owned by
 * the shard's thread.
 */
final class ShardState
{
    final ReplicaShard.Context ctx;
    final ReplicationPublisher publisher;
    final LogMatch match;
    private final ProtocolMutation mutation;
    private final List<PeerLink> links = new ArrayList<>();
    private final List<Replica> active = new ArrayList<>();
    private long nowNs;
    private int brokerEpoch = -1;
    private boolean isConnected;
    private int syncCounter;
    private boolean isUnfenced;

    ShardState(final ReplicaShard.Context ctx)
    {
        this.ctx = ctx;
        this.mutation = ctx.mutation();
        this.publisher = new ReplicationPublisher(ctx.links(), ctx.brokerId());
        this.match = new LogMatch(mutation);
    }

    /** Time of this cycle. */
    long nowNs()
    {
        return nowNs;
    }

    void nowNs(final long timeNs)
    {
        nowNs = timeNs;
    }

    int brokerId()
    {
        return ctx.brokerId();
    }

    /** The registered life of this broker, -1 before the first. */
    int brokerEpoch()
    {
        return brokerEpoch;
    }

    void brokerEpoch(final int epoch)
    {
        brokerEpoch = epoch;
        publisher.brokerEpoch(epoch);
    }

    /** Whether ZooKeeper can be reached; without it no change of a state is begun. */
    boolean isConnected()
    {
        return isConnected;
    }

    void isConnected(final boolean isThere)
    {
        isConnected = isThere;
    }

    boolean is(final ProtocolMutation planted)
    {
        return mutation == planted;
    }

    /** A guard decides, as all do but the one that a simulator deletes. */
    boolean decides(final Mark guard)
    {
        ctx.marks().hit(guard);
        return mutation.deleted() != guard;
    }

    /** Whether a simulator deleted a guard. */
    boolean isDeleted(final Mark guard)
    {
        return mutation.deleted() == guard;
    }

    /**
     * Something is taken in that was said of a replica in an epoch: to be called for each such message.
     *
     * @return whether it is of another epoch, and nobody minds, as was planted.
     */
    boolean unfence(final Replica replica, final int epoch)
    {
        isUnfenced = is(ProtocolMutation.M3) && epoch != replica.leaderEpoch();
        return isUnfenced;
    }

    /** What the former returned for the message that is being taken in. */
    boolean isUnfenced()
    {
        return isUnfenced;
    }

    void mark(final Mark mark)
    {
        ctx.marks().hit(mark);
    }

    /** Never given before, also not by a former life of this broker. */
    long nextSyncId()
    {
        return (long)brokerEpoch << 32 | Integer.toUnsignedLong(++syncCounter);
    }

    /** All links that there are, in ascending order of the brokers. */
    List<PeerLink> links()
    {
        return links;
    }

    /** The link to another broker, made where there was none. */
    PeerLink link(final int brokerId)
    {
        int i = 0;
        while (i < links.size() && links.get(i).brokerId() < brokerId)
        {
            i++;
        }
        if (i == links.size() || links.get(i).brokerId() != brokerId)
        {
            links.add(i, new PeerLink(this, brokerId));
        }

        return links.get(i);
    }

    /** Look after a replica in each cycle, until it has nothing to wait for. */
    void activate(final Replica replica)
    {
        if (!replica.isListed())
        {
            replica.isListed(true);
            active.add(replica);
        }
    }

    int doActive()
    {
        int work = 0;
        int kept = 0;
        // What is added meanwhile goes to the end, and gets its turn.
        for (int i = 0; i < active.size(); i++)
        {
            final Replica replica = active.get(i);
            work += replica.doWork();
            if (replica.isWorkLeft())
            {
                active.set(kept++, replica);
            }
            else
            {
                replica.isListed(false);
            }
        }
        while (active.size() > kept)
        {
            active.remove(active.size() - 1);
        }

        return work;
    }

    /** Refuse a FollowerState. Lost where there is no room: it is asked again. */
    void refuse(
        final PeerLink link,
        final long topicId,
        final int partition,
        final int leaderEpoch,
        final long syncId,
        final int knownEpoch,
        final SyncCode code)
    {
        publisher.beginSyncReply();
        publisher.addSyncReply(topicId, partition, leaderEpoch, syncId, code, -1, -1, 0, 0, 0, 0, knownEpoch);
        publisher.sendSyncReply(link.brokerId());
    }
}
