package io.epona.simulator.oracle;

import io.epona.codecs.replication.AppendBatchesEncoder;
import io.epona.codecs.replication.MessageHeaderEncoder;
import io.epona.engine.cluster.PartitionState.Member;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.List;

import static io.epona.simulator.oracle.FakeReplica.TOPIC;
import static io.epona.simulator.oracle.FakeReplica.batch;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;


/**
 * Each invariant of replicas and of the tree is shown to fire: a check that cannot fail is a defect.
 */
class OracleTest extends OracleFixture
{
    @Test
    void shouldAcceptFailoverWithTruncation()
    {
        see(replicas[1].append(0, 102));
        elect(2, 1, members(2, 3), List.of());
        lead(2, 1, members(2, 3));
        follow(3, 1);
        see(replicas[2].append(1, 103));
        see(replicas[3].copy(replicas[2]));
        replicas[2].highWatermark = 3;
        see(2);
        replicas[3].highWatermark = 3;
        see(3);
        follow(1, 1);
        see(replicas[1].truncate(2));
        see(replicas[1].copy(replicas[2]));
        replicas[2].effectiveIsr = members(2, 3, 1);
        see(2);
        write(2, stateOf(2, 1, 1, members(2, 3, 1), List.of()));
        assertEquals(3, oracle.committedEnd(TOPIC, 0));
        assertTrue(oracle.verdicts().exercised(Invariant.I9) > 0);
        assertTrue(oracle.verdicts().exercised(Invariant.I14) > 0);
    }

    @Test
    void shouldTakeWhatALeaderCommitsWhileItGivesWay()
    {
        see(replicas[1].append(0, 102));
        see(replicas[2].copy(replicas[1]));
        see(replicas[3].copy(replicas[1]));
        replicas[1].highWatermark = 3;
        replicas[1].isLeader = false;
        see(1);
        assertEquals(3, oracle.committedEnd(TOPIC, 0));
    }

    @Test
    void shouldTakeWhatALeaderCommitsBeforeItTakesNoteOfAState()
    {
        see(replicas[1].append(0, 102));
        see(replicas[2].copy(replicas[1]));
        see(replicas[3].copy(replicas[1]));
        write(3, stateOf(1, 1, 0, members(1), members(2, 3)));
        replicas[1].isr = members(1);
        replicas[1].effectiveIsr = members(1);
        replicas[1].highWatermark = 3;
        see(1);
        assertEquals(3, oracle.committedEnd(TOPIC, 0));
    }

    @Test
    void shouldFindTwoLeadersOfAnEpoch()
    {
        expected = new Invariant[]{ Invariant.I1 };
        lead(2, 0, members(1, 2, 3));
    }

    @Test
    void shouldFindLeaderThatGoesOnAfterBounce()
    {
        expected = new Invariant[]{ Invariant.I1 };
        bounce(1, 2, 0);
        replicas[1].brokerEpoch = 2;
        see(1);
    }

    @Test
    void shouldFindBatchThatNoLeaderStamped()
    {
        expected = new Invariant[]{ Invariant.I1 };
        see(replicas[2].append(0, 666));
    }

    @Test
    void shouldFindLeaderEpochThatFell()
    {
        elect(2, 1, members(2, 3), List.of());
        follow(1, 1);
        expected = new Invariant[]{ Invariant.I2 };
        follow(1, 0);
    }

    @Test
    void shouldFindBatchAboveTheEpochOfItsReplica()
    {
        elect(2, 1, members(2, 3), List.of());
        lead(2, 1, members(2, 3));
        see(replicas[2].append(1, 103));
        expected = new Invariant[]{ Invariant.I2 };
        see(replicas[3].copy(replicas[2]));
    }

    @Test
    void shouldFindLeaderChangedWithoutEpoch()
    {
        expected = new Invariant[]{ Invariant.I2, Invariant.I1 };
        write(3, stateOf(2, 1, 0, members(1, 2, 3), List.of()));
    }

    @Test
    void shouldFindAnotherBatchOfTheSameEpochAndOffset()
    {
        see(replicas[1].append(0, 102));
        expected = new Invariant[]{ Invariant.I3 };
        see(replicas[2].append(0, 999));
    }

