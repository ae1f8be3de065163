package io.epona.engine.cluster;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import io.epona.engine.cluster.FakeEnsemble.Client;
import io.epona.engine.cluster.FakeEnsemble.Fate;
import io.epona.engine.cluster.PartitionOp.Expand;
import io.epona.engine.cluster.PartitionOp.Resign;
import io.epona.engine.cluster.PartitionOp.Shrink;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.ProtocolMutation;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import static io.epona.engine.cluster.PartitionState.NONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

public class ControllerTest
{
    private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long GRACE_NS = TimeUnit.SECONDS.toNanos(10);

    private final FakeEnsemble ensemble = new FakeEnsemble();
    private final TreeMap<Integer, Broker> brokers = new TreeMap<>();
    private ProtocolMutation mutation = ProtocolMutation.NONE;
    private long nowNs;
    private int topicCount;

    /** A process of a broker: a member, and perhaps the controller. */
    private final class Broker implements Membership.Listener, Membership.LastLife, Controller.Listener
    {
        private final Client client = ensemble.connect();
        private final Membership membership;
        private final Controller controller;
        private final List<String> uncleanElections = new ArrayList<>();
        private final List<Throwable> errors = new ArrayList<>();
        private final List<Mark> marks = new ArrayList<>();
        private final boolean wasComplete;
        private final boolean wasDurable;

        private Broker(final int id, final boolean wasComplete, final boolean wasDurable)
        {
            this.wasComplete = wasComplete;
            this.wasDurable = wasDurable;
            membership = new Membership(
                new MembershipContext().coordination(client).brokerId(id).dirId(new Uuid(id, 0))
                    .newClusterId(new Uuid(1, 2)).lastLife(this), this);
            controller = new Controller(
                new Controller.Context().coordination(client).brokerId(id).errorHandler(errors::add)
                    .deletionGraceNs(GRACE_NS).mutation(mutation).marks(marks::add), this);
            brokers.put(id, this);
        }

        private void step()
        {
            client.poll();
            membership.doWork(nowNs);
            controller.doWork(nowNs);
        }

        @Override
        public boolean isComplete(final int brokerEpoch)
        {
            return wasComplete;
        }

        @Override
        public boolean isDurable(final int brokerEpoch)
        {
            return wasDurable;
        }

        @Override
        public void onClusterId(final Uuid clusterId)
        {
            assertNotNull(clusterId);
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
            throw reason;
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
            uncleanElections.add(topicId + "-" + partition + " " + leader + " " + leaderEpoch);
        }
    }

    /** Remembers an answer. */
    private static final class Answer implements TopicHandler
    {
        private int count;
        private ResultCode refusal;
        private long topicId;

        @Override
        public void onTopic(final ResultCode refusal, final long topicId, final String message)
        {
            count++;
            this.refusal = refusal;
            this.topicId = topicId;
        }
    }

    @Test
    public void shouldHaveOneControllerThatMovesOn()
    {
        start(1, 2, 3);
        assertEquals(1, ensemble.version(Paths.CONTROLLER_EPOCH));
        final int first = controllerId();
        assertEquals(first, brokers.get(2).controller.controllerId());
        assertEquals(1, activeCount());

        kill(first);
        run();
        assertEquals(2, ensemble.version(Paths.CONTROLLER_EPOCH));
        assertEquals(1, activeCount());
        assertTrue(first != controllerId());
    }

    @Test
    public void shouldCreateATopicWithEveryReplicaInSync()
    {
        start(1, 2, 3);
        final long topicId = create("a", 3, 3, 2);

        for (int i = 0; i < 3; i++)
        {
            final PartitionState state = ensemble.state(topicId, i);
            assertEquals(3, state.replicas().size());
            assertEquals(state.replicas().get(0), state.leader());
            assertEquals(0, state.leaderEpoch());
            assertEquals(List.of(new Member(1, 1), new Member(2, 1), new Member(3, 1)), state.isr());
            assertEquals(2, state.minIsr());
        }
        assertEquals(3, leaders(topicId, 3).size());

        final Answer answer = new Answer();
        controller().createTopic(topic("a", 1, 3, 2), answer);
        assertEquals(ResultCode.TOPIC_EXISTS, answer.refusal);
        controller().createTopic(topic("b", 1, 4, 2), answer);
        assertEquals(ResultCode.INVALID_REPLICATION, answer.refusal);
        controller().createTopic(topic("b", 0, 3, 2), answer);
        assertEquals(ResultCode.INVALID_CONFIG, answer.refusal);
        other().createTopic(topic("b", 1, 3, 2), answer);
        assertEquals(ResultCode.NOT_CONTROLLER, answer.refusal);
        other().deleteTopic("a", answer);
        assertEquals(ResultCode.NOT_CONTROLLER, answer.refusal);
        controller().deleteTopic("b", answer);
        assertEquals(ResultCode.UNKNOWN_TOPIC, answer.refusal);
        assertEquals(6, answer.count);

        final long second = create("b", 1, -1, 9);
        assertTrue(second > topicId);
        assertEquals(3, ensemble.state(second, 0).minIsr());
    }

