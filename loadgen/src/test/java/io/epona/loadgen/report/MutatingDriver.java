package io.epona.loadgen.report;

import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.NullDriver;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Map;

/**
 * The null driver with one fault in what it delivers.
 */
final class MutatingDriver implements LoadDriver
{
    /** What is done to one record. */
    enum Fault
    {
        DROP, DUPLICATE, SWAP, CORRUPT, REKEY
    }

    private final NullDriver driver;
    private final Fault fault;
    private final UnsafeBuffer held = new UnsafeBuffer(new byte[4096]);
    private final long which;
    private int heldLength = -1;
    private long heldKey;
    private long count;

    /**
     * @param driver that delivers.
     * @param fault  of what it delivers.
     * @param which  record it befalls, from 1.
     */
    MutatingDriver(final NullDriver driver, final Fault fault, final long which)
    {
        this.which = which;
        this.driver = driver;
        this.fault = fault;
    }

    @Override
    public String name()
    {
        return driver.name();
    }

    @Override
    public void open()
    {
        driver.open();
    }

    @Override
    public ProducerPort newProducer(final int producer, final AckSink acks)
    {
        return driver.newProducer(producer, acks);
    }

    @Override
    public ConsumerPort newConsumer(final int consumer, final int[] partitions, final RecordSink records)
    {
        return driver.newConsumer(
            consumer, partitions, (partition, key, buffer, index, length) ->
            deliver(records, partition, key, buffer, index, length));
    }

    private void deliver(
        final RecordSink records,
        final int partition,
        final long key,
        final DirectBuffer buffer,
        final int index,
        final int length)
    {
        if (++count != which)
        {
            records.onRecord(partition, key, buffer, index, length);
            if (heldLength >= 0)
            {
                records.onRecord(partition, heldKey, held, 0, heldLength);
                heldLength = -1;
            }
            return;
        }

        held.putBytes(0, buffer, index, length);
        switch (fault)
        {
            case DUPLICATE ->
            {
                records.onRecord(partition, key, buffer, index, length);
                records.onRecord(partition, key, buffer, index, length);
            }
            case SWAP ->
            {
                heldLength = length;
                heldKey = key;
            }
            case REKEY -> records.onRecord(partition, key + 1, buffer, index, length);
            case CORRUPT ->
            {
                held.putByte(length - 1, (byte)(held.getByte(length - 1) ^ 1));
                records.onRecord(partition, key, held, 0, length);
            }
            default ->
            {
                // DROP: the record goes nowhere.
            }
        }
    }

    @Override
    public int invoke()
    {
        return driver.invoke();
    }

    @Override
    public Map<String, String> settings()
    {
        return driver.settings();
    }

    @Override
    public void close()
    {
        driver.close();
    }
}
