package io.epona.broker;

import io.epona.broker.host.HostedPartition;
import io.epona.transport.Lane;

import java.util.Arrays;

/**
 * The consume lanes of a shard, served in turns from a rotating start.
 * <p>
 * Owned by the shard agent.
 */
final class ConsumeAdapter
{
    /** Requests of consumers are rare, and each look at a lane costs the pushes time. */
    private static final long REQUEST_INTERVAL_NS = 20_000L;

    private final Limits limits;
    private final PartitionTable partitions;
    private final BrokerCounters.ShardCounters counters;
    private final LaneWatch watch;
    private ConsumeLane[] lanes = new ConsumeLane[4];
    private LaneEnd[] ends = new LaneEnd[4];
    private int count;
    private int start;
    private long nextRequestNs;

    ConsumeAdapter(
        final Limits limits,
        final PartitionTable partitions,
        final BrokerCounters.ShardCounters counters,
        final LaneWatch watch)
    {
        this.limits = limits;
        this.partitions = partitions;
        this.counters = counters;
        this.watch = watch;
    }

    int count()
    {
        return count;
    }

    void add(final Lane lane, final long token)
    {
        if (lanes.length == count)
        {
            lanes = Arrays.copyOf(lanes, count * 2);
            ends = Arrays.copyOf(ends, count * 2);
        }
        lanes[count] = new ConsumeLane(lane, token, limits, partitions, counters, watch);
        ends[count++] = new LaneEnd();
        counters.lanes.incrementRelease();
    }

    /**
     * Take in requests and push.
     *
     * @param nowNs       of the cycle.
     * @param sessions    that are open, where lanes are to be checked in this cycle; else null.
     * @param isFullCheck whether idle subscriptions are looked at too.
     * @return work count.
     */
    int poll(final long nowNs, final long[] sessions, final boolean isFullCheck)
    {
        final boolean isRequestDue = nowNs - nextRequestNs >= 0;
        if (isRequestDue)
        {
            nextRequestNs = nowNs + REQUEST_INTERVAL_NS;
        }

        int work = 0;
        int at = start >= count ? 0 : start;
        start = at + 1;
        for (int i = count; i > 0 && count > 0; i--)
        {
            at = at >= count ? 0 : at;
            final ConsumeLane lane = lanes[at];
            final int polled = serve(lane, isRequestDue, isFullCheck);
            work += polled;
            final boolean isSessionOpen = null == sessions || SessionTable.contains(sessions, lane.token());
            final boolean isDue = null != sessions || lane.lane().isClosed();
            // Nobody waits for what is left of a consumer's requests: nothing to drain.
            if (isDue && ends[at].isOver(lane.lane(), isSessionOpen, 0, nowNs))
            {
                remove(at);
            }
            else
            {
                at++;
            }
        }

        return work;
    }

    private int serve(final ConsumeLane lane, final boolean isRequestDue, final boolean isFullCheck)
    {
        try
        {
            final int polled = isRequestDue ? lane.poll() : 0;
            return lane.lane().isClosed() ? polled : polled + lane.push(isFullCheck);
        }
        catch (final RuntimeException ex)
        {
            // One session fails alone.
            watch.onFailure(lane.lane(), ex);
            return 1;
        }
    }

    private void remove(final int at)
    {
        lanes[at].close();
        count--;
        lanes[at] = lanes[count];
        ends[at] = ends[count];
        lanes[count] = null;
        ends[count] = null;
        counters.lanes.decrementRelease();
    }

    void forget(final HostedPartition partition, final int code)
    {
        for (int i = 0; i < count; i++)
        {
            lanes[i].forget(partition, code);
        }
    }

    void close()
    {
        while (count > 0)
        {
            remove(count - 1);
        }
    }
}
