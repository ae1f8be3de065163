package io.epona.simulator.oracle;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import org.agrona.collections.Long2ObjectHashMap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongToIntFunction;

/**
 * The truth of one partition: its states in the coordination tree, every batch that a log of it ever held, and C, what
 * was committed. Checks what concerns replicas among each other.
 * <p>
 * After an unclean election C is cut to what the elected log holds of it, and checked on from there.
 * <p>
 * Owned by the thread of its world.
 */
final class PartitionTruth
{
    private static final int NONE = PartitionState.NONE;
    private static final int EPOCH_SHIFT = 40;
    /** Times that a leader may add a life which ends or has ended, as it hears of that later than of the state. */
    private static final int ADDED_ENDING_MAX = 2;

    private final long topicId;
    private final int partition;
    private final ClusterTruth cluster;
    private final Verdicts verdicts;
    private final SequenceCheck sequences;
    private final Long2ObjectHashMap<BatchFact> facts = new Long2ObjectHashMap<>();
    /** The same by where they end. */
    private final Long2ObjectHashMap<BatchFact> factsByEnd = new Long2ObjectHashMap<>();
    private final KeyCheck keys;
    private final LogImage committed = new LogImage();
    /** Where C ended before it grew by the leader of an epoch; its batches may be of earlier epochs. */
    private final TreeMap<Integer, Long> endsBefore = new TreeMap<>();
    private final Map<Integer, Member> leaders = new TreeMap<>();
    private final Map<Integer, ReplicaWatch> watches = new TreeMap<>();
    private final Map<Member, Integer> addedEnding = new HashMap<>();
    private PartitionState state;
    /** Epoch of an unclean election whose leader was not seen yet. */
    private int awaitedUncleanEpoch = NONE;
    private int uncleanEpoch = NONE;
    private long lostRecords;
    private boolean mayLose;

    PartitionTruth(
        final long topicId,
        final int partition,
        final ClusterTruth cluster,
        final Verdicts verdicts,
        final LongToIntFunction keyOf)
    {
        this.topicId = topicId;
        this.partition = partition;
        this.cluster = cluster;
        this.verdicts = verdicts;
        this.sequences = new SequenceCheck(this, verdicts);
        this.keys = new KeyCheck(this, verdicts, keyOf);
    }

    ReplicaWatch watch(final int brokerId)
    {
        return watches.computeIfAbsent(brokerId, (id) -> new ReplicaWatch(id, this, verdicts));
    }

    Iterable<ReplicaWatch> watches()
    {
        return watches.values();
    }

    PartitionState state()
    {
        return state;
    }

    LogImage committed()
    {
        return committed;
    }

    /** Where C ended when the leaders of earlier epochs had committed what they did, and no later one anything. */
    long committedBefore(final int epoch)
    {
        final Map.Entry<Integer, Long> next = endsBefore.ceilingEntry(epoch);
        return null == next ? committed.end() : next.getValue();
    }

    KeyCheck keys()
    {
        return keys;
    }

    long lostRecords()
    {
        return lostRecords;
    }

    /** Memory of a host was lost, or a disk: from now on an unclean election may lose records. */
    void onStorageLost()
    {
        mayLose = true;
    }

    /** Whether what was learnt in a leader epoch may have been given up by an unclean election since. */
    boolean isUncleanAfter(final int epoch)
    {
        return null != state && state.lastUncleanEpoch() > epoch;
    }

    /** Whether records of C were given up, or are about to be, as a topic may allow. */
    boolean isLossy()
    {
        return isSuspended() || lostRecords > 0;
    }

    private boolean isSuspended()
    {
        return NONE != awaitedUncleanEpoch;
    }

    /**
     * A log was seen to hold a batch.
     *
     * @param found       batch.
     * @param previous    batch before it in that log, null where that log begins with it later than at 0.
     * @param by          whose log it is.
     * @param isRecovered whether the log was just opened.
     * @return the object that stands for this batch in all logs.
     */
    BatchFact take(
        final BatchFact found, final BatchFact previous, final ReplicaWatch by, final boolean isRecovered)
    {
        final long key = key(found.epoch, found.baseOffset);
        final BatchFact known = facts.get(key);
        if (null != previous && BatchFact.ORIGIN != previous)
        {
            verdicts.check(
                Invariant.I2, previous.epoch <= found.epoch, () -> by + ": holds " + found + " behind " + previous);
        }
        if (null == known)
        {
            final Member leader = leaders.get(found.epoch);
            verdicts.check(
                Invariant.I1,
                null != leader && leader.brokerId() == by.brokerId() &&
                    (isRecovered || leader.brokerEpoch() == by.brokerEpoch()),
                () -> by + " is the first to hold " + found + ", but the leader of that epoch is " + leader);
            found.previous = previous;
            facts.put(key, found);
            factsByEnd.put(key(found.epoch, found.nextOffset), found);
            return found;
        }

        final boolean isLinked = null == previous || null == known.previous || previous == known.previous;
        verdicts.check(
            Invariant.I3, known.isSameContent(found) && isLinked,
            () -> by + ": holds " + found + " behind " + previous + ", others " + known + " behind " + known.previous);
        if (null == known.previous)
        {
            known.previous = previous;
        }

        return known;
    }

