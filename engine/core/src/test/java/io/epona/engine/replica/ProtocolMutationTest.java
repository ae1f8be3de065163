package io.epona.engine.replica;

import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.log.FlushPolicy;
import io.epona.engine.log.LogConfig;
import io.epona.engine.replica.ReplicaCluster.Broker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

import static io.epona.engine.replica.ReplicaShard.ACKS_ALL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is planted does what it says: the shortest way to the harm, by hand. The simulator has to find its own. */
class ProtocolMutationTest
{
    private static final LogConfig CONFIG = new LogConfig(64 * 1024, -1, 16 * 1024);

    @TempDir
    private Path directory;

    private ReplicaCluster start(final int count, final int minIsr, final ProtocolMutation mutation) throws IOException
    {
        return new ReplicaCluster(directory).start(
            count, minIsr, CONFIG, false, (broker) -> broker.ctx.mutation(mutation));
    }

    /** A follower that does not know yet what is committed cuts it, and leads. */
    @Test
    void m1ShouldLoseWhatIsCommitted() throws IOException
    {
        try (ReplicaCluster cluster = start(2, 1, ProtocolMutation.M1))
        {
            final Broker leader = cluster.broker(1);
            leader.append(5);
            cluster.untilEqual();
            leader.append("a", ACKS_ALL, 1);
            cluster.hold(1, 2, false);
            cluster.until(() -> !cluster.decisions.isEmpty());
            assertEquals(0, cluster.decisions.get(0).code());
            assertEquals(5, cluster.broker(2).replica().highWatermark());
            cluster.elect(1);
            cluster.steps(2);
            cluster.down(1);
            cluster.elect(2, 1);
            cluster.steps(5);
            assertEquals(5, cluster.broker(2).log.logEnd());
        }
    }

    /** Cutting to the leader's end alone leaves records of epochs that the leader does not have. */
    @Test
    void m2ShouldLeaveLogsThatDiffer() throws IOException
    {
        try (ReplicaCluster cluster = start(3, 1, ProtocolMutation.M2))
        {
            cluster.broker(1).append(5);
            cluster.untilEqual();
            for (final int[] pair : new int[][]{ { 1, 2 }, { 2, 3 }, { 1, 3 } })
            {
                cluster.cut(pair[0], pair[1]);
            }
            // 5 to 7 are of epoch 0 at 1, of epoch 1 at 2.
            cluster.broker(1).append(3);
            cluster.elect(2);
            cluster.broker(2).append(3);
            cluster.elect(1);
            cluster.mend(1, 2);
            cluster.mend(1, 3);
            cluster.steps(50);
            cluster.broker(1).append(2);
            cluster.until(() -> 10 == cluster.broker(2).log.logEnd());
            assertNotEquals(cluster.broker(1).batches(), cluster.broker(2).batches());
        }
    }

    /** A leader without an entry for its epoch takes a follower's older records for its own. */
    @Test
    void m6ShouldTakeALogThatDiffersForAMatch() throws IOException
    {
        try (ReplicaCluster cluster = start(3, 1, ProtocolMutation.M6))
        {
            cluster.broker(1).append(5);
            cluster.untilEqual();
            cluster.cut(1, 2);
            cluster.cut(1, 3);
            cluster.broker(1).append(3);
            cluster.elect(2);
            cluster.broker(2).append(6);
            cluster.mend(1, 2);
            cluster.until(() -> 11 == cluster.broker(1).log.logEnd());
            assertNotEquals(cluster.broker(1).batches(), cluster.broker(2).batches());
        }
    }

    /** Who has reached the high watermark that a new leader knows comes in without all that is committed. */
    @Test
    void m7ShouldTakeInWhoIsNotComplete() throws IOException
    {
        try (ReplicaCluster cluster = start(3, 1, ProtocolMutation.M7))
        {
            cluster.broker(1).append(5);
            cluster.untilEqual();
            cluster.down(3);
            cluster.until(() -> 2 == cluster.state.isr().size());
            cluster.broker(1).append(5);
            cluster.until(() -> 10 == cluster.broker(2).log.logEnd());
            cluster.hold(1, 2, false);
            cluster.hold(1, 2, true);
            cluster.until(() -> 10 == cluster.broker(1).replica().highWatermark());
            cluster.down(1);
            cluster.hold(2, 3, true);
            cluster.elect(2);
            cluster.up(3);
            cluster.mend(2, 3);
            cluster.broker(3).learn();
            cluster.until(() -> cluster.state.isr().stream().anyMatch((member) -> 3 == member.brokerId()));
            assertEquals(5, cluster.broker(3).log.logEnd());
        }
    }

