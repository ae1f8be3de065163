package io.epona.engine.cluster;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.FakeEnsemble.Client;
import io.epona.engine.cluster.FakeEnsemble.Fate;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.replica.Mark;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

import static io.epona.engine.cluster.PartitionState.NONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Members and controllers while processes die, sessions end, connections break and answers are lost, in an order that a
 * seed decides. Every change of a state is looked at when it is made; after healing there is one controller, and the
 * tree is as it should be.
 */
public class ControllerChaosTest
{
    private static final int SEEDS = 60;
    private static final int STEPS = 3_000;
    private static final int BROKERS = 4;
    private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long GRACE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final Fate[] FATES = {Fate.APPLIED_UNKNOWN, Fate.DROPPED_UNKNOWN, Fate.LATE_UNKNOWN, Fate.FAILED};

    private final EnumSet<Mark> marks = EnumSet.noneOf(Mark.class);

    @Test
    public void shouldStayInOrderAndComeToRest()
    {
        for (int seed = 0; seed < SEEDS; seed++)
        {
            new Run(seed).play();
        }

        final EnumSet<Mark> expected = EnumSet.of(
            Mark.CLAIM_WON, Mark.CONTROLLER_FENCED, Mark.CONTROLLER_UNKNOWN, Mark.CONTROLLER_BAD_VERSION,
            Mark.DROPPED_DEAD, Mark.DROPPED_STOPPING, Mark.DROPPED_UNCLEAN,
            Mark.MOVED_TO_ELR, Mark.MOVED_TO_LAST_KNOWN_ELR, Mark.ELECTED_FROM_ISR, Mark.ELECTED_FROM_ELR,
            Mark.ELECTED_BOUNCED_LEADER, Mark.ELECTED_LAST_KNOWN, Mark.ELECTED_NONE, Mark.TOPIC_CREATED,
            Mark.TOPIC_DELETED, Mark.ORPHAN_REMOVED, Mark.REGISTERED, Mark.REGISTERED_OVER_STALE_OWN,
            Mark.REGISTRATION_UNKNOWN, Mark.REGISTRATION_RECOGNISED, Mark.SESSION_RENEWED);
        expected.removeAll(marks);
        assertTrue(expected.isEmpty(), () -> "never decided: " + expected);
    }

    /** A run of one seed. */
    private final class Run
    {
        private final int seed;
        private final SplittableRandom random;
        private final FakeEnsemble ensemble = new FakeEnsemble();
        private final TreeMap<Integer, Broker> brokers = new TreeMap<>();
        private final List<Client> dead = new ArrayList<>();
        private final Map<String, PartitionState> states = new HashMap<>();
        private final TreeSet<String> confirmed = new TreeSet<>();
        private int topicCount;
        private long nowNs;

        private Run(final int seed)
        {
            this.seed = seed;
            random = new SplittableRandom(seed);
            ensemble.observer(this::onChange);
        }

        private void play()
        {
            for (int id = 1; id <= BROKERS; id++)
            {
                new Broker(id, true);
            }
            for (int i = 0; i < STEPS; i++)
            {
                disturb();
                step();
            }

            heal();
            check();
        }

        private void step()
        {
            nowNs += STEP_NS;
            brokers.values().forEach(Broker::step);
        }

        private void disturb()
        {
            final int id = 1 + random.nextInt(BROKERS);
            final Broker broker = brokers.get(id);
            switch (random.nextInt(200))
            {
                case 0 ->
                {
                    // The process dies; its session lives on for a while.
                    if (null != broker)
                    {
                        broker.client.kill();
                        dead.add(broker.client);
                        brokers.remove(id);
                    }
                }
                case 1, 2 ->
                {
                    if (null == broker)
                    {
                        new Broker(id, random.nextBoolean());
                    }
                }
                case 3 ->
                {
                    dead.forEach(Client::expire);
                    dead.clear();
                }
                case 4 -> onBroker(broker, () -> broker.client.suspend());
                case 5, 6 -> onBroker(broker, () -> broker.client.resume());
                case 7 -> onBroker(broker, () -> broker.client.expire());
                case 8, 9, 10, 11 ->
                    onBroker(broker, () -> broker.client.script(FATES[random.nextInt(FATES.length)]));
                case 12 -> ensemble.releaseLate();
                case 13, 14 -> onBroker(broker, () -> broker.create("t" + topicCount++));
                case 15 -> onBroker(broker, () -> broker.delete("t" + random.nextInt(topicCount + 1)));
                case 16 -> onBroker(broker, () -> broker.member.membership().stop());
                case 17, 18 -> onBroker(broker, () -> broker.client.deaf(random.nextBoolean()));
                case 19 ->
                {
                    // As operators do to have another controller.
                    if (null != ensemble.value(Paths.CONTROLLER))
                    {
                        ensemble.change(Operation.delete(Paths.CONTROLLER, Coordination.ANY_VERSION));
                    }
                }
                default ->
                {
                    // Nothing happens.
                }
            }
        }

