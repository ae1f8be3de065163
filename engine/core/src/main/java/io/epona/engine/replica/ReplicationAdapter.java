package io.epona.engine.replica;

import io.epona.codecs.replication.AppendBatchesDecoder;
import io.epona.codecs.replication.FollowerStateDecoder;
import io.epona.codecs.replication.LeaderProgressDecoder;
import io.epona.codecs.replication.MessageHeaderDecoder;
import io.epona.codecs.replication.ReplicaAcksDecoder;
import io.epona.codecs.replication.StateHintDecoder;
import io.epona.codecs.replication.SyncCode;
import io.epona.codecs.replication.SyncReplyDecoder;
import org.agrona.DirectBuffer;

/**
 * Decodes what other brokers say and hands it, partition by partition, to the replicas. What does not fit its length is
 * dropped. Owned by the shard's thread.
 */
final class ReplicationAdapter
{
    private static final int GROUP_HEADER_LENGTH = 4;

    private final ShardState shard;
    private final EpochFence fence;
    private final ReplicaTable replicas;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final FollowerStateDecoder followerState = new FollowerStateDecoder();
    private final SyncReplyDecoder syncReply = new SyncReplyDecoder();
    private final AppendBatchesDecoder appendBatches = new AppendBatchesDecoder();
    private final ReplicaAcksDecoder acks = new ReplicaAcksDecoder();
    private final LeaderProgressDecoder progress = new LeaderProgressDecoder();
    private final StateHintDecoder stateHint = new StateHintDecoder();

    ReplicationAdapter(final ShardState shard, final ReplicaTable replicas)
    {
        this.shard = shard;
        this.fence = new EpochFence(shard);
        this.replicas = replicas;
    }

    void onMessage(final int brokerId, final DirectBuffer buffer, final int index, final int length)
    {
        if (length < MessageHeaderDecoder.ENCODED_LENGTH)
        {
            return;
        }
        header.wrap(buffer, index);
        final int blockLength = header.blockLength();
        if (MessageHeaderDecoder.SCHEMA_ID != header.schemaId() ||
            length < MessageHeaderDecoder.ENCODED_LENGTH + blockLength)
        {
            return;
        }

        final PeerLink link = shard.link(brokerId);
        final int body = index + MessageHeaderDecoder.ENCODED_LENGTH;
        final int end = index + length;
        final int version = header.version();
        switch (header.templateId())
        {
            case AppendBatchesDecoder.TEMPLATE_ID ->
            {
                if (blockLength >= AppendBatchesDecoder.BLOCK_LENGTH)
                {
                    onBatches(link, buffer, body, blockLength, version, end);
                }
            }
            case ReplicaAcksDecoder.TEMPLATE_ID ->
            {
                if (fits(buffer, body + blockLength, end))
                {
                    onAcks(link, acks.wrap(buffer, body, blockLength, version));
                }
            }
            case LeaderProgressDecoder.TEMPLATE_ID ->
            {
                if (fits(buffer, body + blockLength, end))
                {
                    onProgress(link, progress.wrap(buffer, body, blockLength, version));
                }
            }
            case FollowerStateDecoder.TEMPLATE_ID ->
            {
                if (fits(buffer, body + blockLength, end))
                {
                    onFollowerState(link, followerState.wrap(buffer, body, blockLength, version), end);
                }
            }
            case SyncReplyDecoder.TEMPLATE_ID ->
            {
                if (fits(buffer, body + blockLength, end))
                {
                    onSyncReply(link, syncReply.wrap(buffer, body, blockLength, version));
                }
            }
            case StateHintDecoder.TEMPLATE_ID ->
            {
                if (blockLength >= StateHintDecoder.BLOCK_LENGTH)
                {
                    onHint(link, stateHint.wrap(buffer, body, blockLength, version));
                }
            }
            default ->
            {
                // Of a later version, or the controller's: not for a shard.
            }
        }
    }

    /** Whether the entries of a group, without what is nested in them, end within the message. */
    private static boolean fits(final DirectBuffer buffer, final int groupIndex, final int end)
    {
        if (end - groupIndex < GROUP_HEADER_LENGTH)
        {
            return false;
        }

        final int entryLength = buffer.getShort(groupIndex, MessageHeaderDecoder.BYTE_ORDER) & 0xFFFF;
        final int count = buffer.getShort(groupIndex + 2, MessageHeaderDecoder.BYTE_ORDER) & 0xFFFF;
        return (long)entryLength * count <= end - groupIndex - GROUP_HEADER_LENGTH;
    }

    private Replica replica(final long topicId, final int partition)
    {
        final Replica replica = replicas.get(topicId, partition);
        if (null == replica)
        {
            shard.mark(Mark.FOREIGN_TOPIC);
        }

        return replica;
    }

    private boolean isOfThisLife(final PeerLink link, final int senderId, final int brokerEpoch)
    {
        if (senderId != link.brokerId() || !link.onHeard(brokerEpoch) && shard.decides(Mark.FOREIGN_BROKER_EPOCH))
        {
            return false;
        }

        return true;
    }

