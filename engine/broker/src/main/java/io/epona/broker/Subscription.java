package io.epona.broker;

import io.epona.broker.host.HostedPartition;
import io.epona.codecs.ResultCode;
import io.epona.engine.PartitionReader;

/**
 * A consumer's place in one partition. Holds a reader of the mapped log; costs nothing while the partition is idle but
 * two loads per look.
 * <p>
 * Owned by the thread that serves the consumer.
 */
final class Subscription
{
    private final int subscriptionId;
    private final long topicId;
    private final int partitionIndex;
    private final HostedPartition partition;
    private final PartitionReader reader;
    private final long startOffset;
    private final int lastEpoch;
    /** Leader epoch in which the reader was placed. */
    private int servedEpoch = -1;
    private boolean isPlaced;
    private long credit;
    private int endCode;

    private Subscription(
        final int subscriptionId,
        final long topicId,
        final int partitionIndex,
        final HostedPartition partition,
        final PartitionReader reader,
        final long startOffset,
        final int lastEpoch,
        final int byteCredit,
        final int endCode)
    {
        this.subscriptionId = subscriptionId;
        this.topicId = topicId;
        this.partitionIndex = partitionIndex;
        this.partition = partition;
        this.reader = reader;
        this.startOffset = startOffset;
        this.lastEpoch = lastEpoch;
        this.credit = byteCredit > 0 ? byteCredit : Long.MAX_VALUE;
        this.endCode = endCode;
    }

    /**
     * Open a subscription. One that cannot be opened is born ended, so that its refusal goes the way of every end.
     *
     * @param subscriptionId of the client.
     * @param topicId        asked for.
     * @param partitionIndex asked for.
     * @param partition      found for it, or null where there is none.
     * @param startOffset    first offset wanted, or {@link HostedPartition#START_LATEST},
     *                       {@link HostedPartition#START_EARLIEST}.
     * @param lastEpoch      leader epoch of the last record that the consumer has, -1 where it has none.
     * @param byteCredit     bytes that may be pushed, 0 for no limit.
     * @return the subscription.
     */
    static Subscription open(
        final int subscriptionId,
        final long topicId,
        final int partitionIndex,
        final HostedPartition partition,
        final long startOffset,
        final int lastEpoch,
        final int byteCredit)
    {
        if (null == partition)
        {
            return refused(subscriptionId, topicId, partitionIndex, ResultCode.UNKNOWN_TOPIC.code());
        }

        final PartitionReader reader = partition.newReader();
        if (null == reader)
        {
            return refused(subscriptionId, topicId, partitionIndex, partition.readRefusal());
        }

        final Subscription opened = new Subscription(
            subscriptionId,
            topicId,
            partitionIndex,
            partition,
            reader,
            startOffset,
            lastEpoch,
            byteCredit,
            0);
        opened.place();
        return opened;
    }

    static Subscription refused(
        final int subscriptionId, final long topicId, final int partitionIndex, final int code)
    {
        return new Subscription(subscriptionId, topicId, partitionIndex, null, null, 0, -1, 0, code);
    }

    int subscriptionId()
    {
        return subscriptionId;
    }

    long topicId()
    {
        return topicId;
    }

    int partitionIndex()
    {
        return partitionIndex;
    }

    /**
     * @return the partition, or null where none was found.
     */
    HostedPartition partition()
    {
        return partition;
    }

    PartitionReader reader()
    {
        return reader;
    }

    /**
     * @return code of the end that the client has to hear of, 0 while the subscription lives.
     */
    int endCode()
    {
        return endCode;
    }

    void end(final int code)
    {
        endCode = code;
    }

    /**
     * @return where the place was refused as TRUNCATED, the greatest epoch of the log here that is not above that of
     *         the consumer's last record; else -1.
     */
    int divergedEpoch()
    {
        return !isPlaced && ResultCode.TRUNCATED.code() == endCode ? partition.divergedEpoch(lastEpoch) : -1;
    }

    /**
     * @return where the place was refused as TRUNCATED, where that epoch ends; else -1.
     */
    long divergedEnd()
    {
        return !isPlaced && ResultCode.TRUNCATED.code() == endCode ? partition.divergedEnd(lastEpoch) : -1;
    }

    /**
     * @return whether there is something to push, or an end to be told. What is still on its way from the disk is not:
     *         it is passed over.
     */
    boolean hasWork()
    {
        if (!isPlaced || !partition.isServedIn(servedEpoch))
        {
            return true;
        }

        return credit > 0 && reader.position() < partition.highWatermark() && reader.isPollDue();
    }

    /**
     * Look whether the partition is still served here, and the reader where it belongs; otherwise the subscription
     * ends, or waits.
     *
     * @return whether the reader may be polled.
     */
    boolean isReadable()
    {
        if (isPlaced && partition.isServedIn(servedEpoch))
        {
            return true;
        }
        if (isPlaced)
        {
            end(ResultCode.NOT_LEADER.code());
            return false;
        }

        return place();
    }

    private boolean place()
    {
        final int epoch = partition.leaderEpoch();
        final long result = partition.place(reader, startOffset, lastEpoch);
        isPlaced = 0 == result;
        servedEpoch = epoch;
        if (result < 0 && ResultCode.BACK_PRESSURED.code() != result)
        {
            end((int)result);
        }

        return isPlaced;
    }

    void consumed(final int length)
    {
        credit -= length;
    }

    void close()
    {
        if (null != reader)
        {
            reader.close();
        }
    }
}
