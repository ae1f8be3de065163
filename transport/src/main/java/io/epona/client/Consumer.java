package io.epona.client;

import java.time.Duration;
import java.util.List;

/**
 * Reads records.
 */
public final class Consumer implements AutoCloseable
{
    Consumer()
    {
    }

    /**
     * Where a consumer begins when it has no position.
     */
    public enum StartAt
    {
        /** At the log start. */
        EARLIEST,
        /** At the high watermark. */
        LATEST,
        /** Nowhere: a position out of range is an error. */
        NONE
    }

    public void assign(final String topic, final int... partitions)
    {
        throw new UnsupportedOperationException();
    }

    public void seek(final String topic, final int partition, final long offset)
    {
        throw new UnsupportedOperationException();
    }

    public void seekToEarliest(final String topic, final int partition)
    {
        throw new UnsupportedOperationException();
    }

    public void seekToLatest(final String topic, final int partition)
    {
        throw new UnsupportedOperationException();
    }

    public int poll(final ConsumerHandler handler, final int limit)
    {
        throw new UnsupportedOperationException();
    }

    public List<ConsumerRecord> poll(final Duration timeout)
    {
        throw new UnsupportedOperationException();
    }

    public long position(final String topic, final int partition)
    {
        throw new UnsupportedOperationException();
    }

    public long endOffset(final String topic, final int partition)
    {
        throw new UnsupportedOperationException();
    }

    public long beginningOffset(final String topic, final int partition)
    {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close()
    {
    }

    /**
     * Settings of a consumer.
     */
    public static final class Context
    {
        public Context startAt(final StartAt startAt)
        {
            return this;
        }

        public Context verifyCrc(final boolean isVerifyCrc)
        {
            return this;
        }
    }
}