    private static long key(final int epoch, final long offset)
    {
        return ((long)epoch << EPOCH_SHIFT) + offset;
    }

    /**
     * A log was seen to hold what compaction left of batches.
     *
     * @param found    in the log.
     * @param previous batch before it in that log, see {@link #take}.
     * @param by       whose log it is.
     * @return the batches that it stands for, in order.
     */
    List<BatchFact> takeCompacted(final BatchFact found, final BatchFact previous, final ReplicaWatch by)
    {
        final ArrayDeque<BatchFact> result = new ArrayDeque<>();
        BatchFact original = factsByEnd.get(key(found.epoch, found.nextOffset));
        while (null != original && BatchFact.ORIGIN != original && original.baseOffset >= found.baseOffset)
        {
            result.addFirst(original);
            original = original.previous;
        }
        final BatchFact first = result.peekFirst();
        final boolean isLinked = null != first && first.baseOffset == found.baseOffset &&
            (null == previous || null == first.previous || previous == first.previous);
        verdicts.check(
            Invariant.I3, isLinked && result.stream().allMatch((of) -> of.isLeftIn(found)),
            () -> by + ": holds " + found + " behind " + previous + ", compacted of " + result);

        return List.copyOf(result);
    }

    /**
     * A state was written.
     *
     * @param writerId broker whose session wrote it.
     * @param after    what it is now, null where it was deleted.
     */
    void onState(final int writerId, final PartitionState after)
    {
        final PartitionState before = state;
        state = after;
        if (null == after)
        {
            return;
        }

        final String refusal = cluster.refusal(writerId, before, after);
        verdicts.check(
            Invariant.I13, null == refusal, () -> this + ": broker " + writerId + " wrote " + after + ": " + refusal);
        checkEpochs(before, after);
        if (null != before && after.lastUncleanEpoch() > before.lastUncleanEpoch())
        {
            awaitedUncleanEpoch = after.lastUncleanEpoch();
        }
        if (null != before && before.leaderEpoch() == after.leaderEpoch())
        {
            for (final Member member : after.isr())
            {
                if (!before.isr().contains(member))
                {
                    checkAdded(member);
                }
            }
        }
        checkCandidates();
        final ReplicaWatch leader = NONE == after.leader() ? null : watches.get(after.leader());
        if (null != leader && leader.isLeader())
        {
            checkLeader(leader, false);
        }
    }

    private void checkEpochs(final PartitionState before, final PartitionState after)
    {
        if (null != before)
        {
            final boolean isChanged = before.leader() != after.leader() ||
                NONE != after.leader() && before.leaderBrokerEpoch() != after.leaderBrokerEpoch();
            verdicts.check(
                Invariant.I2,
                isChanged ? after.leaderEpoch() > before.leaderEpoch() : after.leaderEpoch() >= before.leaderEpoch(),
                () -> this + ": " + after + " after " + before);
        }
        if (NONE != after.leader())
        {
            final Member leader = new Member(after.leader(), after.leaderBrokerEpoch());
            final Member known = leaders.putIfAbsent(after.leaderEpoch(), leader);
            verdicts.check(
                Invariant.I1, null == known || known.equals(leader),
                () -> this + ": " + leader + " and " + known + " lead epoch " + after.leaderEpoch());
        }
    }

