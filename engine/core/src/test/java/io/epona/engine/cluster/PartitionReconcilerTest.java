package io.epona.engine.cluster;

import io.epona.engine.cluster.PartitionOp.Expand;
import io.epona.engine.cluster.PartitionOp.Recovered;
import io.epona.engine.cluster.PartitionOp.Resign;
import io.epona.engine.cluster.PartitionOp.Shrink;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.replica.Marks;
import io.epona.engine.replica.ProtocolMutation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import static io.epona.engine.cluster.PartitionState.NONE;
import static io.epona.engine.cluster.PartitionTransition.transition;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Every state that a partition of two or three replicas can get into, with two lives of each broker: leader and
 * controller see what is, one change at a time. Beside the state stands what is true: which brokers hold everything
 * that is committed.
 */
public class PartitionReconcilerTest
{
    private static final int LIVES = 2;

    /** A broker as it is. */
    private record Truth(int life, int cleanSince, boolean isAlive, boolean isRunning, boolean isComplete)
    {
    }

    /** All there is; brokers by id - 1. */
    private record Situation(PartitionState state, List<Truth> brokers)
    {
        private Situation with(final PartitionState next)
        {
            // Epochs only rise: what happens does not depend on them.
            return new Situation(
                new PartitionState(
                    next.leader(), next.leaderBrokerEpoch(), 0, next.minIsr(), NONE, 0, next.resigned(), false, false,
                    next.recovering(), next.replicas(), next.adding(), next.removing(), next.isr(), next.elr(),
                    next.lastKnownElr()),
                brokers);
        }

        private Situation with(final int id, final Truth truth)
        {
            final List<Truth> next = new ArrayList<>(brokers);
            next.set(id - 1, truth);
            return new Situation(state, List.copyOf(next));
        }

        private Truth broker(final int id)
        {
            return brokers.get(id - 1);
        }
    }

    /** Finds a situation in which something eligible is not complete. */
    private static final class Exploration
    {
        private final Set<Situation> seen = new HashSet<>();
        private final ArrayDeque<Situation> open = new ArrayDeque<>();
        private final List<Integer> ids;
        private final ProtocolMutation mutation;
        private String violation;
        private int electionCount;
        private int elrElectionCount;
        private int uncleanCount;

        private Exploration(final int brokerCount, final int minIsr, final ProtocolMutation mutation)
        {
            this.ids = IntStream.rangeClosed(1, brokerCount).boxed().toList();
            this.mutation = mutation;
            final List<Member> members = ids.stream().map((id) -> new Member(id, 1)).toList();
            final Truth fresh = new Truth(1, 0, true, true, true);
            reach(new Situation(
                PartitionState.ofReplicas(ids, members, minIsr, 0, false, false),
                Collections.nCopies(brokerCount, fresh)));
            while (null == violation && !open.isEmpty())
            {
                explore(open.poll());
            }
        }

        private void reach(final Situation situation)
        {
            if (seen.add(situation))
            {
                open.add(situation);
                check(situation);
            }
        }

        private void check(final Situation situation)
        {
            final List<Member> candidates = new ArrayList<>(situation.state.isr());
            candidates.addAll(situation.state.elr());
            for (final Member member : candidates)
            {
                final Truth truth = situation.broker(member.brokerId());
                if (member.brokerEpoch() >= truth.cleanSince && !truth.isComplete)
                {
                    violation = member + " is eligible and not complete: " + situation;
                }
            }
            final int leader = situation.state.leader();
            if (NONE != leader && situation.broker(leader).life == situation.state.leaderBrokerEpoch() &&
                !situation.broker(leader).isComplete)
            {
                violation = "leader " + leader + " is not complete: " + situation;
            }
        }

        private void explore(final Situation now)
        {
            final PartitionState state = now.state;
            final PartitionState reconciled = reconciler(now, mutation).reconcile(state, 0);
            if (!reconciled.equals(state))
            {
                count(now, reconciled);
                reach(afterUnclean(now.with(reconciled), state, reconciled));
            }
            for (final int id : ids)
            {
                liveAndDie(now, id, now.broker(id));
            }

            final int leader = state.leader();
            if (NONE == leader || !now.broker(leader).isAlive ||
                now.broker(leader).life != state.leaderBrokerEpoch())
            {
                return;
            }
            lead(now, leader);
        }

        private void liveAndDie(final Situation now, final int id, final Truth broker)
        {
            if (broker.isAlive)
            {
                reach(now.with(id, new Truth(broker.life, broker.cleanSince, false, false, broker.isComplete)));
                reach(now.with(id, new Truth(broker.life, broker.cleanSince, true, false, broker.isComplete)));
            }
            if (broker.life < LIVES)
            {
                // In order, or killed: also faster than anybody notices.
                final int next = broker.life + 1;
                reach(now.with(id, new Truth(next, broker.cleanSince, true, true, broker.isComplete)));
                reach(now.with(id, new Truth(next, next, true, true, false)));
            }
        }