    @Test
    void shouldFindAnotherBatchBelowTheSameOne()
    {
        see(replicas[1].append(0, 102));
        elect(2, 1, members(2, 3), List.of());
        lead(2, 1, members(2, 3));
        see(replicas[2].append(1, 103));
        see(replicas[2].append(1, 104));
        follow(1, 1);
        expected = new Invariant[]{ Invariant.I3 };
        see(replicas[1].append(batch(3, 1, -1, -1, 104)));
    }

    @Test
    void shouldFindBatchChangedInPlace()
    {
        oracle.audit(3, replicas[3]);
        assertEquals(List.of(), oracle.verdicts().violations());
        replicas[3].rewrite(0, batch(0, 0, -1, -1, 999));
        expected = new Invariant[]{ Invariant.I3 };
        oracle.audit(3, replicas[3]);
    }

    @Test
    void shouldFindLeaderWithoutAllOfC()
    {
        replicas[3].truncate(1);
        expected = new Invariant[]{ Invariant.I9, Invariant.I5, Invariant.I4 };
        see(3);
        elect(3, 1, members(3), List.of());
        lead(3, 1, members(3));
    }

    @Test
    void shouldFindCandidateWithoutAllOfC()
    {
        see(replicas[1].append(0, 102));
        see(replicas[2].copy(replicas[1]));
        replicas[1].highWatermark = 3;
        expected = new Invariant[]{ Invariant.I5, Invariant.I7 };
        see(1);
    }

    @Test
    void shouldFindCandidateThatCameBackWithLess()
    {
        bounce(3, 2, 0);
        replicas[3] = new FakeReplica(3, 2);
        see(3);
        expected = new Invariant[]{ Invariant.I5, Invariant.I7 };
        write(3, stateOf(1, 1, 0, members(1, 2, 3), List.of()));
    }

    @Test
    void shouldNotCountTheLifeThatMayHaveLostData()
    {
        bounce(3, 2, 2);
        replicas[3] = new FakeReplica(3, 2);
        see(3);
        write(3, stateOf(1, 1, 0, members(1, 2, 3), List.of()));
    }

    @Test
    void shouldFindCandidateThatIsNotWaitedFor()
    {
        replicas[1].isr = members(1, 2);
        replicas[1].effectiveIsr = members(1, 2);
        expected = new Invariant[]{ Invariant.I6 };
        see(1);
    }

    @Test
    void shouldAcceptLeaderThatDoesNotCommitBelowTheLeastNumber()
    {
        replicas[1].isr = members(1);
        replicas[1].effectiveIsr = members(1);
        see(1);
    }

    @Test
    void shouldFindHighWatermarkAboveTheLogEnd()
    {
        replicas[1].highWatermark = 3;
        expected = new Invariant[]{ Invariant.I7 };
        see(1);
    }

    @Test
    void shouldFindHighWatermarkBelowTheLogStart()
    {
        replicas[2].logStart = 1;
        replicas[2].highWatermark = 0;
        expected = new Invariant[]{ Invariant.I7 };
        see(2);
    }

    @Test
    void shouldFindHighWatermarkThatFellOnALeader()
    {
        replicas[1].highWatermark = 1;
        expected = new Invariant[]{ Invariant.I8 };
        see(1);
    }

    @Test
    void shouldFindHighWatermarkThatNoLeaderReached()
    {
        see(replicas[1].append(0, 102));
        replicas[2].copy(replicas[1]);
        replicas[2].highWatermark = 3;
        expected = new Invariant[]{ Invariant.I8 };
        see(2);
    }

    @Test
    void shouldFindTwoCommittedRecordsAtOneOffset()
    {
        replicas[3].truncate(1);
        expected = new Invariant[]{ Invariant.I9, Invariant.I5, Invariant.I4, Invariant.I8 };
        see(3);
        elect(3, 1, List.of(new Member(3, 1)), List.of());
        replicas[3].minIsr = 1;
        lead(3, 1, members(3));
        replicas[3].append(1, 777);
        replicas[3].highWatermark = 2;
        see(3);
    }

    @Test
    void shouldFindTruncationBelowTheHighWatermark()
    {
        replicas[2].highWatermark = 2;
        see(2);
        elect(1, 1, members(1, 3), List.of());
        see(replicas[2].truncate(1));
        expected = new Invariant[]{ Invariant.I9, Invariant.I7 };
    }

