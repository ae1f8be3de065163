package io.epona.engine.node;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.IllegalTransitionException;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.cluster.PartitionTransition;
import io.epona.engine.cluster.Paths;
import io.epona.engine.node.ClusterView.VersionedState;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.Marks;
import io.epona.engine.replica.Proposals;
import io.epona.engine.replica.ProtocolMutation;
import org.agrona.ErrorHandler;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Writes what leaders wish for their partitions, by compare-and-set on the state's node, until each wish is decided.
 * <p>
 * <b>The write</b> is one multi: set the state against the expected version, check that no newer life of this broker
 * exists, check the life of a member that is added. The set stands first, so that a moved version wins over a failed
 * check, and the place of the first refusal tells what happened:
 * <pre>
 *   set      the version moved: every attempt at it is dead or was applied. Read again; what is there counts.
 *   self     a newer life of this broker exists: this one ends.
 *   member   the version had not moved, and never again will that member's life be the one that is checked: no attempt
 *            can ever be applied.
 * </pre>
 * An unknown outcome is resolved by issuing the same operations again, never by a read alone: the first attempt may be
 * applied late. While the session is suspended nothing is issued. A new session means a new life of the broker: once
 * that is registered, what was pending is dropped, for the leaderships it belonged to are over.
 * <p>
 * A resignation is tried on every newer version, until the leader epoch has moved.
 * <p>
 * Owned by the thread that owns the coordination, and called back on it.
 */
final class StateProposals implements Proposals
{
    /** Time between two attempts of the same change, and between two reads of a state that somebody hinted at. */
    static final long PACE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Hears what became of wishes. */
    interface Listener
    {
        /**
         * @param topicId         of the topic.
         * @param partition       number.
         * @param expectedVersion that the wish rested on.
         * @param outcome         of it.
         * @param version         that is known now.
         * @param state           of that version.
         */
        void onProposalDecided(
            long topicId, int partition, int expectedVersion, Outcome outcome, int version, PartitionState state);

        /** A newer life of this broker exists: this one must end at once. */
        void onFenced();
    }

    private static final class Proposal
    {
        private final PartitionId id;
        private final PartitionOp.LeaderOp op;
        private final int expectedVersion;
        private final PartitionState next;
        private final List<Operation> operations;
        private boolean isUnderWay;
        private boolean isMoved;
        private boolean wasIssued;
        private long dueNs = Long.MIN_VALUE;

        private Proposal(
            final PartitionId id,
            final PartitionOp.LeaderOp op,
            final int expectedVersion,
            final PartitionState next,
            final List<Operation> operations)
        {
            this.id = id;
            this.op = op;
            this.expectedVersion = expectedVersion;
            this.next = next;
            this.operations = operations;
        }
    }

    private final Coordination coordination;
    private final ClusterView view;
    private final Listener listener;
    private final int brokerId;
    private final ErrorHandler errorHandler;
    private final Marks marks;
    private final ProtocolMutation mutation;
    private final TreeMap<PartitionId, Proposal> pending = new TreeMap<>();
    private final List<Proposal> refused = new ArrayList<>();
    private final TreeSet<PartitionId> hints = new TreeSet<>();
    private int brokerEpoch = -1;
    private long hintsDueNs = Long.MIN_VALUE;
    private long nowNs;

    /**
     * @param ctx      of the broker.
     * @param view     that knows the states.
     * @param listener told the outcomes.
     */
    StateProposals(final NodeContext ctx, final ClusterView view, final Listener listener)
    {
        this.coordination = ctx.coordination();
        this.view = view;
        this.listener = listener;
        this.brokerId = ctx.brokerId();
        this.errorHandler = ctx.errorHandler();
        this.marks = ctx.marks();
        this.mutation = ctx.mutation();
    }

