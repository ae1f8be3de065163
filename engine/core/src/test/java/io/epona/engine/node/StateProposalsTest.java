package io.epona.engine.node;

import io.epona.engine.PowerLossStorage;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.FakeEnsemble;
import io.epona.engine.cluster.FakeEnsemble.Fate;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.cluster.PartitionTransition;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.replica.Links;
import io.epona.engine.replica.Proposals.Outcome;
import io.epona.engine.replica.ProtocolMutation;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class StateProposalsTest implements ClusterView.Listener, StateProposals.Listener
{
    private static final byte[] EMPTY = new byte[0];
    private static final long TOPIC_ID = 7;
    private static final Member LEADER = new Member(1, 5);
    private static final Member OTHER = new Member(2, 3);

    private final FakeEnsemble ensemble = new FakeEnsemble();
    private final List<String> decisions = new ArrayList<>();
    private final List<Throwable> errors = new ArrayList<>();
    private FakeEnsemble.Client client;
    private ClusterView view;
    private StateProposals proposals;
    private long nowNs;
    private boolean isFenced;

    @BeforeEach
    void setUp()
    {
        for (final String path : List.of(
            Paths.TOPICS, Paths.STATE, Paths.BROKERS, Paths.BROKER_EPOCHS, Paths.BROKER_IDS, Paths.states(TOPIC_ID),
            Paths.brokerEpoch(1), Paths.brokerEpoch(2)))
        {
            ensemble.change(Operation.create(path, EMPTY));
        }
        raiseEpoch(1, 5);
        raiseEpoch(2, 3);
        ensemble.change(Operation.create(Paths.state(TOPIC_ID, 0), NodeValues.encodeState(state(List.of(LEADER)))));
        start(ProtocolMutation.NONE);
    }

    private void start(final ProtocolMutation mutation)
    {
        client = ensemble.connect();
        final NodeContext ctx = new NodeContext()
            .brokerId(1)
            .dataDir(Path.of("unused"))
            .storage(new PowerLossStorage(1))
            .clock(() -> nowNs)
            .coordination(client)
            .links(new NoLinks())
            .appendListener(StateProposalsTest::ignore)
            .bootId(new Uuid(1, 1))
            .errorHandler(errors::add)
            .mutation(mutation)
            .conclude();
        view = new ClusterView(client, this, errors::add);
        proposals = new StateProposals(ctx, view, this);
        proposals.onRegistered(5);
        view.begin();
        run(true);
        assertEquals(0, view.state(TOPIC_ID, 0).version());
    }

    @Test
    void appliesAnExpansionAndKnowsTheResult()
    {
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Expand(OTHER));
        run(true);

        assertEquals(List.of("0 APPLIED 1"), decisions);
        assertEquals(List.of(LEADER, OTHER), stored().isr());
        assertEquals(1, view.state(TOPIC_ID, 0).version());
        assertEquals(List.of(), errors);
    }

    @Test
    void anAttemptThatWasAppliedWithoutAnAnswerIsAdopted()
    {
        client.script(Fate.APPLIED_UNKNOWN);
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Expand(OTHER));
        run(true);

        assertEquals(1, ensemble.version(Paths.state(TOPIC_ID, 0)));
        assertEquals(List.of("0 STALE 1"), decisions);
    }

    @Test
    void anAttemptThatWasLostIsIssuedAgain()
    {
        client.script(Fate.DROPPED_UNKNOWN, Fate.DROPPED_UNKNOWN);
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Expand(OTHER));
        run(true);

        assertEquals(List.of("0 APPLIED 1"), decisions);
    }

    @Test
    void anAttemptThatIsAppliedLateNeverWinsOverADecision()
    {
        client.script(Fate.LATE_UNKNOWN);
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Expand(OTHER));
        run(true);
        assertEquals(List.of("0 APPLIED 1"), decisions);

        proposals.propose(TOPIC_ID, 0, 1, new PartitionOp.Shrink(OTHER));
        run(true);
        ensemble.releaseLate();
        run(true);

        assertEquals(List.of("0 APPLIED 1", "1 APPLIED 2"), decisions);
        assertEquals(List.of(LEADER), stored().isr());
    }

    @Test
    void theMutationThatForgetsLostAttemptsLetsALateOneWin()
    {
        start(ProtocolMutation.M9);
        client.script(Fate.LATE_UNKNOWN);
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Expand(OTHER));
        run(true);

        assertEquals(List.of("0 STALE 0"), decisions);
        ensemble.releaseLate();
        assertEquals(List.of(LEADER, OTHER), stored().isr());
    }

    @Test
    void aMovedVersionIsReadAndTold()
    {
        final PartitionState moved = state(List.of(LEADER));
        client.suspend();
        run(false);
        ensemble.change(Operation.set(Paths.state(TOPIC_ID, 0), NodeValues.encodeState(moved), 0));
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Expand(OTHER));
        run(false);
        assertEquals(List.of(), decisions);

        client.resume();
        run(true);

        assertEquals(List.of("0 STALE 1"), decisions);
        assertEquals(List.of(LEADER), stored().isr());
    }

    @Test
    void aMemberWithANewerLifeIsNeverAdded()
    {
        raiseEpoch(2, 4);
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Expand(OTHER));
        run(true);

        assertEquals(List.of("0 STALE 0"), decisions);
        assertEquals(List.of(LEADER), stored().isr());
        assertFalse(isFenced);
    }

    @Test
    void theMutationWithoutTheMembersCheckAddsAFormerLife()
    {
        start(ProtocolMutation.M10);
        raiseEpoch(2, 4);
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Expand(OTHER));
        run(true);

        assertEquals(List.of("0 APPLIED 1"), decisions);
    }

    @Test
    void aNewerLifeOfThisBrokerIsFatal()
    {
        raiseEpoch(1, 6);
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Expand(OTHER));
        run(true);

        assertTrue(isFenced);
        assertEquals(0, ensemble.version(Paths.state(TOPIC_ID, 0)));
    }

    @Test
    void aResignationIsTriedOnEveryNewerVersion()
    {
        client.suspend();
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Resign(true));
        run(false);
        ensemble.change(
            Operation.set(Paths.state(TOPIC_ID, 0), NodeValues.encodeState(state(List.of(LEADER, OTHER))), 0));
        client.resume();
        run(true);

        assertEquals(2, ensemble.version(Paths.state(TOPIC_ID, 0)));
        assertEquals(PartitionState.NONE, stored().leader());
        assertEquals(9, stored().leaderEpoch());
    }

    /** Found by the model of the isr: it would give up every leadership that it gets, as long as answers are lost. */
    @Test
    void aLeaderThatResignedAndWasElectedAgainDoesNotResignAgain()
    {
        client.script(Fate.APPLIED_UNKNOWN);
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Resign(true));
        proposals.doWork(nowNs, true);
        client.poll();
        final PartitionState again = PartitionTransition.transition(stored(), new PartitionOp.Reconcile(
            0, List.of(), PartitionOp.Succession.elect(LEADER, LEADER.brokerEpoch())));
        ensemble.change(Operation.set(Paths.state(TOPIC_ID, 0), NodeValues.encodeState(again), 1));
        run(true);

        assertEquals(2, ensemble.version(Paths.state(TOPIC_ID, 0)));
        assertEquals(1, stored().leader());
        assertEquals(10, stored().leaderEpoch());
        assertEquals(List.of("0 STALE 2"), decisions);
    }

    @Test
    void anotherLeadersPartitionIsNotResigned()
    {
        client.suspend();
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Resign(true));
        run(false);
        final PartitionState other = new PartitionState(
            2, 3, 9, 1, -1, 0, -1, false, false, false, List.of(1, 2), List.of(), List.of(), List.of(OTHER, LEADER),
            List.of(), List.of());
        ensemble.change(Operation.set(Paths.state(TOPIC_ID, 0), NodeValues.encodeState(other), 0));
        client.resume();
        run(true);

        assertEquals(1, ensemble.version(Paths.state(TOPIC_ID, 0)));
        assertEquals(List.of("0 STALE 1"), decisions);
    }

    /** Saved run 0015: what could not be opened was led by the life before, and the resignation was not fenced. */
    @Test
    void aFormerLifesPartitionIsNotResigned()
    {
        raiseEpoch(1, 6);
        proposals.onRegistered(6);
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Resign(false));
        run(true);

        assertEquals(0, ensemble.version(Paths.state(TOPIC_ID, 0)));
        assertEquals(List.of("0 STALE 0"), decisions);
    }

    @Test
    void aNewLifeDropsWhatWasPending()
    {
        client.script(Fate.LATE_UNKNOWN);
        proposals.propose(TOPIC_ID, 0, 0, new PartitionOp.Expand(OTHER));
        proposals.doWork(nowNs, true);
        client.poll();
        client.expire();
        run(false);
        raiseEpoch(1, 6);
        proposals.onRegistered(6);
        ensemble.releaseLate();
        run(true);

        assertEquals(List.of(), decisions);
        assertEquals(0, ensemble.version(Paths.state(TOPIC_ID, 0)));
    }

    @Test
    void aHintIsFollowedByARead()
    {
        client.suspend();
        run(false);
        ensemble.change(Operation.set(Paths.state(TOPIC_ID, 0), NodeValues.encodeState(state(List.of(LEADER))), 0));
        client.resume();
        proposals.refresh(TOPIC_ID, 0);
        run(true);

        assertEquals(1, view.state(TOPIC_ID, 0).version());
    }

    private void run(final boolean isRegistered)
    {
        for (int i = 0; i < 20; i++)
        {
            nowNs += StateProposals.PACE_NS;
            client.poll();
            view.doWork(nowNs, isRegistered);
            proposals.doWork(nowNs, isRegistered);
        }
    }

    private void raiseEpoch(final int brokerId, final int epoch)
    {
        while (ensemble.version(Paths.brokerEpoch(brokerId)) < epoch)
        {
            ensemble.change(Operation.set(Paths.brokerEpoch(brokerId), EMPTY, Coordination.ANY_VERSION));
        }
    }

    private PartitionState stored()
    {
        return ensemble.state(TOPIC_ID, 0);
    }

    private static PartitionState state(final List<Member> isr)
    {
        return new PartitionState(
            1, 5, 8, 1, -1, 0, -1, false, false, false, List.of(1, 2), List.of(), List.of(), isr, List.of(),
            List.of());
    }

    @Override
    public void onProposalDecided(
        final long topicId, final int partition, final int expectedVersion, final Outcome outcome, final int version,
        final PartitionState state)
    {
        decisions.add(expectedVersion + " " + outcome + " " + version);
    }

    @Override
    public void onFenced()
    {
        isFenced = true;
    }

    @Override
    public void onState(final long topicId, final int partition, final int version, final PartitionState state)
    {
        proposals.onState(topicId, partition);
    }

    @Override
    public void onStateGone(final long topicId, final int partition)
    {
        proposals.onStateGone(topicId, partition);
    }

    @Override
    public void onTopic(final String name, final TopicRecord topic)
    {
        throw new AssertionError(name);
    }

    @Override
    public void onTopicGone(final String name, final TopicRecord topic)
    {
        throw new AssertionError(name);
    }

    @Override
    public void onBroker(final NodeMetadata.Broker broker)
    {
        throw new AssertionError(broker);
    }

    @Override
    public void onBrokerGone(final int brokerId)
    {
        throw new AssertionError("broker " + brokerId);
    }

    @Override
    public void onEverythingRead()
    {
        assertTrue(view.isComplete());
    }

    private static void ignore(
        final long topicId, final int partition, final long correlationId, final int code, final int leaderEpoch,
        final long baseOffset)
    {
        throw new AssertionError("nothing was appended");
    }

    private static final class NoLinks implements Links
    {
        @Override
        public long offerData(
            final int brokerId, final DirectBuffer head, final int headIndex, final int headLength,
            final DirectBuffer body, final int bodyIndex, final int bodyLength)
        {
            throw new AssertionError("nothing is sent");
        }

        @Override
        public long offerControl(final int brokerId, final DirectBuffer buffer, final int index, final int length)
        {
            throw new AssertionError("nothing is sent");
        }
    }
}
