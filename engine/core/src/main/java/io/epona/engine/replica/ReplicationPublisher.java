package io.epona.engine.replica;

import io.epona.codecs.replication.AppendBatchesEncoder;
import io.epona.codecs.replication.FollowerStateEncoder;
import io.epona.codecs.replication.LeaderProgressEncoder;
import io.epona.codecs.replication.MessageHeaderEncoder;
import io.epona.codecs.replication.Nack;
import io.epona.codecs.replication.ReplicaAcksEncoder;
import io.epona.codecs.replication.SyncCode;
import io.epona.codecs.replication.SyncReplyEncoder;
import io.epona.engine.log.ReplicatedLog;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Encodes what a shard tells other brokers, and offers it. One message is under way at a time: begin, add partitions,
 * send. Owned by the shard's thread.
 */
final class ReplicationPublisher
{
    /** Partitions in one message, so that none is longer than a small fragment's worth of fragments. */
    static final int ENTRIES_MAX = 32;
    private static final int BUFFER_LENGTH = 16 * 1024;
    /** Room for as many acks, or as much progress: what is zeroed for their reserved bytes. */
    private static final int SHORT_LENGTH = 2 * 1024;

    private final Links links;
    private final int brokerId;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BUFFER_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final FollowerStateEncoder followerState = new FollowerStateEncoder();
    private final SyncReplyEncoder syncReply = new SyncReplyEncoder();
    private final AppendBatchesEncoder appendBatches = new AppendBatchesEncoder();
    private final ReplicaAcksEncoder acks = new ReplicaAcksEncoder();
    private final LeaderProgressEncoder progress = new LeaderProgressEncoder();
    private FollowerStateEncoder.PartitionsEncoder states;
    private SyncReplyEncoder.PartitionsEncoder replies;
    private ReplicaAcksEncoder.PartitionsEncoder ackEntries;
    private LeaderProgressEncoder.PartitionsEncoder progressEntries;
    private int brokerEpoch = -1;

    ReplicationPublisher(final Links links, final int brokerId)
    {
        this.links = links;
        this.brokerId = brokerId;
    }

    void brokerEpoch(final int epoch)
    {
        brokerEpoch = epoch;
    }

    void beginFollowerState()
    {
        // Reserved fields are zero.
        buffer.setMemory(0, BUFFER_LENGTH, (byte)0);
        states = followerState.wrapAndApplyHeader(buffer, 0, header)
            .senderId(brokerId)
            .senderBrokerEpoch(brokerEpoch)
            .partitionsCount(ENTRIES_MAX);
    }

    void addFollowerState(
        final long topicId,
        final int partition,
        final int leaderEpoch,
        final long syncId,
        final long logStart,
        final long logEnd,
        final long flushedEnd,
        final long highWatermark,
        final int lastRecordEpoch,
        final ReplicatedLog epochs,
        final int tailCount)
    {
        final int known = epochs.epochCount();
        final int count = Math.min(known, tailCount);
        final FollowerStateEncoder.PartitionsEncoder.TailEncoder tail = states.next()
            .topicId(topicId)
            .partition(partition)
            .leaderEpoch(leaderEpoch)
            .syncId(syncId)
            .logStart(logStart)
            .logEnd(logEnd)
            .flushedEnd(flushedEnd)
            .hw(highWatermark)
            .lastRecordEpoch(lastRecordEpoch)
            .reserved(0)
            .tailCount(count);
        for (int i = known - count; i < known; i++)
        {
            tail.next().startOffset(epochs.epochStart(i)).epoch(epochs.epoch(i));
        }
    }

    long sendFollowerState(final int toBrokerId)
    {
        states.resetCountToIndex();
        return links.offerControl(
            toBrokerId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + followerState.encodedLength());
    }

    void beginSyncReply()
    {
        buffer.setMemory(0, BUFFER_LENGTH, (byte)0);
        replies = syncReply.wrapAndApplyHeader(buffer, 0, header)
            .senderId(brokerId)
            .senderBrokerEpoch(brokerEpoch)
            .partitionsCount(ENTRIES_MAX);
    }