    private void checkAdded(final Member member)
    {
        verdicts.check(
            Invariant.I14, cluster.brokerEpoch(member.brokerId()) == member.brokerEpoch(),
            () -> this + ": added " + member + ", the broker is in life " + cluster.brokerEpoch(member.brokerId()));
        if (!cluster.isRunning(member))
        {
            final int times = addedEnding.merge(member, 1, Integer::sum);
            verdicts.check(
                Invariant.I14, times <= ADDED_ENDING_MAX,
                () -> this + ": added " + member + ", which is stopping or gone, " + times + " times");
        }
        final ReplicaWatch added = watches.get(member.brokerId());
        final ReplicaWatch leader = watches.get(state.leader());
        if (!isSuspended() && isInC(state.leaderEpoch()))
        {
            final BatchFact last = committed.last();
            verdicts.check(
                Invariant.I14, null == last || null != added && added.image().holds(last),
                () -> this + ": added " + member + " without " + last + ", its log ends at " + end(added));
        }
        if (null != leader && leader.isLeader() && leader.leaderEpoch() == state.leaderEpoch() &&
            leader.leaderEpochStart() > leader.image().start())
        {
            final BatchFact below = leader.image().holding(leader.leaderEpochStart() - 1);
            verdicts.check(
                Invariant.I14, null == below || null != added && added.image().holds(below),
                () -> this + ": added " + member + ", its log ends at " + end(added) +
                    ", the leader epoch starts at " + leader.leaderEpochStart());
        }
    }

    private static long end(final ReplicaWatch watch)
    {
        return null == watch ? 0 : watch.image().end();
    }

    /** I5: whoever may be elected holds all of C. To be called when C, a state or a registration changed. */
    void checkCandidates()
    {
        final BatchFact last = committed.last();
        if (null == state || null == last || isSuspended())
        {
            return;
        }

        for (final Member member : candidates())
        {
            final ReplicaWatch watch = watches.get(member.brokerId());
            if (null != watch && isSeen(watch) && cluster.isEligible(member, state.groupFsync()))
            {
                verdicts.check(
                    Invariant.I5, watch.image().holds(last),
                    () -> this + ": " + member + " may be elected by " + state + " without " + last +
                        ", its log ends at " + watch.image().end());
            }
        }
    }

    /** Whether what was seen of a replica is of the process that is registered. */
    private boolean isSeen(final ReplicaWatch watch)
    {
        return watch.isOpen() && cluster.isAlive(watch.brokerId()) &&
            cluster.registeredEpoch(watch.brokerId()) == watch.brokerEpoch();
    }

    private List<Member> candidates()
    {
        final List<Member> result = new ArrayList<>(state.isr());
        result.addAll(state.elr());

        return result;
    }

    /**
     * A replica in the leader's role was observed.
     *
     * @param watch  of it.
     * @param isNew  whether it was not leader in this epoch before.
     * @param former high watermark before.
     */
    void onLeader(final ReplicaWatch watch, final boolean isNew, final long former)
    {
        if (isNew)
        {
            onNewLeader(watch);
        }
        if (!isSuspended() && isInC(watch.leaderEpoch()) && (isNew || watch.highWatermark() != former))
        {
            commit(watch);
        }
        checkLeader(watch, !isNew && watch.highWatermark() > former);
    }

    /**
     * A replica moved its high watermark as a leader, and leads no more.
     *
     * @param watch of it.
     * @param epoch that it led.
     */
    void onLastCommit(final ReplicaWatch watch, final int epoch)
    {
        if (!isSuspended() && isInC(epoch))
        {
            commit(watch);
        }
    }

    /** Whether a leader of an epoch is one whose commits count: none of before an unclean election does. */
    private boolean isInC(final int epoch)
    {
        return epoch >= uncleanEpoch;
    }

    private void onNewLeader(final ReplicaWatch watch)
    {
        final Member leader = leaders.get(watch.leaderEpoch());
        verdicts.check(
            Invariant.I1, new Member(watch.brokerId(), watch.brokerEpoch()).equals(leader),
            () -> watch + " leads epoch " + watch.leaderEpoch() + ", elected was " + leader);
        if (isSuspended())
        {
            if (watch.leaderEpoch() >= awaitedUncleanEpoch)
            {
                cutCommitted(watch);
            }
            return;
        }
        // Who was paused may begin an epoch that is over by then: what was committed since is not asked of it.
        final boolean isLate = null != endsBefore.higherKey(watch.leaderEpoch());
        if (isInC(watch.leaderEpoch()) && null != committed.last() && !isLate)
        {
            verdicts.check(
                Invariant.I4, watch.image().holds(committed.last()),
                () -> watch + " leads epoch " + watch.leaderEpoch() + " without " + committed.last() +
                    ", its log ends at " + watch.image().end());
        }
    }