    /**
     * A life of this broker is registered: wishes of a former one are dropped, whatever becomes of them.
     *
     * @param epoch of the life.
     */
    void onRegistered(final int epoch)
    {
        brokerEpoch = epoch;
        pending.clear();
        refused.clear();
        hints.clear();
    }

    /**
     * A state was read: what was proposed for an older version is decided.
     *
     * @param topicId   of the topic.
     * @param partition number.
     */
    void onState(final long topicId, final int partition)
    {
        final Proposal proposal = pending.get(new PartitionId(topicId, partition));
        final VersionedState known = view.state(topicId, partition);
        if (null != proposal && null != known && known.version() > proposal.expectedVersion)
        {
            decide(proposal, Outcome.STALE, known);
        }
    }

    /**
     * A state is gone, and its partition: nothing is left to decide.
     *
     * @param topicId   of the topic.
     * @param partition number.
     */
    void onStateGone(final long topicId, final int partition)
    {
        final PartitionId id = new PartitionId(topicId, partition);
        pending.remove(id);
        hints.remove(id);
    }

    @Override
    public void propose(
        final long topicId, final int partition, final int expectedVersion, final PartitionOp.LeaderOp op)
    {
        final PartitionId id = new PartitionId(topicId, partition);
        final VersionedState known = view.state(topicId, partition);
        if (null == known)
        {
            // Gone: the replica is told so, or was.
            return;
        }
        // What a former life led is not this one's to give up.
        final boolean isOwn = !(op instanceof PartitionOp.Resign) || isLedByThisLife(known.state());
        if (known.version() != expectedVersion || !isOwn)
        {
            refused.add(new Proposal(id, op, expectedVersion, null, List.of()));
            return;
        }

        propose(id, known, op);
    }

    private void propose(final PartitionId id, final VersionedState known, final PartitionOp.LeaderOp op)
    {
        final PartitionState next;
        try
        {
            next = PartitionTransition.transition(known.state(), op);
        }
        catch (final IllegalTransitionException ex)
        {
            // A replica asked for what the state does not allow: an invariant is broken, nothing is written.
            errorHandler.onError(ex);
            refused.add(new Proposal(id, op, known.version(), null, List.of()));
            return;
        }

        pending.put(id, new Proposal(id, op, known.version(), next, operations(id, known.version(), next, op)));
    }

    private List<Operation> operations(
        final PartitionId id, final int version, final PartitionState next, final PartitionOp.LeaderOp op)
    {
        final List<Operation> operations = new ArrayList<>();
        operations.add(Operation.set(
            Paths.state(id.topicId(), id.partition()), NodeValues.encodeState(next), version));
        if (Mark.CAS_SELF_CHECK_FAILED != mutation.deleted())
        {
            operations.add(Operation.check(Paths.brokerEpoch(brokerId), brokerEpoch));
        }
        if (op instanceof PartitionOp.Expand && ProtocolMutation.M10 != mutation &&
            Mark.CAS_MEMBER_CHECK_FAILED != mutation.deleted())
        {
            final Member added = ((PartitionOp.Expand)op).member();
            operations.add(Operation.check(Paths.brokerEpoch(added.brokerId()), added.brokerEpoch()));
        }

        return List.copyOf(operations);
    }

    @Override
    public void refresh(final long topicId, final int partition)
    {
        hints.add(new PartitionId(topicId, partition));
    }

    /**
     * Issue what is due.
     *
     * @param now          epoch ns.
     * @param isRegistered whether this life is registered on the session that holds, and that is not suspended.
     * @return amount of work done.
     */
    int doWork(final long now, final boolean isRegistered)
    {
        nowNs = now;
        int workCount = refused.size();
        for (final Proposal proposal : List.copyOf(refused))
        {
            final VersionedState known = view.state(proposal.id.topicId(), proposal.id.partition());
            if (null != known)
            {
                tell(proposal, Outcome.STALE, known);
            }
        }
        refused.clear();

        if (isRegistered)
        {
            workCount += issueDue() + readHints();
        }

        return workCount;
    }