    void addSyncReply(
        final long topicId,
        final int partition,
        final int leaderEpoch,
        final long syncId,
        final SyncCode code,
        final int divEpoch,
        final long divEnd,
        final long leaderStart,
        final long leaderEnd,
        final long leaderEpochStart,
        final long highWatermark,
        final int knownEpoch)
    {
        replies.next()
            .topicId(topicId)
            .partition(partition)
            .leaderEpoch(leaderEpoch)
            .syncId(syncId)
            .divEnd(divEnd)
            .leaderStart(leaderStart)
            .leaderEnd(leaderEnd)
            .leso(leaderEpochStart)
            .hw(highWatermark)
            .divEpoch(divEpoch)
            .knownEpoch(knownEpoch)
            .code(code);
    }

    long sendSyncReply(final int toBrokerId)
    {
        replies.resetCountToIndex();
        return links.offerControl(
            toBrokerId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + syncReply.encodedLength());
    }

    void beginAcks()
    {
        buffer.setMemory(0, SHORT_LENGTH, (byte)0);
        ackEntries = acks.wrapAndApplyHeader(buffer, 0, header)
            .senderId(brokerId)
            .senderBrokerEpoch(brokerEpoch)
            .partitionsCount(ENTRIES_MAX);
    }

    void addAck(
        final long topicId,
        final int partition,
        final int leaderEpoch,
        final long syncId,
        final long logEnd,
        final long flushedEnd,
        final Nack nack)
    {
        ackEntries.next()
            .topicId(topicId)
            .partition(partition)
            .leaderEpoch(leaderEpoch)
            .syncId(syncId)
            .logEnd(logEnd)
            .flushedEnd(flushedEnd)
            .nack(nack);
    }

    long sendAcks(final int toBrokerId)
    {
        ackEntries.resetCountToIndex();
        return links.offerControl(toBrokerId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + acks.encodedLength());
    }

    void beginProgress()
    {
        buffer.setMemory(0, SHORT_LENGTH, (byte)0);
        progressEntries = progress.wrapAndApplyHeader(buffer, 0, header)
            .senderId(brokerId)
            .senderBrokerEpoch(brokerEpoch)
            .partitionsCount(ENTRIES_MAX);
    }

    void addProgress(
        final long topicId,
        final int partition,
        final int leaderEpoch,
        final long syncId,
        final long highWatermark,
        final long leaderEnd,
        final long logStart,
        final boolean isAckWanted)
    {
        progressEntries.next()
            .topicId(topicId)
            .partition(partition)
            .leaderEpoch(leaderEpoch)
            .syncId(syncId)
            .hw(highWatermark)
            .leaderEnd(leaderEnd)
            .logStart(logStart)
            .flags().clear().ackNow(isAckWanted);
    }

    long sendProgress(final int toBrokerId)
    {
        progressEntries.resetCountToIndex();
        return links.offerControl(
            toBrokerId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + progress.encodedLength());
    }

    long sendBatches(
        final int toBrokerId,
        final long topicId,
        final int partition,
        final int leaderEpoch,
        final long syncId,
        final long nextOffset,
        final long highWatermark,
        final long logStart,
        final int prevEpoch,
        final DirectBuffer body,
        final int bodyIndex,
        final int bodyLength)
    {
        appendBatches.wrapAndApplyHeader(buffer, 0, header)
            .senderId(brokerId)
            .senderBrokerEpoch(brokerEpoch)
            .topicId(topicId)
            .partition(partition)
            .leaderEpoch(leaderEpoch)
            .syncId(syncId)
            .nextOffset(nextOffset)
            .hw(highWatermark)
            .logStart(logStart)
            .prevEpoch(prevEpoch)
            .reserved(0);

        return links.offerData(
            toBrokerId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + appendBatches.encodedLength(),
            body, bodyIndex, bodyLength);
    }
}
