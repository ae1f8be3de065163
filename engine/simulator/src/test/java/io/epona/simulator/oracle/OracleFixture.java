package io.epona.simulator.oracle;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToIntFunction;

import static io.epona.simulator.oracle.FakeReplica.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A partition on three brokers of which 1 leads epoch 0, with offsets 0 to 1 committed on all, and no violation so far.
 * At the end of a test exactly the invariants have been broken that it expects.
 */
abstract class OracleFixture
{
    static final int NONE = PartitionState.NONE;

    final Oracle oracle;
    final FakeReplica[] replicas = new FakeReplica[4];
    PartitionState state;
    Invariant[] expected = new Invariant[0];

    /**
     * @param keyOf key of a record by its id, -1 for none.
     */
    OracleFixture(final LongToIntFunction keyOf)
    {
        oracle = new Oracle(keyOf);
    }

    OracleFixture()
    {
        this((id) -> -1);
    }

    @BeforeEach
    void twoCommitted()
    {
        for (int id = 1; id <= 3; id++)
        {
            oracle.onStarted(id);
            oracle.onBrokerEpoch(id, 1, 0, 0);
            oracle.onRegistration(id, 1, true);
            replicas[id] = new FakeReplica(id, 1);
        }
        oracle.onControllerEpoch(3, 1);
        write(3, stateOf(1, 1, 0, members(1, 2, 3), List.of()));
        lead(1, 0, members(1, 2, 3));
        follow(2, 0);
        follow(3, 0);
        replicas[1].append(0, 100);
        replicas[1].append(0, 101);
        see(1);
        see(replicas[2].copy(replicas[1]));
        see(replicas[3].copy(replicas[1]));
        replicas[1].highWatermark = 2;
        see(1);
        oracle.afterEvent();
        assertEquals(List.of(), oracle.verdicts().violations());
        assertEquals(2, oracle.committedEnd(TOPIC, 0));
    }

    @AfterEach
    void onlyWhatWasExpected()
    {
        oracle.afterEvent();
        final List<Invariant> seen = new ArrayList<>();
        for (final Violation violation : oracle.verdicts().violations())
        {
            if (!seen.contains(violation.invariant()))
            {
                seen.add(violation.invariant());
            }
        }
        assertEquals(List.of(expected), seen, oracle.verdicts().violations().toString());
        for (final Invariant invariant : expected)
        {
            assertTrue(oracle.verdicts().exercised(invariant) > 0);
        }
    }

    final void commitAll(final long end)
    {
        see(1);
        see(replicas[2].copy(replicas[1]));
        see(replicas[3].copy(replicas[1]));
        replicas[1].highWatermark = end;
        see(1);
    }

    final void bounce(final int brokerId, final int brokerEpoch, final int cleanSince)
    {
        oracle.onEnded(brokerId);
        oracle.onStarted(brokerId);
        oracle.onBrokerEpoch(brokerId, brokerEpoch, cleanSince, cleanSince);
        oracle.onRegistration(brokerId, brokerEpoch, true);
    }

    final void elect(final int leader, final int epoch, final List<Member> isr, final List<Member> elr)
    {
        write(3, stateOf(leader, replicas[leader].brokerEpoch, epoch, isr, elr));
    }

    final void lead(final int brokerId, final int epoch, final List<Member> isr)
    {
        replicas[brokerId].isLeader = true;
        replicas[brokerId].leaderEpoch = epoch;
        replicas[brokerId].isr = isr;
        replicas[brokerId].effectiveIsr = isr;
        see(brokerId);
    }

    final void follow(final int brokerId, final int epoch)
    {
        replicas[brokerId].isLeader = false;
        replicas[brokerId].leaderEpoch = epoch;
        see(brokerId);
    }

    final void see(final int brokerId)
    {
        see(replicas[brokerId]);
    }

    final void see(final FakeReplica replica)
    {
        oracle.observe(replica.brokerId, replica);
    }

    final void write(final int writerId, final PartitionState written)
    {
        state = written;
        oracle.onState(writerId, TOPIC, 0, written);
    }

    static List<Member> members(final int... ids)
    {
        final List<Member> result = new ArrayList<>();
        for (final int id : ids)
        {
            result.add(new Member(id, 1));
        }

        return result;
    }

    final PartitionState uncleanly(final int leader, final int brokerEpoch)
    {
        return new PartitionState(
            leader, brokerEpoch, 1, 2, 1, 1, NONE, false, false, true, List.of(1, 2, 3), List.of(), List.of(),
            List.of(new Member(leader, brokerEpoch)), List.of(), List.of());
    }

    final PartitionState stateOf(
        final int leader, final int brokerEpoch, final int epoch, final List<Member> isr, final List<Member> elr)
    {
        return new PartitionState(
            leader, brokerEpoch, epoch, 2, NONE, 1, NONE, false, false, false, List.of(1, 2, 3), List.of(), List.of(),
            isr, elr, List.of());
    }
}
