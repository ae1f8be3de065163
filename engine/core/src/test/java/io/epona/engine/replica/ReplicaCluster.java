package io.epona.engine.replica;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.FaultyStorage;
import io.epona.engine.PartitionReader.BatchesHandler;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionOp.Reconcile;
import io.epona.engine.cluster.PartitionOp.Removal;
import io.epona.engine.cluster.PartitionOp.Succession;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.cluster.PartitionTransition;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.LogContext;
import io.epona.engine.log.LogReader;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.log.ReplicatedLog;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Brokers with one partition, real logs, links in memory and a state that is changed by the one transition function:
 * all on the calling thread, with a clock that moves a millisecond in each step.
 */
final class ReplicaCluster implements AutoCloseable
{
    static final long TOPIC_ID = 77;
    static final int PARTITION = 0;
    private static final int STEPS_MAX = 60_000;

    /** An answer to an append with acks=all. */
    record Decision(int brokerId, long correlationId, int code, int leaderEpoch, long baseOffset)
    {
    }

    /** A wish that a leader made. */
    record Wish(int brokerId, int expectedVersion, PartitionOp.LeaderOp op)
    {
    }

    /** A batch as it stands in a log. */
    record Batch(long offset, int epoch, String value)
    {
    }

    final class Broker implements Links, Proposals
    {
        final int id;
        final PartitionLog log;
        final FaultyStorage storage = new FaultyStorage();
        final List<Throwable> errors = new ArrayList<>();
        final Set<Mark> marks = EnumSet.noneOf(Mark.class);
        final Deque<Wish> wishes = new ArrayDeque<>();
        final ReplicaShard.Context ctx = new ReplicaShard.Context();
        ReplicaShard shard;
        int brokerEpoch = 1;
        int refreshes;
        boolean isUp = true;
        boolean isHousekeeping = true;
        boolean isStateHeld;

        Broker(final int id, final LogConfig config) throws IOException
        {
            this.id = id;
            final LogContext context = new LogContext(
                storage, () -> nowNs, errors::add, (file, offset, position, length, reason) -> fail(reason));
            log = ReplicatedLog.create(context, directory.resolve("b" + id), TOPIC_ID, PARTITION, config);
            log.appender().owner(Thread.currentThread());
            ctx.brokerId(id).links(this).proposals(this).marks(marks::add).errorHandler(errors::add)
                .appendListener(
                    (topicId, partition, correlationId, code, leaderEpoch, baseOffset) ->
                    decisions.add(new Decision(id, correlationId, code, leaderEpoch, baseOffset)));
        }

        private void fail(final String reason)
        {
            throw new AssertionError(reason);
        }

        void start()
        {
            shard = new ReplicaShard(ctx);
            shard.doWork(nowNs);
            shard.onRegistered(brokerEpoch);
            shard.onSession(true);
            for (final Broker other : brokers.values())
            {
                shard.onBroker(other.id, other.brokerEpoch, other.isUp);
            }
        }

        Replica replica()
        {
            return shard.replica(TOPIC_ID, PARTITION);
        }

        void learn()
        {
            shard.onState(log, version, state);
        }

        @Override
        public long offerData(
            final int brokerId,
            final DirectBuffer head,
            final int headIndex,
            final int headLength,
            final DirectBuffer body,
            final int bodyIndex,
            final int bodyLength)
        {
            final byte[] bytes = new byte[headLength + bodyLength];
            head.getBytes(headIndex, bytes, 0, headLength);
            body.getBytes(bodyIndex, bytes, headLength, bodyLength);
            return offer(new Pair(id, brokerId, true), bytes);
        }

        @Override
        public long offerControl(final int brokerId, final DirectBuffer buffer, final int index, final int length)
        {
            final byte[] bytes = new byte[length];
            buffer.getBytes(index, bytes);
            return offer(new Pair(id, brokerId, false), bytes);
        }

