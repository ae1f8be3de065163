package io.epona.client;

import io.epona.client.session.ConsumeLanes;
import io.epona.client.session.ConsumeListener;
import io.epona.client.session.ConsumerContext;
import io.epona.client.session.ConsumerMachine;
import io.epona.client.session.ConsumerPartition;
import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;
import io.epona.transport.PushSource;
import io.epona.transport.SessionInfo;
import io.epona.transport.Streams;
import org.agrona.DirectBuffer;

import java.util.HashSet;
import java.util.Set;

/**
 * Gives a {@link ConsumerMachine} the lanes, metadata and time of the real world: the machine decides, this carries
 * out. Owned by the consumer's thread.
 */
final class ConsumerDriver implements ConsumeLanes, BrokerLinks.Listener, PushSource.Handler
{
    private static final int MESSAGE_LIMIT = 16;
    /** What no record waits for gets a turn this often: in each cycle it would cost every record time. */
    private static final long CHORES_INTERVAL_NS = 50_000L;
    /** After which leaders are looked up without a sign: among several, one may have taken over from a silent one. */
    private static final long METADATA_MAX_AGE_NS = 1_000_000_000L;
    private static final long METADATA_MAX_AGE_OF_ONE_BROKER_NS = 30_000_000_000L;

    private final Set<String> gone = new HashSet<>();
    private final ClientRuntime client;
    private final BrokerLinks<PushSource> links;
    private final TopicLookups lookups;
    private final ConsumerMachine machine;
    private final OffsetLookup offsets;
    private int startBroker;
    private int startShard;
    private int remaining;
    private int delivered;
    private boolean isPassingOver;
    private long nowNs;
    private long choresNs;
    /** Written by the consumer's thread alone, read by any thread. */
    private volatile long malformed;

    /** Told about records. */
    interface RecordSink
    {
        void onRecord(ConsumerPartition partition, Record record);
    }

    ConsumerDriver(final ClientRuntime client, final Consumer.Context ctx, final RecordSink sink)
    {
        this.client = client;
        choresNs = client.nowNs();
        links = new BrokerLinks<>(client.brokers(), ConsumerDriver::open, this);
        lookups = new TopicLookups(client, this::onTopic);
        offsets = new OffsetLookup(this, links, ctx.requestTimeoutNs());
        machine = new ConsumerMachine(new ConsumerContext()
            .lanes(this)
            .metadata(lookups)
            .listener(new Events(sink, ctx.positionHandler()))
            .reset(reset(ctx.startAt()))
            .verifyCrc(ctx.verifyCrc())
            .requestTimeoutNs(ctx.requestTimeoutNs())
            .metadataMaxAgeNs(METADATA_MAX_AGE_NS));
    }

    private static ConsumerMachine.Reset reset(final Consumer.StartAt startAt)
    {
        return switch (startAt)
        {
            case EARLIEST -> ConsumerMachine.Reset.EARLIEST;
            case LATEST -> ConsumerMachine.Reset.LATEST;
            case NONE -> ConsumerMachine.Reset.FAIL;
        };
    }

    private static PushSource open(final SessionInfo session, final int shard)
    {
        return session.connector().pushSource(session, shard);
    }

    /** @return whether a failure is one of leaders that come and go: the consumer follows. */
    static boolean isFollowed(final int code)
    {
        return ResultCode.NOT_LEADER.code() == code || ResultCode.FENCED_EPOCH.code() == code ||
            ResultCode.UNKNOWN_EPOCH.code() == code || ResultCode.NOT_CONNECTED.code() == code ||
            ResultCode.LOADING.code() == code;
    }

    ConsumerMachine machine()
    {
        return machine;
    }

    /** @return the numbers at this moment. Any thread. */
    ConsumerCounters counters()
    {
        return new ConsumerCounters(
            links.lost(), malformed, machine.gaps(), machine.stalePushes(), lookups.asked());
    }

    /** A broker told of a topic: have lanes to it, and the machine know of it. */
    void learn(final ClusterMetadata.Topic topic)
    {
        links.onTopic(topic);
        onTopic(topic.name(), topic, client.nowNs());
    }

    private void onTopic(final String name, final ClusterMetadata.Topic topic, final long atNs)
    {
        if (null == topic)
        {
            gone.add(name);
            machine.onTopic(name, -1, null, null, atNs);
        }
        else
        {
            gone.remove(name);
            links.onTopic(topic);
            machine.metadataMaxAgeNs(client.brokers().newest().brokers().size() > 1 ?
                METADATA_MAX_AGE_NS : METADATA_MAX_AGE_OF_ONE_BROKER_NS);
            machine.onTopic(name, topic.topicId(), topic.leaders(), topic.leaderEpochs(), atNs);
        }
    }

    /** Receive at most so many records. @return number of records given to the sink. */
    int poll(final long atNs, final int limit)
    {
        nowNs = atNs;
        if (atNs - choresNs >= 0)
        {
            pollControl(atNs);
        }
        remaining = limit;
        delivered = 0;
        final int count = links.brokerCount();
        if (count > 0)
        {
            startBroker = startBroker + 1 >= count ? 0 : startBroker + 1;
            startShard++;
            for (int i = 0; i < count && remaining > 0; i++)
            {
                pollSources(startBroker + i >= count ? startBroker + i - count : startBroker + i);
            }
        }
        return delivered;
    }

