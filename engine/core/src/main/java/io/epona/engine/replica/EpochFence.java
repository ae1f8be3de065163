package io.epona.engine.replica;

import io.epona.codecs.replication.Nack;
import io.epona.codecs.replication.SyncCode;
import org.agrona.DirectBuffer;

/**
 * Where what other brokers say of a replica meets its leader epoch: what belongs to another epoch goes no further, and
 * its sender is told. Owned by the shard's thread.
 */
final class EpochFence
{
    private final ShardState shard;

    EpochFence(final ShardState shard)
    {
        this.shard = shard;
    }

    void onFollowerState(
        final Replica replica,
        final PeerLink link,
        final int brokerEpoch,
        final int epoch,
        final long syncId,
        final long logEnd,
        final long flushedEnd,
        final int lastEpoch)
    {
        final boolean isUnfenced = shard.unfence(replica, epoch);
        if (epoch > replica.leaderEpoch() && !isUnfenced && shard.decides(Mark.STATE_UNKNOWN_EPOCH))
        {
            refuse(replica, link, epoch, syncId, SyncCode.UNKNOWN_EPOCH);
            replica.refresh();
        }
        else if (epoch < replica.leaderEpoch() && !isUnfenced && shard.decides(Mark.STATE_FENCED_EPOCH))
        {
            refuse(replica, link, epoch, syncId, SyncCode.FENCED_EPOCH);
        }
        else if (Role.LEADER != replica.role())
        {
            shard.mark(Mark.STATE_NOT_LEADER);
            refuse(replica, link, epoch, syncId, SyncCode.NOT_LEADER);
        }
        else
        {
            replica.leader().onFollowerState(link, brokerEpoch, syncId, logEnd, flushedEnd, lastEpoch);
        }
    }

    private void refuse(
        final Replica replica, final PeerLink link, final int epoch, final long syncId, final SyncCode code)
    {
        shard.refuse(
            link, replica.topicId(), replica.partition(), epoch, syncId, replica.leaderEpoch(), code);
    }

    void onAck(
        final Replica replica,
        final PeerLink link,
        final int brokerEpoch,
        final int epoch,
        final long syncId,
        final long logEnd,
        final long flushedEnd,
        final Nack nack)
    {
        final boolean isUnfenced = shard.unfence(replica, epoch);
        if (Role.LEADER != replica.role())
        {
            shard.mark(Mark.ACK_STALE_EPOCH);
        }
        else if (Nack.FENCED == nack && epoch > replica.leaderEpoch() && shard.decides(Mark.NACK_FENCED))
        {
            replica.onFenced();
        }
        else if (epoch == replica.leaderEpoch() || isUnfenced || !shard.decides(Mark.ACK_STALE_EPOCH))
        {
            replica.leader().onAck(link, brokerEpoch, syncId, logEnd, flushedEnd, nack);
        }
    }

    void onSyncReply(
        final Replica replica,
        final PeerLink link,
        final int brokerEpoch,
        final int epoch,
        final long syncId,
        final SyncCode code,
        final int divEpoch,
        final long divEnd,
        final long leaderStart,
        final long leaderHighWatermark)
    {
        final boolean isUnfenced = shard.unfence(replica, epoch);
        if (Role.FOLLOWER != replica.role() ||
            epoch != replica.leaderEpoch() && !isUnfenced && shard.decides(Mark.SYNC_STALE_REPLY))
        {
            return;
        }

        replica.follower().onSyncReply(
            link, brokerEpoch, syncId, code, divEpoch, divEnd, leaderStart, leaderHighWatermark);
    }

    void onBatches(
        final Replica replica,
        final PeerLink link,
        final int brokerEpoch,
        final int epoch,
        final long syncId,
        final long nextOffset,
        final long leaderHighWatermark,
        final long leaderStart,
        final int prevEpoch,
        final DirectBuffer buffer,
        final int index,
        final int length)
    {
        if (isFollowing(replica, link, epoch, syncId))
        {
            replica.follower().onBatches(
                link, brokerEpoch, syncId, nextOffset, leaderHighWatermark, leaderStart, prevEpoch,
                buffer, index, length);
        }
    }

    void onProgress(
        final Replica replica,
        final PeerLink link,
        final int brokerEpoch,
        final int epoch,
        final long syncId,
        final long leaderHighWatermark,
        final long leaderStart,
        final boolean isAckWanted)
    {
        if (isFollowing(replica, link, epoch, syncId))
        {
            replica.follower().onProgress(link, brokerEpoch, syncId, leaderHighWatermark, leaderStart, isAckWanted);
        }
    }

    /** Whether this follows in an epoch; a leader of a former one is told, and a later epoch asked for. */
    private boolean isFollowing(final Replica replica, final PeerLink link, final int epoch, final long syncId)
    {
        if (shard.unfence(replica, epoch))
        {
            return Role.FOLLOWER == replica.role();
        }
        if (epoch < replica.leaderEpoch() && shard.decides(Mark.APPEND_STALE_EPOCH))
        {
            if (replica.takeFencing())
            {
                link.fence(replica, syncId);
            }
            return false;
        }
        if (epoch > replica.leaderEpoch() && shard.decides(Mark.APPEND_HIGHER_EPOCH))
        {
            replica.refresh();
            return false;
        }

        return Role.FOLLOWER == replica.role();
    }
}