    @Test
    public void shouldElectFromIsrThenElrAndWaitForWhoHoldsEverything()
    {
        start(1, 2, 3, 4);
        final long topicId = createOn(3, 2, 4);
        final PartitionState before = ensemble.state(topicId, 0);
        final int first = before.leader();
        kill(first);
        run();
        final PartitionState second = ensemble.state(topicId, 0);
        assertEquals(before.replicas().get(1), second.leader());
        assertEquals(1, second.leaderEpoch());
        assertEquals(2, second.isr().size());
        assertEquals(List.of(), second.elr());

        kill(second.leader());
        run();
        final PartitionState third = ensemble.state(topicId, 0);
        assertEquals(before.replicas().get(2), third.leader());
        assertEquals(2, third.leaderEpoch());
        assertEquals(List.of(new Member(second.leader(), 1)), third.elr());

        // The last one loses power: only the second, which came back in order, may lead.
        kill(third.leader());
        run();
        final PartitionState dead = ensemble.state(topicId, 0);
        assertEquals(NONE, dead.leader());
        assertEquals(3, dead.leaderEpoch());
        assertEquals(2, dead.elr().size());

        restart(third.leader(), false);
        run();
        assertEquals(NONE, ensemble.state(topicId, 0).leader());
        assertEquals(List.of(new Member(third.leader(), 1)), ensemble.state(topicId, 0).lastKnownElr());

        restart(second.leader(), true);
        run();
        final PartitionState back = ensemble.state(topicId, 0);
        assertEquals(second.leader(), back.leader());
        assertEquals(2, back.leaderBrokerEpoch());
        assertEquals(4, back.leaderEpoch());
        assertEquals(List.of(new Member(second.leader(), 2)), back.isr());
    }

    @Test
    public void shouldElectABouncedLeaderInANewEpochOnly()
    {
        start(1, 2, 3);
        final long topicId = create("a", 1, 3, 2);
        final PartitionState before = ensemble.state(topicId, 0);

        // Faster than its session expires, and unclean: another leads.
        brokers.get(before.leader()).client.kill();
        restart(before.leader(), false);
        run();
        final PartitionState unclean = ensemble.state(topicId, 0);
        assertEquals(before.replicas().get(1), unclean.leader());
        assertEquals(1, unclean.leaderEpoch());
        assertEquals(2, unclean.isr().size());

        brokers.get(unclean.leader()).client.kill();
        restart(unclean.leader(), true);
        run();
        final PartitionState clean = ensemble.state(topicId, 0);
        assertEquals(unclean.leader(), clean.leader());
        assertEquals(2, clean.leaderEpoch());
        assertEquals(2, clean.leaderBrokerEpoch());
        assertTrue(clean.isr().contains(new Member(unclean.leader(), 2)));
    }

    @Test
    public void shouldElectNobodyInALifeThatIsOver()
    {
        start(1, 2, 3, 4);
        final long topicId = createOn(3, 2, 4);
        final PartitionState before = ensemble.state(topicId, 0);
        final int candidate = before.replicas().get(1);
        final Broker controlling = brokers.get(controllerId());
        kill(before.leader());
        final int changeCount = controlling.client.changeCount();
        while (changeCount == controlling.client.changeCount())
        {
            nowNs += STEP_NS;
            controlling.step();
        }

        // The election is on its way; the candidate begins another life before it arrives.
        final Uuid dirId = new Uuid(candidate, 0);
        ensemble.change(
            Operation.set(Paths.brokerEpoch(candidate), NodeValues.encodeBrokerEpoch(0, 0, dirId), 1),
            Operation.set(
                Paths.brokerId(candidate),
                NodeValues.encodeRegistration(new NodeValues.Registration(2, 0, dirId, true, "", 0, 1)), 0));
        run();

        final PartitionState after = ensemble.state(topicId, 0);
        assertEquals(candidate, after.leader());
        assertEquals(2, after.leaderBrokerEpoch());
        assertEquals(1, after.leaderEpoch());
        assertTrue(controlling.marks.contains(Mark.CONTROLLER_CANDIDATE_MOVED));
    }

