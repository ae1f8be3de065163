package io.epona.broker;

import io.epona.broker.host.HostedPartition;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.ProduceAcksEncoder;
import io.epona.transport.Lane;
import io.epona.transport.LaneClaim;
import org.agrona.collections.Int2ObjectHashMap;

import java.util.Arrays;

/**
 * The produce lanes of a shard, polled in turns from a rotating start, so that none starves.
 * <p>
 * Owned by the shard agent.
 */
final class ProduceAdapter
{
    private final ProduceAcksEncoder encoder = new ProduceAcksEncoder();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final LaneClaim claim = new LaneClaim();
    private final Limits limits;
    private final PartitionTable partitions;
    private final BrokerCounters.ShardCounters counters;
    private final LaneWatch watch;
    private final Int2ObjectHashMap<ProduceLane> lanesById = new Int2ObjectHashMap<>();
    private ProduceLane[] lanes = new ProduceLane[4];
    private LaneEnd[] ends = new LaneEnd[4];
    private int count;
    private int start;
    private int nextLaneId;

    ProduceAdapter(
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

    void add(final Lane lane, final long token, final boolean isPaced)
    {
        if (lanes.length == count)
        {
            lanes = Arrays.copyOf(lanes, count * 2);
            ends = Arrays.copyOf(ends, count * 2);
        }
        lanes[count] = new ProduceLane(nextLaneId++, lane, token, isPaced, limits, partitions, counters, watch);
        lanesById.put(lanes[count].laneId(), lanes[count]);
        ends[count++] = new LaneEnd();
        counters.lanes.incrementRelease();
    }

    /**
     * Take in batches.
     *
     * @param nowNs    of the cycle.
     * @param sessions that are open, where lanes are to be checked in this cycle; else null.
     * @return work count.
     */
    int poll(final long nowNs, final long[] sessions)
    {
        int work = 0;
        int at = start >= count ? 0 : start;
        start = at + 1;
        for (int i = count; i > 0 && count > 0; i--)
        {
            at = at >= count ? 0 : at;
            final ProduceLane lane = lanes[at];
            final int polled = serve(lane, nowNs);
            work += polled;
            final boolean isSessionOpen = null == sessions || SessionTable.contains(sessions, lane.token());
            final boolean isDue = null != sessions || lane.lane().isClosed();
            if (isDue && ends[at].isOver(lane.lane(), isSessionOpen, polled, nowNs))
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

    private int serve(final ProduceLane lane, final long nowNs)
    {
        try
        {
            return lane.poll(nowNs);
        }
        catch (final RuntimeException ex)
        {
            // One session fails alone.
            watch.onFailure(lane.lane(), ex);
            return 1;
        }
    }

    /**
     * The outcome of an append that was decided later. That of a lane which is gone is nobody's.
     *
     * @param correlationId of the append.
     * @param code          0 where the batch is committed, or why that is not known.
     * @param leaderEpoch   in which it was appended.
     * @param baseOffset    of the batch.
     * @param replicas      in whose memory it is, as far as is known.
     */
    void onDecided(
        final long correlationId, final int code, final int leaderEpoch, final long baseOffset, final int replicas)
    {
        final ProduceLane lane = lanesById.get(ProduceLane.laneIdOf(correlationId));
        if (null != lane)
        {
            lane.onDecided(correlationId, code, leaderEpoch, baseOffset, replicas);
        }
    }

    /**
     * Send the acks that are due. After the pushes: a consumer waits for the record, a producer only for its bound.
     *
     * @param nowNs  of the cycle.
     * @param isIdle whether the cycle had no other work.
     * @return work count.
     */
    int sendAcks(final long nowNs, final boolean isIdle)
    {
        int work = 0;
        for (int i = 0; i < count; i++)
        {
            final ProduceLane lane = lanes[i];
            try
            {
                work += lane.sendAcks(nowNs, isIdle, encoder, header, claim);
            }
            catch (final RuntimeException ex)
            {
                // One session fails alone.
                watch.onFailure(lane.lane(), ex);
                work++;
            }
        }

        return work;
    }

    private void remove(final int at)
    {
        lanesById.remove(lanes[at].laneId());
        lanes[at].lane().close();
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
