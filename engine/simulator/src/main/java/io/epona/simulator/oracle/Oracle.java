package io.epona.simulator.oracle;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongToIntFunction;

/**
 * Sees everything that happens in a world and checks the invariants after each event. To be told of processes, of the
 * writes of the coordination tree in their order, of each replica whose broker did something, and of what clients sent
 * and were told.
 * <p>
 * Owned by the thread of its world.
 */
public final class Oracle
{
    private static final int ALL = -1;
    private static final int NO_KEY = -1;

    private record Key(long topicId, int partition) implements Comparable<Key>
    {
        @Override
        public int compareTo(final Key that)
        {
            final int order = Long.compare(topicId, that.topicId);
            return 0 != order ? order : Integer.compare(partition, that.partition);
        }
    }

    private record Completion(Key key, int brokerId, long baseOffset)
    {
    }

    private final Verdicts verdicts = new Verdicts();
    private final ClusterTruth cluster = new ClusterTruth();
    private final Map<Key, PartitionTruth> partitions = new TreeMap<>();
    private final Map<Key, ClientCheck> clients = new TreeMap<>();
    /** Leader epoch of each append that waits for its completion, by broker and correlation. */
    private final Map<Long, Integer> appendEpochs = new HashMap<>();
    private final List<Completion> completions = new ArrayList<>();
    private final LongToIntFunction keyOf;
    private boolean mayLose;

    /** Of topics that are not compacted. */
    public Oracle()
    {
        this((id) -> NO_KEY);
    }

    /**
     * @param keyOf key of a record by its id, -1 for none: what compaction goes by.
     */
    public Oracle(final LongToIntFunction keyOf)
    {
        this.keyOf = keyOf;
    }

    /**
     * @return what was checked and what was seen broken.
     */
    public Verdicts verdicts()
    {
        return verdicts;
    }

    private PartitionTruth truth(final Key key)
    {
        PartitionTruth truth = partitions.get(key);
        if (null == truth)
        {
            truth = new PartitionTruth(key.topicId, key.partition, cluster, verdicts, keyOf);
            partitions.put(key, truth);
            if (mayLose)
            {
                truth.onStorageLost();
            }
        }

        return truth;
    }

    private ClientCheck client(final long topicId, final int partition)
    {
        final Key key = new Key(topicId, partition);
        return clients.computeIfAbsent(key, (k) -> new ClientCheck(truth(k), verdicts));
    }

    /**
     * A process began to live.
     *
     * @param brokerId of the broker.
     */
    public void onStarted(final int brokerId)
    {
        cluster.onProcess(brokerId, true);
    }

    /**
     * A process ended, in order or not.
     *
     * @param brokerId of the broker.
     */
    public void onEnded(final int brokerId)
    {
        cluster.onProcess(brokerId, false);
        partitions.values().forEach((truth) -> truth.watch(brokerId).onClosed());
        appendEpochs.keySet().removeIf((key) -> key >>> 48 == brokerId);
    }

    /**
     * A host lost its memory, or its disk: from now on a topic may lose records by an unclean election.
     */
    public void onStorageLost()
    {
        mayLose = true;
        partitions.values().forEach(PartitionTruth::onStorageLost);
    }

    /**
     * A broker became controller.
     *
     * @param brokerId of the broker.
     * @param epoch    of the controller.
     */
    public void onControllerEpoch(final int brokerId, final int epoch)
    {
        cluster.onControllerEpoch(brokerId, epoch);
    }

    /**
     * The epoch of a broker was raised, and what it says of its past with it.
     *
     * @param brokerId     of the broker.
     * @param brokerEpoch  of its life.
     * @param cleanSince   lowest life since which nothing can have been lost.
     * @param durableSince lowest life since which nothing that was flushed can have been lost.
     */
    public void onBrokerEpoch(
        final int brokerId, final int brokerEpoch, final int cleanSince, final int durableSince)
    {
        cluster.onBrokerEpoch(brokerId, brokerEpoch, cleanSince, durableSince);
    }

    /**
     * The registration of a broker was made or changed, or went away.
     *
     * @param brokerId    of the broker.
     * @param brokerEpoch that it states, -1 where it went away.
     * @param isRunning   whether it is not stopping.
     */
    public void onRegistration(final int brokerId, final int brokerEpoch, final boolean isRunning)
    {
        cluster.onRegistration(brokerId, brokerEpoch, isRunning);
        partitions.values().forEach(PartitionTruth::checkCandidates);
    }

