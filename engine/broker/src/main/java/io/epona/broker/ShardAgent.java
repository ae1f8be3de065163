package io.epona.broker;

import io.aeron.Aeron;
import io.epona.broker.host.BrokerHost;
import io.epona.broker.host.HostedPartition;
import io.epona.broker.host.ShardLanes;
import io.epona.broker.host.ShardWork;
import io.epona.codecs.ResultCode;
import io.epona.codecs.client.LaneType;
import io.epona.engine.Clock;
import io.epona.transport.Lane;
import io.epona.transport.LaneChannels;
import io.epona.transport.LaneKind;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * One shard: owns its partitions, and the produce and consume lanes that lead to them. Never blocks; reads the clock
 * once per cycle.
 */
final class ShardAgent implements Agent, ShardLanes
{
    private static final long CHECK_INTERVAL_NS = 10_000_000L;
    private static final long FULL_CHECK_INTERVAL_NS = 100_000_000L;
    private static final int NEWS_CAPACITY = 1024;

    /** A partition that is going, on its way from the housekeeper. */
    private record Closing(long topicId, int index, Runnable onGone)
    {
    }

    private final ManyToOneConcurrentArrayQueue<Closing> closings = new ManyToOneConcurrentArrayQueue<>(NEWS_CAPACITY);
    private final int shard;
    private final Clock clock;
    private final SessionTable sessions;
    private final ShardWork work;
    private final PartitionTable partitions;
    private final BrokerCounters.ShardCounters counters;
    private final ProduceAdapter produce;
    private final ConsumeAdapter consume;
    private final LaneAcceptor produceAcceptor;
    private final LaneAcceptor consumeAcceptor;
    private Thread owner;
    private long[] knownSessions;
    private long nextCheckNs;
    private long nextFullCheckNs;
    private long lastCycleNs;
    private long longestCycleNs;
    private int lastWork;

    /**
     * @param shard         number.
     * @param shards        of the broker.
     * @param clock         of the broker.
     * @param limits        of the broker.
     * @param sessions      written by the conductor.
     * @param host          of the partitions.
     * @param counters      of the broker.
     * @param watch         told of violations.
     * @param sharedMemory  that lanes are admitted by.
     */
    ShardAgent(
        final int shard,
        final int shards,
        final Clock clock,
        final Limits limits,
        final SessionTable sessions,
        final BrokerHost host,
        final BrokerCounters counters,
        final LaneWatch watch,
        final SharedMemory sharedMemory)
    {
        this.shard = shard;
        this.clock = clock;
        this.sessions = sessions;
        this.work = host.shardWork(shard);
        this.partitions = new PartitionTable(host::partition, shard, shards);
        this.counters = counters.newShard(shard);
        this.produce = new ProduceAdapter(limits, partitions, this.counters, watch);
        this.consume = new ConsumeAdapter(limits, partitions, this.counters, watch);
        final AttachGreeter.LaneRoom room = () -> produce.count() + consume.count() < limits.maxLanes();
        final AttachGreeter produceGreeter = new AttachGreeter(
            LaneType.PRODUCE,
            sessions,
            room,
            (lane, token, isPaced) ->
            {
                counters.lanesOpened.increment();
                produce.add(lane, token, isPaced);
            });
        final AttachGreeter consumeGreeter = new AttachGreeter(
            LaneType.CONSUME,
            sessions,
            room,
            (lane, token, isPaced) ->
            {
                counters.lanesOpened.increment();
                consume.add(lane, token);
            });
        this.produceAcceptor =
            new LaneAcceptor(LaneKind.PRODUCE, shard, limits, counters, watch, sharedMemory, produceGreeter);
        this.consumeAcceptor =
            new LaneAcceptor(LaneKind.CONSUME, shard, limits, counters, watch, sharedMemory, consumeGreeter);
    }

    /**
     * Hear the requests of a transport. Blocks: before the agent runs.
     *
     * @param aeron    client of the agent.
     * @param channels of the transport.
     */
    void listen(final Aeron aeron, final LaneChannels channels)
    {
        produceAcceptor.listen(aeron, channels, clock.nowNs());
        consumeAcceptor.listen(aeron, channels, clock.nowNs());
    }

