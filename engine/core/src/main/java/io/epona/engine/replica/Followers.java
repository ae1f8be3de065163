package io.epona.engine.replica;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;

import java.util.ArrayList;
import java.util.List;

/**
 * The followers of one leadership, in the order of the replicas. Owned by the shard's thread.
 */
final class Followers
{
    private final Leader leader;
    private final Replica replica;
    private final ShardState shard;
    private final List<FollowerProgress> list = new ArrayList<>();

    Followers(final Leader leader, final Replica replica, final ShardState shard)
    {
        this.leader = leader;
        this.replica = replica;
        this.shard = shard;
    }

    int count()
    {
        return list.size();
    }

    FollowerProgress get(final int i)
    {
        return list.get(i);
    }

    /** What is known of a broker, null where it is no replica. */
    FollowerProgress of(final int brokerId)
    {
        for (int i = 0; i < list.size(); i++)
        {
            if (list.get(i).brokerId() == brokerId)
            {
                return list.get(i);
            }
        }

        return null;
    }

    /** The life of a broker that is in sync, null for none. */
    Member member(final int brokerId)
    {
        return Member.of(replica.state().isr(), brokerId);
    }

    /** Who is a replica, and in sync, may have changed. */
    void adopt()
    {
        final PartitionState state = replica.state();
        for (int i = list.size() - 1; i >= 0; i--)
        {
            if (!state.replicas().contains(list.get(i).brokerId()))
            {
                final FollowerProgress gone = list.remove(i);
                gone.end();
                gone.link().unrelate();
            }
        }
        for (final int brokerId : state.replicas())
        {
            if (brokerId != shard.brokerId() && null == of(brokerId))
            {
                final PeerLink link = shard.link(brokerId);
                link.relate();
                list.add(new FollowerProgress(leader, link, shard.nowNs()));
            }
        }
        for (int i = 0; i < list.size(); i++)
        {
            final FollowerProgress progress = list.get(i);
            final Member member = member(progress.brokerId());
            progress.isMember(null != member);
            if (null == member)
            {
                progress.forgive();
            }
        }
    }

    /** Take over from a former leadership what must not be: wrong, and planted. */
    void inherit(final Followers before)
    {
        for (final FollowerProgress progress : list)
        {
            final FollowerProgress known = before.of(progress.brokerId());
            if (null != known && shard.is(ProtocolMutation.M4))
            {
                progress.inherit(known);
            }
            if (null != known && shard.is(ProtocolMutation.M5))
            {
                progress.inheritSync(known);
            }
        }
    }

    /** The log of the leader grew. */
    void onAppend(final long endBefore)
    {
        for (int i = 0; i < list.size(); i++)
        {
            list.get(i).onAppend(endBefore);
        }
    }

    /** There is something that all are to hear. */
    void tellAll()
    {
        for (int i = 0; i < list.size(); i++)
        {
            list.get(i).link().tell(list.get(i));
        }
    }

    void end()
    {
        for (int i = 0; i < list.size(); i++)
        {
            list.get(i).end();
            list.get(i).link().unrelate();
        }
    }
}
