package io.epona.engine.node;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.replica.Proposals;
import io.epona.engine.replica.ReplicaShard;

/**
 * Everything that goes from the thread that owns the coordination to that of the replicas, in the order in which it is
 * told. Both are one thread today; with two, each method becomes a message in a queue, and nothing else changes.
 */
final class ShardCrossing
{
    private final ReplicaShard shard;
    private final ReplicaFetcher fetcher;

    ShardCrossing(final ReplicaShard shard, final ReplicaFetcher fetcher)
    {
        this.shard = shard;
        this.fetcher = fetcher;
    }

    void onRegistered(final int epoch)
    {
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
        shard.onState(log, version, state);
    }

    void onReplicaRemoved(final PartitionId id)
    {
        shard.onReplicaRemoved(id.topicId(), id.partition());
        fetcher.onReplicaRemoved(id);
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
}
