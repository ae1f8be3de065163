package io.epona.broker;

import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.ProduceAcksEncoder;
import org.agrona.BitUtil;
import org.agrona.MutableDirectBuffer;

/**
 * Acks of one produce lane that have not been sent: a bounded ring, so that the lane is not polled further while
 * nobody takes its acks.
 * <p>
 * Owned by the shard agent.
 */
final class AckRing
{
    private static final int PREFIX_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH +
        ProduceAcksEncoder.BLOCK_LENGTH + ProduceAcksEncoder.AcksEncoder.HEADER_SIZE;
    private static final int ENTRY_LENGTH = ProduceAcksEncoder.AcksEncoder.sbeBlockLength();

    private final int mask;
    private final int[] requestIds;
    private final short[] codes;
    private final int[] leaderEpochs;
    private final long[] baseOffsets;
    private final byte[] inMemory;
    private final byte[] onDisk;
    private long head;
    private long tail;

    /**
     * @param capacity a power of two.
     */
    AckRing(final int capacity)
    {
        if (!BitUtil.isPowerOfTwo(capacity))
        {
            throw new IllegalArgumentException("capacity not a power of two: " + capacity);
        }
        mask = capacity - 1;
        requestIds = new int[capacity];
        codes = new short[capacity];
        leaderEpochs = new int[capacity];
        baseOffsets = new long[capacity];
        inMemory = new byte[capacity];
        onDisk = new byte[capacity];
    }

    boolean isFull()
    {
        return 0 == room();
    }

    /**
     * @return acks that can be added.
     */
    int room()
    {
        return mask + 1 - size();
    }

    boolean isEmpty()
    {
        return tail == head;
    }

    int size()
    {
        return (int)(tail - head);
    }

    void accepted(final int requestId, final long baseOffset, final int leaderEpoch, final int inMemory)
    {
        add(requestId, (short)0, baseOffset, leaderEpoch, (byte)inMemory, (byte)0);
    }

    /** A batch that is in the leader's log and on its disk. */
    void committed(final int requestId, final long baseOffset, final int leaderEpoch)
    {
        add(requestId, (short)0, baseOffset, leaderEpoch, (byte)1, (byte)1);
    }

    void refused(final int requestId, final short code, final int leaderEpoch)
    {
        refused(requestId, code, leaderEpoch, -1);
    }

    /**
     * A refusal with more to tell.
     *
     * @param base of a batch that was appended and of which nobody knows whether it stays, the offset; of one that does
     *             not follow what the log has of its producer, the last sequence there; -1 none.
     */
    void refused(final int requestId, final short code, final int leaderEpoch, final long base)
    {
        add(requestId, code, base, leaderEpoch, (byte)0, (byte)0);
    }

    private void add(
        final int requestId,
        final short code,
        final long baseOffset,
        final int leaderEpoch,
        final byte memory,
        final byte disk)
    {
        if (isFull())
        {
            throw new IllegalStateException("ack ring is full");
        }
        final int at = (int)tail & mask;
        requestIds[at] = requestId;
        codes[at] = code;
        baseOffsets[at] = baseOffset;
        leaderEpochs[at] = leaderEpoch;
        inMemory[at] = memory;
        onDisk[at] = disk;
        tail++;
    }

    /**
     * @param maxLength of a message.
     * @return acks that fit in one.
     */
    static int maxCount(final int maxLength)
    {
        return (maxLength - PREFIX_LENGTH) / ENTRY_LENGTH;
    }

    static int messageLength(final int count)
    {
        return PREFIX_LENGTH + count * ENTRY_LENGTH;
    }

    /**
     * Encode the oldest acks, without taking them out: {@link #remove(int)} does, once they are sent.
     *
     * @param encoder to use.
     * @param header  to use.
     * @param buffer  to write to.
     * @param index   to write at.
     * @param count   of acks, at most {@link #size()}.
     */
    void encode(
        final ProduceAcksEncoder encoder,
        final MessageHeaderEncoder header,
        final MutableDirectBuffer buffer,
        final int index,
        final int count)
    {
        final ProduceAcksEncoder.AcksEncoder acks = encoder.wrapAndApplyHeader(buffer, index, header).acksCount(count);
        for (int i = 0; i < count; i++)
        {
            final int at = (int)(head + i) & mask;
            acks.next()
                .requestId(requestIds[at])
                .code(codes[at])
                .inMemory(inMemory[at])
                .onDisk(onDisk[at])
                .leaderEpoch(leaderEpochs[at])
                .baseOffset(baseOffsets[at]);
        }
    }

    void remove(final int count)
    {
        head += count;
    }
}
