package io.epona.engine.node;

import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.engine.log.FileStorage;
import io.epona.engine.node.ThreadedCluster.Host;
import io.epona.engine.replica.ReplicaShard;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Brokers whose three parts each have a thread, while clients produce, topics come and go, and brokers as well. */
class NodeThreadsTest
{
    private static final int BROKERS = 3;

    @TempDir
    private Path directory;
    private final TreeMap<Integer, Producer> producers = new TreeMap<>();
    private volatile boolean isProducing = true;

    private record Acked(long topicId, int partition, long baseOffset, byte[] batch)
    {
    }

    /** Appends wherever its broker leads. All of it is of the shard's thread, but for the counts. */
    private final class Producer implements ThreadedCluster.Load
    {
        private static final int OUTSTANDING_MAX = 16;

        private final AtomicLong decidedCount = new AtomicLong();
        private final AtomicLong outstandingCount = new AtomicLong();
        private final List<Acked> acked = new ArrayList<>();
        private final Map<Long, byte[]> outstanding = new HashMap<>();
        private final UnsafeBuffer batch = new UnsafeBuffer(new byte[4096]);
        private final UnsafeBuffer value = new UnsafeBuffer(new byte[64]);
        private final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
        private final int id;
        private long sequence;

        private Producer(final int id)
        {
            this.id = id;
        }

        @Override
        public int doWork(final NodeShard shard, final NodeMetadata metadata, final long nowNs)
        {
            int workCount = 0;
            if (isProducing)
            {
                for (final NodeMetadata.Topic topic : metadata.topics())
                {
                    for (final NodeMetadata.Partition partition : topic.partitions())
                    {
                        if (id == partition.leader() && outstanding.size() < OUTSTANDING_MAX)
                        {
                            workCount += produce(shard, topic.topicId(), partition.partition(), nowNs);
                        }
                    }
                }
            }

            return workCount;
        }

        private int produce(final NodeShard shard, final long topicId, final int partition, final long nowNs)
        {
            final long correlationId = (long)id << 48 | ++sequence;
            builder.begin(batch, 0, batch.capacity(), nowNs);
            for (int i = (int)(sequence & 3); i >= 0; i--)
            {
                value.putLong(0, correlationId);
                builder.append(nowNs, null, 0, -1, value, 0, value.capacity());
            }
            final int length = builder.finish();
            final byte[] bytes = Arrays.copyOf(batch.byteArray(), length);
            final long result = shard.produce(
                topicId, partition, batch, 0, length, ReplicaShard.ACKS_ALL, correlationId, Long.MAX_VALUE, nowNs);
            if (result < 0)
            {
                return 0;
            }
            outstanding.put(correlationId, bytes);
            outstandingCount.incrementAndGet();

            return 1;
        }

        @Override
        public void onDecided(
            final long topicId, final int partition, final long correlationId, final int code, final long baseOffset)
        {
            final byte[] bytes = outstanding.remove(correlationId);
            assertNotNull(bytes);
            if (0 == code)
            {
                acked.add(new Acked(topicId, partition, baseOffset, bytes));
                decidedCount.incrementAndGet();
            }
            outstandingCount.decrementAndGet();
        }

        /** What waited in a process that is gone is never decided. */
        private void forget()
        {
            outstanding.clear();
            outstandingCount.set(0);
        }
    }

    private long ackedCount()
    {
        return producers.values().stream().mapToLong((producer) -> producer.decidedCount.get()).sum();
    }

    private void awaitAcked(final ThreadedCluster cluster, final int more)
    {
        final long wanted = ackedCount() + more;
        cluster.await(more + " more appends are committed", () -> ackedCount() >= wanted);
    }

    private ThreadedCluster cluster()
    {
        return new ThreadedCluster(directory, BROKERS, (id) ->
        {
            producers.put(id, new Producer(id));
            return producers.get(id);
        });
    }

    /** Stop producing, let everything come to rest, and compare what is there with what was acknowledged. */
    private void check(final ThreadedCluster cluster, final long topicId, final int partitions)
    {
        isProducing = false;
        cluster.await("everything is decided", () ->
            producers.values().stream().allMatch((producer) -> 0 == producer.outstandingCount.get()));
        for (int partition = 0; partition < partitions; partition++)
        {
            cluster.awaitWhole(topicId, partition);
            final TreeMap<Long, byte[]> held = cluster.read(cluster.hosts.get(1), topicId, partition);
            for (final Host host : cluster.hosts.values())
            {
                final TreeMap<Long, byte[]> other = cluster.read(host, topicId, partition);
                assertEquals(held.keySet(), other.keySet());
                held.forEach((offset, bytes) -> assertArrayEquals(bytes, other.get(offset)));
            }
            assertAcked(cluster, topicId, partition, held);
        }
    }

