package io.epona.engine.replica;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.log.FlushPolicy;
import io.epona.engine.log.LogConfig;
import io.epona.engine.replica.ReplicaCluster.Broker;
import io.epona.engine.replica.ReplicaCluster.Decision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import static io.epona.engine.replica.ReplicaShard.ACKS_ALL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Who counts for what is committed, and what is committed. */
class InSyncReplicasTest
{
    @TempDir
    private Path directory;

    @Test
    void shouldShrinkWhoIsSilentAndTakeItBack() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            cluster.down(3);
            assertEquals(5, leader.append("a", ACKS_ALL, 1));
            cluster.steps(1000);
            assertEquals(5, leader.replica().highWatermark());
            cluster.until(() -> 2 == cluster.state.isr().size());
            cluster.until(() -> 6 == leader.replica().highWatermark());

            cluster.up(3);
            cluster.mend(1, 3);
            cluster.mend(2, 3);
            cluster.until(() -> 3 == cluster.state.isr().size());
            cluster.untilEqual();
            assertTrue(leader.marks.contains(Mark.EXPAND_PROPOSED));
        }
    }

    @Test
    void shouldShrinkWhoLags() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 1))
        {
            final Broker leader = cluster.broker(1);
            cluster.steps(5);
            cluster.hold(1, 3, true);
            leader.append(5);
            cluster.steps(9_000);
            assertEquals(3, cluster.state.isr().size());
            cluster.until(() -> 2 == cluster.state.isr().size());
            cluster.until(() -> 5 == leader.replica().highWatermark());
        }
    }

    /** Below the least number in sync nothing is committed, whatever the leader alone has. */
    @Test
    void shouldCommitNothingBelowTheLeastNumber() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            cluster.down(2);
            cluster.down(3);
            cluster.until(() -> 1 == cluster.state.isr().size());
            assertEquals(1, cluster.state.elr().size());
            assertEquals(ResultCode.NOT_ENOUGH_REPLICAS.code(), leader.append("a", ACKS_ALL, 1));
            assertEquals(5, leader.log.logEnd());
            leader.append(3);
            cluster.steps(50);
            assertEquals(5, leader.replica().highWatermark());
            assertTrue(leader.marks.contains(Mark.HW_BELOW_MIN_ISR));

            cluster.up(2);
            cluster.mend(1, 2);
            cluster.until(() -> 8 == leader.replica().highWatermark());
            assertEquals(2, cluster.state.isr().size());
        }
    }

    /** From the proposal on, and however long it takes to be decided, who is to be added counts. */
    @Test
    void shouldCountWhoIsProposed() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 1))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            cluster.down(3);
            cluster.until(() -> 2 == cluster.state.isr().size());
            cluster.areWishesHeld = true;
            cluster.up(3);
            cluster.mend(1, 3);
            cluster.until(() -> !leader.wishes.isEmpty());
            assertEquals(new PartitionOp.Expand(new Member(3, 1)), leader.wishes.peek().op());
            assertEquals(3, leader.replica().effectiveIsr().size());
            assertEquals(2, leader.replica().isr().size());

            cluster.cut(1, 3);
            leader.append("a", ACKS_ALL, 1);
            cluster.steps(500);
            assertEquals(5, leader.replica().highWatermark());
            assertTrue(leader.marks.contains(Mark.HW_PENDING_MEMBER_COUNTED));

            // The check of its life refused it, so it will never be in.
            leader.shard.onProposalDecided(
                ReplicaCluster.TOPIC_ID, ReplicaCluster.PARTITION, cluster.version, Proposals.Outcome.STALE,
                cluster.version, cluster.state);
            leader.wishes.clear();
            cluster.until(() -> 6 == leader.replica().highWatermark());
            assertEquals(2, leader.replica().effectiveIsr().size());
        }
    }

    /** Comes back under load, and tells what it has a few steps later than the other follower. */
    private static void comeBackSlowly(final ReplicaCluster cluster, final BooleanSupplier isEnough)
    {
        cluster.up(3);
        cluster.mend(1, 3);
        for (int i = 0; i < 400 && !isEnough.getAsBoolean(); i++)
        {
            if (0 == i % 4)
            {
                cluster.release(3, 1, false);
            }
            else
            {
                cluster.hold(3, 1, false);
            }
            cluster.broker(1).append(1);
            cluster.step();
        }
        assertTrue(isEnough.getAsBoolean(), cluster::toString);
    }

    /** One that follows closely, but later than the members, reaches the high watermark while that waits for it. */
    @Test
    void shouldTakeInWhoIsAlwaysALittleBehind() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            cluster.down(3);
            cluster.until(() -> 2 == cluster.state.isr().size());
            comeBackSlowly(cluster, () -> 3 == cluster.state.isr().size());
            assertTrue(leader.marks.contains(Mark.EXPAND_JOINING));
            cluster.release(3, 1, false);
            cluster.untilEqual();
        }
    }

    /** The high watermark waits for nobody who says no more. */
    @Test
    void shouldNotWaitForWhoFallsSilentWhileItComesIn() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            cluster.down(3);
            cluster.until(() -> 2 == cluster.state.isr().size());
            comeBackSlowly(cluster, () -> leader.marks.contains(Mark.EXPAND_JOINING));
            cluster.cut(1, 3);
            leader.append(1);
            cluster.steps(10);
            assertTrue(leader.replica().highWatermark() < leader.log.logEnd(), "it is waited for");
            cluster.steps(60);
            assertEquals(leader.log.logEnd(), leader.replica().highWatermark());
            assertEquals(2, cluster.state.isr().size());
        }
    }

    /** A shrink counts when it is decided, not when it is proposed. */
    @Test
    void shouldCountWhoIsToGoUntilItIsDecided() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 1))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            cluster.areWishesHeld = true;
            cluster.down(3);
            leader.append("a", ACKS_ALL, 1);
            cluster.until(() -> !leader.wishes.isEmpty());
            cluster.steps(500);
            assertEquals(5, leader.replica().highWatermark());
            cluster.areWishesHeld = false;
            cluster.until(() -> 6 == leader.replica().highWatermark());
        }
    }

    /** A wish that meets a state of another's making is forgotten, and that state counts. */
    @Test
    void shouldAdoptWhatWasWrittenInstead() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 1))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            cluster.areWishesHeld = true;
            cluster.down(3);
            cluster.until(() -> !leader.wishes.isEmpty());
            leader.isStateHeld = true;
            cluster.change(new PartitionOp.ChangeMinIsr(0, 2));
            leader.isStateHeld = false;
            cluster.areWishesHeld = false;
            cluster.until(() -> 2 == leader.replica().state().minIsr());
            assertTrue(leader.marks.contains(Mark.CAS_STALE_SAME_EPOCH));
            cluster.until(() -> 2 == cluster.state.isr().size());
        }
    }

    /**
     * A follower that has all that the new leader knows committed, but not all that is: without asking for the start of
     * the leader's epoch it would come in.
     */
    @Test
    void shouldNotTakeInWhoIsBelowTheStartOfTheEpoch() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 1))
        {
            cluster.broker(1).append(5);
            cluster.untilEqual();
            cluster.down(3);
            cluster.until(() -> 2 == cluster.state.isr().size());
            // 5 to 9 are committed by 1, and 2 does not hear of it.
            cluster.broker(1).append(5);
            cluster.until(() -> 10 == cluster.broker(2).log.logEnd());
            cluster.hold(1, 2, false);
            cluster.hold(1, 2, true);
            cluster.until(() -> 10 == cluster.broker(1).replica().highWatermark());
            assertEquals(5, cluster.broker(2).replica().highWatermark());
            cluster.down(1);
            cluster.areWishesHeld = true;
            cluster.hold(2, 3, true);
            cluster.elect(2);
            cluster.up(3);
            cluster.mend(2, 3);
            cluster.broker(3).learn();
            cluster.until(() -> cluster.broker(2).marks.contains(Mark.EXPAND_BELOW_LESO));
            assertEquals(10, cluster.broker(2).replica().leaderEpochStart());
            cluster.steps(20);
            assertTrue(cluster.broker(2).wishes.stream().noneMatch((wish) -> wish.op() instanceof PartitionOp.Expand));
            cluster.release(2, 3, true);
            cluster.until(() -> 10 == cluster.broker(3).log.logEnd());
        }
    }

    /** A leader that is cut off from followers that live gives way, once. */
    @Test
    void shouldResignInsteadOfGoingBelowTheLeastNumber() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(2, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            leader.append("a", ACKS_ALL, 1);
            cluster.cut(1, 2);
            cluster.until(() -> -1 == cluster.state.leader());
            assertEquals(1, cluster.state.resigned());
            assertEquals(1, cluster.state.leaderEpoch());
            assertEquals(Role.IDLE, leader.replica().role());
            assertEquals(ResultCode.NOT_LEADER.code(), cluster.decisions.get(0).code());
            assertTrue(leader.marks.contains(Mark.SHRINK_WOULD_RESIGN));

            cluster.elect(2);
            cluster.mend(1, 2);
            cluster.broker(2).append(1);
            cluster.untilEqual();
        }
    }

    /** Below the least number it would be alone in the isr, and stay the leader for as long as it is cut off. */
    @Test
    void shouldKeepTheIsrWhereItResignedAMomentAgoAndResignLater() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(2, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            cluster.cut(1, 2);
            cluster.until(() -> -1 == cluster.state.leader());
            final long resignedNs = cluster.nowNs;
            cluster.elect(2);
            cluster.mend(1, 2);
            cluster.untilEqual();
            cluster.elect(1);
            leader.append(5);
            cluster.untilEqual();

            cluster.cut(1, 2);
            final int version = cluster.version;
            while (cluster.nowNs - resignedNs < TimeUnit.SECONDS.toNanos(9))
            {
                cluster.steps(1);
                assertEquals(version, cluster.version, "nobody changes anything");
            }
            cluster.until(() -> -1 == cluster.state.leader());
            assertEquals(2, cluster.state.isr().size());
        }
    }

    /** Until it is decided, a resignation is tried on every version of the epoch. */
    @Test
    void shouldResignUntilTheEpochIsOver() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(2, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            cluster.areWishesHeld = true;
            cluster.cut(1, 2);
            cluster.until(() -> !leader.wishes.isEmpty());
            assertEquals(Role.WAITING, leader.replica().role());
            cluster.change(new PartitionOp.ChangeMinIsr(0, 1));
            assertEquals(Role.WAITING, leader.replica().role());
            cluster.areWishesHeld = false;
            cluster.until(() -> -1 == cluster.state.leader());
        }
    }

    @Test
    void shouldResignWhenTheStorageFails() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            leader.storage.isSyncFailing = true;
            final int rolls = 80;
            for (int i = 0; i < rolls && Role.LEADER == leader.replica().role(); i++)
            {
                leader.append("x".repeat(2000), (byte)1, 0);
                cluster.steps(20);
            }
            cluster.until(() -> -1 == cluster.state.leader());
            assertEquals(List.of(new Member(2, 1), new Member(3, 1)), cluster.state.isr());
            assertTrue(leader.errors.stream().anyMatch((error) -> error instanceof ReplicaFault));
            cluster.elect(2);
            assertEquals(Role.FAULTED, leader.replica().role());
            leader.storage.isSyncFailing = false;
        }
    }

    /** A bounced member acknowledges in a new life, which is not the one that is in sync. */
    @Test
    void shouldReplaceAMemberByItsNewLife() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            cluster.areWishesHeld = true;
            final Broker bounced = cluster.broker(3);
            bounced.brokerEpoch = 4;
            bounced.shard.onRegistered(4);
            cluster.up(3);
            leader.append("a", ACKS_ALL, 1);
            cluster.steps(50);
            assertEquals(6, bounced.log.logEnd());
            assertEquals(5, leader.replica().highWatermark());
            assertEquals(new PartitionOp.Expand(new Member(3, 4)), leader.wishes.peek().op());
            cluster.areWishesHeld = false;
            cluster.untilEqual();
            assertEquals(List.of(new Decision(1, 1, 0, 0, 5)), cluster.decisions);
            assertTrue(cluster.state.isr().contains(new Member(3, 4)));
            assertTrue(leader.marks.contains(Mark.EXPAND_REPLACED_INCARNATION));
        }
    }

    /** A member that says that it has less than it acknowledged is not counted, nor eligible. */
    @Test
    void shouldExpelAMemberThatLostData() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            final Broker lossy = cluster.broker(3);
            cluster.cut(1, 3);
            final var truncation = lossy.log.truncate(2);
            while (!truncation.poll())
            {
                lossy.log.housekeep(cluster.nowNs);
            }
            cluster.mend(1, 3);
            cluster.until(() -> 2 == cluster.state.isr().size());
            assertTrue(leader.marks.contains(Mark.STATE_MEMBER_LOST_DATA));
            assertTrue(cluster.state.elr().isEmpty());
            leader.append(1);
            cluster.until(() -> 3 == cluster.state.isr().size());
            cluster.until(() -> 6 == lossy.log.logEnd());
        }
    }

    @Test
    void shouldServeNobodyWhenCutOffFromAll() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            assertEquals(0, leader.replica().checkFetch(0, -1));
            leader.shard.onSession(false);
            cluster.steps(4000);
            assertEquals(0, leader.replica().checkFetch(0, -1));
            cluster.cut(1, 2);
            cluster.cut(1, 3);
            cluster.steps(4000);
            assertEquals(ResultCode.NOT_LEADER.code(), leader.replica().checkFetch(0, -1));
            assertEquals(ResultCode.NOT_LEADER.code(), leader.append("a", (byte)1, 0));
            assertTrue(leader.wishes.isEmpty());
            leader.shard.onSession(true);
            cluster.step();
            assertEquals(0, leader.replica().checkFetch(0, -1));
        }
    }

    /** Where a commit is to survive a loss of power, what counts is what is on disk. */
    @Test
    void shouldCountWhatIsFlushed() throws IOException
    {
        final LogConfig config = new LogConfig(64 * 1024, -1, 16 * 1024).withFlush(FlushPolicy.COMMIT, 1000);
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2, config, true, (broker) -> {}))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            cluster.broker(3).isHousekeeping = false;
            leader.append("a", ACKS_ALL, 1);
            cluster.until(() -> 6 == cluster.broker(3).log.logEnd());
            cluster.steps(100);
            assertEquals(5, leader.replica().highWatermark());
            assertEquals(List.of(), cluster.decisions);
            cluster.broker(3).isHousekeeping = true;
            cluster.until(() -> 6 == leader.replica().highWatermark());
            assertEquals(1, cluster.decisions.size());
        }
    }

    /** Seed 522: flushed between the question and the answer, and told with neither. */
    @Test
    void shouldTellWhatIsFlushedWhileItSyncs() throws IOException
    {
        final LogConfig config = new LogConfig(64 * 1024, -1, 16 * 1024).withFlush(FlushPolicy.COMMIT, 1000);
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2, config, true, (broker) -> {}))
        {
            final Broker leader = cluster.broker(1);
            final Broker follower = cluster.broker(3);
            leader.append(5);
            cluster.untilEqual();
            follower.isHousekeeping = false;
            leader.append(1);
            cluster.until(() -> 6 == follower.log.logEnd());
            cluster.steps(5);

            cluster.hold(1, 3, false);
            follower.shard.onImage(1);
            cluster.steps(2);
            follower.isHousekeeping = true;
            cluster.steps(5);
            assertEquals(6, follower.log.flushedEnd());
            cluster.release(1, 3, false);
            cluster.steps(5);
            assertEquals(6, leader.replica().highWatermark());
        }
    }

    /** An image that comes anew at the leader alone loses acknowledgements, and the follower does not know. */
    @Test
    void shouldAskForWhatIsFlushed() throws IOException
    {
        final LogConfig config = new LogConfig(64 * 1024, -1, 16 * 1024).withFlush(FlushPolicy.COMMIT, 1000);
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2, config, true, (broker) -> {}))
        {
            final Broker leader = cluster.broker(1);
            final Broker follower = cluster.broker(3);
            leader.append(5);
            cluster.untilEqual();
            follower.isHousekeeping = false;
            leader.append(1);
            cluster.until(() -> 6 == follower.log.logEnd());
            cluster.steps(5);

            cluster.hold(3, 1, false);
            follower.isHousekeeping = true;
            cluster.until(() -> 6 == follower.log.flushedEnd());
            cluster.steps(5);
            cluster.lose(3, 1, false);
            cluster.release(3, 1, false);
            cluster.until(() -> 6 == leader.replica().highWatermark());
            assertTrue(follower.marks.contains(Mark.PROGRESS_ACK_NOW));
        }
    }

    @Test
    void shouldAnswerARepeatedBatchWhenItIsCommitted() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            cluster.steps(5);
            cluster.hold(1, 3, true);
            assertEquals(0, leader.appendOnce("a", 9, 0, 1));
            assertEquals(1, leader.appendOnce("b", 9, 1, 2));
            assertEquals(0, leader.appendOnce("a", 9, 0, 3));
            cluster.steps(100);
            assertEquals(List.of(), cluster.decisions);
            assertTrue(leader.marks.contains(Mark.PRODUCE_DUPLICATE_PARKED));
            cluster.release(1, 3, true);
            cluster.untilEqual();
            assertEquals(3, cluster.decisions.size());
            assertEquals(0, leader.appendOnce("a", 9, 0, 4));
            cluster.step();
            assertEquals(new Decision(1, 4, 0, 0, 0), cluster.decisions.get(3));
            assertEquals(ResultCode.OUT_OF_ORDER_SEQUENCE.code(), leader.appendOnce("z", 9, 5, 5));
            assertEquals(2, leader.log.logEnd());
        }
    }

    /** What was cut is not known any more, or its repetition would be answered with an offset of something else. */
    @Test
    void shouldForgetProducersOfWhatWasCut() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker first = cluster.broker(1);
            first.appendOnce("a", 9, 0, 1);
            cluster.untilEqual();
            cluster.cut(1, 2);
            cluster.cut(1, 3);
            first.appendOnce("b", 9, 1, 2);
            cluster.elect(2);
            cluster.mend(1, 2);
            cluster.mend(1, 3);
            cluster.broker(2).append(3);
            cluster.untilEqual();
            cluster.elect(1);
            assertEquals(4, first.appendOnce("b", 9, 1, 3));
            cluster.untilEqual();
            assertFalse(first.marks.contains(Mark.PRODUCE_DUPLICATE_PARKED));
        }
    }

    /** Seed 15: not as what was refused, for it is in the log, and where the partition moved to it is committed. */
    @Test
    void shouldFailWhatWaitsWhenTheReplicaIsRemoved() throws IOException
    {
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(3, 2))
        {
            final Broker leader = cluster.broker(1);
            leader.append("a", ACKS_ALL, 1);
            leader.shard.onReplicaRemoved(ReplicaCluster.TOPIC_ID, ReplicaCluster.PARTITION);
            assertEquals(
                List.of(new Decision(1, 1, ResultCode.NOT_LEADER.code(), 0, 0)), cluster.decisions);
            assertEquals(ResultCode.UNKNOWN_TOPIC.code(), leader.append("b", ACKS_ALL, 2));
        }
    }
}