    /**
     * A partition's state was written.
     *
     * @param writerId  broker whose session wrote it.
     * @param topicId   of the topic.
     * @param partition number in the topic.
     * @param state     what it is now, null where it was deleted.
     */
    public void onState(final int writerId, final long topicId, final int partition, final PartitionState state)
    {
        truth(new Key(topicId, partition)).onState(writerId, state);
    }

    /**
     * A replica may have changed.
     *
     * @param brokerId of its broker.
     * @param view     of it.
     */
    public void observe(final int brokerId, final ReplicaView view)
    {
        truth(new Key(view.topicId(), view.partition())).watch(brokerId).observe(view);
    }

    /**
     * Compare all of a replica's log with what was seen of it, and what it derives with its batches.
     *
     * @param brokerId of its broker.
     * @param view     of it.
     */
    public void audit(final int brokerId, final ReplicaView view)
    {
        final ReplicaWatch watch = truth(new Key(view.topicId(), view.partition())).watch(brokerId);
        watch.observe(view);
        watch.audit(view);
    }

    /**
     * A replica was closed or deleted while its process lives on.
     *
     * @param brokerId  of its broker.
     * @param topicId   of the topic.
     * @param partition number in the topic.
     */
    public void onReplicaClosed(final int brokerId, final long topicId, final int partition)
    {
        truth(new Key(topicId, partition)).watch(brokerId).onClosed();
    }

    /**
     * A leader took an append that it will answer later.
     *
     * @param brokerId      of the leader.
     * @param correlationId of the append.
     * @param leaderEpoch   in which it was taken.
     */
    public void onParked(final int brokerId, final long correlationId, final int leaderEpoch)
    {
        appendEpochs.put(appendKey(brokerId, correlationId), leaderEpoch);
    }

    /**
     * A leader answers an append with success that waited for the high watermark.
     *
     * @param brokerId      of the leader.
     * @param view          of its replica at this moment.
     * @param correlationId of the append.
     * @param leaderEpoch   that it names.
     * @param baseOffset    of the batch.
     */
    public void onCompleted(
        final int brokerId,
        final ReplicaView view,
        final long correlationId,
        final int leaderEpoch,
        final long baseOffset)
    {
        final Integer epoch = appendEpochs.remove(appendKey(brokerId, correlationId));
        verdicts.check(
            Invariant.I16,
            view.isLeader() && view.leaderEpoch() == leaderEpoch && (null == epoch || epoch == leaderEpoch),
            () -> "broker " + brokerId + " completes an append of epoch " + epoch + " in epoch " + view.leaderEpoch() +
                (view.isLeader() ? "" : ", not leading"));
        verdicts.check(
            Invariant.I10, view.isr().size() >= view.minIsr(),
            () -> "broker " + brokerId + " completes an append with in-sync replicas " + view.isr() +
                ", the least number is " + view.minIsr());
        completions.add(new Completion(new Key(view.topicId(), view.partition()), brokerId, baseOffset));
    }

    /**
     * A leader answers an append without success.
     *
     * @param brokerId      of the leader.
     * @param correlationId of the append.
     */
    public void onFailed(final int brokerId, final long correlationId)
    {
        appendEpochs.remove(appendKey(brokerId, correlationId));
    }

    private static long appendKey(final int brokerId, final long correlationId)
    {
        return (long)brokerId << 48 | correlationId;
    }

    /**
     * To be called at the end of each event, after the replicas of the brokers that did something were observed.
     */
    public void afterEvent()
    {
        for (final Completion completion : completions)
        {
            final PartitionTruth truth = truth(completion.key);
            if (!truth.isLossy())
            {
                verdicts.check(
                    Invariant.I10, truth.committed().end() > completion.baseOffset,
                    () -> truth + ": broker " + completion.brokerId + " completed an append at " +
                        completion.baseOffset + ", committed end is " + truth.committed().end());
            }
        }
        completions.clear();
    }

    /**
     * A producer of the workload sends a record for the first time.
     *
     * @param topicId   of the topic.
     * @param partition number in the topic.
     * @param id        of the record.
     */
    public void onSend(final long topicId, final int partition, final long id)
    {
        client(topicId, partition).onSend(id);
    }

    /**
     * A consumer that wants only what comes is told where that begins.
     *
     * @param topicId     of the topic.
     * @param partition   number in the topic.
     * @param leaderEpoch of the leader that tells it.
     * @param offset      that it is told.
     */
    public void onLatest(final long topicId, final int partition, final int leaderEpoch, final long offset)
    {
        client(topicId, partition).onLatest(leaderEpoch, offset);
    }

