package io.epona.transport;

import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a producer keeps for one partition: the next sequence, and the batch that is being filled while it may not be
 * sent. Owned by the producer's thread; changed by its {@link ProduceSession} only.
 */
public final class ProducePartition
{
    final String topic;
    final int partition;
    /** Of the topic that has the name now. */
    long topicId;
    /** Of the shard that owns the partition now. */
    ProduceSession session;
    final RecordBatchBuilder builder;
    /** On the heap: checksums of many partitions' buffers then need no views. */
    UnsafeBuffer staging;
    long nextSequence;
    long firstSequence;
    /** Monotonic time at which a poll first saw the open batch, valid where {@link #isOpenTimeKnown}. */
    long openedNs;
    boolean isOpenTimeKnown;
    boolean isOpen;
    /** Length of the finished batch, 0 while records may still be added. */
    int finishedLength;
    ProducePartition previousOpen;
    ProducePartition nextOpen;

    ProducePartition(
        final String topic, final long topicId, final int partition, final ProduceSession session, final Crc32c crc)
    {
        this.topic = topic;
        this.topicId = topicId;
        this.partition = partition;
        this.session = session;
        this.builder = new RecordBatchBuilder(crc);
    }

    /**
     * @return name of the topic.
     */
    public String topic()
    {
        return topic;
    }

    /**
     * @return id of the topic.
     */
    public long topicId()
    {
        return topicId;
    }

    /**
     * @return index of the partition.
     */
    public int partition()
    {
        return partition;
    }

    /**
     * @return sequence of the next record.
     */
    public long nextSequence()
    {
        return nextSequence;
    }

    /**
     * @return the session that sends to this partition.
     */
    public ProduceSession session()
    {
        return session;
    }
}
