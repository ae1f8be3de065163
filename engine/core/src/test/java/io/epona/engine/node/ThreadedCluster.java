package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Clock;
import io.epona.engine.SystemClock;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Deadline;
import io.epona.engine.cluster.FakeEnsemble;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.TopicHandler;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.FileStorage;
import io.epona.engine.log.LogReader;
import io.epona.engine.replica.Links;
import io.epona.engine.replica.Replica;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Brokers on real files, each with three threads of its own: conductor, shard, housekeeper. Links are bounded queues,
 * the coordination is in memory and under one lock.
 */
final class ThreadedCluster implements AutoCloseable
{
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int LINK_CAPACITY = 256;

    /** One of the three threads of a broker: cycles, and before each what others want to be done there. */
    static final class Part implements Agent
    {
        private final String name;
        private final IntSupplier cycle;
        private final ManyToOneConcurrentArrayQueue<Runnable> tasks = new ManyToOneConcurrentArrayQueue<>(64);
        private final AgentRunner runner;

        private Part(final String name, final List<Throwable> errors, final IntSupplier cycle)
        {
            this.name = name;
            this.cycle = cycle;
            this.runner = new AgentRunner(new BackoffIdleStrategy(1, 1, 1_000, 200_000), errors::add, null, this);
            AgentRunner.startOnThread(runner);
        }

        /** Have something done by this thread, and wait for it. */
        <T> T ask(final Supplier<T> question)
        {
            final CompletableFuture<T> answer = new CompletableFuture<>();
            assertTrue(tasks.offer(() -> complete(answer, question)), "too many questions");
            return answer.orTimeout(TIMEOUT_NS, TimeUnit.NANOSECONDS).join();
        }

        private static <T> void complete(final CompletableFuture<T> answer, final Supplier<T> question)
        {
            try
            {
                answer.complete(question.get());
            }
            catch (final RuntimeException | Error ex)
            {
                answer.completeExceptionally(ex);
            }
        }

        @Override
        public int doWork()
        {
            return tasks.drain(Runnable::run) + cycle.getAsInt();
        }

        @Override
        public String roleName()
        {
            return name;
        }
    }

    /** What a host's shard does besides, on its thread: a client of its own, so to say. */
    interface Load
    {
        int doWork(NodeShard shard, NodeMetadata metadata, long nowNs);

        void onDecided(long topicId, int partition, long correlationId, int code, long baseOffset);
    }

    /** A broker's host and the process on it. */
    final class Host implements Links
    {
        final int id;
        final List<Throwable> errors = new CopyOnWriteArrayList<>();
        final List<String> removed = new CopyOnWriteArrayList<>();
        private final List<Integer> known = new CopyOnWriteArrayList<>();
        private final Load load;
        private final ManyToOneConcurrentArrayQueue<Message> inbox = new ManyToOneConcurrentArrayQueue<>(LINK_CAPACITY);
        private FakeEnsemble.Client client;
        private volatile boolean isUp;
        ClusterNode node;
        Part conductor;
        Part shard;
        Part housekeeper;

        private Host(final int id, final Load load)
        {
            this.id = id;
            this.load = load;
        }

        void start()
        {
            client = locked(ensemble::connect);
            inbox.clear();
            final ClusterNode started = new ClusterNode(new NodeContext()
                .brokerId(id)
                .dataDir(directory.resolve("broker-" + id))
                .storage(new FileStorage())
                .clock(clock)
                .coordination(new Locked(client))
                .links(this)
                .endpoint("host-" + id, 9000 + 10 * id)
                .appendListener((topicId, partition, correlationId, code, leaderEpoch, baseOffset) ->
                    load.onDecided(topicId, partition, correlationId, code, baseOffset))
                .shardListener(new Peers())
                .bootId(new Uuid(1, 1))
                .maxPartitions(64)
                .deleteGraceNs(TimeUnit.MILLISECONDS.toNanos(20))
                .deletionGraceNs(TimeUnit.MILLISECONDS.toNanos(100))
                .errorHandler(errors::add));
            node = started;
            isUp = true;
            conductor = new Part("conductor-" + id, errors, () -> started.conduct(clock.nowNs()));
            housekeeper = new Part("housekeeper-" + id, errors, () -> started.housekeep(clock.nowNs()));
            shard = new Part("shard-" + id, errors, () -> shardCycle(started));
            // Their messages may come at any time before or after.
            hosts.values().stream().filter((other) -> other != this && other.isUp).forEach((other) ->
            {
                await("room", () -> other.inbox.offer(new Message(id, null)));
                await("room", () -> inbox.offer(new Message(other.id, null)));
            });
        }

