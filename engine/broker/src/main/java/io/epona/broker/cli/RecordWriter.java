package io.epona.broker.cli;

import io.epona.client.Consumer;
import io.epona.client.ConsumerHandler;
import io.epona.client.TopicPartition;
import io.epona.codecs.batch.Record;
import org.agrona.DirectBuffer;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Writes records to a stream, and knows when enough are written.
 * <p>
 * Owned by one thread.
 */
final class RecordWriter implements ConsumerHandler
{
    private static final int CAPACITY = 256 * 1024;

    private final PrintStream out;
    private final byte[] separator;
    private final boolean isRaw;
    private final long maxRecords;
    private final int[] partitions;
    private final long[] ends;
    private byte[] bytes = new byte[CAPACITY];
    private int length;
    private long count;

    /**
     * @param out          to write to.
     * @param keySeparator written behind the key, or null for values alone.
     * @param isRaw        whether no line feeds are written.
     * @param maxRecords   to write.
     * @param partitions   whose ends are known, or null to go on for ever.
     * @param ends         of these partitions: offsets from which on nothing is written.
     */
    RecordWriter(
        final PrintStream out,
        final String keySeparator,
        final boolean isRaw,
        final long maxRecords,
        final int[] partitions,
        final long[] ends)
    {
        this.out = out;
        this.separator = null == keySeparator ? null : keySeparator.getBytes(StandardCharsets.UTF_8);
        this.isRaw = isRaw;
        this.maxRecords = maxRecords;
        this.partitions = partitions;
        this.ends = ends;
    }

    /**
     * @param consumer that hands the records over.
     * @param topic    that it reads.
     * @return whether everything that was asked for is written.
     */
    boolean isDone(final Consumer consumer, final String topic)
    {
        if (count >= maxRecords)
        {
            return true;
        }
        if (null == partitions)
        {
            return false;
        }
        for (int i = 0; i < partitions.length; i++)
        {
            if (consumer.position(topic, partitions[i]) < ends[i])
            {
                return false;
            }
        }
        return true;
    }

    @Override
    public void onRecord(final TopicPartition partition, final Record record)
    {
        if (count >= maxRecords || isBehindEnd(partition.partition(), record.offset()))
        {
            return;
        }

        count++;
        if (null != separator)
        {
            put(record.buffer(), record.keyIndex(), record.keyLength());
            ensure(separator.length);
            System.arraycopy(separator, 0, bytes, length, separator.length);
            length += separator.length;
        }
        put(record.buffer(), record.valueIndex(), record.valueLength());
        if (!isRaw)
        {
            ensure(1);
            bytes[length++] = '\n';
        }
    }

    private boolean isBehindEnd(final int partition, final long offset)
    {
        if (null != partitions)
        {
            for (int i = 0; i < partitions.length; i++)
            {
                if (partitions[i] == partition)
                {
                    return offset >= ends[i];
                }
            }
        }
        return false;
    }

    private void put(final DirectBuffer buffer, final int index, final int size)
    {
        if (size > 0)
        {
            ensure(size);
            buffer.getBytes(index, bytes, length, size);
            length += size;
        }
    }

    private void ensure(final int size)
    {
        if (bytes.length - length < size)
        {
            write();
            if (bytes.length < size)
            {
                bytes = new byte[size];
            }
        }
    }

    private void write()
    {
        out.write(bytes, 0, length);
        length = 0;
        if (out.checkError())
        {
            throw new UncheckedIOException(new IOException("the reader of the output is gone"));
        }
    }

    void flush()
    {
        if (length > 0)
        {
            write();
        }
    }
}