    @Test
    void shouldFindTruncationOfCOnCandidate()
    {
        expected = new Invariant[]{ Invariant.I9 };
        see(replicas[2].truncate(1));
    }

    @Test
    void shouldFindWriteOfFormerController()
    {
        oracle.onControllerEpoch(2, 2);
        expected = new Invariant[]{ Invariant.I13 };
        write(3, stateOf(2, 1, 1, members(2, 3), List.of()));
    }

    @Test
    void shouldFindWriteOfFormerLeader()
    {
        elect(2, 1, members(2, 3), List.of());
        expected = new Invariant[]{ Invariant.I13 };
        write(1, stateOf(2, 1, 1, members(2), List.of(new Member(3, 1))));
    }

    @Test
    void shouldFindWriteOfFormerLifeOfTheLeader()
    {
        oracle.onBrokerEpoch(1, 2, 0, 0);
        expected = new Invariant[]{ Invariant.I13 };
        write(1, stateOf(1, 1, 0, members(1, 2), List.of()));
    }

    @Test
    void shouldFindMemberAddedInFormerLife()
    {
        write(1, stateOf(1, 1, 0, members(1, 2), List.of()));
        oracle.onBrokerEpoch(3, 2, 0, 0);
        expected = new Invariant[]{ Invariant.I14 };
        write(1, stateOf(1, 1, 0, members(1, 2, 3), List.of()));
    }

    @Test
    void shouldFindMemberAddedWithoutAllOfC()
    {
        write(1, stateOf(1, 1, 0, members(1, 2), List.of()));
        see(replicas[3].truncate(1));
        expected = new Invariant[]{ Invariant.I14, Invariant.I5, Invariant.I7 };
        write(1, stateOf(1, 1, 0, members(1, 2, 3), List.of()));
    }

    /** Whoever adds a broker that stops may not have heard of it; who does it again and again does not listen. */
    @Test
    void shouldFindMemberThatIsAddedAgainAndAgainWhileItStops()
    {
        oracle.onRegistration(3, 1, false);
        for (int i = 0; i < 2; i++)
        {
            write(3, stateOf(1, 1, 0, members(1, 2), List.of()));
            write(1, stateOf(1, 1, 0, members(1, 2, 3), List.of()));
        }
        assertEquals(List.of(), oracle.verdicts().violations());

        write(3, stateOf(1, 1, 0, members(1, 2), List.of()));
        expected = new Invariant[]{ Invariant.I14 };
        write(1, stateOf(1, 1, 0, members(1, 2, 3), List.of()));
    }

    @Test
    void shouldFindMemberAddedBelowTheStartOfTheEpoch()
    {
        see(replicas[1].append(0, 102));
        see(replicas[2].copy(replicas[1]));
        elect(2, 1, members(2), List.of(new Member(1, 1)));
        replicas[2].leaderEpochStart = 3;
        lead(2, 1, members(2));
        expected = new Invariant[]{ Invariant.I14 };
        write(2, stateOf(2, 1, 1, members(2, 3), List.of()));
    }

    @Test
    void shouldFindDerivedStateThatDiffers()
    {
        replicas[2].difference = "an epoch too many";
        expected = new Invariant[]{ Invariant.I15 };
        oracle.audit(2, replicas[2]);
    }

    @Test
    void shouldFindReplicaThatLetsReadWhatIsNotThere()
    {
        replicas[2].isOpen = true;
        expected = new Invariant[]{ Invariant.I11 };
        oracle.audit(2, replicas[2]);
    }

    @Test
    void shouldFindLeaderThatTakesAFollowerForLongerThanItself()
    {
        replicas[1].followerEnd = 3;
        expected = new Invariant[]{ Invariant.I7 };
        oracle.audit(1, replicas[1]);
    }

    @Test
    void shouldFindStaleMessageThatChangedSomething()
    {
        oracle.onStaleMessage("acked 3", "acked 3", "an old acknowledgement");
        assertEquals(List.of(), oracle.verdicts().violations());
        expected = new Invariant[]{ Invariant.I18 };
        oracle.onStaleMessage("acked 3", "acked 5", "an old acknowledgement");
    }