    @Test
    public void shouldElectTheLastOneOfAPartitionThatCommitsAlone()
    {
        start(1, 2);
        final long topicId = createOn(1, 1, 2);
        final int leader = ensemble.state(topicId, 0).leader();

        kill(leader);
        run();
        assertEquals(NONE, ensemble.state(topicId, 0).leader());
        restart(leader, false);
        run();
        final PartitionState elected = ensemble.state(topicId, 0);
        assertEquals(leader, elected.leader());
        assertTrue(elected.recovering());
        assertEquals(elected.leaderEpoch(), elected.lastUncleanEpoch());
        assertEquals(List.of(topicId + "-0 " + leader + " " + elected.leaderEpoch()), uncleanElections());

        // On another disk nothing is left of it: an operator's matter.
        kill(leader);
        run();
        new Broker(leader, false, false);
        run();
        assertEquals(NONE, ensemble.state(topicId, 0).leader());
        assertEquals(1, ensemble.state(topicId, 0).lastKnownElr().size());

        ensemble.change(AdminRequests.electUnclean(topicId, 0, leader));
        run();
        assertEquals(leader, ensemble.state(topicId, 0).leader());
        assertEquals(2, uncleanElections().size());
        assertEquals(List.of(), ensemble.children(Paths.ADMIN_UNCLEAN));
    }

    @Test
    public void shouldNotElectAResignedLeaderWithADamagedLogInTheSameLife()
    {
        start(1, 2);
        final long topicId = createOn(1, 1, 2);
        final int leader = ensemble.state(topicId, 0).leader();

        asLeader(topicId, new Resign(false));
        run();
        final PartitionState resigned = ensemble.state(topicId, 0);
        assertEquals(NONE, resigned.leader());
        assertEquals(List.of(new Member(leader, 1)), resigned.lastKnownElr());
    }

    @Test
    public void shouldPassOverWhoResignedWhileAnotherIsEligible()
    {
        start(1, 2, 3);
        final long topicId = create("a", 1, 3, 2);
        final PartitionState before = ensemble.state(topicId, 0);

        asLeader(topicId, new Resign(true));
        run();
        final PartitionState after = ensemble.state(topicId, 0);
        assertEquals(before.replicas().get(1), after.leader());
        assertEquals(2, after.leaderEpoch());
        assertEquals(3, after.isr().size());

        // Alone, the one that resigned leads again.
        final long single = createOn(1, 1, 3);
        final int only = ensemble.state(single, 0).leader();
        asLeader(single, new Resign(true));
        run();
        assertEquals(only, ensemble.state(single, 0).leader());
        assertEquals(2, ensemble.state(single, 0).leaderEpoch());
    }

    @Test
    public void shouldMoveLeadershipsAwayFromABrokerThatStops()
    {
        start(1, 2, 3);
        final long topicId = create("a", 3, 3, 2);
        final long single = createOn(1, 1, 3);
        final int stopping = ensemble.state(single, 0).leader();

        brokers.get(stopping).membership.stop();
        run();
        for (int i = 0; i < 3; i++)
        {
            assertTrue(stopping != ensemble.state(topicId, i).leader());
            assertEquals(2, ensemble.state(topicId, i).isr().size());
        }
        assertEquals(stopping, ensemble.state(single, 0).leader());
    }

    @Test
    public void shouldLetAnElrMemberTakeOverFromAnIsrThatOnlyStops()
    {
        start(1, 2, 3);
        final long topicId = create("a", 1, 2, 2);
        final PartitionState before = ensemble.state(topicId, 0);
        final int other = before.replicas().get(1);
        asLeader(topicId, new Shrink(new Member(other, 1)));
        run();
        assertEquals(List.of(new Member(other, 1)), ensemble.state(topicId, 0).elr());

        brokers.get(before.leader()).membership.stop();
        run();
        assertEquals(other, ensemble.state(topicId, 0).leader());
        assertEquals(List.of(new Member(before.leader(), 1)), ensemble.state(topicId, 0).elr());
    }