        @Override
        public void propose(
            final long topicId, final int partition, final int expectedVersion, final PartitionOp.LeaderOp op)
        {
            assertEquals(TOPIC_ID, topicId);
            wishes.add(new Wish(id, expectedVersion, op));
        }

        @Override
        public void refresh(final long topicId, final int partition)
        {
            refreshes++;
        }

        void decide(final Wish wish)
        {
            if (wish.expectedVersion() == version)
            {
                state = PartitionTransition.transition(state, wish.op());
                version++;
                shard.onProposalDecided(
                    TOPIC_ID, PARTITION, wish.expectedVersion(), Outcome.APPLIED, version, state);
                tell();
            }
            else
            {
                shard.onProposalDecided(TOPIC_ID, PARTITION, wish.expectedVersion(), Outcome.STALE, version, state);
            }
        }

        long append(final String value, final byte acks, final long correlationId)
        {
            final int length = batch(value, RecordBatchDescriptor.NO_PRODUCER_ID, 0);
            return offerBatch(length, acks, correlationId);
        }

        long appendOnce(final String value, final long producerId, final int sequence, final long correlationId)
        {
            return offerBatch(batch(value, producerId, sequence), ReplicaShard.ACKS_ALL, correlationId);
        }

        private long offerBatch(final int length, final byte acks, final long correlationId)
        {
            long result;
            int attempts = 0;
            do
            {
                result = shard.append(
                    TOPIC_ID, PARTITION, staging, 0, length, acks, correlationId, nowNs + deadlineNs, nowNs);
                log.housekeep(nowNs);
            }
            while (result == ResultCode.BACK_PRESSURED.code() && ++attempts < 100);

            return result;
        }

        void append(final int count)
        {
            for (int i = 0; i < count; i++)
            {
                final long offset = append(id + "/" + replica().leaderEpoch() + "/" + serial++, (byte)1, 0);
                assertTrue(offset >= 0, () -> ResultCode.nameOf(offset));
            }
        }

        List<Batch> batches()
        {
            final List<Batch> batches = new ArrayList<>();
            try (LogReader reader = log.replicated().newReader())
            {
                final BatchesHandler handler = (buffer, index, length, baseOffset, nextOffset) ->
                {
                    for (int i = index; i < index + length; i += RecordBatchDescriptor.length(buffer, i))
                    {
                        batches.add(new Batch(
                            RecordBatchDescriptor.baseOffset(buffer, i), RecordBatchDescriptor.leaderEpoch(buffer, i),
                            value(buffer, i)));
                    }
                    return true;
                };
                while (reader.position() < log.logEnd())
                {
                    reader.pollBatches(handler, 1 << 20);
                    log.housekeep(nowNs);
                }
            }

            return batches;
        }
    }

    private record Pair(int from, int to, boolean isData) implements Comparable<Pair>
    {
        @Override
        public int compareTo(final Pair other)
        {
            return toString().compareTo(other.toString());
        }
    }

    final Map<Integer, Broker> brokers = new TreeMap<>();
    final List<Decision> decisions = new ArrayList<>();
    final Path directory;
    PartitionState state;
    int version;
    long nowNs = TimeUnit.HOURS.toNanos(1);
    long deadlineNs = TimeUnit.SECONDS.toNanos(60);
    boolean areWishesHeld;
    private final Map<Pair, Deque<byte[]>> queues = new TreeMap<>();
    private final Set<Pair> cut = new java.util.TreeSet<>();
    private final Set<Pair> held = new java.util.TreeSet<>();
    private final UnsafeBuffer staging = new UnsafeBuffer(new byte[64 * 1024]);
    private final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
    private int serial;

    ReplicaCluster(final Path directory)
    {
        this.directory = directory;
    }

    /** Brokers 1 to count, the first of which leads in epoch 0 with all of them in sync. */
    ReplicaCluster start(final int count, final int minIsr) throws IOException
    {
        return start(count, minIsr, new LogConfig(64 * 1024, -1, 16 * 1024), false, (broker) -> {});
    }

