package io.epona.simulator.workload;

import io.epona.codecs.replication.AppendBatchesEncoder;
import io.epona.codecs.replication.FollowerStateEncoder;
import io.epona.codecs.replication.LeaderProgressEncoder;
import io.epona.codecs.replication.MessageHeaderEncoder;
import io.epona.codecs.replication.Nack;
import io.epona.codecs.replication.ReplicaAcksEncoder;
import io.epona.codecs.replication.StateHintEncoder;
import io.epona.codecs.replication.SyncCode;
import io.epona.codecs.replication.SyncReplyEncoder;
import io.epona.simulator.Site;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * Makes messages that no broker sends: such as end in the middle, claim what does not fit into them, are of another
 * schema, or whose words make no sense. None says what a broker of this cluster might say in its current life and sync.
 * <p>
 * Used by one thread.
 */
final class SenselessMessages
{
    private static final int HEADER_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH;
    private static final int BUFFER_LENGTH = 1024;
    /** All groups stand behind the same two fields. */
    private static final int GROUP_INDEX = HEADER_LENGTH + ReplicaAcksEncoder.BLOCK_LENGTH;
    private static final long NO_TOPIC = 1L << 40;
    private static final long NO_SYNC = 0;
    private static final int FAR_EPOCH = 1_000_000;
    private static final int KINDS = 12;
    private static final int MESSAGES = 6;

    /**
     * Whom a message names.
     *
     * @param senderId    broker that it claims to be from.
     * @param senderEpoch life of that broker.
     * @param topicId     of the topic.
     * @param partition   index.
     * @param leaderEpoch of the partition.
     */
    record Words(int senderId, int senderEpoch, long topicId, int partition, int leaderEpoch)
    {
    }

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BUFFER_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private int length;

    UnsafeBuffer buffer()
    {
        return buffer;
    }

    /**
     * @return length of what was made last.
     */
    int length()
    {
        return length;
    }

    /**
     * Make one.
     *
     * @param words what a broker of this cluster might say now.
     * @param site  that draws how it is spoilt.
     */
    void make(final Words words, final Site site)
    {
        buffer.setMemory(0, BUFFER_LENGTH, (byte)0);
        final int message = site.nextInt(MESSAGES);
        final int kind = site.nextInt(KINDS);
        switch (kind)
        {
            case 0 ->
            {
                encode(message, words);
                length = site.nextInt(length);
            }
            case 1 ->
            {
                encode(message, words);
                header.wrap(buffer, 0).schemaId(704);
            }
            case 2 ->
            {
                encode(message, words);
                header.wrap(buffer, 0).templateId(99);
            }
            case 3 ->
            {
                encode(message, words);
                header.wrap(buffer, 0).blockLength(site.nextBoolean() ? 1 : BUFFER_LENGTH);
            }
            case 4 ->
            {
                // More entries than there are.
                encode(site.nextInt(4), words);
                buffer.putShort(GROUP_INDEX + 2, (short)0xFFFF, ByteOrder.LITTLE_ENDIAN);
            }
            case 5 ->
            {
                // More of what is nested in the first entry than there is.
                encode(0, words);
                length -= 1 + site.nextInt(FollowerStateEncoder.PartitionsEncoder.TailEncoder.sbeBlockLength());
            }
            case 6 -> encode(message, new Words(
                words.senderId + 1, words.senderEpoch, words.topicId, words.partition, words.leaderEpoch));
            case 7 -> encode(message, new Words(
                words.senderId, words.senderEpoch - 1, words.topicId, words.partition, words.leaderEpoch));
            case 8 -> encode(message, new Words(
                words.senderId, words.senderEpoch, NO_TOPIC, words.partition, words.leaderEpoch));
            case 9 -> encode(message, new Words(
                words.senderId, words.senderEpoch, words.topicId, words.partition, words.leaderEpoch - 1));
            default -> encode(message, words);
        }
    }

    /** Of no sync that there was; whoever asks or answers so is not listened to. */
    private void encode(final int message, final Words words)
    {
        switch (message)
        {
            case 0 -> followerState(words);
            case 1 -> syncReply(words);
            case 2 -> acks(words);
            case 3 -> progress(words);
            case 4 -> batches(words);
            default -> hint(words);
        }
    }

    private void followerState(final Words words)
    {
        final FollowerStateEncoder encoder = new FollowerStateEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
            .senderId(words.senderId).senderBrokerEpoch(words.senderEpoch)
            .partitionsCount(1).next()
            .topicId(words.topicId).partition(words.partition).leaderEpoch(words.leaderEpoch).syncId(NO_SYNC)
            .logEnd(Long.MAX_VALUE).flushedEnd(-1).lastRecordEpoch(FAR_EPOCH)
            .tailCount(1).next().startOffset(-1).epoch(FAR_EPOCH);
        length = HEADER_LENGTH + encoder.encodedLength();
    }

    private void syncReply(final Words words)
    {
        final SyncReplyEncoder encoder = new SyncReplyEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
            .senderId(words.senderId).senderBrokerEpoch(words.senderEpoch)
            .partitionsCount(1).next()
            .topicId(words.topicId).partition(words.partition).leaderEpoch(words.leaderEpoch).syncId(NO_SYNC)
            .code(SyncCode.NOT_REPLICA);
        length = HEADER_LENGTH + encoder.encodedLength();
    }

    private void acks(final Words words)
    {
        final ReplicaAcksEncoder encoder = new ReplicaAcksEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
            .senderId(words.senderId).senderBrokerEpoch(words.senderEpoch)
            .partitionsCount(1).next()
            .topicId(words.topicId).partition(words.partition).leaderEpoch(words.leaderEpoch).syncId(NO_SYNC)
            .nack(Nack.NONE);
        length = HEADER_LENGTH + encoder.encodedLength();
    }

    private void progress(final Words words)
    {
        final LeaderProgressEncoder encoder = new LeaderProgressEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
            .senderId(words.senderId).senderBrokerEpoch(words.senderEpoch)
            .partitionsCount(1).next()
            .topicId(words.topicId).partition(words.partition).leaderEpoch(words.leaderEpoch).syncId(NO_SYNC)
            .flags().ackNow(true);
        length = HEADER_LENGTH + encoder.encodedLength();
    }

    private void batches(final Words words)
    {
        final AppendBatchesEncoder encoder = new AppendBatchesEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
            .senderId(words.senderId).senderBrokerEpoch(words.senderEpoch)
            .topicId(words.topicId).partition(words.partition).leaderEpoch(words.leaderEpoch).syncId(NO_SYNC)
            .prevEpoch(-1);
        length = HEADER_LENGTH + encoder.encodedLength();
    }

    private void hint(final Words words)
    {
        final StateHintEncoder encoder = new StateHintEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
            .senderId(words.senderId).senderBrokerEpoch(words.senderEpoch)
            .topicId(words.topicId).partition(words.partition).leaderEpoch(FAR_EPOCH)
            .zkVersion(0 == (words.leaderEpoch & 1) ? FAR_EPOCH : -1).leader(words.senderId);
        length = HEADER_LENGTH + encoder.encodedLength();
    }
}
