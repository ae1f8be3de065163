package io.epona.client;

import io.epona.client.session.ProduceLanes;
import io.epona.client.session.ProduceListener;
import io.epona.client.session.ProducerContext;
import io.epona.client.session.ProducerMachine;
import io.epona.client.session.ProducerPartition;
import io.epona.codecs.ResultCode;
import io.epona.transport.ProduceLink;
import io.epona.transport.SessionInfo;
import org.agrona.DirectBuffer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Gives a {@link ProducerMachine} the lanes, metadata, producer ids and time of the real world: the machine decides,
 * this carries out. Owned by the producer's thread.
 */
final class ProducerDriver implements ProduceLanes, ProduceListener, BrokerLinks.Listener
{
    /** What no record waits for gets a turn this often: in each cycle it would cost every record time. */
    private static final long CHORES_INTERVAL_NS = 50_000L;

    private final Map<String, Topic> topics = new HashMap<>();
    private final Settlements settlements = new Settlements();
    private final ClientRuntime client;
    private final Producer.Context ctx;
    private final BrokerLinks<ProduceLink> links;
    private final TopicLookups lookups;
    private final ProducerIdLookup ids;
    private final ProduceLink.Acks acks = this::onAck;
    /** Made when the first lane tells how long a batch may be; read by any thread for its counters. */
    private volatile ProducerMachine machine;
    private long nowNs;
    private long choresNs;

    ProducerDriver(final ClientRuntime client, final Producer.Context ctx)
    {
        this.client = client;
        this.ctx = ctx;
        choresNs = client.nowNs();
        links = new BrokerLinks<>(client.brokers(), this::open, this);
        lookups = new TopicLookups(client, this::onTopic);
        ids = new ProducerIdLookup(client, this::onProducerId);
    }

    /** @return the machine, null before the first topic. */
    ProducerMachine machine()
    {
        return machine;
    }

    /** @return what became of records. */
    Settlements settlements()
    {
        return settlements;
    }

    /** @return the numbers at this moment. Any thread. */
    ProducerCounters counters()
    {
        final ProducerMachine current = machine;
        return new ProducerCounters(
            links.lost(),
            links.malformed(),
            null == current ? 0 : current.strayAcks(),
            null == current ? 0 : current.backPressured(),
            lookups.asked());
    }

    /** @return the topic as it was found before, or null where it must be looked up. */
    Topic known(final String name)
    {
        final Topic topic = topics.get(name);
        return null == topic || topic.isMissing() ? null : topic;
    }

    /**
     * Look a topic up and open the lanes to it. Blocks at most for the request timeout.
     *
     * @throws EponaException where there is no such topic, no answer, or no lane.
     */
    Topic lookUp(final Producer producer, final String name)
    {
        final ClusterMetadata.Topic found =
            new AdminCodec(client, "topic '" + name + "'").topic(name);
        if (null == found)
        {
            throw AdminCodec.unknownTopic(name);
        }
        final Topic known = topics.get(name);
        final Topic topic = null == known ? new Topic(producer, name) : known;
        links.forgetProblem();
        links.onTopic(found);
        final boolean isDecided = client.await(ctx.requestTimeoutNs(), () ->
        {
            producer.poll();
            if (null != machine && 0 == topic.partitionCount())
            {
                topics.put(name, topic);
                resolve(topic, found);
            }
            return isReady(topic) || isRefused();
        });
        if (null != known && isDecided)
        {
            resolve(topic, found);
        }
        if (!isDecided && isLeaderless(topic))
        {
            // nobody leads it now: records wait for who will
            return topic;
        }
        if (!isReady(topic))
        {
            final ResultCode code = ResultCode.get(links.problemCode());
            throw new EponaException(
                null == code ? ResultCode.TIMED_OUT : code,
                "no lane to the partitions of topic '" + name + "'" +
                (null == links.problem() ? "" : ": " + links.problem()));
        }
        return topic;
    }

    /** One step; never blocks. No record may be claimed. */
    int poll(final long nowNs)
    {
        this.nowNs = nowNs;
        int workCount = links.poll(nowNs);
        final ProducerMachine current = machine;
        if (nowNs - choresNs < 0)
        {
            return null == current ? workCount : workCount + current.resume(nowNs);
        }
        choresNs = nowNs + CHORES_INTERVAL_NS;
        workCount += lookups.poll(nowNs) + ids.poll(nowNs);
        return null == current ? workCount : workCount + current.doWork(nowNs);
    }

    void close()
    {
        if (null != machine)
        {
            machine.close();
        }
        links.close();
    }

    private boolean isRefused()
    {
        final ResultCode code = ResultCode.get(links.problemCode());
        return null != code && !code.retriable();
    }

    private boolean isReady(final Topic topic)
    {
        if (null == machine || 0 == topic.partitionCount() || !machine.isIdentified())
        {
            return false;
        }
        for (final ProducerPartition partition : topic.partitions)
        {
            if (!links.isOpen(partition.leader(), partition.topicId(), partition.partition()))
            {
                return false;
            }
        }
        return true;
    }