        private int shardCycle(final ClusterNode started)
        {
            final NodeShard replicas = started.shard();
            final int received = inbox.drain((message) ->
            {
                if (null == message.bytes)
                {
                    replicas.onImage(message.from);
                }
                else
                {
                    replicas.onMessage(message.from, new UnsafeBuffer(message.bytes), 0, message.bytes.length);
                }
            }, 32);
            final long nowNs = clock.nowNs();

            return received + replicas.doWork(nowNs) + load.doWork(replicas, started.metadata(), nowNs);
        }

        /** The session ends, and a new one begins: a new life. */
        void expire()
        {
            locked(() ->
            {
                client.expire();
                return null;
            });
        }

        /** The threads end where they are, as those of a process that is killed; its session lives on. */
        void kill()
        {
            isUp = false;
            conductor.runner.close();
            shard.runner.close();
            housekeeper.runner.close();
            locked(() ->
            {
                client.kill();
                return null;
            });
        }

        /** Stop in order. */
        void stop()
        {
            node.stop();
            await("broker " + id + " is stopped", () -> NodePhase.STOPPED == node.phase());
            kill();
        }

        /** Brokers that the shard was told of and that are registered. */
        List<Integer> known()
        {
            return known.stream().sorted().toList();
        }

        private final class Peers implements ShardListener
        {
            @Override
            public void onBroker(final NodeMetadata.Broker broker)
            {
                assertEquals("host-" + broker.brokerId(), broker.host());
                assertEquals(9000 + 10 * broker.brokerId(), broker.port());
                if (!known.contains(broker.brokerId()))
                {
                    known.add(broker.brokerId());
                }
            }

            @Override
            public void onBrokerGone(final int brokerId)
            {
                known.remove((Integer)brokerId);
            }

            @Override
            public void onReplicaRemoved(final long topicId, final int partition)
            {
                removed.add(topicId + "-" + partition);
            }
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
            final Host to = hosts.get(brokerId);
            if (!to.isUp)
            {
                return ResultCode.NOT_CONNECTED.code();
            }
            return to.inbox.offer(new Message(id, bytes)) ? 1 : ResultCode.BACK_PRESSURED.code();
        }
    }

    /** What goes over a link; without bytes a new image of it. */
    private record Message(int from, byte[] bytes)
    {
    }

    /** The coordination of one process: the fake knows one thread. */
    private final class Locked implements Coordination
    {
        private final Coordination delegate;

        private Locked(final Coordination delegate)
        {
            this.delegate = delegate;
        }

        @Override
        public void read(final String path, final NodeHandler handler)
        {
            run(() -> delegate.read(path, handler));
        }

        @Override
        public void children(final String path, final ChildrenHandler handler)
        {
            run(() -> delegate.children(path, handler));
        }

        @Override
        public void multi(final List<Operation> operations, final ChangeHandler handler)
        {
            run(() -> delegate.multi(operations, handler));
        }

        @Override
        public void watch(final String path, final WatchListener listener)
        {
            run(() -> delegate.watch(path, listener));
        }

        @Override
        public void sessionListener(final SessionListener listener)
        {
            run(() -> delegate.sessionListener(listener));
        }

        @Override
        public long sessionId()
        {
            return locked(delegate::sessionId);
        }

        @Override
        public int poll()
        {
            return locked(delegate::poll);
        }

        @Override
        public void close()
        {
            run(delegate::close);
        }

        private void run(final Runnable call)
        {
            locked(() ->
            {
                call.run();
                return null;
            });
        }
    }

    final TreeMap<Integer, Host> hosts = new TreeMap<>();
    private final Path directory;
    private final Clock clock = new SystemClock();
    private final ReentrantLock lock = new ReentrantLock();
    private final FakeEnsemble ensemble = new FakeEnsemble();

    ThreadedCluster(final Path directory, final int brokers, final IntFunction<Load> loads)
    {
        this.directory = directory;
        for (int id = 1; id <= brokers; id++)
        {
            hosts.put(id, new Host(id, loads.apply(id)));
        }
    }