    private void assertAcked(
        final ThreadedCluster cluster, final long topicId, final int partition, final TreeMap<Long, byte[]> held)
    {
        for (final Host host : cluster.hosts.values())
        {
            final List<Acked> acked = host.shard.ask(() -> List.copyOf(producers.get(host.id).acked));
            for (final Acked append : acked)
            {
                if (topicId == append.topicId && partition == append.partition)
                {
                    final byte[] stored = held.get(append.baseOffset);
                    assertNotNull(stored, () -> "acknowledged, and not there: " + append.baseOffset);
                    assertEquals(append.batch.length, stored.length);
                    // Base offset, epoch and time are the leader's; records are the producer's.
                    final int records = append.batch.length - 64;
                    assertTrue(Arrays.equals(
                        append.batch, append.batch.length - records, append.batch.length,
                        stored, stored.length - records, stored.length));
                }
            }
        }
    }

    @Test
    void partsWorkTogetherOnThreadsOfTheirOwn() throws Exception
    {
        try (ThreadedCluster cluster = cluster())
        {
            cluster.startAll();
            final long topicId = cluster.createTopic("orders", 4);
            awaitAcked(cluster, 500);

            cluster.hosts.values().forEach((host) ->
            {
                final List<Integer> others = cluster.hosts.keySet().stream().filter((id) -> id != host.id).toList();
                cluster.await("it knows the others", () -> others.equals(host.known()));
            });
            final NodeMetadata metadata = cluster.hosts.get(1).node.metadata();
            assertEquals(BROKERS, metadata.brokers().size());
            assertEquals("host-2", metadata.brokers().get(1).host());
            assertEquals(9020, metadata.brokers().get(1).port());
            assertEquals(1, metadata.brokers().get(1).shards());
            assertTrue(metadata.controllerId() > 0);
            assertEquals(BROKERS, metadata.topics().get(0).partitions().get(0).isr().size());

            check(cluster, topicId, 4);
            cluster.hosts.values().forEach(Host::stop);
            for (final Host host : cluster.hosts.values())
            {
                assertTrue(Files.exists(directory.resolve("broker-" + host.id).resolve("clean")));
            }
            cluster.assertNoErrors();
        }
    }

    @Test
    void logsComeAndGoWhileTheyAreWrittenTo()
    {
        try (ThreadedCluster cluster = cluster())
        {
            cluster.startAll();
            final long topicId = cluster.createTopic("orders", 2);
            for (int i = 0; i < 4; i++)
            {
                final long shortId = cluster.createTopic("short", 3);
                cluster.hosts.values().forEach((host) -> cluster.await("broker " + host.id + " takes part", () ->
                    host.shard.ask(() -> null != host.node.shard().replica(shortId, 2))));
                awaitAcked(cluster, 100);
                cluster.deleteTopic("short");
                for (final Host host : cluster.hosts.values())
                {
                    cluster.await("broker " + host.id + " has none left", () ->
                        host.housekeeper.ask(() -> host.node.logs().size()) == 2 &&
                        host.removed.contains(shortId + "-2"));
                }
            }
            check(cluster, topicId, 2);
            cluster.assertNoErrors();
        }
    }

    @Test
    void brokersComeAndGoWhileOthersServe()
    {
        try (ThreadedCluster cluster = cluster())
        {
            cluster.startAll();
            final long topicId = cluster.createTopic("orders", 4);
            awaitAcked(cluster, 200);
            for (final Host host : cluster.hosts.values())
            {
                final int epoch = host.node.brokerEpoch();
                host.expire();
                cluster.await("a new life of it is known", () -> host.node.brokerEpoch() > epoch);
                awaitAcked(cluster, 100);
            }

            final Host killed = cluster.hosts.get(2);
            cluster.await("its life is written down", () -> lifeOnDisk(killed) == killed.node.brokerEpoch());
            killed.kill();
            killed.expire();
            producers.get(killed.id).forget();
            awaitAcked(cluster, 200);
            killed.start();
            cluster.await("it serves again", () -> killed.node.isServing());
            awaitAcked(cluster, 200);

            final Host stopped = cluster.hosts.get(3);
            stopped.stop();
            producers.get(stopped.id).forget();
            awaitAcked(cluster, 200);
            stopped.start();
            cluster.await("it serves again", () -> stopped.node.isServing());

            check(cluster, topicId, 4);
            cluster.assertNoErrors();
        }
    }

    private int lifeOnDisk(final Host host)
    {
        try
        {
            final LifeFile life = LifeFile.read(new FileStorage(), directory.resolve("broker-" + host.id));
            return null == life ? -1 : life.brokerEpoch();
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    @Test
    void aBrokerThatIsStoppedBeforeItIsAMemberEnds()
    {
        try (ThreadedCluster cluster = cluster())
        {
            final Host host = cluster.hosts.get(1);
            host.start();
            host.stop();
            host.start();
            cluster.await("it serves", () -> host.node.isServing());
            host.stop();
            assertEquals(List.of(), host.errors);
        }
    }
}
