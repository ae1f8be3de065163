package io.epona.broker.replication;

import io.epona.transport.Streams;

/**
 * The two streams to each other broker. Each has a port of its own: the Java driver takes one datagram from each socket
 * in a cycle.
 */
enum StreamKind
{
    DATA(Streams.REPLICATION_DATA_BASE, Streams.REPLICATION_DATA_PORT_OFFSET)
    {
        @Override
        int termLength(final LinkSizes sizes)
        {
            return sizes.dataTermLength();
        }

        @Override
        int windowLength(final LinkSizes sizes)
        {
            return sizes.dataWindowLength();
        }

        @Override
        int mtu(final LinkSizes sizes)
        {
            return sizes.mtu();
        }

        @Override
        int maxLength(final LinkSizes sizes)
        {
            return sizes.maxDataLength();
        }
    },
    CONTROL(Streams.REPLICATION_CONTROL_BASE, Streams.REPLICATION_CONTROL_PORT_OFFSET)
    {
        @Override
        int termLength(final LinkSizes sizes)
        {
            return LinkSizes.CONTROL_TERM_LENGTH;
        }

        @Override
        int windowLength(final LinkSizes sizes)
        {
            return sizes.controlWindowLength();
        }

        @Override
        int mtu(final LinkSizes sizes)
        {
            return sizes.controlMtu();
        }

        @Override
        int maxLength(final LinkSizes sizes)
        {
            return sizes.maxControlLength();
        }
    };

    private final int baseStream;
    private final int portOffset;

    StreamKind(final int baseStream, final int portOffset)
    {
        this.baseStream = baseStream;
        this.portOffset = portOffset;
    }

    int stream(final int shard)
    {
        return baseStream + shard;
    }

    int portOffset()
    {
        return portOffset;
    }

    abstract int termLength(LinkSizes sizes);

    abstract int windowLength(LinkSizes sizes);

    abstract int mtu(LinkSizes sizes);

    /** Of a message. */
    abstract int maxLength(LinkSizes sizes);
}