    private <T> T locked(final Supplier<T> call)
    {
        lock.lock();
        try
        {
            return call.get();
        }
        finally
        {
            lock.unlock();
        }
    }

    void startAll()
    {
        hosts.values().forEach(Host::start);
        await("everybody serves", () -> hosts.values().stream().allMatch((host) -> host.node.isServing()));
    }

    /** What a controller is asked. */
    private interface Change
    {
        void make(ClusterNode node, TopicHandler handler);
    }

    /** Create a topic with a replica on each broker, once there is a controller. */
    long createTopic(final String name, final int partitions)
    {
        return change((node, handler) -> node.createTopic(name, partitions, hosts.size(), Map.of(), handler));
    }

    /** Delete a topic, once there is a controller. */
    void deleteTopic(final String name)
    {
        change((node, handler) -> node.deleteTopic(name, handler));
    }

    private long change(final Change change)
    {
        final Deadline deadline = new Deadline(TIMEOUT_NS);
        while (true)
        {
            for (final Host host : hosts.values())
            {
                if (host.conductor.ask(host.node::isController))
                {
                    final CompletableFuture<Object[]> answer = new CompletableFuture<>();
                    host.conductor.ask(() ->
                    {
                        change.make(
                            host.node,
                            (refusal, topicId, message) -> answer.complete(new Object[]{refusal, topicId, message}));
                        return null;
                    });
                    final Object[] outcome = answer.orTimeout(TIMEOUT_NS, TimeUnit.NANOSECONDS).join();
                    assertNull(outcome[0], () -> String.valueOf(outcome[2]));
                    return (long)outcome[1];
                }
            }
            deadline.check();
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Wait for what other threads do. */
    void await(final String what, final BooleanSupplier condition)
    {
        final Deadline deadline = new Deadline(TIMEOUT_NS);
        while (!condition.getAsBoolean())
        {
            try
            {
                deadline.check();
            }
            catch (final AssertionError error)
            {
                final StringBuilder text = new StringBuilder("never: " + what);
                hosts.values().forEach((host) -> text.append("\n").append(host.id).append(' ')
                    .append(host.node.phase()).append(' ').append(host.node.metadata()).append(' ')
                    .append(host.errors));
                throw new AssertionError(text.toString(), error);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Wait until every replica of a partition is in sync, holds the same, and knows it as committed. */
    void awaitWhole(final long topicId, final int partition)
    {
        await("partition " + partition + " of topic " + topicId + " is whole", () ->
        {
            final TreeSet<String> ends = new TreeSet<>();
            for (final Host host : hosts.values())
            {
                ends.add(host.shard.ask(() -> end(host, topicId, partition)));
            }
            return 1 == ends.size() && !ends.contains("");
        });
    }

    private String end(final Host host, final long topicId, final int partition)
    {
        final Replica replica = host.node.shard().replica(topicId, partition);
        return null == replica || replica.highWatermark() != replica.logEnd() || null == replica.state() ||
            hosts.size() != replica.state().isr().size() ? "" : "" + replica.logEnd();
    }

    /** Everything that a replica holds of a partition: base offset of each batch, and its bytes. */
    TreeMap<Long, byte[]> read(final Host host, final long topicId, final int partition)
    {
        return host.shard.ask(() ->
        {
            final TreeMap<Long, byte[]> batches = new TreeMap<>();
            final Replica replica = host.node.shard().replica(topicId, partition);
            final LogReader reader = replica.log().newReader();
            long result = reader.seek(0);
            while (result >= 0 && reader.position() < replica.highWatermark())
            {
                result = reader.pollBatches((buffer, index, length, baseOffset, nextOffset) ->
                {
                    for (int i = index; i < index + length; i += RecordBatchDescriptor.length(buffer, i))
                    {
                        final byte[] bytes = new byte[RecordBatchDescriptor.length(buffer, i)];
                        buffer.getBytes(i, bytes);
                        batches.put(RecordBatchDescriptor.baseOffset(buffer, i), bytes);
                    }
                    return true;
                }, 1 << 20);
            }
            reader.close();
            assertTrue(result >= 0, () -> "read up to " + batches.lastKey());
            return batches;
        });
    }

    void assertNoErrors()
    {
        hosts.values().forEach((host) -> assertEquals(List.of(), host.errors));
    }

    @Override
    public void close()
    {
        hosts.values().stream().filter((host) -> host.isUp).forEach(Host::kill);
    }
}
