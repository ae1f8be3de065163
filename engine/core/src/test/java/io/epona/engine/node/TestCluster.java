package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Storage;
import io.epona.engine.cluster.FakeEnsemble;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.FileStorage;
import io.epona.engine.replica.Links;
import io.epona.engine.replica.ProtocolMutation;
import io.epona.engine.replica.Replica;
import io.epona.engine.replica.Role;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Brokers on real files, links and coordination in memory, each in one process at a time, all on the calling thread,
 * with a clock that moves a millisecond in each step.
 */
final class TestCluster
{
    static final long STEP_NS = 1_000_000;
    private static final int STEPS_MAX = 60_000;
    private static final int VALUE_LENGTH = 8;

    /** A broker's host and the process on it. */
    final class Host implements Links
    {
        final int id;
        final Path dataDir;
        final Storage storage = new FileStorage();
        final List<Throwable> errors = new ArrayList<>();
        final List<String> decisions = new ArrayList<>();
        ProtocolMutation mutation = ProtocolMutation.NONE;
        Uuid bootId = new Uuid(1, 1);
        FakeEnsemble.Client client;
        ClusterNode node;

        private Host(final int id)
        {
            this.id = id;
            this.dataDir = directory.resolve("broker-" + id);
        }

        void start()
        {
            client = ensemble.connect();
            node = new ClusterNode(new NodeContext()
                .brokerId(id)
                .dataDir(dataDir)
                .storage(storage)
                .clock(() -> nowNs)
                .coordination(client)
                .links(this)
                .appendListener((topicId, partition, correlationId, code, leaderEpoch, baseOffset) ->
                    decisions.add(correlationId + " " + code + " " + baseOffset))
                .bootId(bootId)
                .uuids(() -> new Uuid(id, ++lastUuid))
                .maxPartitions(16)
                .deleteGraceNs(10 * STEP_NS)
                .deletionGraceNs(100 * STEP_NS)
                .errorHandler(errors::add)
                .mutation(mutation));
            hosts.values().stream().filter((other) -> other != this && other.isUp()).forEach((other) ->
            {
                other.node.shard().onImage(id);
                node.shard().onImage(other.id);
            });
        }

        /** The process ends at once; what it stored stays. */
        void kill()
        {
            client.kill();
            node = null;
            queues.entrySet().removeIf((entry) -> entry.getKey() / 100 == id || entry.getKey() % 100 == id);
            hosts.values().stream().filter(Host::isUp).forEach((other) -> other.node.shard().onImageGone(id));
        }

        boolean isUp()
        {
            return null != node;
        }

        Replica replica(final long topicId)
        {
            return null == node ? null : node.shard().replica(topicId, 0);
        }

        /** Append records, numbered on, and give the result. */
        long produce(final long topicId, final int count, final byte acks, final long correlationId)
        {
            final UnsafeBuffer batch = new UnsafeBuffer(new byte[4096]);
            final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
            builder.begin(batch, 0, batch.capacity(), nowNs);
            final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);
            for (int i = 0; i < count; i++)
            {
                value.putLong(0, ++lastRecord);
                assertTrue(builder.append(nowNs, null, 0, -1, value, 0, VALUE_LENGTH));
            }

            return node.shard().produce(
                topicId, 0, batch, 0, builder.finish(), acks, correlationId, nowNs + 10_000 * STEP_NS, nowNs);
        }

        /** Read what is committed, batch by batch: base offset and epoch of each. */
        List<String> fetchAll(final long topicId)
        {
            final List<String> batches = new ArrayList<>();
            final FetchResult result = new FetchResult();
            final long[] offset = new long[1];
            int code = 1;
            while (code > 0)
            {
                code = node.shard().fetch(
                    topicId, 0, offset[0], -1, 4096,
                    (buffer, index, length, nextOffset, highWatermark, logStart, leaderEpoch) ->
                    {
                        for (int i = index; i < index + length; i += RecordBatchDescriptor.length(buffer, i))
                        {
                            batches.add(RecordBatchDescriptor.baseOffset(buffer, i) + "@" +
                                RecordBatchDescriptor.leaderEpoch(buffer, i));
                        }
                        offset[0] = nextOffset;
                    },
                    result);
            }
            assertEquals(0, code);

            return batches;
        }

        @Override
        public long offerData(
            final int brokerId, final DirectBuffer head, final int headIndex, final int headLength,
            final DirectBuffer body, final int bodyIndex, final int bodyLength)
        {
            final byte[] bytes = new byte[headLength + bodyLength];
            head.getBytes(headIndex, bytes, 0, headLength);
            body.getBytes(bodyIndex, bytes, headLength, bodyLength);
            return offer(brokerId, bytes);
        }