    @Test
    public void shouldDecideAmbiguousWritesByTheSameWriteAgain()
    {
        for (final Fate fate : new Fate[]{
            Fate.APPLIED_UNKNOWN, Fate.DROPPED_UNKNOWN, Fate.LATE_UNKNOWN, Fate.FAILED})
        {
            brokers.values().forEach((broker) -> broker.client.close());
            brokers.clear();
            start(1, 2, 3, 4);
            final long topicId = createOn(3, 2, 4, controllerId());
            final PartitionState before = ensemble.state(topicId, 0);
            final int victim = before.leader();
            final Broker controlling = brokers.get(controllerId());
            controlling.client.script(fate);
            kill(victim);
            run();
            ensemble.releaseLate();
            run();

            final PartitionState after = ensemble.state(topicId, 0);
            assertEquals(before.replicas().get(1), after.leader(), fate.name());
            assertEquals(before.leaderEpoch() + 1, after.leaderEpoch(), fate.name());
            assertEquals(2, after.isr().size());
        }
    }

    @Test
    public void shouldCreateAndDeleteWhenAnswersAreLost()
    {
        start(1, 2, 3);
        int count = 0;
        for (final Fate fate : new Fate[]{
            Fate.APPLIED_UNKNOWN, Fate.DROPPED_UNKNOWN, Fate.LATE_UNKNOWN, Fate.FAILED})
        {
            for (int i = 0; i < 3; i++)
            {
                final String name = "t" + count++;
                final Client client = brokers.get(controllerId()).client;
                for (int j = 0; j < i; j++)
                {
                    client.script(Fate.PASS);
                }
                client.script(fate);
                final long topicId = create(name, 2, 3, 2);
                assertNotNull(ensemble.value(Paths.topic(name)));

                client.script(fate);
                final Answer answer = new Answer();
                controller().deleteTopic(name, answer);
                run();
                ensemble.releaseLate();
                run();
                assertEquals(1, answer.count);
                assertNull(answer.refusal);
                assertNull(ensemble.value(Paths.topic(name)));
                settle();
                assertNull(ensemble.value(Paths.states(topicId)), fate.name());
            }
        }
    }

    @Test
    public void shouldRemoveWhatAFormerControllerLeft()
    {
        start(1, 2, 3);
        create("kept", 1, 3, 2);
        final byte[] state = ensemble.value(Paths.state(1, 0));
        ensemble.change(
            Operation.create(Paths.states(77), new byte[0]),
            Operation.create(Paths.state(77, 0), state),
            Operation.create(Paths.states(78), new byte[0]));
        // The controller that is there may just be making it.
        settle();
        assertNotNull(ensemble.value(Paths.state(77, 0)));

        kill(controllerId());
        run();
        assertEquals(List.of(), ensemble.state(77, 0).replicas());
        assertEquals(NONE, ensemble.state(77, 0).leader());
        settle();
        assertNull(ensemble.value(Paths.states(77)));
        assertNull(ensemble.value(Paths.states(78)));
        assertNotNull(ensemble.value(Paths.state(1, 0)));
    }

    @Test
    public void shouldNotLetAFormerControllerWrite()
    {
        start(1, 2, 3);
        final long topicId = create("a", 1, 3, 2);
        final int former = controllerId();
        final Broker zombie = brokers.remove(former);

        // Its session ends unseen; it goes on believing until it hears of it.
        zombie.client.suspend();
        zombie.client.expire();
        run();
        assertEquals(1, activeCount());
        assertTrue(zombie.controller.isActive());
        final String before = ensemble.state(topicId, 0).toString();
        zombie.client.resume();
        final Answer answer = new Answer();
        zombie.controller.createTopic(topic("b", 1, 3, 2), answer);
        for (int i = 0; i < 300; i++)
        {
            nowNs += STEP_NS;
            zombie.step();
        }
        assertEquals(ResultCode.NOT_CONTROLLER, answer.refusal);
        assertFalse(zombie.controller.isActive());
        assertNull(ensemble.value(Paths.topic("b")));
        assertEquals(before, ensemble.state(topicId, 0).toString());
    }

