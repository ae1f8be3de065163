package io.epona.simulator.oracle;

import org.junit.jupiter.api.Test;

import static io.epona.simulator.oracle.FakeReplica.TOPIC;
import static io.epona.simulator.oracle.FakeReplica.compacted;
import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * What the oracle makes of compacted logs. Records with the same last decimal digit have the same key.
 */
class CompactionOracleTest extends OracleFixture
{
    CompactionOracleTest()
    {
        super((id) -> (int)(id % 10));
    }

    private void supersede()
    {
        replicas[1].append(0, 110);
        replicas[1].append(0, 111);
        commitAll(4);
    }

    @Test
    void shouldTakeWhatIsLeftForWhatItWas()
    {
        supersede();
        replicas[2].compact(2, compacted(0, 2, 0));
        oracle.audit(2, replicas[2]);
        bounce(2, 2, 0);
        replicas[2].brokerEpoch = 2;
        see(2);
        assertEquals(4, oracle.committedEnd(TOPIC, 0));
    }

    @Test
    void shouldTakeWhatIsLeftOfMoreThanAFollowerHas()
    {
        supersede();
        bounce(3, 2, 2);
        replicas[3] = new FakeReplica(3, 2);
        see(replicas[3].append(compacted(0, 2, 0)));
        see(replicas[3].copy(replicas[1]));
    }

    @Test
    void shouldFindRecordThatCompactionTookTooEarly()
    {
        replicas[1].append(0, 110);
        see(1);
        replicas[1].compact(2, compacted(0, 2, 0));
        expected = new Invariant[]{ Invariant.I10 };
        oracle.audit(1, replicas[1]);
    }

    @Test
    void shouldFindWhatIsLeftOfAnotherEpoch()
    {
        supersede();
        replicas[2].compact(2, compacted(0, 2, 1));
        expected = new Invariant[]{ Invariant.I3 };
        oracle.audit(2, replicas[2]);
    }

    @Test
    void shouldLetAConsumerSkipWhatIsSuperseded()
    {
        supersede();
        oracle.onDelivered(1, 0, TOPIC, 0, 0, 100);
        oracle.onDelivered(1, 0, TOPIC, 0, 2, 110);
    }

    @Test
    void shouldFindSkippedRecordThatIsNotSuperseded()
    {
        supersede();
        oracle.onDelivered(1, 0, TOPIC, 0, 1, 101);
        expected = new Invariant[]{ Invariant.I11 };
        oracle.onDelivered(1, 0, TOPIC, 0, 3, 111);
    }
}