    ReplicaCluster start(
        final int count,
        final int minIsr,
        final LogConfig config,
        final boolean isGroupFsync,
        final Consumer<Broker> settings) throws IOException
    {
        final List<Integer> ids = new ArrayList<>();
        final List<Member> members = new ArrayList<>();
        for (int id = 1; id <= count; id++)
        {
            final Broker broker = new Broker(id, config);
            settings.accept(broker);
            brokers.put(id, broker);
            ids.add(id);
            members.add(new Member(id, 1));
        }
        state = new PartitionState(
            1, 1, 0, minIsr, -1, 0, -1, isGroupFsync, false, false, List.copyOf(ids), List.of(), List.of(),
            List.copyOf(members), List.of(), List.of());
        brokers.values().forEach(Broker::start);
        brokers.values().forEach(Broker::learn);

        return this;
    }

    Broker broker(final int id)
    {
        return brokers.get(id);
    }

    private long offer(final Pair pair, final byte[] message)
    {
        if (!cut.contains(pair))
        {
            queues.computeIfAbsent(pair, (key) -> new ArrayDeque<>()).add(message);
        }

        return 1;
    }

    /** What is sent from now on is lost, both ways. */
    void cut(final int a, final int b)
    {
        for (final boolean isData : new boolean[]{ false, true })
        {
            cut.add(new Pair(a, b, isData));
            cut.add(new Pair(b, a, isData));
        }
    }

    /** What is sent from now on arrives again, over new images. */
    void mend(final int a, final int b)
    {
        cut.removeIf((pair) -> pair.from() == a && pair.to() == b || pair.from() == b && pair.to() == a);
        queues.keySet().removeIf((pair) -> pair.from() == a && pair.to() == b || pair.from() == b && pair.to() == a);
        broker(a).shard.onImage(b);
        broker(b).shard.onImage(a);
    }

    /** What is sent on one stream waits. */
    void hold(final int from, final int to, final boolean isData)
    {
        held.add(new Pair(from, to, isData));
    }

    void release(final int from, final int to, final boolean isData)
    {
        held.remove(new Pair(from, to, isData));
    }

    void lose(final int from, final int to, final boolean isData)
    {
        queues.remove(new Pair(from, to, isData));
    }

    Deque<byte[]> queue(final int from, final int to, final boolean isData)
    {
        return queues.computeIfAbsent(new Pair(from, to, isData), (key) -> new ArrayDeque<>());
    }

    void deliver(final int from, final int to, final byte[] message)
    {
        broker(to).shard.onMessage(from, new UnsafeBuffer(message), 0, message.length);
    }

    /** A broker that is down does nothing, and nothing reaches it. */
    void down(final int id)
    {
        broker(id).isUp = false;
        queues.keySet().removeIf((pair) -> pair.to() == id || pair.from() == id);
        tellBrokers();
    }

    void up(final int id)
    {
        broker(id).isUp = true;
        tellBrokers();
    }

    private void tellBrokers()
    {
        for (final Broker broker : brokers.values())
        {
            for (final Broker other : brokers.values())
            {
                broker.shard.onBroker(other.id, other.isUp ? other.brokerEpoch : -1, other.isUp);
            }
        }
    }

    /** The controller: take out who is given, then let another lead. */
    void elect(final int leader, final int... removed)
    {
        final List<Removal> removals = new ArrayList<>();
        for (final int id : removed)
        {
            removals.add(new Removal(member(id), true));
        }
        change(new Reconcile(
            0, removals, Succession.elect(member(leader), broker(leader).brokerEpoch)));
    }

    Member member(final int id)
    {
        final List<Member> members = new ArrayList<>(state.isr());
        members.addAll(state.elr());
        return members.stream().filter((member) -> member.brokerId() == id).findFirst().orElseThrow();
    }

