package io.epona.engine.node;

import io.epona.engine.cluster.Uuid;

/**
 * Told by a {@link NodeShard} of what concerns the links to the other brokers, and whoever reads the logs. Called on
 * the shard's thread, from within {@link NodeShard#doWork}.
 */
public interface ShardListener
{
    /** Hears nothing. */
    ShardListener NONE = new ShardListener()
    {
    };

    /**
     * A life of this broker is registered.
     *
     * @param clusterId   of the cluster.
     * @param brokerEpoch of the life, higher than before.
     */
    default void onRegistered(final Uuid clusterId, final int brokerEpoch)
    {
    }

    /**
     * Another broker is registered: a new one, in a new life, or it says something else of itself.
     *
     * @param broker as it is registered now.
     */
    default void onBroker(final NodeMetadata.Broker broker)
    {
    }

    /**
     * Another broker is not registered any more. It may still be reached.
     *
     * @param brokerId of the broker.
     */
    default void onBrokerGone(final int brokerId)
    {
    }

    /**
     * A replica is not held any more, and its log is about to be deleted or set aside. Whoever reads it closes the
     * readers before this returns.
     *
     * @param topicId   of the topic.
     * @param partition number.
     */
    default void onReplicaRemoved(final long topicId, final int partition)
    {
    }
}
