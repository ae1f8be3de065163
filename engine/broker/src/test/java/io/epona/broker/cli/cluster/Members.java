package io.epona.broker.cli.cluster;

import io.epona.codecs.ResultCode;
import io.epona.coordination.CuratorCoordination;
import io.epona.engine.EngineException;
import io.epona.engine.cluster.Controller;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Membership;
import io.epona.engine.cluster.MembershipContext;
import io.epona.engine.cluster.NewTopic;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionTransition;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.Uuid;
import org.agrona.concurrent.SystemNanoClock;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Brokers of a cluster without logs: they register and one of them is the controller. One thread of its own drives all.
 */
final class Members implements AutoCloseable
{
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long PARK_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final String connect;
    private final TreeMap<Integer, Member> members = new TreeMap<>();
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean isClosed;

    Members(final String connect)
    {
        this.connect = connect;
        thread = new Thread(this::run, "members");
        thread.start();
    }

    private void run()
    {
        try
        {
            while (!isClosed)
            {
                Runnable task = tasks.poll();
                while (null != task)
                {
                    task.run();
                    task = tasks.poll();
                }
                members.values().forEach(Member::step);
                LockSupport.parkNanos(PARK_NS);
            }
        }
        catch (final RuntimeException | AssertionError ex)
        {
            failure.set(ex);
        }
        members.values().forEach((member) -> member.coordination.close());
    }

    /** Do something on the members' thread until it says that it is done. */
    private void await(final BooleanSupplier isDone)
    {
        final AtomicReference<Boolean> answer = new AtomicReference<>(false);
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + DEADLINE_NS;
        while (!answer.get())
        {
            tasks.add(() -> answer.set(isDone.getAsBoolean()));
            LockSupport.parkNanos(PARK_NS);
            assertNull(failure.get(), () -> failure.get().toString());
            assertTrue(SystemNanoClock.INSTANCE.nanoTime() - deadlineNs < 0, "in time");
        }
    }

    private void once(final Runnable task)
    {
        final boolean[] isDone = new boolean[1];
        await(() ->
        {
            if (!isDone[0])
            {
                isDone[0] = true;
                task.run();
            }
            return true;
        });
    }

    /** Start a broker and wait until it is registered and there is a controller. */
    Members start(final int id, final boolean wasClean)
    {
        once(() -> members.put(id, new Member(id, wasClean)));
        await(() -> Membership.State.REGISTERED == members.get(id).membership.state() && null != controller());
        return this;
    }

    /** End the session of a broker. */
    void stop(final int id)
    {
        once(() -> members.remove(id).coordination.close());
    }

    void create(final String topic, final int partitions, final int replicas, final int minIsr)
    {
        final AtomicReference<String> outcome = new AtomicReference<>();
        do
        {
            // A controller that has not seen every broker yet refuses.
            outcome.set(null);
            once(() -> controller().createTopic(
                new NewTopic(topic, partitions, replicas, minIsr, false, false, Map.of("retention.ms", "1000")),
                (refusal, topicId, message) -> outcome.set(null == refusal ? "done" : refusal.name())));
            await(() -> null != outcome.get());
        }
        while (ResultCode.INVALID_REPLICATION.name().equals(outcome.get()));
        assertEquals("done", outcome.get());
    }

    private Controller controller()
    {
        return members.values().stream().map((member) -> member.controller).filter(Controller::isActive)
            .findFirst().orElse(null);
    }

    PartitionState state(final long topicId, final int partition)
    {
        final AtomicReference<PartitionState> state = new AtomicReference<>();
        once(() -> any().read(Paths.state(topicId, partition), (status, value, version, owner) ->
            state.set(NodeValues.decodeState("state", value))));
        await(() -> null != state.get());
        return state.get();
    }

    void awaitLeader(final long topicId, final int partition, final int leader)
    {
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + DEADLINE_NS;
        while (leader != state(topicId, partition).leader())
        {
            assertTrue(SystemNanoClock.INSTANCE.nanoTime() - deadlineNs < 0, () -> "" + state(topicId, partition));
        }
    }