    private void cutCommitted(final ReplicaWatch watch)
    {
        uncleanEpoch = awaitedUncleanEpoch;
        awaitedUncleanEpoch = NONE;
        final long end = committed.end();
        while (null != committed.last() && !watch.image().holds(committed.last()))
        {
            committed.truncate(committed.last().baseOffset);
        }
        lostRecords += end - committed.end();
        verdicts.check(
            Invariant.I4, mayLose || end == committed.end(),
            () -> watch + " was elected though nothing was lost but processes: C fell from " + end + " to " +
                committed.end());
        sequences.rebuild(committed);
        keys.rebuild(committed);
    }

    private void commit(final ReplicaWatch watch)
    {
        final long highWatermark = watch.highWatermark();
        checkAgreement(watch);
        if (highWatermark <= committed.end())
        {
            return;
        }

        final List<BatchFact> batches = watch.image().batches();
        for (int i = Math.max(0, watch.image().indexOf(committed.end())); i < batches.size(); i++)
        {
            final BatchFact batch = batches.get(i);
            if (batch.nextOffset > highWatermark)
            {
                break;
            }
            if (batch.baseOffset == committed.end())
            {
                endsBefore.putIfAbsent(watch.leaderEpoch(), committed.end());
                committed.add(batch);
                sequences.onCommitted(batch);
                keys.onCommitted(batch);
            }
        }
        verdicts.check(
            Invariant.I7, committed.end() == highWatermark,
            () -> watch + ": high watermark " + highWatermark + ", its batches below it end at " + committed.end());
        checkCandidates();
    }

    /** What two brokers hold for committed is the same. */
    private void checkAgreement(final ReplicaWatch watch)
    {
        final long end = Math.min(watch.highWatermark(), committed.end());
        if (end > watch.image().start())
        {
            final BatchFact batch = committed.holding(end - 1);
            verdicts.check(
                Invariant.I8, null == batch || watch.image().holds(batch),
                () -> watch + ": holds another record than " + batch + " below its high watermark " +
                    watch.highWatermark());
        }
    }

    void onFollowerHighWatermark(final ReplicaWatch watch, final int learntIn)
    {
        if (isSuspended() || isUncleanAfter(learntIn))
        {
            return;
        }

        verdicts.check(
            Invariant.I8, watch.highWatermark() <= committed.end(),
            () -> watch + ": high watermark " + watch.highWatermark() + ", committed is " + committed.end());
        checkAgreement(watch);
    }

    /**
     * I6 and I7: whom a leader waits for, and what they hold. In one cycle it may commit, and take note afterwards of a
     * state that leaves it with less: then those count that it waited for before.
     */
    private void checkLeader(final ReplicaWatch leader, final boolean hasCommitted)
    {
        if (null == state || state.leader() != leader.brokerId() || state.leaderEpoch() != leader.leaderEpoch() ||
            state.leaderBrokerEpoch() != leader.brokerEpoch())
        {
            return;
        }

        if (hasCommitted || leader.isr().size() >= leader.minIsr())
        {
            verdicts.check(
                Invariant.I6,
                leader.effectiveIsr().containsAll(candidates()) ||
                hasCommitted && leader.formerEffectiveIsr().containsAll(candidates()),
                () -> leader + " waits for " + leader.effectiveIsr() + ", the state is " + state);
        }
        final long highWatermark = leader.highWatermark();
        if (isSuspended() || highWatermark <= leader.image().start())
        {
            return;
        }
        final BatchFact last = leader.image().holding(highWatermark - 1);
        for (final Member member : state.isr())
        {
            final ReplicaWatch watch = watches.get(member.brokerId());
            if (null != last && null != watch && watch != leader && isSeen(watch) &&
                cluster.isEligible(member, state.groupFsync()))
            {
                verdicts.check(
                    Invariant.I7, watch.image().holds(last),
                    () -> leader + ": high watermark " + highWatermark + ", but " + member + " lacks " + last +
                        ", its log ends at " + watch.image().end());
            }
        }
    }

    /**
     * A log was cut.
     *
     * @param watch of the replica.
     * @param end   that is left, its log start for a reset.
     */
    void onTruncated(final ReplicaWatch watch, final long end)
    {
        final BatchFact last = committed.last();
        if (null == state || null == last || isSuspended() || !isSeen(watch))
        {
            return;
        }
        for (final Member member : candidates())
        {
            if (member.brokerId() == watch.brokerId() && cluster.isEligible(member, state.groupFsync()))
            {
                verdicts.check(
                    Invariant.I9, end >= last.nextOffset,
                    () -> watch + " was cut at " + end + " as a candidate; committed is " + last.nextOffset);
            }
        }
    }

    @Override
    public String toString()
    {
        return "topic " + topicId + " partition " + partition;
    }
}
