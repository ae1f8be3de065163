package io.epona.engine.node;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.replica.Proposals;

/**
 * Everything that goes from the thread that owns the coordination to that of the replicas, in the order in which it is
 * told. What concerns the files of replicas goes this way too, and on from there to the housekeeper: so the shard has
 * let a log go before anybody closes it.
 * <p>
 * What is handed over is immutable, but for logs, which belong to whoever was told of them last.
 * <p>
 * Owned by the thread that owns the coordination.
 */
final class ShardCrossing
{
    private final Crossing queue;
    private final NodeShard shard;

    ShardCrossing(final Crossing queue, final NodeShard shard)
    {
        this.queue = queue;
        this.shard = shard;
    }

    void onRegistered(final Uuid clusterId, final int epoch)
    {
        queue.send(() -> shard.onRegistered(clusterId, epoch));
    }

    void onSession(final boolean isConnected)
    {
        queue.send(() -> shard.onSession(isConnected));
    }

    void onBroker(final NodeMetadata.Broker broker)
    {
        queue.send(() -> shard.onBroker(broker));
    }

    void onBrokerGone(final int brokerId)
    {
        queue.send(() -> shard.onBrokerGone(brokerId));
    }

    void onState(final PartitionLog log, final int version, final PartitionState state)
    {
        queue.send(() -> shard.onState(log, version, state));
    }

    void onLogFenced()
    {
        queue.send(shard::onLogFenced);
    }

    void onReplicaRemoved(final PartitionId id)
    {
        queue.send(() -> shard.onReplicaRemoved(id));
    }

    void onProposalDecided(
        final PartitionId id,
        final int expectedVersion,
        final Proposals.Outcome outcome,
        final int version,
        final PartitionState state)
    {
        queue.send(() -> shard.onProposalDecided(id, expectedVersion, outcome, version, state));
    }

    /** For the planted bug that goes by names alone. */
    void onRenamed(final long formerId, final long topicId)
    {
        queue.send(() -> shard.onRenamed(formerId, topicId));
    }

    void hold(final PartitionId id, final String topic, final LogConfig config)
    {
        queue.send(() -> shard.hold(id, topic, config));
    }

    void delete(final PartitionId id)
    {
        queue.send(() -> shard.delete(id));
    }

    void setAside(final PartitionId id)
    {
        queue.send(() -> shard.setAside(id));
    }

    void close(final int brokerEpoch)
    {
        queue.send(() -> shard.close(brokerEpoch));
    }
}