    /** What the leader does when a replica has caught up. */
    void expand(final long topicId, final int partition, final int brokerId)
    {
        final AtomicReference<Coordination.Status> outcome = new AtomicReference<>();
        once(() -> any().read(Paths.state(topicId, partition), (status, value, version, owner) ->
        {
            final int brokerEpoch = members.get(brokerId).membership.brokerEpoch();
            final PartitionState next = PartitionTransition.transition(
                NodeValues.decodeState("state", value),
                new PartitionOp.Expand(new PartitionState.Member(brokerId, brokerEpoch)));
            any().set(
                Paths.state(topicId, partition), NodeValues.encodeState(next), version,
                (answer, failedIndex, versions) -> outcome.set(answer));
        }));
        await(() -> null != outcome.get());
        assertEquals(Coordination.Status.OK, outcome.get());
    }

    /** Replace the value of a node of a cluster whose members are closed. */
    static void write(final String connect, final String path, final byte[] value)
    {
        final AtomicReference<Coordination.Status> outcome = new AtomicReference<>();
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + DEADLINE_NS;
        try (Coordination coordination =
            CuratorCoordination.launch(new CuratorCoordination.Context().connectString(connect)))
        {
            boolean isAsked = false;
            while (null == outcome.get())
            {
                coordination.poll();
                if (!isAsked && 0 != coordination.sessionId())
                {
                    isAsked = true;
                    coordination.set(
                        path, value, Coordination.ANY_VERSION,
                        (status, failedIndex, versions) -> outcome.set(status));
                }
                LockSupport.parkNanos(PARK_NS);
                assertTrue(SystemNanoClock.INSTANCE.nanoTime() - deadlineNs < 0, "in time");
            }
        }
        assertEquals(Coordination.Status.OK, outcome.get());
    }

    private Coordination any()
    {
        return members.firstEntry().getValue().coordination;
    }

    @Override
    public void close()
    {
        isClosed = true;
        try
        {
            thread.join();
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
        }
        assertNull(failure.get(), () -> failure.get().toString());
    }

    private final class Member implements Membership.Listener, Membership.LastLife, Controller.Listener
    {
        private final Coordination coordination;
        private final Membership membership;
        private final Controller controller;
        private final boolean wasClean;

        private Member(final int id, final boolean wasClean)
        {
            this.wasClean = wasClean;
            coordination = CuratorCoordination.launch(new CuratorCoordination.Context()
                .connectString(connect)
                .errorHandler((error) -> failure.set(error)));
            membership = new Membership(
                new MembershipContext().coordination(coordination).brokerId(id).dirId(new Uuid(id, 0))
                    .newClusterId(new Uuid(1, 2)).lastLife(this).maxMessageBytes(131_072)
                    .endpoint("127.0.0.1", 9000 + id), this);
            controller = new Controller(
                new Controller.Context().coordination(coordination).brokerId(id)
                    .errorHandler((error) -> failure.set(error)), this);
        }

        private void step()
        {
            final long nowNs = SystemNanoClock.INSTANCE.nanoTime();
            coordination.poll();
            membership.doWork(nowNs);
            controller.doWork(nowNs);
        }

        @Override
        public boolean isComplete(final int brokerEpoch)
        {
            return wasClean;
        }

        @Override
        public boolean isDurable(final int brokerEpoch)
        {
            return true;
        }

        @Override
        public void onClusterId(final Uuid clusterId)
        {
            assertEquals(new Uuid(1, 2), clusterId);
        }

        @Override
        public void onRegistered(final long sessionId, final int brokerEpoch)
        {
            controller.onRegistered(sessionId, brokerEpoch);
        }

        @Override
        public void onSession(final boolean isConnected)
        {
            controller.onSession(isConnected);
        }

        @Override
        public void onSessionLost()
        {
            controller.onSessionLost();
        }

        @Override
        public void onFatal(final EngineException reason)
        {
            throw new EngineException(ResultCode.INTERNAL, "a member failed", reason);
        }

        @Override
        public void onController(final boolean isActive, final int controllerEpoch)
        {
            assertTrue(controllerEpoch > 0);
        }

        @Override
        public void onUncleanElection(
            final long topicId, final int partition, final int leader, final int leaderEpoch)
        {
            assertTrue(leader > 0);
        }
    }
}
