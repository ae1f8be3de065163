package io.epona.engine.local;

import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.cluster.PartitionTransition;

import java.util.List;

/**
 * States of a partition with one replica, as a broker that is alone writes them: there is no controller. Stateless: any
 * thread.
 */
public final class SoleReplica
{
    private SoleReplica()
    {
    }

    /**
     * The state of a new partition, whose replica leads it in epoch 0.
     *
     * @param brokerId    of the replica.
     * @param brokerEpoch life of the broker.
     * @return the state.
     */
    public static PartitionState created(final int brokerId, final int brokerEpoch)
    {
        return PartitionState.ofReplicas(
            List.of(brokerId), List.of(new Member(brokerId, brokerEpoch)), 1, 0, false, false);
    }

    /**
     * Elect the replica again in a new life of its broker, which never goes on in the epoch of a former life.
     *
     * @param state       that the former life left.
     * @param brokerEpoch life of the broker.
     * @param lastEpoch   of the last batch in the replica's log, -1 where it has none.
     * @return the state in an epoch that is higher than all before.
     */
    public static PartitionState elected(final PartitionState state, final int brokerEpoch, final int lastEpoch)
    {
        // A tree that was put back from a copy may be older than the log: the epochs of both stay behind.
        final PartitionState latest = new PartitionState(
            state.leader(), state.leaderBrokerEpoch(), Math.max(state.leaderEpoch(), lastEpoch), state.minIsr(),
            state.lastUncleanEpoch(), state.controllerEpoch(), state.resigned(), state.groupFsync(),
            state.uncleanElection(), state.recovering(), state.replicas(), state.adding(), state.removing(),
            state.isr(), state.elr(), state.lastKnownElr());

        return PartitionTransition.transition(latest, new PartitionOp.Reconcile(
            state.controllerEpoch(), List.of(), PartitionOp.Succession.elect(state.isr().get(0), brokerEpoch)));
    }

    /**
     * Take the leadership from a partition whose replica is missing.
     *
     * @param state that the former life left.
     * @return the state without leader, in a higher epoch; the same where it has none already.
     */
    public static PartitionState withoutLeader(final PartitionState state)
    {
        if (PartitionState.NONE == state.leader())
        {
            return state;
        }

        return PartitionTransition.transition(state, new PartitionOp.Reconcile(
            state.controllerEpoch(), List.of(), PartitionOp.Succession.NOBODY));
    }
}
