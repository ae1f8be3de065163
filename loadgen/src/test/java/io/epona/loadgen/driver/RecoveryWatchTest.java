package io.epona.loadgen.driver;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import org.junit.jupiter.api.Test;

import java.util.List;

import static io.epona.loadgen.driver.RecoveryWatch.NOT_SEEN;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** One partition of two brokers, led by broker 1, which something is done to. */
class RecoveryWatchTest
{
    private static final List<Member> BOTH = List.of(new Member(1, 1), new Member(2, 1));

    private final AckTimes acks = new AckTimes(1);
    private List<PartitionState> states = List.of(state(1, 5, BOTH));
    private long nowNs = 100;

    private final RecoveryWatch watch =
        new RecoveryWatch(() -> nowNs, () -> states, acks, states, List.of(0), true);

    private static PartitionState state(final int leader, final int leaderEpoch, final List<Member> isr)
    {
        return new PartitionState(
            leader, 1, leaderEpoch, 1, -1, 1, PartitionState.NONE, false, false, false,
            List.of(1, 2), List.of(), List.of(), isr, List.of(), List.of());
    }

    private void lookAt(final long timeNs, final boolean isOver)
    {
        nowNs = timeNs;
        watch.look(isOver);
    }

    private void assertSeen(final long electedNs, final long ackedNs, final long inSyncNs)
    {
        assertEquals(
            List.of(electedNs, ackedNs, inSyncNs), List.of(watch.electedNs(), watch.ackedNs(), watch.inSyncNs()));
    }

    @Test
    void waitsForAnotherLeaderItsAcknowledgementsAndAllReplicas()
    {
        acks.onAck(0, 110);
        lookAt(200, false);
        assertSeen(NOT_SEEN, NOT_SEEN, NOT_SEEN);
        states = null;
        lookAt(250, false);
        states = List.of(state(2, 6, List.of(new Member(2, 1))));
        lookAt(300, false);
        acks.onAck(0, 310);
        lookAt(400, false);
        assertSeen(300, 400, NOT_SEEN);
        lookAt(500, true);
        assertSeen(300, 400, NOT_SEEN);
        states = List.of(state(2, 6, BOTH));
        lookAt(600, true);
        assertSeen(300, 400, 600);
    }

    @Test
    void waitsForAcknowledgementsAloneWhereTheLeaderIsBackBeforeItWasMissed()
    {
        // What it had sent before it stood still is no sign of life.
        acks.onAck(0, 110);
        lookAt(200, false);
        nowNs = 300;
        watch.onBack();
        lookAt(310, true);
        assertSeen(NOT_SEEN, NOT_SEEN, NOT_SEEN);
        acks.onAck(0, 320);
        lookAt(400, true);
        assertSeen(NOT_SEEN, 400, 400);
    }

    @Test
    void waitsForTheNextLeaderWhereItWasMissedThoughItIsBack()
    {
        states = List.of(state(2, 6, List.of(new Member(2, 1))));
        lookAt(200, false);
        acks.onAck(0, 210);
        lookAt(250, false);
        nowNs = 300;
        watch.onBack();
        lookAt(400, true);
        assertSeen(200, 250, NOT_SEEN);
        states = List.of(state(2, 6, BOTH));
        lookAt(500, true);
        assertSeen(200, 250, 500);
    }

    @Test
    void doesNotTakeTheAcknowledgementsOfAnOldLeaderForThoseOfANewOne()
    {
        // Elected while it stood still; what is heard of it when it goes on says nothing of the new one.
        nowNs = 300;
        watch.onBack();
        acks.onAck(0, 305);
        states = List.of(state(2, 6, BOTH));
        lookAt(310, true);
        assertSeen(310, NOT_SEEN, NOT_SEEN);
        acks.onAck(0, 320);
        lookAt(330, true);
        assertSeen(310, 330, 330);
    }
}