    @Test
    public void shouldFenceAFormerControllerInItsOwnSession()
    {
        start(1, 2, 3);
        create("a", 1, 3, 2);
        final Broker former = brokers.get(controllerId());
        final int formerId = controllerId();

        // Its node is gone, by hand or by a defect, and another one claimed before the hint reached it.
        ensemble.change(Operation.delete(Paths.CONTROLLER, Coordination.ANY_VERSION));
        for (int i = 0; i < 300; i++)
        {
            nowNs += STEP_NS;
            brokers.forEach((id, broker) ->
            {
                if (id != formerId)
                {
                    broker.step();
                }
            });
        }
        final Answer answer = new Answer();
        former.controller.createTopic(topic("b", 1, 3, 2), answer);
        run();
        assertNotNull(answer.refusal);
        assertNull(ensemble.value(Paths.topic("b")));
        assertEquals(1, activeCount());
        assertTrue(formerId != controllerId());
        assertEquals(2, ensemble.version(Paths.CONTROLLER_EPOCH));
    }

    @Test
    public void shouldLeaveAStateAloneThatALaterControllerWrote()
    {
        start(1, 2, 3);
        final long topicId = create("a", 1, 3, 2);
        final String path = Paths.state(topicId, 0);
        final PartitionState of = ensemble.state(topicId, 0);
        final PartitionState later = new PartitionState(
            of.leader(), of.leaderBrokerEpoch(), of.leaderEpoch(), of.minIsr(), of.lastUncleanEpoch(),
            of.controllerEpoch() + 1, of.resigned(), of.groupFsync(), of.uncleanElection(), of.recovering(),
            of.replicas(), of.adding(), of.removing(), of.isr(), of.elr(), of.lastKnownElr());
        ensemble.change(Operation.set(path, NodeValues.encodeState(later), ensemble.version(path)));
        run();

        // It would have to leave the in-sync replicas, which is the later controller's to see to.
        kill(brokers.keySet().stream().filter((id) -> id != controllerId()).findFirst().orElseThrow());
        run();
        assertEquals(later, ensemble.state(topicId, 0));
        brokers.forEach((id, broker) -> assertEquals(List.of(), broker.errors));
    }

    @Test
    public void shouldGiveTheLeadershipToThePreferredReplica()
    {
        start(1, 2, 3, 4);
        final long topicId = createOn(3, 2, 4);
        final int preferred = ensemble.state(topicId, 0).leader();
        kill(preferred);
        run();
        final PartitionState without = ensemble.state(topicId, 0);
        ensemble.change(AdminRequests.prefer(topicId, 0));
        run();
        assertEquals(without, ensemble.state(topicId, 0));
        assertEquals(List.of(), ensemble.children(Paths.ADMIN_PREFERRED));

        restart(preferred, true);
        run();
        asLeader(topicId, new Expand(new Member(preferred, 2)));
        ensemble.change(AdminRequests.prefer(topicId, 0), AdminRequests.prefer(99, 0));
        run();
        assertEquals(preferred, ensemble.state(topicId, 0).leader());
        assertEquals(without.leaderEpoch() + 1, ensemble.state(topicId, 0).leaderEpoch());
        assertEquals(List.of(), ensemble.children(Paths.ADMIN_PREFERRED));
    }

    @Test
    public void shouldMoveAPartition()
    {
        start(1, 2, 3, 4);
        final long topicId = createOn(3, 2, 4);
        final PartitionState before = ensemble.state(topicId, 0);
        final int added = controllerId();
        final int kept = before.replicas().get(1);
        ensemble.change(AdminRequests.reassign(topicId, 0, List.of(added, kept)));
        run();
        final PartitionState begun = ensemble.state(topicId, 0);
        assertEquals(List.of(added), begun.adding());
        assertEquals(2, begun.removing().size());
        assertEquals(0, begun.leaderEpoch());
        assertEquals(before.leader(), begun.leader());

        asLeader(topicId, new Expand(new Member(added, 1)));
        run();
        final PartitionState done = ensemble.state(topicId, 0);
        assertEquals(List.of(added, kept), done.replicas());
        assertEquals(2, done.isr().size());
        assertEquals(added, done.leader());
        assertEquals(1, done.leaderEpoch());
        assertEquals(List.of(), ensemble.children(Paths.ADMIN_REASSIGN));

        ensemble.change(AdminRequests.reassign(topicId, 0, List.of(kept, 9)));
        run();
        assertEquals(done, ensemble.state(topicId, 0));
        assertEquals(List.of(), ensemble.children(Paths.ADMIN_REASSIGN));
        assertEquals(1, brokers.get(controllerId()).errors.size());
    }

