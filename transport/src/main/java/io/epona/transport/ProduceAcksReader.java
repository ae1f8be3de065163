package io.epona.transport;

import io.epona.codecs.client.ProduceAcksDecoder;
import org.agrona.DirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Reads messages of acks from a lane without trusting their lengths. Owned by the producer's thread.
 */
final class ProduceAcksReader implements MessageHandler
{
    private static final int GROUP_HEADER_LENGTH = ProduceAcksDecoder.AcksDecoder.HEADER_SIZE;
    private static final int ACK_LENGTH = 20;

    static
    {
        if (ACK_LENGTH != ProduceAcksDecoder.AcksDecoder.sbeBlockLength())
        {
            throw new IllegalStateException("the schema's acks differ from this code");
        }
    }

    private final Sink sink;
    /** Written by the owner alone, read by any thread. */
    private volatile long malformed;

    /** Told about each ack. */
    interface Sink
    {
        /**
         * @param requestId   of the batch.
         * @param code        0, or why it was refused.
         * @param baseOffset  of its first record.
         * @param leaderEpoch of the leader.
         * @param inMemory    replicas that have it in memory.
         * @param onDisk      replicas that have it on disk.
         */
        void onAck(int requestId, int code, long baseOffset, int leaderEpoch, int inMemory, int onDisk);
    }

    ProduceAcksReader(final Sink sink)
    {
        this.sink = sink;
    }

    /**
     * @return messages that made no sense. Any thread.
     */
    long malformed()
    {
        return malformed;
    }

    @Override
    public boolean onMessage(final DirectBuffer buffer, final int index, final int length)
    {
        final int templateId = Inbound.templateId(buffer, index, length);
        if (ProduceAcksDecoder.TEMPLATE_ID != templateId)
        {
            malformed++;
            return true;
        }

        final int groupIndex = index + Inbound.HEADER_LENGTH + Inbound.blockLength(buffer, index);
        final int available = index + length - groupIndex - GROUP_HEADER_LENGTH;
        if (available < 0)
        {
            malformed++;
            return true;
        }

        final int ackLength = buffer.getShort(groupIndex, LITTLE_ENDIAN) & 0xFFFF;
        final int count = buffer.getShort(groupIndex + 2, LITTLE_ENDIAN) & 0xFFFF;
        if (ackLength < ACK_LENGTH || (long)count * ackLength > available)
        {
            malformed++;
            return true;
        }

        for (int i = 0, ack = groupIndex + GROUP_HEADER_LENGTH; i < count; i++, ack += ackLength)
        {
            sink.onAck(
                buffer.getInt(ack + ProduceAcksDecoder.AcksDecoder.requestIdEncodingOffset(), LITTLE_ENDIAN),
                buffer.getShort(ack + ProduceAcksDecoder.AcksDecoder.codeEncodingOffset(), LITTLE_ENDIAN),
                buffer.getLong(ack + ProduceAcksDecoder.AcksDecoder.baseOffsetEncodingOffset(), LITTLE_ENDIAN),
                buffer.getInt(ack + ProduceAcksDecoder.AcksDecoder.leaderEpochEncodingOffset(), LITTLE_ENDIAN),
                buffer.getByte(ack + ProduceAcksDecoder.AcksDecoder.inMemoryEncodingOffset()) & 0xFF,
                buffer.getByte(ack + ProduceAcksDecoder.AcksDecoder.onDiskEncodingOffset()) & 0xFF);
        }
        return true;
    }
}