    private void onBatches(
        final PeerLink link,
        final DirectBuffer buffer,
        final int body,
        final int blockLength,
        final int version,
        final int end)
    {
        final AppendBatchesDecoder message = appendBatches.wrap(buffer, body, blockLength, version);
        final int brokerEpoch = message.senderBrokerEpoch();
        if (!isOfThisLife(link, message.senderId(), brokerEpoch))
        {
            return;
        }

        final Replica replica = replica(message.topicId(), message.partition());
        if (null != replica)
        {
            final int batchesIndex = body + blockLength;
            fence.onBatches(
                replica, link, brokerEpoch, message.leaderEpoch(), message.syncId(), message.nextOffset(), message.hw(),
                message.logStart(), message.prevEpoch(), buffer, batchesIndex, end - batchesIndex);
        }
    }

    private void onAcks(final PeerLink link, final ReplicaAcksDecoder message)
    {
        final int brokerEpoch = message.senderBrokerEpoch();
        if (!isOfThisLife(link, message.senderId(), brokerEpoch))
        {
            return;
        }

        final ReplicaAcksDecoder.PartitionsDecoder entries = message.partitions();
        while (entries.hasNext())
        {
            entries.next();
            final Replica replica = replica(entries.topicId(), entries.partition());
            if (null != replica)
            {
                fence.onAck(
                    replica, link, brokerEpoch, entries.leaderEpoch(), entries.syncId(), entries.logEnd(),
                    entries.flushedEnd(), entries.nack());
            }
        }
    }

    private void onProgress(final PeerLink link, final LeaderProgressDecoder message)
    {
        final int brokerEpoch = message.senderBrokerEpoch();
        if (!isOfThisLife(link, message.senderId(), brokerEpoch))
        {
            return;
        }

        final LeaderProgressDecoder.PartitionsDecoder entries = message.partitions();
        while (entries.hasNext())
        {
            entries.next();
            final Replica replica = replica(entries.topicId(), entries.partition());
            if (null != replica)
            {
                fence.onProgress(
                    replica, link, brokerEpoch, entries.leaderEpoch(), entries.syncId(), entries.hw(),
                    entries.logStart(), entries.flags().ackNow());
            }
        }
    }

    private void onFollowerState(final PeerLink link, final FollowerStateDecoder message, final int end)
    {
        final int brokerEpoch = message.senderBrokerEpoch();
        final boolean isOfThisLife = isOfThisLife(link, message.senderId(), brokerEpoch);
        final FollowerStateDecoder.PartitionsDecoder entries = message.partitions();
        while (entries.hasNext())
        {
            entries.next();
            final long topicId = entries.topicId();
            final int partition = entries.partition();
            final int epoch = entries.leaderEpoch();
            final long syncId = entries.syncId();
            final long logEnd = entries.logEnd();
            final long flushedEnd = entries.flushedEnd();
            final int lastEpoch = entries.lastRecordEpoch();
            if (!fits(message.buffer(), message.limit(), end))
            {
                return;
            }
            shard.match.beginTail();
            final FollowerStateDecoder.PartitionsDecoder.TailDecoder tail = entries.tail();
            while (tail.hasNext())
            {
                shard.match.addTail(tail.next().epoch());
            }

            final Replica replica = replica(topicId, partition);
            if (!isOfThisLife && shard.decides(Mark.STATE_STALE_BROKER))
            {
                shard.refuse(link, topicId, partition, epoch, syncId, -1, SyncCode.STALE_BROKER);
            }
            else if (null == replica)
            {
                shard.refuse(link, topicId, partition, epoch, syncId, -1, SyncCode.UNKNOWN_EPOCH);
            }
            else
            {
                fence.onFollowerState(
                    replica, link, brokerEpoch, epoch, syncId, logEnd, flushedEnd, lastEpoch);
            }
        }
    }

    private void onSyncReply(final PeerLink link, final SyncReplyDecoder message)
    {
        final int brokerEpoch = message.senderBrokerEpoch();
        if (!isOfThisLife(link, message.senderId(), brokerEpoch))
        {
            return;
        }

        final SyncReplyDecoder.PartitionsDecoder entries = message.partitions();
        while (entries.hasNext())
        {
            entries.next();
            final Replica replica = replica(entries.topicId(), entries.partition());
            if (null != replica)
            {
                fence.onSyncReply(
                    replica, link, brokerEpoch, entries.leaderEpoch(), entries.syncId(), entries.code(),
                    entries.divEpoch(), entries.divEnd(), entries.leaderStart(), entries.hw());
            }
        }
    }

    private void onHint(final PeerLink link, final StateHintDecoder message)
    {
        if (isOfThisLife(link, message.senderId(), message.senderBrokerEpoch()))
        {
            final Replica replica = replica(message.topicId(), message.partition());
            if (null != replica && message.zkVersion() > replica.version())
            {
                replica.refresh();
            }
        }
    }
}
