package io.epona.broker;

import io.epona.codecs.ResultCode;
import io.epona.engine.Partition;
import io.epona.engine.PartitionReader;

/**
 * A consumer's place in one partition. Holds a reader of the mapped log; costs nothing while the partition is idle but
 * two loads per look.
 * <p>
 * Owned by the thread that serves the consumer.
 */
final class Subscription
{
    static final long START_LATEST = -1;
    static final long START_EARLIEST = -2;

    private final int subscriptionId;
    private final long topicId;
    private final int partitionIndex;
    private final Partition partition;
    private final PartitionReader reader;
    private long credit;
    private int endCode;

    private Subscription(
        final int subscriptionId,
        final long topicId,
        final int partitionIndex,
        final Partition partition,
        final PartitionReader reader,
        final int byteCredit,
        final int endCode)
    {
        this.subscriptionId = subscriptionId;
        this.topicId = topicId;
        this.partitionIndex = partitionIndex;
        this.partition = partition;
        this.reader = reader;
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
     * @param startOffset    first offset wanted, or {@link #START_LATEST}, {@link #START_EARLIEST}.
     * @param byteCredit     bytes that may be pushed, 0 for no limit.
     * @return the subscription.
     */
    static Subscription open(
        final int subscriptionId,
        final long topicId,
        final int partitionIndex,
        final Partition partition,
        final long startOffset,
        final int byteCredit)
    {
        if (null == partition)
        {
            return refused(subscriptionId, topicId, partitionIndex, ResultCode.UNKNOWN_TOPIC.code());
        }

        final PartitionReader reader = partition.newReader();
        final long result;
        if (START_LATEST == startOffset)
        {
            result = reader.seekToLatest();
        }
        else if (START_EARLIEST == startOffset)
        {
            result = reader.seekToEarliest();
        }
        else
        {
            result = reader.seek(startOffset);
        }

        return new Subscription(
            subscriptionId, topicId, partitionIndex, partition, reader, byteCredit, result < 0 ? (int)result : 0);
    }

    static Subscription refused(
        final int subscriptionId, final long topicId, final int partitionIndex, final int code)
    {
        return new Subscription(subscriptionId, topicId, partitionIndex, null, null, 0, code);
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
    Partition partition()
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
     * @return whether there is something to push. What is still on its way from the disk is not: it is passed over.
     */
    boolean hasWork()
    {
        return credit > 0 && reader.position() < partition.highWatermark() && reader.isPollDue();
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