        @Override
        public long offerControl(final int brokerId, final DirectBuffer buffer, final int index, final int length)
        {
            final byte[] bytes = new byte[length];
            buffer.getBytes(index, bytes);
            return offer(brokerId, bytes);
        }

        private long offer(final int brokerId, final byte[] bytes)
        {
            if (!hosts.get(brokerId).isUp())
            {
                return ResultCode.NOT_CONNECTED.code();
            }
            queues.computeIfAbsent(id * 100 + brokerId, (key) -> new ArrayDeque<>()).add(bytes);
            return 1;
        }
    }

    final FakeEnsemble ensemble = new FakeEnsemble();
    final TreeMap<Integer, Host> hosts = new TreeMap<>();
    private final TreeMap<Integer, ArrayDeque<byte[]>> queues = new TreeMap<>();
    private final Path directory;
    private long nowNs = 1_700_000_000_000_000_000L;
    private long lastRecord;
    private long lastUuid;

    TestCluster(final Path directory, final int brokers)
    {
        this.directory = directory;
        for (int id = 1; id <= brokers; id++)
        {
            hosts.put(id, new Host(id));
        }
    }

    Host host(final int id)
    {
        return hosts.get(id);
    }

    void startAll()
    {
        hosts.values().forEach(Host::start);
        await("everybody serves", () -> hosts.values().stream().allMatch((host) -> host.node.isServing()) &&
            null != controller());
    }

    Host controller()
    {
        return hosts.values().stream()
            .filter((host) -> host.isUp() && host.node.isController()).findFirst().orElse(null);
    }

    /** Create a topic with one partition, once somebody leads it. */
    long createTopic(final String name, final int replicationFactor, final Map<String, String> config)
    {
        final long[] created = {-1};
        final Object[] refused = new Object[1];
        controller().node.createTopic(name, 1, replicationFactor, config, (refusal, topicId, message) ->
        {
            refused[0] = null == refusal ? null : refusal + ": " + message;
            created[0] = topicId;
        });
        await("topic " + name, () -> created[0] >= 0 || null != refused[0]);
        assertEquals(null, refused[0]);
        await("leader of " + name, () -> null != leader(created[0]));

        return created[0];
    }

    Host leader(final long topicId)
    {
        for (final Host host : hosts.values())
        {
            final Replica replica = host.replica(topicId);
            if (null != replica && Role.LEADER == replica.role() && state(topicId).leader() == host.id)
            {
                return host;
            }
        }

        return null;
    }

    PartitionState state(final long topicId)
    {
        return ensemble.state(topicId, 0);
    }

    /** Write a state as nobody in the cluster does. */
    void changeState(final long topicId, final PartitionState state)
    {
        final String path = Paths.state(topicId, 0);
        ensemble.change(Operation.set(path, NodeValues.encodeState(state), ensemble.version(path)));
    }

    int cleanSince(final int brokerId)
    {
        final String path = Paths.brokerEpoch(brokerId);
        return NodeValues.decodeBrokerLives(path, ensemble.value(path)).cleanSince();
    }

    int durableSince(final int brokerId)
    {
        final String path = Paths.brokerEpoch(brokerId);
        return NodeValues.decodeBrokerLives(path, ensemble.value(path)).durableSince();
    }

    void step()
    {
        nowNs += STEP_NS;
        for (final Host host : hosts.values())
        {
            for (final Host from : hosts.values())
            {
                final ArrayDeque<byte[]> queue = queues.get(from.id * 100 + host.id);
                while (null != queue && !queue.isEmpty() && host.isUp())
                {
                    final byte[] message = queue.poll();
                    host.node.shard().onMessage(from.id, new UnsafeBuffer(message), 0, message.length);
                }
            }
            if (host.isUp())
            {
                host.node.conduct(nowNs);
                host.node.shard().doWork(nowNs);
                host.node.housekeep(nowNs);
            }
        }
    }

    void run(final int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            step();
        }
    }

    void await(final String what, final BooleanSupplier condition)
    {
        for (int i = 0; i < STEPS_MAX; i++)
        {
            if (condition.getAsBoolean())
            {
                return;
            }
            step();
        }
        final StringBuilder text = new StringBuilder("never: " + what);
        hosts.values().forEach((host) -> text.append("\n").append(host.id).append(' ')
            .append(host.isUp() ? host.node.phase() : "down").append(' ').append(host.errors));
        throw new AssertionError(text);
    }

    void awaitCommitted(final Host leader, final long correlationId)
    {
        await("append " + correlationId + " is committed", () ->
            leader.decisions.stream().anyMatch((text) -> text.startsWith(correlationId + " 0 ")));
    }

    void assertNoErrors()
    {
        hosts.values().forEach((host) -> assertEquals(List.of(), host.errors));
        assertNotNull(controller());
    }
}
