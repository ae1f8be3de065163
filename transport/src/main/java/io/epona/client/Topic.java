package io.epona.client;

import io.epona.codecs.Murmur2;
import io.epona.client.session.ProducerPartition;
import org.agrona.DirectBuffer;

/**
 * A topic as a {@link Producer} knows it: {@link Producer#topic(String)}. Belongs to that producer and its thread. When
 * the topic is deleted and created again, the same object goes on with the new one.
 */
public final class Topic
{
    final Producer producer;
    ProducerPartition[] partitions = new ProducerPartition[0];
    private final String name;
    private long topicId;
    private boolean isMissing;
    private int nextPartition;

    Topic(final Producer producer, final String name)
    {
        this.producer = producer;
        this.name = name;
    }

    /**
     * @return the name.
     */
    public String name()
    {
        return name;
    }

    /**
     * @return id that no other topic ever had or will have. It changes where the topic was deleted and one of the same
     * name was created, when the producer has noticed.
     */
    public long topicId()
    {
        return topicId;
    }

    /**
     * @return number of partitions. It may change with {@link #topicId()} inside a {@link Producer#poll()}.
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

    boolean isMissing()
    {
        return isMissing;
    }

    void onMissing()
    {
        isMissing = true;
    }

    void onResolved(final long topicId, final ProducerPartition[] partitions)
    {
        this.topicId = topicId;
        this.partitions = partitions;
        isMissing = false;
        nextPartition = nextPartition < partitions.length ? nextPartition : 0;
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