    /**
     * Hear the other brokers. Blocks: before the agent runs.
     *
     * @param aeron client of the agent.
     * @param port  first of the broker's ports.
     */
    void listenToBrokers(final Aeron aeron, final int port)
    {
        work.listen(aeron, port);
    }

    /**
     * Stop hearing a transport that could not be set up whole. Before the agent runs.
     */
    void unlisten()
    {
        work.unlisten();
        produceAcceptor.unlisten();
        consumeAcceptor.unlisten();
    }

    /**
     * Take over a produce lane inside the JVM. Any thread.
     *
     * @param lane the broker's end.
     * @return false where too many wait.
     */
    boolean adopt(final Lane lane)
    {
        return produceAcceptor.adopt(lane);
    }

    /**
     * A partition of this shard is going. Any thread.
     *
     * @param topicId of the topic.
     * @param index   of the partition.
     * @param onGone  run once it is let go.
     * @return false where the news cannot be taken now.
     */
    boolean onPartitionGoing(final long topicId, final int index, final Runnable onGone)
    {
        return closings.offer(new Closing(topicId, index, onGone));
    }

    @Override
    public void onDecided(
        final long correlationId, final int code, final int leaderEpoch, final long baseOffset, final int replicas)
    {
        produce.onDecided(correlationId, code, leaderEpoch, baseOffset, replicas);
    }

    @Override
    public int doWork()
    {
        final long nowNs = clock.nowNs();
        if (null == owner)
        {
            owner = Thread.currentThread();
            partitions.owner(owner);
        }
        onCycle(nowNs);

        final long[] snapshot = sessions.snapshot();
        final boolean isCheck = snapshot != knownSessions || nowNs >= nextCheckNs;
        boolean isFullCheck = false;
        if (isCheck)
        {
            knownSessions = snapshot;
            nextCheckNs = nowNs + CHECK_INTERVAL_NS;
            isFullCheck = nowNs >= nextFullCheckNs;
            nextFullCheckNs = isFullCheck ? nowNs + FULL_CHECK_INTERVAL_NS : nextFullCheckNs;
        }

        int workCount = closings.isEmpty() ? 0 : letGo();
        workCount += work.receive(nowNs);
        workCount += produceAcceptor.poll(nowNs);
        workCount += consumeAcceptor.poll(nowNs);
        workCount += produce.poll(nowNs, isCheck ? snapshot : null);
        workCount += work.send(nowNs);
        workCount += consume.poll(nowNs, isCheck ? snapshot : null, isFullCheck);
        workCount += produce.sendAcks(nowNs, 0 == workCount);
        lastWork = workCount;

        return workCount;
    }

    private void onCycle(final long nowNs)
    {
        // From start to start, of busy cycles only: an idle thread may have been parked in between.
        final long cycleNs = nowNs - lastCycleNs;
        if (lastWork > 0 && cycleNs > longestCycleNs)
        {
            longestCycleNs = cycleNs;
            counters.longestCycleNs.setRelease(cycleNs);
        }
        lastCycleNs = nowNs;
    }

    private int letGo()
    {
        int count = 0;
        Closing closing;
        while (null != (closing = closings.poll()))
        {
            onPartitionGone(closing.topicId, closing.index, ResultCode.UNKNOWN_TOPIC.code());
            closing.onGone.run();
            count++;
        }

        return count;
    }

    @Override
    public void onPartitionGone(final long topicId, final int index, final int code)
    {
        final HostedPartition gone = partitions.remove(topicId, index);
        if (null != gone)
        {
            produce.forget(gone, code);
            consume.forget(gone, code);
        }
    }

    @Override
    public void onClose()
    {
        produceAcceptor.close();
        consumeAcceptor.close();
        produce.close();
        consume.close();
        letGo();
        work.close();
        partitions.owner(null);
    }

    @Override
    public String roleName()
    {
        return "epona-shard-" + shard;
    }
}