    private void pollSources(final int broker)
    {
        final int shards = links.shardCount(broker);
        int shard = shards < 2 ? 0 : Math.floorMod(startShard, shards);
        for (int i = 0; i < shards && remaining > 0; i++)
        {
            final PushSource source = links.link(broker, shard);
            if (null != source && source.isOpen())
            {
                source.poll(this, MESSAGE_LIMIT);
            }
            shard = shard + 1 == shards ? 0 : shard + 1;
        }
    }

    /**
     * One step of waiting for the answer to a question. Records that stand in the lane before the answer are passed
     * over; their partitions subscribe again, from their positions, at the next {@link #poll}.
     */
    void pollWaiting(final long atNs)
    {
        isPassingOver = true;
        machine.hold(true);
        try
        {
            pollControl(atNs);
            remaining = 1;
            for (int i = 0; i < links.brokerCount(); i++)
            {
                pollSources(i);
            }
        }
        finally
        {
            machine.hold(false);
            isPassingOver = false;
        }
    }

    private void pollControl(final long atNs)
    {
        nowNs = atNs;
        choresNs = atNs + CHORES_INTERVAL_NS;
        links.poll(atNs);
        lookups.poll(atNs);
        machine.doWork(atNs);
    }

    /** @return the questions for offsets of partitions that need not be assigned. */
    OffsetLookup offsets()
    {
        return offsets;
    }

    /** @return whether a broker said lately that there is no topic of that name. */
    boolean isGone(final String topic)
    {
        return gone.contains(topic);
    }

    void close()
    {
        machine.close();
        links.close();
    }

    @Override
    public void onConnected(final int brokerId, final int shards)
    {
        machine.onBrokerConnected(brokerId, shards);
    }

    @Override
    public void onLost(final int brokerId)
    {
        machine.onBrokerLost(brokerId, nowNs);
        offsets.onLost(brokerId);
    }

    @Override
    public boolean subscribe(
        final int brokerId,
        final int shard,
        final int subscriptionId,
        final long topicId,
        final int partition,
        final long startOffset,
        final int lastEpoch)
    {
        final PushSource source = links.find(brokerId, shard);
        return null != source && source.isOpen() &&
            source.subscribe(subscriptionId, topicId, partition, startOffset, lastEpoch) >= 0;
    }

    @Override
    public boolean unsubscribe(final int brokerId, final int shard, final int subscriptionId)
    {
        final PushSource source = links.find(brokerId, shard);
        return null != source && source.isOpen() && source.unsubscribe(subscriptionId) >= 0;
    }

    @Override
    public boolean listOffsets(
        final int brokerId,
        final int shard,
        final long correlationId,
        final long topicId,
        final int partition,
        final long timestamp)
    {
        final PushSource source = links.find(brokerId, shard);
        return null != source && source.isOpen() &&
            source.listOffsets(correlationId, topicId, partition, timestamp) >= 0;
    }

    @Override
    public boolean onBatches(
        final int subscriptionId,
        final int leaderEpoch,
        final long highWatermark,
        final long logStart,
        final DirectBuffer buffer,
        final int index,
        final int length)
    {
        if (isPassingOver)
        {
            machine.onPushPassedOver(subscriptionId, nowNs);
            return true;
        }
        final int result = machine.onPush(
            subscriptionId, leaderEpoch, highWatermark, logStart, buffer, index, length, remaining, nowNs);
        final int records = result < 0 ? -1 - result : result;
        remaining -= records;
        delivered += records;
        return result >= 0;
    }

    @Override
    public void onEnd(
        final int subscriptionId,
        final int code,
        final int leaderEpoch,
        final int divergedEpoch,
        final long divergedEnd)
    {
        machine.onSubscriptionEnd(subscriptionId, code, leaderEpoch, divergedEpoch, divergedEnd, nowNs);
    }

    @Override
    public void onOffsets(final long correlationId, final int code, final int leaderEpoch, final long offset)
    {
        if (!offsets.onAnswer(correlationId, code, offset))
        {
            machine.onOffsets(correlationId, code, leaderEpoch, offset, nowNs);
        }
    }

    @Override
    public void onMalformed()
    {
        malformed++;
    }

    /** The machine's events, as the application wants to know them. */
    private static final class Events implements ConsumeListener
    {
        private final RecordSink sink;
        private final PositionHandler handler;

        private Events(final RecordSink sink, final PositionHandler handler)
        {
            this.sink = sink;
            this.handler = handler;
        }

        @Override
        public void onRecord(final ConsumerPartition partition, final Record record)
        {
            sink.onRecord(partition, record);
        }

        @Override
        public void onReset(final ConsumerPartition partition, final int code, final long from, final long to)
        {
            tell(partition, code, from, to);
        }

        @Override
        public void onTruncated(final ConsumerPartition partition, final long from, final long to)
        {
            tell(partition, ResultCode.TRUNCATED.code(), from, to);
        }

        @Override
        public void onFailed(final ConsumerPartition partition, final int code)
        {
            // poll says so, as long as it lasts
        }

        private void tell(final ConsumerPartition partition, final int code, final long from, final long to)
        {
            if (null != handler)
            {
                handler.onPositionMoved(
                    new TopicPartition(partition.topic(), partition.partition()), code, from, to);
            }
        }
    }

    /** @return shard of a broker that owns a partition, -1 while there is no session with it. */
    int shardOf(final int brokerId, final long topicId, final int partition)
    {
        final SessionInfo session = brokerId < 0 ? null : client.brokers().session(brokerId);
        return null == session ? -1 : Streams.shardOf(topicId, partition, session.shards());
    }
}