    /**
     * A producer of the workload was told that a record was written.
     *
     * @param topicId   of the topic.
     * @param partition number in the topic.
     * @param id        of the record.
     * @param offset    that it was told.
     * @param acks      that it asked for: -1 for all.
     */
    public void onAcknowledged(
        final long topicId, final int partition, final long id, final long offset, final int acks)
    {
        if (ALL == acks)
        {
            client(topicId, partition).onAcknowledged(id, offset);
        }
        else
        {
            client(topicId, partition).onUnknown(id);
        }
    }

    /**
     * A producer of the workload was told that a record failed, or that its outcome is unknown.
     *
     * @param topicId   of the topic.
     * @param partition number in the topic.
     * @param id        of the record.
     */
    public void onSendFailed(final long topicId, final int partition, final long id)
    {
        client(topicId, partition).onUnknown(id);
    }

    /**
     * A consumer of the workload was handed a record.
     *
     * @param consumerId of the workload.
     * @param assignment number of what it was told to read: within one, nothing is skipped or repeated.
     * @param topicId    of the topic.
     * @param partition  number in the topic.
     * @param offset     of the record.
     * @param id         of the record.
     */
    public void onDelivered(
        final int consumerId,
        final long assignment,
        final long topicId,
        final int partition,
        final long offset,
        final long id)
    {
        client(topicId, partition).onDelivered(consumerId, assignment, offset, id);
    }

    /**
     * A producer reports that records are gone which it was told are there: only an unclean election may do that.
     *
     * @param topicId   of the topic.
     * @param partition number in the topic.
     * @param who       reports it.
     */
    public void onLossReported(final long topicId, final int partition, final String who)
    {
        final PartitionTruth truth = truth(new Key(topicId, partition));
        verdicts.check(Invariant.I10, truth.isLossy(), () -> truth + ": " + who + " reports lost records");
    }

    /**
     * A consumer reports that it cannot go on where it was: only an unclean election may do that.
     *
     * @param topicId   of the topic.
     * @param partition number in the topic.
     * @param who       reports it.
     */
    public void onInterrupted(final long topicId, final int partition, final String who)
    {
        final PartitionTruth truth = truth(new Key(topicId, partition));
        verdicts.check(Invariant.I11, truth.isLossy(), () -> truth + ": " + who);
    }

    /**
     * A message that is stale was handled: nothing may have changed by it.
     *
     * @param before what the replica was like.
     * @param after  what it is like now.
     * @param what   message it was.
     */
    public void onStaleMessage(final Object before, final Object after, final String what)
    {
        verdicts.check(
            Invariant.I18, before.equals(after), () -> what + " changed " + before + " to " + after);
    }

    /**
     * Something that a broker holds for others, and must not hold without bound.
     *
     * @param what  it is.
     * @param count of it.
     * @param most  that may be.
     */
    public void onHeld(final String what, final long count, final long most)
    {
        verdicts.check(Invariant.I19, count <= most, () -> count + " " + what + ", most is " + most);
    }

    /**
     * @param topicId   of the topic.
     * @param partition number in the topic.
     * @return number of records that were committed: the end of C.
     */
    public long committedEnd(final long topicId, final int partition)
    {
        return truth(new Key(topicId, partition)).committed().end();
    }

    /**
     * @param topicId   of the topic.
     * @param partition number in the topic.
     * @return the state that stands in the tree, or null.
     */
    public PartitionState state(final long topicId, final int partition)
    {
        return truth(new Key(topicId, partition)).state();
    }

    /**
     * @return states that stand in the tree, by topic and partition.
     */
    public List<PartitionState> states()
    {
        return partitions.values().stream().map(PartitionTruth::state).filter(Objects::nonNull).toList();
    }

    /**
     * @param member       entry of a state.
     * @param isGroupFsync whether only flushed records count in that partition.
     * @return whether it may be elected.
     */
    public boolean isEligible(final Member member, final boolean isGroupFsync)
    {
        return cluster.isEligible(member, isGroupFsync);
    }

    /**
     * @return records that producers were told are written by all.
     */
    public long acknowledgedRecords()
    {
        return clients.values().stream().mapToLong(ClientCheck::acknowledgedRecords).sum();
    }

    /**
     * @return records that consumers got.
     */
    public long deliveredRecords()
    {
        return clients.values().stream().mapToLong(ClientCheck::deliveredRecords).sum();
    }

    /**
     * @return committed records that unclean elections gave up.
     */
    public long lostRecords()
    {
        return partitions.values().stream().mapToLong(PartitionTruth::lostRecords).sum();
    }

    /**
     * @return truncations of logs that were seen.
     */
    public long truncations()
    {
        long sum = 0;
        for (final PartitionTruth truth : partitions.values())
        {
            for (final ReplicaWatch watch : truth.watches())
            {
                sum += watch.truncations();
            }
        }

        return sum;
    }
}