    private int issueDue()
    {
        int workCount = 0;
        for (final Map.Entry<PartitionId, Proposal> entry : pending.entrySet())
        {
            final Proposal proposal = entry.getValue();
            if (proposal.isUnderWay || nowNs < proposal.dueNs)
            {
                continue;
            }

            workCount++;
            proposal.dueNs = nowNs + PACE_NS;
            if (proposal.isMoved)
            {
                view.refresh(proposal.id.topicId(), proposal.id.partition());
                continue;
            }
            if (proposal.wasIssued)
            {
                marks.hit(Mark.CAS_REISSUED);
            }
            proposal.wasIssued = true;
            proposal.isUnderWay = true;
            coordination.multi(
                proposal.operations, (status, failedIndex, versions) -> onChange(proposal, status, failedIndex));
        }

        return workCount;
    }

    private int readHints()
    {
        if (hints.isEmpty() || nowNs < hintsDueNs)
        {
            return 0;
        }

        hintsDueNs = nowNs + PACE_NS;
        hints.forEach((id) -> view.refresh(id.topicId(), id.partition()));
        hints.clear();

        return 1;
    }

    private void onChange(final Proposal proposal, final Status status, final int failedIndex)
    {
        proposal.isUnderWay = false;
        if (pending.get(proposal.id) != proposal)
        {
            // Decided by a newer state meanwhile, or of a former life.
            return;
        }

        switch (status)
        {
            case OK ->
            {
                final VersionedState applied = new VersionedState(proposal.expectedVersion + 1, proposal.next);
                view.onWritten(proposal.id.topicId(), proposal.id.partition(), applied);
                decide(proposal, Outcome.APPLIED, applied);
            }
            case BAD_VERSION, NO_NODE -> onRefused(proposal, failedIndex);
            default -> onUndecided(proposal, status);
        }
    }

    private void onRefused(final Proposal proposal, final int failedIndex)
    {
        if (failedIndex <= 0)
        {
            proposal.isMoved = true;
            proposal.dueNs = nowNs + PACE_NS;
            view.refresh(proposal.id.topicId(), proposal.id.partition());
        }
        else if (1 == failedIndex)
        {
            marks.hit(Mark.CAS_SELF_CHECK_FAILED);
            listener.onFenced();
        }
        else
        {
            marks.hit(Mark.CAS_MEMBER_CHECK_FAILED);
            view.refresh(proposal.id.topicId(), proposal.id.partition());
            decide(proposal, Outcome.STALE, view.state(proposal.id.topicId(), proposal.id.partition()));
        }
    }

    private void onUndecided(final Proposal proposal, final Status status)
    {
        if (Status.OUTCOME_UNKNOWN == status)
        {
            marks.hit(Mark.CAS_UNKNOWN);
            if (ProtocolMutation.M9 == mutation)
            {
                decide(proposal, Outcome.STALE, view.state(proposal.id.topicId(), proposal.id.partition()));
            }
        }
    }

    private void decide(final Proposal proposal, final Outcome outcome, final VersionedState known)
    {
        pending.remove(proposal.id);
        if (proposal.op instanceof PartitionOp.Resign && isLedByThisLife(known.state()) &&
            known.state().leaderEpoch() < proposal.next.leaderEpoch())
        {
            // The same leadership. A later one of the same life is one that it was given after it resigned.
            propose(proposal.id, known, proposal.op);
        }
        else
        {
            tell(proposal, outcome, known);
        }
    }

    private boolean isLedByThisLife(final PartitionState state)
    {
        return brokerId == state.leader() && brokerEpoch == state.leaderBrokerEpoch();
    }

    private void tell(final Proposal proposal, final Outcome outcome, final VersionedState known)
    {
        listener.onProposalDecided(
            proposal.id.topicId(), proposal.id.partition(), proposal.expectedVersion, outcome, known.version(),
            known.state());
    }
}
