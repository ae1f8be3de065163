package io.epona.simulator;

import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.node.ClusterNode;
import io.epona.engine.node.NodeMetadata;
import io.epona.engine.node.NodeMetadata.Partition;
import io.epona.engine.node.NodeMetadata.Topic;
import io.epona.engine.replica.ReplicaShard;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The shortest way through everything: three brokers, a topic with three replicas, records that all of them get; then
 * the same over kills and restarts.
 */
class SimClusterTest implements BrokerListener
{
    private static final int BROKERS = 3;
    private static final String NAME = "orders";

    private final List<String> crashes = new ArrayList<>();
    private final Map<Long, Integer> decided = new TreeMap<>();
    private final UnsafeBuffer batch = new UnsafeBuffer(new byte[64 * 1024]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[64]);
    private final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
    private World world;
    private SimCluster cluster;
    private long nextCorrelation = 1;

    private void begin(final long seed)
    {
        nextCorrelation = 1;
        decided.clear();
        world = new World(seed);
        cluster = new SimCluster(
            world, BROKERS, ZkSettings.healthy(), NetSettings.healthy(), (context) -> context, this);
        cluster.brokers().forEach(SimBroker::start);
    }

    @Override
    public void onStarted(final int brokerId, final ClusterNode node)
    {
        assertNotNull(node);
    }

    @Override
    public void onEnded(final int brokerId, final boolean isInOrder)
    {
        assertTrue(brokerId > 0);
    }

    @Override
    public void onCycle(final int brokerId, final ClusterNode node)
    {
        assertNotNull(node);
    }

    @Override
    public void onAppendDecided(
        final int brokerId,
        final long topicId,
        final int partition,
        final long correlationId,
        final int code,
        final int leaderEpoch,
        final long baseOffset)
    {
        decided.put(correlationId, code);
    }

    @Override
    public void onError(final int brokerId, final Throwable error)
    {
        crashes.add("error of " + brokerId + " " + error);
    }

    @Override
    public void onCrash(final int brokerId, final Throwable error)
    {
        crashes.add("crash of " + brokerId + " " + error + " " + List.of(error.getStackTrace()));
    }

    @Override
    public void onStorageLost(final int brokerId)
    {
        assertTrue(brokerId > 0);
    }

    private void run(final long lengthNs)
    {
        world.runUntil(world.nowNs() + lengthNs);
    }

    private SimBroker controller()
    {
        for (final SimBroker broker : cluster.brokers())
        {
            if (null != broker.node() && broker.node().isController())
            {
                return broker;
            }
        }

        return null;
    }

    private void createTopic()
    {
        final SimBroker controller = controller();
        assertNotNull(controller, crashes::toString);
        final List<String> answers = new ArrayList<>();
        controller.run("test.create", () -> controller.node().createTopic(
            NAME, 1, 3, new LinkedHashMap<>(Map.of("min.insync.replicas", "2")),
            (refusal, topicId, message) -> answers.add(refusal + " " + topicId + " " + message)));
        run(2 * World.SECOND);
        assertEquals(1, answers.size());
        assertTrue(answers.get(0).startsWith("null "), answers::toString);
    }

    /** The partition as the controller, or else any broker, knows it. */
    private Partition partition()
    {
        SimBroker asked = controller();
        for (int i = 1; null == asked && i <= BROKERS; i++)
        {
            asked = null == cluster.broker(i).node() ? null : cluster.broker(i);
        }
        final NodeMetadata metadata = null == asked ? null : asked.node().metadata();
        final Topic topic = null == metadata || metadata.topics().isEmpty() ? null : metadata.topics().get(0);

        return null == topic ? null : topic.partitions().get(0);
    }

    private long topicId()
    {
        return controller().node().metadata().topics().get(0).topicId();
    }

    private void produce(final int count)
    {
        final int leader = partition().leader();
        assertNotEquals(-1, leader, crashes::toString);
        final SimBroker broker = cluster.broker(leader);
        final long topicId = topicId();
        for (int i = 0; i < count; i++)
        {
            final long correlationId = nextCorrelation++;
            broker.run("test.produce", () ->
            {
                final long nowNs = broker.clock().nowNs();
                builder.begin(batch, 0, batch.capacity(), nowNs);
                value.putLong(0, correlationId);
                assertTrue(builder.append(nowNs, null, 0, -1, value, 0, value.capacity()));
                final long result = broker.node().shard().produce(
                    topicId, 0, batch, 0, builder.finish(), ReplicaShard.ACKS_ALL, correlationId,
                    nowNs + World.SECOND, nowNs);
                if (result < 0)
                {
                    decided.put(correlationId, (int)result);
                }
            });
            run(2 * World.MS);
        }
        run(World.SECOND);
    }

    private void assertEqualLogs(final long logEnd)
    {
        for (final SimBroker broker : cluster.brokers())
        {
            final PartitionLog log = broker.node().logs().get(0);
            assertEquals(logEnd, log.logEnd(), () -> broker + ": " + crashes);
            assertEquals(logEnd, log.highWatermark(), () -> broker + ": " + crashes);
        }
    }

    @Test
    void shouldReplicateWhatIsProduced()
    {
        begin(1);
        run(2 * World.SECOND);
        createTopic();
        produce(100);
        assertEquals(List.of(), crashes);
        assertEquals(100, decided.size());
        assertEquals(0, decided.values().stream().filter((code) -> 0 != code).count(), decided::toString);
        assertEqualLogs(100);
    }

    @Test
    void shouldGoOnWhenTheLeaderIsKilled()
    {
        begin(2);
        run(2 * World.SECOND);
        createTopic();
        produce(20);
        assertEquals(List.of(), crashes);
        final int former = partition().leader();
        cluster.broker(former).kill(0);
        run(10 * World.SECOND);
        assertNotEquals(former, partition().leader());
        produce(20);
        assertEquals(40, decided.values().stream().filter((code) -> 0 == code).count(), decided::toString);

        cluster.broker(former).start();
        run(10 * World.SECOND);
        produce(20);
        assertEqualLogs(60);
        assertEquals(List.of(), crashes);
    }

    @Test
    void shouldComeBackWhenAllAreKilled()
    {
        begin(3);
        run(2 * World.SECOND);
        createTopic();
        produce(20);
        cluster.brokers().forEach((broker) -> broker.kill(0));
        run(World.SECOND);
        cluster.brokers().forEach(SimBroker::start);
        run(15 * World.SECOND);
        assertEquals(List.of(), crashes);
        produce(5);
        assertEqualLogs(25);
    }

    @Test
    void shouldRunTheSameTwice()
    {
        final long[] hashes = new long[2];
        for (int i = 0; i < 2; i++)
        {
            begin(4);
            run(2 * World.SECOND);
            createTopic();
            produce(20);
            cluster.broker(2).kill(0);
            run(World.SECOND);
            cluster.broker(2).start();
            run(5 * World.SECOND);
            hashes[i] = world.trace().hash();
        }
        assertEquals(hashes[0], hashes[1]);
        assertTrue(world.eventCount() > 5_000);
    }
}