    @Test
    public void shouldChangeMinIsrAndDeleteOnRequest()
    {
        start(1, 2, 3);
        final long topicId = create("a", 2, 3, 2);
        final Answer answer = new Answer();
        controller().changeMinIsr("a", 3, answer);
        run();
        assertEquals(1, answer.count);
        assertNull(answer.refusal);
        assertEquals(3, ensemble.state(topicId, 0).minIsr());
        assertEquals(3, ensemble.state(topicId, 1).minIsr());

        ensemble.change(AdminRequests.delete("a", topicId + 1));
        run();
        assertNotNull(ensemble.value(Paths.topic("a")));
        ensemble.change(AdminRequests.delete("a", topicId));
        run();
        assertNull(ensemble.value(Paths.topic("a")));
        assertEquals(List.of(), ensemble.children(Paths.ADMIN_DELETE));
        settle();
        assertNull(ensemble.value(Paths.states(topicId)));
    }

    @Test
    public void shouldElectWrongWhenMutated()
    {
        // What the guard prevents shows once it is taken away: the test above would see nothing otherwise.
        for (final ProtocolMutation wrong : new ProtocolMutation[]{ProtocolMutation.M10, ProtocolMutation.M11})
        {
            mutation = wrong;
            brokers.values().forEach((broker) -> broker.client.close());
            brokers.clear();
            start(1, 2, 3, 4);
            final long topicId = createOn(3, 2, 4);
            final PartitionState before = ensemble.state(topicId, 0);
            brokers.get(before.leader()).client.kill();
            restart(before.leader(), false);
            run();
            assertEquals(before.leader(), ensemble.state(topicId, 0).leader(), wrong.name());
        }
    }

    private void start(final int... ids)
    {
        for (final int id : ids)
        {
            new Broker(id, true, true);
        }
        run();
    }

    private void restart(final int id, final boolean wasComplete)
    {
        new Broker(id, wasComplete, true);
    }

    private void kill(final int id)
    {
        final Client client = brokers.remove(id).client;
        client.kill();
        client.expire();
    }

    private void run()
    {
        for (int i = 0; i < 300; i++)
        {
            nowNs += STEP_NS;
            brokers.values().forEach(Broker::step);
        }
    }

    private void settle()
    {
        run();
        nowNs += GRACE_NS;
        run();
    }

    private Controller controller()
    {
        return brokers.get(controllerId()).controller;
    }

    private Controller other()
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

    private int controllerId()
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

    private int activeCount()
    {
        return (int)brokers.values().stream().filter((broker) -> broker.controller.isActive()).count();
    }

    private long create(final String name, final int partitionCount, final int replicationFactor, final int minIsr)
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
    private long createOn(final int replicationFactor, final int minIsr, final int brokerCount, final int... spared)
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

    private void asLeader(final long topicId, final PartitionOp.LeaderOp op)
    {
        final String path = Paths.state(topicId, 0);
        final PartitionState next = PartitionTransition.transition(ensemble.state(topicId, 0), op);
        ensemble.change(Operation.set(path, NodeValues.encodeState(next), ensemble.version(path)));
        run();
    }

    private List<Integer> leaders(final long topicId, final int partitionCount)
    {
        final List<Integer> leaders = new ArrayList<>();
        for (int i = 0; i < partitionCount; i++)
        {
            final int leader = ensemble.state(topicId, i).leader();
            if (!leaders.contains(leader))
            {
                leaders.add(leader);
            }
        }

        return leaders;
    }

    private List<String> uncleanElections()
    {
        final List<String> all = new ArrayList<>();
        brokers.values().forEach((broker) -> all.addAll(broker.uncleanElections));
        return all;
    }

    private static NewTopic topic(
        final String name, final int partitionCount, final int replicationFactor, final int minIsr)
    {
        return new NewTopic(name, partitionCount, replicationFactor, minIsr, false, false, Map.of());
    }
}
