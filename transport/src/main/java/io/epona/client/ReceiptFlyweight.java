package io.epona.client;

import io.epona.codecs.ResultCode;
import io.epona.transport.ProducePartition;

/** The one receipt of a producer, set anew for each batch. */
final class ReceiptFlyweight implements Receipt
{
    private ProducePartition partition;
    private long firstSequence;
    private int count;
    private int code;
    private boolean isOutcomeKnown;
    private long baseOffset;
    private int leaderEpoch;
    private int inMemory;
    private int onDisk;

    Receipt set(
        final ProducePartition partition,
        final long firstSequence,
        final int count,
        final int code,
        final boolean isOutcomeKnown,
        final long baseOffset,
        final int leaderEpoch,
        final int inMemory,
        final int onDisk)
    {
        this.partition = partition;
        this.firstSequence = firstSequence;
        this.count = count;
        this.code = code;
        this.isOutcomeKnown = isOutcomeKnown;
        this.baseOffset = 0 == code ? baseOffset : -1;
        this.leaderEpoch = 0 == code ? leaderEpoch : -1;
        this.inMemory = inMemory;
        this.onDisk = onDisk;
        return this;
    }

    @Override
    public String topic()
    {
        return partition.topic();
    }

    @Override
    public int partition()
    {
        return partition.partition();
    }

    @Override
    public long firstSequence()
    {
        return firstSequence;
    }

    @Override
    public int count()
    {
        return count;
    }

    @Override
    public int code()
    {
        return code;
    }

    @Override
    public boolean isOutcomeKnown()
    {
        return isOutcomeKnown;
    }

    @Override
    public long baseOffset()
    {
        return baseOffset;
    }

    @Override
    public int leaderEpoch()
    {
        return leaderEpoch;
    }

    @Override
    public int inMemory()
    {
        return inMemory;
    }

    @Override
    public int onDisk()
    {
        return onDisk;
    }

    @Override
    public String toString()
    {
        return topic() + "-" + partition() + " " + count + " from sequence " + firstSequence + ": " +
            (0 == code ? "offset " + baseOffset : ResultCode.nameOf(code));
    }
}
