package io.epona.engine.cluster;

import io.epona.engine.cluster.PartitionState.Member;

import java.util.List;

/**
 * A change of a {@link PartitionState}, made by {@link PartitionTransition#transition} alone. What it holds is
 * fixed when it is proposed: a proposal whose outcome is unknown is issued again with the same content. Immutable: any
 * thread.
 */
public sealed interface PartitionOp
{
    /**
     * A change that the partition's leader may ask for. None but {@link Resign} changes leader or epoch.
     */
    sealed interface LeaderOp extends PartitionOp
    {
    }

    /**
     * A change that the controller may ask for.
     */
    sealed interface ControllerOp extends PartitionOp
    {
        /**
         * @return epoch of the controller that asks.
         */
        int controllerEpoch();
    }

    /**
     * Take a replica into the isr, in the place of an older life of the same broker where there is one. Its log holds
     * everything below high watermark and below the start of the leader's epoch.
     *
     * @param member to take in, in the life of its broker that acknowledged.
     */
    record Expand(Member member) implements LeaderOp
    {
    }

    /**
     * Take a replica out of the isr. It stays eligible where the isr becomes smaller than minIsr, since nothing more
     * is committed then.
     *
     * @param member     to take out, as it stands in the isr; never the leader.
     * @param isComplete whether it still holds what is committed, as far as is known; else it is not eligible.
     */
    record Shrink(Member member, boolean isComplete) implements LeaderOp
    {
        /**
         * @param member to take out, that lags or is silent.
         */
        public Shrink(final Member member)
        {
            this(member, true);
        }
    }

    /**
     * The leader has rebuilt after an unclean election: the isr may grow again.
     */
    record Recovered() implements LeaderOp
    {
    }

    /**
     * Give the leadership up: no leader, in the next epoch. Safe whatever its outcome, since the leader stops serving
     * before it asks and never resumes the epoch.
     *
     * @param isLogGood whether the leader's log still holds what is committed; else it leaves the isr as well.
     */
    record Resign(boolean isLogGood) implements LeaderOp
    {
    }

    /**
     * A member to take out of isr or elr.
     *
     * @param member     as it stands in the state.
     * @param isComplete whether it still holds what is committed; else it goes to lastKnownElr.
     */
    record Removal(Member member, boolean isComplete)
    {
    }

    /**
     * Take members out that cannot lead, then give the leadership to another, or to nobody. Where the former leader
     * goes out, it must be given. All in one epoch more; in the same epoch where the leadership stays as it is.
     *
     * @param controllerEpoch of the controller that asks.
     * @param removals        in any order: they are applied by ascending id, the leader last.
     * @param succession      who leads from now on.
     */
    record Reconcile(int controllerEpoch, List<Removal> removals, Succession succession) implements ControllerOp
    {
    }

    /**
     * Who leads after a {@link Reconcile}.
     *
     * @param kind        of the change.
     * @param candidate   as it stands in isr, or in elr where the isr is empty; null unless it is elected.
     * @param brokerEpoch life of its broker now; not lower than the candidate's.
     */
    record Succession(Kind kind, Member candidate, int brokerEpoch)
    {
        /** What becomes of the leadership. */
        public enum Kind
        {
            /** The leader stays. */
            KEEP,
            /** The candidate leads from now on. */
            ELECT,
            /** Nobody leads. */
            NOBODY
        }

        /** The leader stays. */
        public static final Succession KEEP = new Succession(Kind.KEEP, null, -1);
        /** Nobody leads. */
        public static final Succession NOBODY = new Succession(Kind.NOBODY, null, -1);

        /**
         * @param candidate   as it stands in isr or elr.
         * @param brokerEpoch life of its broker now.
         * @return succession of the candidate.
         */
        public static Succession elect(final Member candidate, final int brokerEpoch)
        {
            return new Succession(Kind.ELECT, candidate, brokerEpoch);
        }
    }

    /**
     * Elect a replica that may not hold what is committed. It is then the whole isr, and nothing else is eligible.
     *
     * @param controllerEpoch of the controller that asks.
     * @param leader          one of the replicas, in the life of its broker now.
     */
    record ElectUnclean(int controllerEpoch, Member leader) implements ControllerOp
    {
    }

    /**
     * Change how many in-sync replicas a commit needs.
     *
     * @param controllerEpoch of the controller that asks.
     * @param minIsr          from 1; more than there are replicas counts as all of them.
     */
    record ChangeMinIsr(int controllerEpoch, int minIsr) implements ControllerOp
    {
    }

    /**
     * Begin to move the partition: the target's brokers become replicas beside the present ones, in the same epoch.
     *
     * @param controllerEpoch of the controller that asks.
     * @param target          broker ids, in the order of preference; not empty.
     */
    record BeginReassignment(int controllerEpoch, List<Integer> target) implements ControllerOp
    {
    }

    /**
     * End a reassignment, in the next epoch: the replicas are the target, isr and elr are cut to it. The bump makes the
     * leader forget the progress of a replica that goes and may come back.
     *
     * @param controllerEpoch of the controller that asks.
     * @param leader          as it stands in the isr, one of the target.
     * @param brokerEpoch     life of its broker now.
     */
    record CompleteReassignment(int controllerEpoch, Member leader, int brokerEpoch) implements ControllerOp
    {
    }

    /**
     * The topic is deleted: no leader, no replica.
     *
     * @param controllerEpoch of the controller that asks.
     */
    record Retire(int controllerEpoch) implements ControllerOp
    {
    }
}
