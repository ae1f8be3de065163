package io.epona.client;

import io.epona.codecs.Murmur2;
import io.epona.transport.ProducePartition;
import org.agrona.DirectBuffer;

/**
 * A topic as a {@link Producer} knows it: {@link Producer#topic(String)}. Belongs to that producer and its thread.
 */
public final class Topic
{
    final Producer producer;
    final ProducePartition[] partitions;
    private final String name;
    private final long topicId;
    private int nextPartition;

    Topic(final Producer producer, final String name, final long topicId, final ProducePartition[] partitions)
    {
        this.producer = producer;
        this.name = name;
        this.topicId = topicId;
        this.partitions = partitions;
    }

    /**
     * @return the name.
     */
    public String name()
    {
        return name;
    }

    /**
     * @return id that no other topic ever had or will have.
     */
    public long topicId()
    {
        return topicId;
    }

    /**
     * @return number of partitions.
     */
    public int partitionCount()
    {
        return partitions.length;
    }

    /**
     * The partition of a key, as Kafka's default partitioner has it.
     *
     * @param key    buffer.
     * @param index  of the key.
     * @param length of the key.
     * @return index of the partition.
     */
    public int partitionFor(final DirectBuffer key, final int index, final int length)
    {
        return Murmur2.partition(Murmur2.hash(key, index, length), partitions.length);
    }

    /**
     * The partition of a key, as Kafka's default partitioner has it.
     *
     * @param key bytes.
     * @return index of the partition.
     */
    public int partitionFor(final byte[] key)
    {
        return Murmur2.partition(Murmur2.hash(key), partitions.length);
    }

    int nextPartition()
    {
        return nextPartition;
    }

    void onRoundRobin()
    {
        nextPartition = nextPartition + 1 == partitions.length ? 0 : nextPartition + 1;
    }
}