    @Test
    void shouldLookAtReplicasBeforeAndAfterStaleMessages()
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[256]);
        final AppendBatchesEncoder message = new AppendBatchesEncoder()
            .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .topicId(TOPIC).partition(0).leaderEpoch(0);
        final StaleMessages messages = new StaleMessages(oracle);
        messages.before(List.of(replicas[2]), buffer, 0);
        replicas[2].copy(replicas[1]);
        messages.after(1);
        assertEquals(0, oracle.verdicts().exercised(Invariant.I18));

        message.leaderEpoch(1);
        messages.before(List.of(replicas[2]), buffer, 0);
        messages.after(1);
        assertEquals(1, oracle.verdicts().exercised(Invariant.I18));
        assertEquals(List.of(), oracle.verdicts().violations());

        expected = new Invariant[]{ Invariant.I18 };
        message.topicId(TOPIC + 1);
        messages.before(List.of(replicas[2]), buffer, 0);
        replicas[2].truncate(1);
        messages.after(1);
    }

    @Test
    void shouldFindWhatGrowsWithoutBound()
    {
        oracle.onHeld("parked appends", 10, 10);
        assertEquals(List.of(), oracle.verdicts().violations());
        expected = new Invariant[]{ Invariant.I19 };
        oracle.onHeld("parked appends", 11, 10);
    }

    @Test
    void shouldFindRecoveredBatchThatTheReplicaNeverHeld()
    {
        see(replicas[1].append(0, 102));
        see(replicas[3].copy(replicas[1]));
        see(replicas[1].append(0, 103));
        bounce(2, 2, 0);
        replicas[2] = new FakeReplica(2, 2).append(batch(0, 0, -1, -1, 100)).append(batch(2, 0, -1, -1, 102));
        expected = new Invariant[]{ Invariant.I3 };
        see(2);
    }

    @Test
    void shouldFindMixtureOfTwoMoments()
    {
        // Broker 3 held 2 of epoch 0, was cut, and holds 2 of epoch 1 and another log behind; then the old one is back.
        see(replicas[1].append(0, 102));
        see(replicas[1].append(0, 103));
        see(replicas[3].copy(replicas[1]));
        elect(2, 1, members(2), List.of());
        lead(2, 1, members(2));
        follow(3, 1);
        see(replicas[3].truncate(2));
        see(replicas[2].append(1, 104));
        see(replicas[3].copy(replicas[2]));
        bounce(3, 2, 0);
        replicas[3] = new FakeReplica(3, 2).copy(replicas[2]).append(batch(3, 0, -1, -1, 103));
        expected = new Invariant[]{ Invariant.I2, Invariant.I3 };
        see(3);
    }

    @Test
    void shouldFindRecoveredLogOfAnotherReplica()
    {
        see(replicas[1].append(0, 102));
        elect(2, 1, members(2), List.of());
        lead(2, 1, members(2));
        see(replicas[2].append(1, 104));
        follow(3, 1);
        see(replicas[3].copy(replicas[2]));
        bounce(3, 2, 0);
        replicas[3] = new FakeReplica(3, 2)
            .append(batch(0, 0, -1, -1, 100)).append(batch(1, 0, -1, -1, 101)).append(batch(2, 0, -1, -1, 102));
        expected = new Invariant[]{ Invariant.I20 };
        see(3);
    }

    @Test
    void shouldLetAnUncleanElectionLoseOnlyAfterALossOfStorage()
    {
        replicas[3].truncate(1);
        write(3, uncleanly(3, 1));
        expected = new Invariant[]{ Invariant.I4 };
        lead(3, 1, members(3));
        assertEquals(1, oracle.committedEnd(TOPIC, 0));
    }

    @Test
    void shouldCutCByAnUncleanElection()
    {
        oracle.onStorageLost();
        bounce(3, 2, 2);
        replicas[3] = new FakeReplica(3, 2).append(batch(0, 0, -1, -1, 100));
        see(3);
        write(3, uncleanly(3, 2));
        lead(3, 1, List.of(new Member(3, 2)));
        assertEquals(1, oracle.committedEnd(TOPIC, 0));
        assertEquals(1, oracle.lostRecords());
        replicas[2].highWatermark = 2;
        see(2);
        follow(2, 1);
        replicas[2].highWatermark = 1;
        see(replicas[2].truncate(1));
    }
}
