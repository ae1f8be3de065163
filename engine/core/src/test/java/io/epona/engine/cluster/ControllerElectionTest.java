package io.epona.engine.cluster;

import io.epona.engine.cluster.FakeEnsemble.Fate;
import io.epona.engine.cluster.PartitionOp.Resign;
import io.epona.engine.cluster.PartitionOp.Shrink;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.ProtocolMutation;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static io.epona.engine.cluster.PartitionState.NONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Whom a controller lets lead when brokers die, come back, stop or resign. */
public class ControllerElectionTest extends ControllerFixture
{
    private List<String> uncleanElections()
    {
        final List<String> all = new ArrayList<>();
        brokers.values().forEach((broker) -> all.addAll(broker.member.uncleanElections()));
        return all;
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

        brokers.get(stopping).member.membership().stop();
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

        brokers.get(before.leader()).member.membership().stop();
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
}
