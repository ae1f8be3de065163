package io.epona.engine.node;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.replica.Proposals;
import io.epona.engine.replica.ProtocolMutation;
import io.epona.engine.replica.ReplicaShard;

/**
 * Everything that goes from the thread that owns the coordination to that of the replicas, in the order in which it is
 * told. Both are one thread today; with two, each method becomes a message in a queue, and nothing else changes.
 */
final class ShardCrossing
{
    private final ReplicaShard shard;
    private final int brokerId;
    private final ProtocolMutation mutation;
    private int brokerEpoch = -1;

    ShardCrossing(final ReplicaShard shard, final int brokerId, final ProtocolMutation mutation)
    {
        this.shard = shard;
        this.brokerId = brokerId;
        this.mutation = mutation;
    }

    void onRegistered(final int epoch)
    {
        brokerEpoch = epoch;
        shard.onRegistered(epoch);
    }

    void onSession(final boolean isConnected)
    {
        shard.onSession(isConnected);
    }

    void onBroker(final int id, final int epoch, final boolean isRunning)
    {
        shard.onBroker(id, epoch, isRunning);
    }

    void onState(final PartitionLog log, final int version, final PartitionState state)
    {
        shard.onState(log, version, ProtocolMutation.M24 == mutation ? asOwnLeadership(state) : state);
    }

    void onReplicaRemoved(final PartitionId id)
    {
        shard.onReplicaRemoved(id.topicId(), id.partition());
    }

    void onProposalDecided(
        final PartitionId id,
        final int expectedVersion,
        final Proposals.Outcome outcome,
        final int version,
        final PartitionState state)
    {
        shard.onProposalDecided(id.topicId(), id.partition(), expectedVersion, outcome, version, state);
    }

    /** The planted bug: a former life's leadership is taken for one of this life. */
    private PartitionState asOwnLeadership(final PartitionState state)
    {
        return brokerId != state.leader() ? state : new PartitionState(
            state.leader(), brokerEpoch, state.leaderEpoch(), state.minIsr(), state.lastUncleanEpoch(),
            state.controllerEpoch(), state.resigned(), state.groupFsync(), state.uncleanElection(),
            state.recovering(), state.replicas(), state.adding(), state.removing(), state.isr(), state.elr(),
            state.lastKnownElr());
    }
}