        private void lead(final Situation now, final int leader)
        {
            final PartitionState state = now.state;
            boolean isHeard = state.isr().size() >= state.minIsr();
            for (final Member member : state.isr())
            {
                final Truth truth = now.broker(member.brokerId());
                isHeard &= truth.isAlive && truth.life == member.brokerEpoch();
                if (member.brokerId() != leader)
                {
                    reach(now.with(transition(state, new Shrink(member))));
                }
            }
            if (isHeard)
            {
                // A commit: whoever is not in sync lacks it.
                Situation after = now;
                for (final int id : ids)
                {
                    final Truth truth = now.broker(id);
                    after = after.with(id, new Truth(
                        truth.life, truth.cleanSince, truth.isAlive, truth.isRunning,
                        null != Member.of(state.isr(), id)));
                }
                reach(after);
            }

            reach(now.with(transition(state, new Resign(true))));
            reach(now.with(leader, new Truth(
                now.broker(leader).life, now.broker(leader).cleanSince, true, true, false))
                .with(transition(state, new Resign(false))));
            if (state.recovering())
            {
                reach(now.with(transition(state, new Recovered())));
                return;
            }
            for (final int id : ids)
            {
                final Truth truth = now.broker(id);
                final Member member = Member.of(state.isr(), id);
                if (id != leader && truth.isAlive && (null == member || member.brokerEpoch() < truth.life))
                {
                    // It has caught up, so it holds what the leader holds.
                    reach(now.with(id, new Truth(truth.life, truth.cleanSince, true, truth.isRunning, true))
                        .with(transition(state, new Expand(new Member(id, truth.life)))));
                }
            }
        }

        /** What is committed is what the leader has, from now on. */
        private Situation afterUnclean(
            final Situation reached, final PartitionState before, final PartitionState after)
        {
            if (after.lastUncleanEpoch() == before.lastUncleanEpoch())
            {
                return reached;
            }
            uncleanCount++;
            Situation next = reached;
            for (final int id : ids)
            {
                final Truth truth = reached.broker(id);
                next = next.with(id, new Truth(
                    truth.life, truth.cleanSince, truth.isAlive, truth.isRunning, id == after.leader()));
            }

            return next;
        }

        private void count(final Situation now, final PartitionState reconciled)
        {
            if (NONE != reconciled.leader() && reconciled.leaderEpoch() != now.state.leaderEpoch())
            {
                electionCount++;
                elrElectionCount += null == Member.of(now.state.isr(), reconciled.leader()) ? 1 : 0;
            }

            // Once is enough, and somebody leads if anybody may.
            final PartitionReconciler reconciler = reconciler(now, mutation);
            assertEquals(reconciled, reconciler.reconcile(reconciled, 0));
            if (NONE == reconciled.leader())
            {
                final List<Member> candidates = new ArrayList<>(reconciled.isr());
                candidates.addAll(reconciled.elr());
                candidates.forEach((member) -> assertTrue(
                    !now.broker(member.brokerId()).isRunning ||
                    member.brokerEpoch() < now.broker(member.brokerId()).cleanSince));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2"})
    public void shouldKeepEveryEligibleReplicaOfTwoComplete(final int minIsr)
    {
        explore(2, minIsr, 1_000);
    }

    @ParameterizedTest
    @Tag("slow")
    @CsvSource({"1", "2", "3"})
    public void shouldKeepEveryEligibleReplicaOfThreeComplete(final int minIsr)
    {
        explore(3, minIsr, 100_000);
    }

    private static void explore(final int brokerCount, final int minIsr, final int leastCount)
    {
        final Exploration exploration = new Exploration(brokerCount, minIsr, ProtocolMutation.NONE);

        assertNull(exploration.violation);
        assertTrue(exploration.seen.size() > leastCount, () -> exploration.seen.size() + " situations");
        assertTrue(exploration.electionCount > leastCount / 10);
        assertTrue(exploration.elrElectionCount > 0);
        assertEquals(1 == minIsr, exploration.uncleanCount > 0);
    }

    @ParameterizedTest
    @CsvSource({"M10, 1", "M10, 2", "M11, 1", "M11, 2"})
    public void shouldFindWhatAMissingGuardDoes(final ProtocolMutation mutation, final int minIsr)
    {
        assertNotNull(new Exploration(2, minIsr, mutation).violation);
    }

    /** Found by the model of the isr: an election in a life that is older than the member's is no transition at all. */
    @Test
    public void shouldWaitForALifeThatTheStateNamesAndItDoesNotKnow()
    {
        final PartitionState state = PartitionState.ofReplicas(
            List.of(1, 2), List.of(new Member(1, 0), new Member(2, 1)), 1, 0, false, false);
        final List<BrokerRecord> records = List.of(
            new BrokerRecord(1, 0, 0, 0, false, false), new BrokerRecord(2, 0, 0, 0, true, true),
            new BrokerRecord(2, 1, 0, 0, true, true));

        assertSame(state, new PartitionReconciler(
            (id) -> records.get(id - 1), Marks.NONE, ProtocolMutation.NONE).reconcile(state, 0));
        assertEquals(2, new PartitionReconciler(
            (id) -> records.get(2 * (id - 1)), Marks.NONE, ProtocolMutation.NONE).reconcile(state, 0).leader());
    }

    @Test
    public void shouldLeaveAStaleLeaderAloneWhenMutated()
    {
        final List<Member> members = List.of(new Member(1, 1), new Member(2, 1), new Member(3, 1));
        final PartitionState state = PartitionState.ofReplicas(List.of(1, 2, 3), members, 2, 0, false, false);
        final Truth same = new Truth(1, 0, true, true, true);
        final Situation bounced = new Situation(state, List.of(new Truth(2, 0, true, true, true), same, same));

        assertEquals(state, reconciler(bounced, ProtocolMutation.M24).reconcile(state, 0));
        final PartitionState next = reconciler(bounced, ProtocolMutation.NONE).reconcile(state, 0);
        assertEquals(1, next.leaderEpoch());
        assertEquals(2, next.leaderBrokerEpoch());
    }

    private static PartitionReconciler reconciler(final Situation now, final ProtocolMutation mutation)
    {
        return new PartitionReconciler(
            (id) ->
            {
                final Truth truth = now.broker(id);
                return new BrokerRecord(
                    id, truth.life, truth.cleanSince, 0, truth.isAlive, truth.isAlive && truth.isRunning);
            },
            Marks.NONE, mutation);
    }
}
