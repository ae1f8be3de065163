package io.epona.engine.replica;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionOp.Reconcile;
import io.epona.engine.cluster.PartitionOp.Succession;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.LogTruncation;
import io.epona.engine.replica.ReplicaCluster.Broker;
import io.epona.engine.replica.ReplicaCluster.Decision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static io.epona.engine.replica.ReplicaShard.ACKS_ALL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Leaders that come and go, messages that are lost, late or of another time. */
class ReplicationFailureTest
{
    @TempDir
    private Path directory;

    private static final LogConfig CONFIG = new LogConfig(64 * 1024, -1, 16 * 1024);

    /** Three brokers that were leaders in turn, each alone with what it appended; the last one's log wins. */
    private static void diverge(final ReplicaCluster cluster, final int rounds)
    {
        cluster.broker(1).append(10);
        cluster.untilEqual();
        for (int i = 0; i < rounds; i++)
        {
            // Uncommitted on the leader alone: it is cut off before it can tell.
            final int leader = cluster.state.leader();
            for (final int other : new int[]{ 1, 2, 3 })
            {
                for (final int another : new int[]{ 1, 2, 3 })
                {
                    if (other != another)
                    {
                        cluster.cut(other, another);
                    }
                }
            }
            cluster.broker(leader).append(3 + i % 2);
            cluster.steps(2);
            cluster.elect(leader % 3 + 1);
            cluster.steps(2);
        }
    }

