package io.epona.simulator.oracle;

import org.junit.jupiter.api.Test;

import java.util.List;

import static io.epona.simulator.oracle.FakeReplica.TOPIC;
import static io.epona.simulator.oracle.FakeReplica.batch;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Each invariant of what clients are told is shown to fire.
 */
class ClientOracleTest extends OracleFixture
{
    @Test
    void shouldFindAcknowledgedRecordThatIsNotCommitted()
    {
        see(replicas[1].append(0, 102));
        oracle.onSend(TOPIC, 0, 102);
        expected = new Invariant[]{ Invariant.I10 };
        oracle.onAcknowledged(TOPIC, 0, 102, 2, -1);
    }

    @Test
    void shouldFindAcknowledgedRecordThatIsAnotherOne()
    {
        oracle.onSend(TOPIC, 0, 555);
        expected = new Invariant[]{ Invariant.I10 };
        oracle.onAcknowledged(TOPIC, 0, 555, 1, -1);
    }

    @Test
    void shouldFindCompletionBelowTheLeastNumberInSync()
    {
        oracle.onParked(1, 5, 0);
        replicas[1].isr = members(1);
        expected = new Invariant[]{ Invariant.I10 };
        oracle.onCompleted(1, replicas[1], 5, 0, 1);
    }

    @Test
    void shouldFindCompletionThatIsNotCommitted()
    {
        see(replicas[1].append(0, 102));
        oracle.onParked(1, 5, 0);
        oracle.onCompleted(1, replicas[1], 5, 0, 2);
        expected = new Invariant[]{ Invariant.I10 };
        oracle.afterEvent();
    }

    @Test
    void shouldFindALatestOffsetFromThePast()
    {
        oracle.onLatest(TOPIC, 0, 1, 2);
        oracle.onLatest(TOPIC, 0, 0, 0);
        expected = new Invariant[]{ Invariant.I11 };
        oracle.onLatest(TOPIC, 0, 1, 1);
    }

    @Test
    void shouldNotAskAFormerLeaderForWhatALaterOneCommitted()
    {
        see(replicas[1].append(0, 102));
        elect(3, 1, members(1, 2, 3), List.of());
        elect(1, 2, members(1, 2), List.of());
        lead(1, 2, members(1, 2));
        follow(2, 2);
        see(replicas[2].copy(replicas[1]));
        replicas[1].highWatermark = 3;
        see(1);
        oracle.onLatest(TOPIC, 0, 1, 2);
        assertEquals(List.of(), oracle.verdicts().violations());
        expected = new Invariant[]{ Invariant.I11 };
        oracle.onLatest(TOPIC, 0, 3, 2);
    }

    @Test
    void shouldAcceptCommittedRecords()
    {
        oracle.onSend(TOPIC, 0, 100);
        oracle.onAcknowledged(TOPIC, 0, 100, 0, -1);
        oracle.onSend(TOPIC, 0, 101);
        oracle.onAcknowledged(TOPIC, 0, 101, 1, -1);
        oracle.onDelivered(1, 0, TOPIC, 0, 0, 100);
        oracle.onDelivered(1, 0, TOPIC, 0, 1, 101);
        assertEquals(2, oracle.acknowledgedRecords());
        assertEquals(2, oracle.deliveredRecords());
        assertTrue(oracle.verdicts().exercised(Invariant.REAL_TIME) > 0);
    }

    @Test
    void shouldFindRecordBeforeOneThatWasAcknowledgedWhenItWasSent()
    {
        oracle.onSend(TOPIC, 0, 101);
        oracle.onAcknowledged(TOPIC, 0, 101, 1, -1);
        oracle.onSend(TOPIC, 0, 100);
        expected = new Invariant[]{ Invariant.REAL_TIME };
        oracle.onAcknowledged(TOPIC, 0, 100, 0, -1);
    }

    @Test
    void shouldFindOffsetThatAConsumerMissed()
    {
        oracle.onDelivered(1, 0, TOPIC, 0, 0, 100);
        see(replicas[1].append(0, 102));
        see(replicas[2].copy(replicas[1]));
        see(replicas[3].copy(replicas[1]));
        replicas[1].highWatermark = 3;
        see(1);
        expected = new Invariant[]{ Invariant.I11 };
        oracle.onDelivered(1, 0, TOPIC, 0, 2, 102);
    }

    @Test
    void shouldFindOffsetThatAConsumerGotTwice()
    {
        oracle.onDelivered(1, 0, TOPIC, 0, 0, 100);
        expected = new Invariant[]{ Invariant.I11 };
        oracle.onDelivered(1, 0, TOPIC, 0, 0, 100);
    }

    @Test
    void shouldFindRecordThatAConsumerGotBeforeItWasCommitted()
    {
        see(replicas[1].append(0, 102));
        expected = new Invariant[]{ Invariant.I11 };
        oracle.onDelivered(1, 0, TOPIC, 0, 2, 102);
    }

    @Test
    void shouldFindSequenceThatIsMissing()
    {
        replicas[1].append(batch(2, 0, 50, 0, 200)).append(batch(3, 0, 50, 2, 202));
        commitAll(4);
        expected = new Invariant[]{ Invariant.I12 };
    }

    @Test
    void shouldFindSequenceThatIsThereTwice()
    {
        replicas[1].append(batch(2, 0, 50, 0, 200)).append(batch(3, 0, 50, 0, 200));
        commitAll(4);
        expected = new Invariant[]{ Invariant.I12 };
    }

    @Test
    void shouldFindRecordsOutOfTheOrderInWhichTheyWereSent()
    {
        replicas[1].append(batch(2, 0, 50, 0, 201)).append(batch(3, 0, 50, 1, 200));
        commitAll(4);
        expected = new Invariant[]{ Invariant.I12 };
    }

    @Test
    void shouldAcceptSequencesInOrder()
    {
        replicas[1].append(batch(2, 0, 50, 0, 200, 201)).append(batch(4, 0, 50, 2, 202));
        commitAll(5);
        assertTrue(oracle.verdicts().exercised(Invariant.I12) > 0);
    }

    @Test
    void shouldFindCompletionInAnotherEpoch()
    {
        oracle.onParked(1, 5, 0);
        elect(1, 1, members(1, 2, 3), List.of());
        lead(1, 1, members(1, 2, 3));
        expected = new Invariant[]{ Invariant.I16 };
        oracle.onCompleted(1, replicas[1], 5, 1, 1);
    }

    @Test
    void shouldFindCompletionAfterSteppingDown()
    {
        oracle.onParked(1, 5, 0);
        replicas[1].isLeader = false;
        expected = new Invariant[]{ Invariant.I16 };
        oracle.onCompleted(1, replicas[1], 5, 0, 1);
    }
}
