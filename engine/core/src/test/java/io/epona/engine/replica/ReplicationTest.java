package io.epona.engine.replica;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.replica.ReplicaCluster.Broker;
import io.epona.engine.replica.ReplicaCluster.Decision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import static io.epona.engine.replica.ReplicaShard.ACKS_ALL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ReplicationTest
{
    @TempDir
    private Path directory;

    @Test
    void shouldCommitWhatAllInSyncHold() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            cluster.steps(5);
            assertEquals(Role.LEADER, leader.replica().role());
            assertEquals(Role.FOLLOWER, cluster.broker(2).replica().role());

            assertEquals(0, leader.append("a", ACKS_ALL, 7));
            assertEquals(0, leader.replica().highWatermark());
            assertEquals(List.of(), cluster.decisions);
            cluster.untilEqual();
            assertEquals(List.of(new Decision(1, 7, 0, 0, 0)), cluster.decisions);

            for (int i = 1; i <= 200; i++)
            {
                assertEquals(i, leader.append("value " + i, ACKS_ALL, i));
                cluster.steps(i % 3);
            }
            cluster.untilEqual();
            assertEquals(201, cluster.decisions.size());
            assertEquals(0, leader.replica().parkedCount());
        }
    }

    @Test
    void shouldNotCommitWhatOneInSyncDoesNotHold() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append(100);
            cluster.untilEqual();

            cluster.hold(1, 3, true);
            assertEquals(100, leader.append("x", ACKS_ALL, 1));
            cluster.until(() -> 101 == cluster.broker(2).log.logEnd());
            cluster.steps(100);
            assertEquals(100, leader.replica().highWatermark());
            assertEquals(List.of(), cluster.decisions);

            cluster.release(1, 3, true);
            cluster.untilEqual();
            assertEquals(List.of(new Decision(1, 1, 0, 0, 100)), cluster.decisions);
        }
    }

    /** The example of the protocol's introduction. */
    @Test
    void shouldCutWhatAFormerLeaderAloneHad() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker first = cluster.broker(1);
            final Broker second = cluster.broker(2);
            first.append(100);
            cluster.untilEqual();

            cluster.cut(1, 2);
            cluster.cut(1, 3);
            first.append(10);
            cluster.steps(20);
            assertEquals(110, first.log.logEnd());
            assertEquals(100, first.replica().highWatermark());
            cluster.down(1);
            cluster.elect(2, 1);
            cluster.steps(20);
            assertEquals(100, second.replica().leaderEpochStart());
            second.append(5);
            cluster.until(() -> 105 == second.replica().highWatermark());

            cluster.mend(1, 2);
            cluster.mend(1, 3);
            cluster.up(1);
            first.learn();
            cluster.untilEqual();
            assertEquals(105, first.log.logEnd());
            assertTrue(first.marks.contains(Mark.SYNC_DIVERGED));
            assertTrue(first.marks.contains(Mark.TICKET_DONE));
            cluster.until(() -> cluster.state.isr().contains(new Member(1, 1)));
            assertEquals(3, second.replica().isr().size());
        }
    }

    @Test
    void shouldRefuseWhereItDoesNotLead() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            assertEquals(ResultCode.NOT_LEADER.code(), cluster.broker(2).append("a", ACKS_ALL, 1));
            assertEquals(ResultCode.NOT_LEADER.code(), cluster.broker(2).replica().checkFetch(0, -1));
            assertFalse(cluster.broker(2).replica().latestOffset() >= 0);
        }
    }
}
