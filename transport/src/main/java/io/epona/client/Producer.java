package io.epona.client;

import org.agrona.DirectBuffer;

/**
 * Sends records.
 */
public final class Producer implements AutoCloseable
{
    Producer()
    {
    }

    public Topic topic(final String name)
    {
        throw new UnsupportedOperationException();
    }

    public long send(
        final Topic topic, final int partition, final DirectBuffer value, final int index, final int length)
    {
        throw new UnsupportedOperationException();
    }

    public long send(
        final Topic topic,
        final int partition,
        final long timestampNs,
        final DirectBuffer key,
        final int keyIndex,
        final int keyLength,
        final DirectBuffer value,
        final int valueIndex,
        final int valueLength)
    {
        throw new UnsupportedOperationException();
    }

    public long sendKeyed(
        final Topic topic,
        final DirectBuffer key,
        final int keyIndex,
        final int keyLength,
        final DirectBuffer value,
        final int valueIndex,
        final int valueLength)
    {
        throw new UnsupportedOperationException();
    }

    public long send(final Topic topic, final byte[] key, final byte[] value)
    {
        throw new UnsupportedOperationException();
    }

    public long tryClaim(
        final Topic topic, final int partition, final int keyLength, final int valueLength, final RecordClaim claim)
    {
        throw new UnsupportedOperationException();
    }

    public long tryClaim(
        final Topic topic,
        final int partition,
        final long timestampNs,
        final int keyLength,
        final int valueLength,
        final RecordClaim claim)
    {
        throw new UnsupportedOperationException();
    }

    public int poll()
    {
        throw new UnsupportedOperationException();
    }

    public int flush()
    {
        throw new UnsupportedOperationException();
    }

    public long unacked()
    {
        throw new UnsupportedOperationException();
    }

    public boolean awaitAcks(final long timeoutNs)
    {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close()
    {
    }

    /**
     * Settings of a producer.
     */
    public static final class Context
    {
        public Context acks(final int acks)
        {
            return this;
        }

        public Context acks(final String acks)
        {
            return this;
        }

        public Context lingerNs(final long lingerNs)
        {
            return this;
        }

        public Context batchSize(final int batchSize)
        {
            return this;
        }

        public Context maxBatchesInFlight(final int maxBatchesInFlight)
        {
            return this;
        }

        public Context requestTimeoutNs(final long requestTimeoutNs)
        {
            return this;
        }

        public Context onAck(final AckHandler onAck)
        {
            return this;
        }
    }
}
