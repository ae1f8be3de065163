package io.epona.client;

import org.agrona.DirectBuffer;

/**
 * A topic as a {@link Producer} knows it: {@link Producer#topic(String)}. Belongs to that producer and its thread.
 */
public final class Topic
{
    private final String name;
    private final long topicId;
    private final int partitionCount;

    Topic(final String name, final long topicId, final int partitionCount)
    {
        this.name = name;
        this.topicId = topicId;
        this.partitionCount = partitionCount;
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
        return partitionCount;
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
        throw new UnsupportedOperationException();
    }

    /**
     * The partition of a key, as Kafka's default partitioner has it.
     *
     * @param key bytes.
     * @return index of the partition.
     */
    public int partitionFor(final byte[] key)
    {
        throw new UnsupportedOperationException();
    }
}