        private void onBroker(final Broker broker, final Runnable action)
        {
            if (null != broker)
            {
                action.run();
            }
        }

        private void heal()
        {
            dead.forEach(Client::expire);
            for (int id = 1; id <= BROKERS; id++)
            {
                if (null != brokers.get(id) && brokers.get(id).isStopping())
                {
                    brokers.remove(id).client.close();
                }
                if (null == brokers.get(id))
                {
                    new Broker(id, true);
                }
                brokers.get(id).client.heal();
            }
            ensemble.releaseLate();
            for (int i = 0; i < 1_000; i++)
            {
                step();
            }
        }

        private void check()
        {
            final String name = "seed " + seed;
            assertEquals(1, brokers.values().stream().filter((broker) -> broker.controller.isActive()).count(), name);
            brokers.values().forEach((broker) -> assertEquals(0, broker.pendingCount, name));
            final TreeSet<String> topicIds = new TreeSet<>();
            final TreeSet<String> names = new TreeSet<>(ensemble.children(Paths.TOPICS));
            assertTrue(names.containsAll(confirmed), () -> name + ": " + confirmed + " are not all of " + names);
            for (final String topicName : names)
            {
                final String path = Paths.topic(topicName);
                final TopicRecord topic = NodeValues.decodeTopic(path, ensemble.value(path));
                topicIds.add(Long.toString(topic.topicId()));
                for (int i = 0; i < topic.partitionCount(); i++)
                {
                    checkLed(name + " " + topic.topicId() + "-" + i, ensemble.state(topic.topicId(), i));
                }
            }
            assertEquals(topicIds, new TreeSet<>(ensemble.children(Paths.STATE)), name);
        }

        private void checkLed(final String name, final PartitionState state)
        {
            if (NONE != state.leader())
            {
                assertEquals(ensemble.version(Paths.brokerEpoch(state.leader())), state.leaderBrokerEpoch(), name);
                return;
            }
            final List<Member> candidates = new ArrayList<>(state.isr());
            candidates.addAll(state.elr());
            candidates.forEach((member) -> assertTrue(
                member.brokerEpoch() < lives(member.brokerId()).cleanSince(), () -> name + " " + state));
        }

        private NodeValues.BrokerLives lives(final int id)
        {
            final String path = Paths.brokerEpoch(id);
            return NodeValues.decodeBrokerLives(path, ensemble.value(path));
        }

        /** Each state is written by the controller of that moment, and names a life of that moment. */
        private void onChange(final List<Operation> operations, final long sessionId)
        {
            for (final Operation operation : operations)
            {
                if (!operation.path().startsWith(Paths.STATE + '/') || 0 == operation.value().length)
                {
                    continue;
                }
                final PartitionState next = NodeValues.decodeState(operation.path(), operation.value());
                final PartitionState former = states.put(operation.path(), next);
                assertEquals(
                    ensemble.version(Paths.CONTROLLER_EPOCH), next.controllerEpoch(), () -> "seed " + seed);
                assertTrue(
                    null == former || next.leaderEpoch() >= former.leaderEpoch(), () -> "seed " + seed);
                if (null != former && NONE != next.leader() && next.leaderEpoch() > former.leaderEpoch())
                {
                    assertEquals(
                        ensemble.version(Paths.brokerEpoch(next.leader())), next.leaderBrokerEpoch(),
                        () -> "seed " + seed);
                }
            }
        }

        /** A process of a broker. */
        private final class Broker
        {
            private final Client client = ensemble.connect();
            private final ControllingMember member;
            private final Controller controller;
            private int pendingCount;

            private Broker(final int id, final boolean wasComplete)
            {
                member = new ControllingMember(
                    client,
                    id,
                    new MembershipContext().marks(marks::add),
                    new Controller.Context().deletionGraceNs(GRACE_NS).marks(marks::add).errorHandler(this::onError),
                    wasComplete,
                    true);
                controller = member.controller();
                brokers.put(id, this);
            }

            private void onError(final Throwable error)
            {
                throw new IllegalStateException("seed " + seed, error);
            }

            private void step()
            {
                member.step(nowNs);
            }

            private boolean isStopping()
            {
                return member.membership().isStopAnnounced() || member.membership().isStopping();
            }

            private void create(final String name)
            {
                pendingCount++;
                controller.createTopic(
                    new NewTopic(name, 1 + random.nextInt(3), 1 + random.nextInt(3), 1 + random.nextInt(2), false,
                        false, Map.of()),
                    (refusal, topicId, message) ->
                    {
                        pendingCount--;
                        if (null == refusal)
                        {
                            confirmed.add(name);
                        }
                    });
            }

            private void delete(final String name)
            {
                pendingCount++;
                if (controller.isActive())
                {
                    confirmed.remove(name);
                }
                controller.deleteTopic(
                    name,
                    (refusal, topicId, message) ->
                    {
                        pendingCount--;
                        assertTrue(ResultCode.TOPIC_EXISTS != refusal);
                    });
            }
        }
    }
}
