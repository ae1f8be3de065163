package io.epona.broker.cli.cluster;

import io.epona.codecs.ResultCode;
import io.epona.coordination.CuratorCoordination;
import io.epona.engine.cluster.Controller;
import io.epona.engine.cluster.ControllingMember;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Membership;
import io.epona.engine.cluster.MembershipContext;
import io.epona.engine.cluster.NewTopic;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionTransition;
import io.epona.engine.cluster.Paths;
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
    private final TreeMap<Integer, ControllingMember> members = new TreeMap<>();
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
                members.values().forEach((member) -> member.step(SystemNanoClock.INSTANCE.nanoTime()));
                LockSupport.parkNanos(PARK_NS);
            }
        }
        catch (final RuntimeException | AssertionError ex)
        {
            failure.set(ex);
        }
        members.values().forEach((member) -> member.coordination().close());
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
        once(() -> members.put(id, launch(id, wasClean)));
        await(() -> Membership.State.REGISTERED == members.get(id).membership().state() && null != controller());
        return this;
    }

    /** End the session of a broker. */
    void stop(final int id)
    {
        once(() -> members.remove(id).coordination().close());
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
        return members.values().stream().map(ControllingMember::controller).filter(Controller::isActive)
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

    private ControllingMember launch(final int id, final boolean wasClean)
    {
        return new ControllingMember(
            CuratorCoordination.launch(new CuratorCoordination.Context()
                .connectString(connect)
                .errorHandler((error) -> failure.set(error))),
            id,
            new MembershipContext().maxMessageBytes(131_072).endpoint("127.0.0.1", 9000 + id),
            new Controller.Context().errorHandler((error) -> failure.set(error)),
            wasClean,
            true);
    }

    /** What the leader does when a replica has caught up. */
    void expand(final long topicId, final int partition, final int brokerId)
    {
        final AtomicReference<Coordination.Status> outcome = new AtomicReference<>();
        once(() -> any().read(Paths.state(topicId, partition), (status, value, version, owner) ->
        {
            final int brokerEpoch = members.get(brokerId).membership().brokerEpoch();
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
        return members.firstEntry().getValue().coordination();
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
}
