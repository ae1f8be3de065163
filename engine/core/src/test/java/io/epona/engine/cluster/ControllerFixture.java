package io.epona.engine.cluster;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.FakeEnsemble.Client;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.ProtocolMutation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * Brokers, each a member of the cluster and perhaps its controller, on an ensemble that a test disturbs. They are
 * stepped in turn, on the test's clock.
 */
abstract class ControllerFixture
{
    static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long GRACE_NS = TimeUnit.SECONDS.toNanos(10);

    final FakeEnsemble ensemble = new FakeEnsemble();
    final TreeMap<Integer, Broker> brokers = new TreeMap<>();
    ProtocolMutation mutation = ProtocolMutation.NONE;
    long nowNs;
    private int topicCount;

    /** A process of a broker: a member, and perhaps the controller. */
    final class Broker
    {
        final Client client = ensemble.connect();
        final List<Throwable> errors = new ArrayList<>();
        final List<Mark> marks = new ArrayList<>();
        final ControllingMember member;
        final Controller controller;

        Broker(final int id, final boolean wasComplete, final boolean wasDurable)
        {
            member = new ControllingMember(
                client,
                id,
                new MembershipContext(),
                new Controller.Context().errorHandler(errors::add).deletionGraceNs(GRACE_NS).mutation(mutation)
                    .marks(marks::add),
                wasComplete,
                wasDurable);
            controller = member.controller();
            brokers.put(id, this);
        }

        void step()
        {
            member.step(nowNs);
        }
    }

    /** Remembers an answer. */
    static final class Answer implements TopicHandler
    {
        int count;
        ResultCode refusal;
        long topicId;

        @Override
        public void onTopic(final ResultCode refusal, final long topicId, final String message)
        {
            count++;
            this.refusal = refusal;
            this.topicId = topicId;
        }
    }

    void start(final int... ids)
    {
        for (final int id : ids)
        {
            new Broker(id, true, true);
        }
        run();
    }

    void restart(final int id, final boolean wasComplete)
    {
        new Broker(id, wasComplete, true);
    }

    void kill(final int id)
    {
        final Client client = brokers.remove(id).client;
        client.kill();
        client.expire();
    }

    void run()
    {
        for (int i = 0; i < 300; i++)
        {
            nowNs += STEP_NS;
            brokers.values().forEach(Broker::step);
        }
    }

    void settle()
    {
        run();
        nowNs += GRACE_NS;
        run();
    }

    Controller controller()
    {
        return brokers.get(controllerId()).controller;
    }

    Controller other()
    {
        for (final Broker broker : brokers.values())
        {
            if (!broker.controller.isActive())
            {
                return broker.controller;
            }
        }

        throw new IllegalStateException("every broker is the controller");
    }

    int controllerId()
    {
        for (final Map.Entry<Integer, Broker> entry : brokers.entrySet())
        {
            if (entry.getValue().controller.isActive())
            {
                return entry.getKey();
            }
        }

        throw new IllegalStateException("there is no controller");
    }

    int activeCount()
    {
        return (int)brokers.values().stream().filter((broker) -> broker.controller.isActive()).count();
    }

    long create(final String name, final int partitionCount, final int replicationFactor, final int minIsr)
    {
        final Answer answer = new Answer();
        controller().createTopic(topic(name, partitionCount, replicationFactor, minIsr), answer);
        run();
        ensemble.releaseLate();
        run();
        assertEquals(1, answer.count);
        assertNull(answer.refusal);
        return answer.topicId;
    }

    /** Create a partition that one broker, the last or the controller, holds no replica of, or leads not. */
    long createOn(final int replicationFactor, final int minIsr, final int brokerCount, final int... spared)
    {
        while (true)
        {
            final String name = "single-" + ++topicCount;
            final long topicId = create(name, 1, replicationFactor, minIsr);
            final PartitionState state = ensemble.state(topicId, 0);
            final int avoided = 0 == spared.length ? controllerId() : spared[0];
            if (state.replicas().size() < brokerCount && !state.replicas().contains(avoided) ||
                1 == replicationFactor && avoided != state.leader())
            {
                return topicId;
            }
            final Answer answer = new Answer();
            controller().deleteTopic(name, answer);
            settle();
            assertNull(answer.refusal);
        }
    }

    void asLeader(final long topicId, final PartitionOp.LeaderOp op)
    {
        final String path = Paths.state(topicId, 0);
        final PartitionState next = PartitionTransition.transition(ensemble.state(topicId, 0), op);
        ensemble.change(Operation.set(path, NodeValues.encodeState(next), ensemble.version(path)));
        run();
    }

    static NewTopic topic(
        final String name, final int partitionCount, final int replicationFactor, final int minIsr)
    {
        return new NewTopic(name, partitionCount, replicationFactor, minIsr, false, false, Map.of());
    }
}
