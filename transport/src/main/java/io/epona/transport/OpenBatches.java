package io.epona.transport;

/**
 * The batches of a session that are being filled, in the order in which they were opened: the partitions form the
 * list themselves. Owned by the producer's thread.
 */
final class OpenBatches
{
    private ProducePartition first;
    private ProducePartition last;
    private long records;

    /**
     * @return the partition whose batch was opened first, or null.
     */
    ProducePartition first()
    {
        return first;
    }

    /**
     * @return records in all of them.
     */
    long records()
    {
        return records;
    }

    /** One more record stands in a batch of the list. */
    void onRecord()
    {
        records++;
    }

    void add(final ProducePartition partition)
    {
        partition.previousOpen = last;
        partition.nextOpen = null;
        if (null == last)
        {
            first = partition;
        }
        else
        {
            last.nextOpen = partition;
        }
        last = partition;
        records += partition.builder.recordCount();
    }

    void remove(final ProducePartition partition)
    {
        if (null == partition.previousOpen)
        {
            first = partition.nextOpen;
        }
        else
        {
            partition.previousOpen.nextOpen = partition.nextOpen;
        }
        if (null == partition.nextOpen)
        {
            last = partition.previousOpen;
        }
        else
        {
            partition.nextOpen.previousOpen = partition.previousOpen;
        }
        partition.previousOpen = null;
        partition.nextOpen = null;
        records -= partition.builder.recordCount();
    }
}
