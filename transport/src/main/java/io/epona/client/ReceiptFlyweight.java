package io.epona.client;

import io.epona.codecs.ResultCode;
import io.epona.client.session.ProducerPartition;

/** The one receipt of a producer, set anew for each batch. */
final class ReceiptFlyweight implements Receipt
{
    private ProducerPartition partition;
    private long firstSequence;
    private int count;
    private int code;
    private boolean isOutcomeKnown;
    private long baseOffset;
    private int leaderEpoch;
    private int inMemory;
    private int onDisk;

    Receipt set(final Settlements.Entry entry)
    {
        this.partition = entry.partition;
        this.firstSequence = entry.firstNumber;
        this.count = entry.records;
        this.code = entry.code;
        this.isOutcomeKnown = entry.isOutcomeKnown;
        this.baseOffset = 0 == code ? entry.baseOffset : -1;
        this.leaderEpoch = 0 == code ? entry.leaderEpoch : -1;
        this.inMemory = entry.inMemory;
        this.onDisk = entry.onDisk;
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
