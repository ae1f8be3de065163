package io.epona.engine.replica;

/**
 * What a replica asks and tells beside its role, each not too often: to read its state again, and to tell a leader of a
 * former epoch that it is one. Owned by the shard's thread.
 */
final class ReplicaHints
{
    private final ShardState shard;
    private long fencedNs;
    private long refreshedNs;

    ReplicaHints(final ShardState shard)
    {
        this.shard = shard;
        this.fencedNs = shard.nowNs() - shard.ctx.ackNowNs();
        this.refreshedNs = shard.nowNs() - shard.ctx.syncMinNs();
    }

    /** Whether the state is to be read again. */
    boolean takeRefreshing()
    {
        final boolean isDue = shard.nowNs() - refreshedNs >= shard.ctx.syncMinNs();
        refreshedNs = isDue ? shard.nowNs() : refreshedNs;
        return isDue;
    }

    /** Whether a leader of a former epoch is to be told so. */
    boolean takeFencing()
    {
        final boolean isDue = shard.nowNs() - fencedNs >= shard.ctx.ackNowNs();
        fencedNs = isDue ? shard.nowNs() : fencedNs;
        return isDue;
    }
}