    void change(final PartitionOp op)
    {
        state = PartitionTransition.transition(state, op);
        version++;
        tell();
    }

    private void tell()
    {
        for (final Broker broker : brokers.values())
        {
            if (broker.isUp && !broker.isStateHeld)
            {
                broker.learn();
            }
        }
    }

    void step()
    {
        nowNs += 1_000_000;
        for (final Map.Entry<Pair, Deque<byte[]>> entry : List.copyOf(queues.entrySet()))
        {
            final Pair pair = entry.getKey();
            final int count = entry.getValue().size();
            for (int i = 0; i < count && !held.contains(pair) && !entry.getValue().isEmpty(); i++)
            {
                final byte[] message = entry.getValue().poll();
                if (broker(pair.to()).isUp && !cut.contains(pair))
                {
                    deliver(pair.from(), pair.to(), message);
                }
            }
        }
        for (final Broker broker : brokers.values())
        {
            if (broker.isUp)
            {
                broker.shard.doWork(nowNs);
                if (broker.isHousekeeping)
                {
                    broker.log.housekeep(nowNs);
                }
                while (!areWishesHeld && !broker.wishes.isEmpty())
                {
                    broker.decide(broker.wishes.poll());
                }
            }
        }
    }

    void steps(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            step();
        }
    }

    void until(final BooleanSupplier condition)
    {
        for (int i = 0; i < STEPS_MAX && !condition.getAsBoolean(); i++)
        {
            step();
        }
        assertTrue(condition.getAsBoolean(), this::toString);
    }

    /** Until every broker that is up has the whole log and knows it committed. */
    void untilEqual()
    {
        until(() ->
        {
            final Broker leader = broker(state.leader());
            return brokers.values().stream().filter((broker) -> broker.isUp).allMatch(
                (broker) -> broker.log.logEnd() == leader.log.logEnd() &&
                broker.replica().highWatermark() == leader.log.logEnd());
        });
        assertEqualLogs();
    }

    void assertEqualLogs()
    {
        final List<Batch> expected = broker(state.leader()).batches();
        for (final Broker broker : brokers.values())
        {
            if (broker.isUp)
            {
                assertEquals(expected, broker.batches(), () -> "broker " + broker.id);
                assertTrue(broker.errors.isEmpty(), broker.errors::toString);
            }
        }
    }

    private int batch(final String value, final long producerId, final int sequence)
    {
        final UnsafeBuffer bytes = new UnsafeBuffer(value.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        builder.begin(staging, 0, staging.capacity(), nowNs);
        assertTrue(builder.append(nowNs, null, 0, -1, bytes, 0, bytes.capacity()));
        if (producerId >= 0)
        {
            builder.producer(producerId, (short)0, sequence);
        }

        return builder.finish();
    }

    private static String value(final DirectBuffer buffer, final int batchIndex)
    {
        final int record = batchIndex + RecordBatchDescriptor.HEADER_LENGTH;
        final int length = buffer.getInt(record + 8, java.nio.ByteOrder.LITTLE_ENDIAN);
        return buffer.getStringWithoutLengthAscii(record + 16, length);
    }

    @Override
    public void close()
    {
        for (final Broker broker : brokers.values())
        {
            broker.log.appender().owner(null);
            broker.log.closeClean();
        }
    }

    @Override
    public String toString()
    {
        final StringBuilder text = new StringBuilder("v" + version + ' ' + state);
        brokers.values().forEach((broker) -> text.append("\n").append(broker.id).append(' ')
            .append(null == broker.replica() ? "none" : broker.replica().role() + " " + broker.replica().phase() +
                " epoch " + broker.replica().leaderEpoch() + " hw " + broker.replica().highWatermark())
            .append(" end ").append(broker.log.logEnd()).append(' ').append(broker.errors).append(broker.marks));
        return text.toString();
    }
}