    /** KIP-279: each round of the conversation goes one epoch of the follower further down. */
    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 8 })
    void shouldFindWhereManyEpochsPart(final int tailCount) throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(
            3, 1, CONFIG, false, (broker) -> broker.ctx.tailCount(tailCount)))
        {
            diverge(cluster, 7);
            final int cutBefore = cluster.broker(3).batches().size();
            cluster.mend(1, 2);
            cluster.mend(2, 3);
            cluster.mend(1, 3);
            cluster.untilEqual();
            assertTrue(cutBefore > 10);
            assertTrue(cluster.broker(1).marks.contains(Mark.SYNC_DIVERGED));
            cluster.broker(cluster.state.leader()).append(5);
            cluster.untilEqual();
        }
    }

    @Test
    void shouldTellALeaderOfAFormerEpoch() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker zombie = cluster.broker(1);
            zombie.append(10);
            cluster.untilEqual();

            zombie.isStateHeld = true;
            cluster.elect(2);
            assertEquals(Role.LEADER, zombie.replica().role());
            assertEquals(10, zombie.append("late", ACKS_ALL, 5));
            cluster.until(() -> Role.WAITING == zombie.replica().role());
            assertEquals(List.of(new Decision(1, 5, ResultCode.NOT_LEADER.code(), 0, 10)), cluster.decisions);
            assertTrue(zombie.marks.contains(Mark.NACK_FENCED));
            assertTrue(zombie.refreshes > 0);
            assertEquals(10, cluster.broker(3).log.logEnd());
            assertEquals(ResultCode.NOT_LEADER.code(), zombie.append("later", ACKS_ALL, 6));

            zombie.isStateHeld = false;
            zombie.learn();
            cluster.broker(2).append(3);
            cluster.untilEqual();
            assertEquals(13, zombie.log.logEnd());
        }
    }

    @Test
    void shouldFailWhatWaitsWhenALeadershipEnds() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            cluster.cut(1, 2);
            cluster.cut(1, 3);
            leader.append("a", ACKS_ALL, 1);
            leader.append("b", ACKS_ALL, 2);
            assertEquals(2, leader.replica().parkedCount());
            cluster.elect(2);
            final int code = ResultCode.NOT_LEADER.code();
            assertEquals(
                List.of(new Decision(1, 1, code, 0, 0), new Decision(1, 2, code, 0, 1)), cluster.decisions);

            // The same offsets are committed by another leader: nobody is told again.
            cluster.mend(1, 2);
            cluster.mend(1, 3);
            cluster.steps(5);
            cluster.broker(2).append(4);
            cluster.untilEqual();
            assertEquals(2, cluster.decisions.size());
        }
    }

    @Test
    void shouldTimeOutWhatIsNotCommittedAndKeepTheRecord() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            cluster.steps(5);
            cluster.hold(1, 3, true);
            cluster.deadlineNs = 50_000_000;
            leader.append("a", ACKS_ALL, 1);
            cluster.steps(100);
            assertEquals(
                List.of(new Decision(1, 1, ResultCode.TIMED_OUT.code(), 0, 0)), cluster.decisions);
            cluster.release(1, 3, true);
            cluster.untilEqual();
            assertEquals(1, leader.replica().highWatermark());
            assertEquals(1, cluster.decisions.size());
        }
    }

    @Test
    void shouldSyncAgainAfterAGap() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            cluster.steps(5);
            cluster.hold(1, 2, true);
            for (int i = 0; i < 300; i++)
            {
                leader.append("a long value, so that several ranges are needed " + "x".repeat(900), (byte)1, 0);
            }
            cluster.steps(5);
            final int count = cluster.queue(1, 2, true).size();
            assertTrue(count > 1, () -> "messages " + count);
            cluster.queue(1, 2, true).removeFirst();
            cluster.release(1, 2, true);
            cluster.untilEqual();
            assertTrue(cluster.broker(2).marks.contains(Mark.APPEND_GAP));
            assertTrue(leader.marks.contains(Mark.NACK_GAP));
        }
    }

    @Test
    void shouldTakeNoNoticeOfFormerSyncs() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            cluster.steps(5);
            cluster.hold(1, 2, true);
            cluster.hold(2, 1, false);
            leader.append(5);
            cluster.steps(150);
            final List<byte[]> data = new ArrayList<>(cluster.queue(1, 2, true));
            final List<byte[]> control = new ArrayList<>(cluster.queue(2, 1, false));
            assertFalse(data.isEmpty());
            assertFalse(control.isEmpty());
            cluster.lose(1, 2, true);
            cluster.release(1, 2, true);
            cluster.release(2, 1, false);
            cluster.broker(2).shard.onImage(1);
            cluster.steps(20);
            leader.append(5);
            cluster.untilEqual();

            final Broker follower = cluster.broker(2);
            data.forEach((message) -> cluster.deliver(1, 2, message));
            control.forEach((message) -> cluster.deliver(2, 1, message));
            assertTrue(follower.marks.contains(Mark.APPEND_STALE_SYNC));
            cluster.steps(5);
            cluster.assertEqualLogs();
            assertEquals(10, leader.replica().highWatermark());
        }
    }

    /** Data overtakes the answer that allows it. */
    @Test
    void shouldTakeDataForTheAnswer() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(2, 1))
        {
            cluster.hold(1, 2, false);
            final Broker leader = cluster.broker(1);
            cluster.steps(2);
            leader.append(3);
            cluster.until(() -> 3 == leader.replica().highWatermark());
            assertTrue(cluster.broker(2).marks.contains(Mark.SYNC_IMPLICIT_OK));
            assertFalse(cluster.broker(2).marks.contains(Mark.SYNC_OK));
            cluster.release(1, 2, false);
            cluster.untilEqual();
        }
    }

    /** Seed 628: told on one stream before the batches came on the other one, and never again. */
    @Test
    void shouldRememberAHighWatermarkThatOvertookTheBatches() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            final Broker follower = cluster.broker(3);
            leader.append(5);
            cluster.untilEqual();
            cluster.down(3);
            cluster.until(() -> 2 == cluster.state.isr().size());
            leader.append(1);
            cluster.until(() -> 6 == leader.replica().highWatermark());

            cluster.hold(2, 1, false);
            leader.append(1);
            cluster.hold(1, 3, true);
            cluster.up(3);
            cluster.mend(1, 3);
            cluster.mend(2, 3);
            cluster.until(() -> !cluster.queue(1, 3, true).isEmpty());
            cluster.release(2, 1, false);
            cluster.steps(500);
            assertEquals(7, leader.replica().highWatermark());
            assertEquals(5, follower.log.logEnd());

            cluster.release(1, 3, true);
            cluster.untilEqual();
            assertEquals(7, follower.replica().highWatermark());
        }
    }

    @Test
    void shouldSyncInANewEpochOfTheSameLeader() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            cluster.broker(1).append(5);
            cluster.untilEqual();
            cluster.broker(2).isStateHeld = true;
            cluster.elect(3);
            cluster.elect(1);
            cluster.broker(2).isStateHeld = false;
            cluster.broker(2).learn();
            assertTrue(cluster.broker(2).marks.contains(Mark.FOLLOW_SAME_LEADER));
            assertEquals(Phase.SYNCING, cluster.broker(2).replica().phase());
            cluster.broker(1).append(5);
            cluster.untilEqual();
        }
    }

    /** A leadership ends with the life of the broker that it was given to. */
    @Test
    void shouldNotLeadInANewLife() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            leader.append("a", ACKS_ALL, 1);
            leader.brokerEpoch = 2;
            leader.shard.onRegistered(2);
            assertEquals(Role.WAITING, leader.replica().role());
            assertEquals(1, cluster.decisions.size());
            assertEquals(ResultCode.NOT_LEADER.code(), leader.append("b", ACKS_ALL, 2));
            cluster.up(1);

            cluster.change(new Reconcile(0, List.of(), Succession.elect(new Member(1, 1), 2)));
            assertEquals(Role.LEADER, leader.replica().role());
            leader.append(2);
            cluster.untilEqual();
        }
    }

    @Test
    void shouldNotAppendWhatADamagedMessageHolds() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            cluster.steps(5);
            cluster.hold(1, 2, true);
            leader.append(1);
            cluster.steps(3);
            final byte[] message = cluster.queue(1, 2, true).getFirst();
            message[message.length - 3] ^= 1;
            cluster.release(1, 2, true);
            cluster.untilEqual();
            assertTrue(cluster.broker(2).marks.contains(Mark.APPEND_CORRUPT));
            assertTrue(leader.marks.contains(Mark.NACK_CORRUPT_GOOD));
            assertEquals(Role.LEADER, leader.replica().role());
        }
    }

    @Test
    void shouldDropMessagesThatMakeNoSense() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(2, 1))
        {
            cluster.steps(3);
            cluster.hold(1, 2, true);
            cluster.hold(2, 1, false);
            cluster.broker(1).append(1);
            cluster.steps(150);
            for (final boolean isData : new boolean[]{ true, false })
            {
                final int from = isData ? 1 : 2;
                final byte[] whole = cluster.queue(from, 3 - from, isData).getFirst();
                for (int length = 0; length < whole.length; length++)
                {
                    cluster.deliver(from, 3 - from, java.util.Arrays.copyOf(whole, length));
                }
            }
            cluster.release(1, 2, true);
            cluster.release(2, 1, false);
            cluster.untilEqual();
        }
    }

    @Test
    void shouldBeginAnewBelowTheLeadersStart() throws IOException
    {
        final LogConfig config = new LogConfig(64 * 1024, 64 * 1024, 16 * 1024);
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 1, config, false, (broker) -> {}))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            cluster.down(3);
            cluster.until(() -> 2 == cluster.state.isr().size());
            for (int i = 0; i < 400; i++)
            {
                leader.append("x".repeat(1000), (byte)1, 0);
                cluster.step();
            }
            cluster.until(() -> leader.log.logStart() > 5);
            cluster.mend(1, 3);
            cluster.mend(2, 3);
            cluster.up(3);
            cluster.broker(3).learn();
            cluster.until(() -> 3 == cluster.state.isr().size());
            assertTrue(cluster.broker(3).marks.contains(Mark.SYNC_BELOW_START));
            assertTrue(cluster.broker(3).log.logStart() > 5);
            assertEquals(leader.log.logEnd(), cluster.broker(3).log.logEnd());
        }
    }

    /** An unclean election: the others may be cut below what they knew committed. */
    @Test
    void shouldFollowAnUncleanLeaderBelowTheHighWatermark() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 1))
        {
            cluster.broker(1).append(5);
            cluster.untilEqual();
            cluster.down(3);
            cluster.until(() -> 2 == cluster.state.isr().size());
            cluster.broker(1).append(5);
            cluster.untilEqual();
            cluster.down(1);
            cluster.down(2);
            final List<PartitionOp.Removal> lost = List.of(
                new PartitionOp.Removal(new Member(1, 1), false), new PartitionOp.Removal(new Member(2, 1), false));
            cluster.change(new Reconcile(0, lost, Succession.NOBODY));
            cluster.up(3);
            cluster.broker(3).learn();
            cluster.change(new PartitionOp.ElectUnclean(0, new Member(3, 1)));
            cluster.steps(5);
            cluster.broker(3).append(2);
            for (final int id : new int[]{ 1, 2 })
            {
                cluster.mend(3, id);
                cluster.up(id);
                cluster.broker(id).learn();
            }
            cluster.mend(1, 2);
            cluster.untilEqual();
            assertEquals(7, cluster.broker(1).log.logEnd());
            assertFalse(cluster.state.recovering());
            cluster.until(() -> 3 == cluster.state.isr().size());
        }
    }

    /** Its records went by retention, so nothing tells that it had others than its leader, which has a batch there. */
    @Test
    void shouldBeginAnewWithoutBatchesAfterAnUncleanElection() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(2, 1))
        {
            final Broker former = cluster.broker(1);
            cluster.down(2);
            cluster.until(() -> 1 == cluster.state.isr().size());
            former.append(10);
            cluster.until(() -> 10 == former.log.highWatermark());
            cluster.down(1);
            cluster.change(new Reconcile(
                0, List.of(new PartitionOp.Removal(new Member(1, 1), false)), Succession.NOBODY));
            cluster.up(2);
            cluster.broker(2).learn();
            cluster.change(new PartitionOp.ElectUnclean(0, new Member(2, 1)));
            cluster.steps(5);
            cluster.broker(2).append(12);

            final LogTruncation retention = former.log.reset(10);
            while (!retention.poll())
            {
                former.log.housekeep(cluster.nowNs);
            }
            cluster.mend(1, 2);
            cluster.up(1);
            former.learn();
            cluster.until(() -> 2 == cluster.state.isr().size());
            assertTrue(former.marks.contains(Mark.SYNC_UNKNOWN_PAST));
            assertEquals(0, former.log.logStart());
            assertEquals(cluster.broker(2).batches(), former.batches());
        }
    }
}