    /** Who is proposed may be a member already when it is not counted. */
    @Test
    void m8ShouldCommitWithoutWhoIsProposed() throws IOException
    {
        try (ReplicaCluster cluster = start(3, 1, ProtocolMutation.M8))
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
            cluster.cut(1, 3);
            leader.append("a", ACKS_ALL, 1);
            cluster.until(() -> 6 == leader.replica().highWatermark());
            assertEquals(5, cluster.broker(3).log.logEnd());
        }
    }

    @Test
    void m11AndM23ShouldCommitBelowTheLeastNumber() throws IOException
    {
        for (final ProtocolMutation mutation : new ProtocolMutation[]{ ProtocolMutation.M11, ProtocolMutation.M23 })
        {
            try (ReplicaCluster cluster = new ReplicaCluster(directory.resolve(mutation.name())).start(
                3, 2, CONFIG, false, (broker) -> broker.ctx.mutation(mutation)))
            {
                cluster.broker(1).append(5);
                cluster.untilEqual();
                cluster.down(2);
                cluster.down(3);
                cluster.broker(1).append(1);
                cluster.until(() -> 6 == cluster.broker(1).replica().highWatermark());
                assertEquals(1, cluster.state.isr().size());
            }
        }
    }

    @Test
    void m14ShouldAnswerARepeatedBatchBeforeItIsCommitted() throws IOException
    {
        try (ReplicaCluster cluster = start(3, 2, ProtocolMutation.M14))
        {
            final Broker leader = cluster.broker(1);
            cluster.cut(1, 2);
            cluster.cut(1, 3);
            leader.appendOnce("a", 9, 0, 1);
            leader.appendOnce("a", 9, 0, 2);
            cluster.step();
            assertEquals(2, cluster.decisions.get(0).correlationId());
            assertEquals(0, leader.replica().highWatermark());
        }
    }

    /** What another leader commits at the same offset answers an append of a leadership that is over. */
    @Test
    void m15ShouldAnswerWhatIsGone() throws IOException
    {
        try (ReplicaCluster cluster = start(3, 2, ProtocolMutation.M15))
        {
            cluster.cut(1, 2);
            cluster.cut(1, 3);
            cluster.broker(1).append("gone", ACKS_ALL, 1);
            cluster.elect(2);
            assertTrue(cluster.decisions.isEmpty());
            cluster.mend(1, 2);
            cluster.mend(1, 3);
            cluster.broker(2).append(2);
            cluster.untilEqual();
            assertEquals(0, cluster.decisions.get(0).code());
            assertFalse(cluster.broker(2).batches().get(0).value().contains("gone"));
        }
    }

    @Test
    void m26ShouldNotTakeDataForTheAnswer() throws IOException
    {
        try (ReplicaCluster cluster = start(2, 1, ProtocolMutation.M26))
        {
            cluster.hold(1, 2, false);
            cluster.steps(2);
            cluster.broker(1).append(3);
            cluster.steps(1000);
            assertEquals(0, cluster.broker(2).log.logEnd());
        }
    }

    @Test
    void m28ShouldCommitWhatIsNotOnDisk() throws IOException
    {
        final LogConfig config = CONFIG.withFlush(FlushPolicy.COMMIT, 1000);
        try (ReplicaCluster cluster = new ReplicaCluster(directory).start(
            2, 2, config, true, (broker) -> broker.ctx.mutation(ProtocolMutation.M28)))
        {
            cluster.broker(1).append(5);
            cluster.untilEqual();
            cluster.broker(2).isHousekeeping = false;
            cluster.broker(1).append("a", ACKS_ALL, 1);
            cluster.until(() -> 6 == cluster.broker(1).replica().highWatermark());
            assertEquals(5, cluster.broker(2).log.flushedEnd());
            cluster.broker(2).isHousekeeping = true;
        }
    }

    /** With nothing planted, each of these ends well: the least of what they rely on. */
    @Test
    void noneShouldHoldTheSameGround() throws IOException
    {
        try (ReplicaCluster cluster = start(3, 1, ProtocolMutation.NONE))
        {
            cluster.broker(1).append(5);
            cluster.untilEqual();
            cluster.cut(1, 2);
            cluster.cut(1, 3);
            cluster.broker(1).append(3);
            cluster.elect(2);
            cluster.broker(2).append(6);
            cluster.change(new PartitionOp.ChangeMinIsr(0, 2));
            cluster.mend(1, 2);
            cluster.mend(1, 3);
            cluster.untilEqual();
            assertEquals(11, cluster.broker(1).log.logEnd());
        }
    }
}