    private static boolean isLeaderless(final Topic topic)
    {
        for (final ProducerPartition partition : topic.partitions)
        {
            if (partition.leader() < 0)
            {
                return true;
            }
        }
        return false;
    }

    private void resolve(final Topic topic, final ClusterMetadata.Topic found)
    {
        if (found.topicId() >= topic.topicId())
        {
            final ProducerPartition[] partitions = Arrays.copyOf(topic.partitions, found.partitionCount());
            for (int i = 0; i < partitions.length; i++)
            {
                partitions[i] = machine.partition(topic.name(), i);
            }
            topic.onResolved(found.topicId(), partitions);
        }
        machine.onTopic(topic.name(), found.topicId(), found.leaders(), found.leaderEpochs(), nowNs);
    }

    private void onTopic(final String name, final ClusterMetadata.Topic found, final long atNs)
    {
        final Topic topic = topics.get(name);
        if (null == found)
        {
            topic.onMissing();
            machine.onTopic(name, -1, null, null, atNs);
        }
        else
        {
            links.onTopic(found);
            resolve(topic, found);
        }
    }

    private void onProducerId(final int code, final long producerId, final short producerEpoch, final long atNs)
    {
        machine.onProducerId(code, producerId, producerEpoch, atNs);
    }

    private ProduceLink open(final SessionInfo session, final int shard)
    {
        return new ProduceLink(session, shard, acks, ctx.requestTimeoutNs());
    }

    @Override
    public void onConnected(final int brokerId, final int shards)
    {
        if (null == machine)
        {
            machine = newMachine(brokerId, shards);
        }
        machine.onBrokerConnected(brokerId, shards);
    }

    @Override
    public void onLost(final int brokerId)
    {
        machine.onBrokerLost(brokerId, nowNs);
    }

    private ProducerMachine newMachine(final int brokerId, final int shards)
    {
        int maxBatchLength = 0;
        int fragmentLength = 0;
        for (int i = 0; i < shards && 0 == maxBatchLength; i++)
        {
            final ProduceLink link = links.find(brokerId, i);
            if (null != link && link.isOpen())
            {
                maxBatchLength = link.maxBatchLength();
                fragmentLength = link.fragmentBatchLength();
            }
        }
        final int batchSize = ctx.batchSize() & -8;
        return new ProducerMachine(new ProducerContext()
            .lanes(this)
            .metadata(lookups)
            .producerIds(ids)
            .listener(this)
            .acks(ctx.acks())
            .idempotent(ctx.idempotent())
            .maxBatchesUnacked(
                0 == ctx.maxBatchesInFlight() ? client.maxBatchesInFlightDefault() : ctx.maxBatchesInFlight())
            .batchLength(0 == batchSize ? fragmentLength : Math.min(batchSize, maxBatchLength))
            .maxBatchLength(maxBatchLength)
            .lingerNs(ctx.lingerNs())
            .requestTimeoutNs(ctx.requestTimeoutNs())
            .deliveryTimeoutNs(ctx.deliveryTimeoutNs()));
    }

    @Override
    public boolean produce(
        final int brokerId,
        final int shard,
        final int requestId,
        final long topicId,
        final int partition,
        final byte wantedAcks,
        final int flags,
        final DirectBuffer buffer,
        final int index,
        final int length)
    {
        final ProduceLink link = links.find(brokerId, shard);
        return null != link && link.produce(requestId, topicId, partition, wantedAcks, flags, buffer, index, length);
    }

    private void onAck(
        final ProduceLink link,
        final int requestId,
        final int code,
        final int leaderEpoch,
        final long baseOffset,
        final int inMemory,
        final int onDisk)
    {
        machine.onAck(
            link.brokerId(), link.shard(), requestId, code, leaderEpoch, baseOffset, inMemory, onDisk, nowNs);
    }

    @Override
    public void onSettled(
        final ProducerPartition partition,
        final long firstNumber,
        final int count,
        final int code,
        final boolean isOutcomeKnown,
        final long baseOffset,
        final int leaderEpoch,
        final int inMemory,
        final int onDisk)
    {
        final Settlements.Entry entry = settlements.add();
        entry.partition = partition;
        entry.firstNumber = firstNumber;
        entry.records = count;
        entry.code = code;
        entry.isOutcomeKnown = isOutcomeKnown;
        entry.baseOffset = baseOffset;
        entry.leaderEpoch = leaderEpoch;
        entry.inMemory = inMemory;
        entry.onDisk = onDisk;
    }

    @Override
    public void onDataLoss(final ProducerPartition partition, final int leaderEpoch, final long firstLost)
    {
        client.onError(new EponaException(
            ResultCode.DATA_LOSS,
            "partition " + partition.topic() + "-" + partition.partition() + ": the leader of epoch " + leaderEpoch +
            " does not have all that was acknowledged, from sequence " + firstLost + " on; " +
            ResultCode.DATA_LOSS.remedy()));
    }
}
