package io.epona.broker.replication;

import io.epona.codecs.replication.AppendBatchesEncoder;
import io.epona.codecs.replication.MessageHeaderEncoder;
import io.epona.transport.UdpWindow;
import org.agrona.BitUtil;

/**
 * Buffer sizes of the streams between brokers, derived from the one size that is chosen, the longest message of a
 * client. The longest message between brokers has a range of batches, or one batch as long as is accepted, behind its
 * head. A window holds two such messages, as {@link UdpWindow} says; a term is eight times as long.
 * <p>
 * Immutable; any thread.
 */
public final class LinkSizes
{
    /** Longest range of batches that a leader sends at once, unless a single batch is longer. */
    public static final int RANGE_LENGTH = 128 * 1024;
    /** What stands before the batches. */
    public static final int HEAD_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + AppendBatchesEncoder.BLOCK_LENGTH;
    /** Of control streams: a message is an eighth of it at most. */
    public static final int CONTROL_TERM_LENGTH = 256 * 1024;

    private static final int MIN_DATA_TERM_LENGTH = 1024 * 1024;
    private static final int MAX_CONTROL_MTU = 8192;
    private static final int LOG_TERMS = 3;
    private static final int LOG_META_LENGTH = 4096;

    private final int maxDataLength;
    private final int mtu;
    private final int dataTermLength;
    private final int socketBufferLength;
    private final int dataWindowLength;
    private final int controlWindowLength;

    private LinkSizes(
        final int maxDataLength,
        final int mtu,
        final int dataTermLength,
        final int socketBufferLength,
        final int dataWindowLength,
        final int controlWindowLength)
    {
        this.maxDataLength = maxDataLength;
        this.mtu = mtu;
        this.dataTermLength = dataTermLength;
        this.socketBufferLength = socketBufferLength;
        this.dataWindowLength = dataWindowLength;
        this.controlWindowLength = controlWindowLength;
    }

    /**
     * Derive the sizes.
     *
     * @param maxMessageBytes       longest message of a client, from 1 KiB to 2 MiB: no batch is longer.
     * @param mtu                   longest fragment with its header, a multiple of 32: as for the lanes.
     * @param maxSocketBufferLength that the system allows.
     * @return the sizes.
     * @throws IllegalArgumentException where the system's socket buffers cannot hold a message; the text has the
     *                                  remedy.
     */
    public static LinkSizes derive(final int maxMessageBytes, final int mtu, final int maxSocketBufferLength)
    {
        UdpWindow.checkMtu(mtu);
        final int maxDataLength = Math.max(maxMessageBytes, RANGE_LENGTH) + HEAD_LENGTH;
        final int termLength = Math.max(
            Math.max(MIN_DATA_TERM_LENGTH, BitUtil.findNextPositivePowerOfTwo(8 * maxDataLength)),
            BitUtil.findNextPositivePowerOfTwo(8 * mtu));
        final UdpWindow window = UdpWindow.derive(
            UdpWindow.framedLength(maxDataLength, mtu),
            termLength,
            maxSocketBufferLength,
            maxMessageBytes,
            mtu,
            " for replication");

        return new LinkSizes(
            maxDataLength,
            mtu,
            termLength,
            window.socketBufferLength(),
            window.length(),
            Math.min(CONTROL_TERM_LENGTH / 2, window.socketBufferLength()) & -UdpWindow.FRAME_HEADER_LENGTH);
    }

    /**
     * @return longest message with batches, its head included.
     */
    public int maxDataLength()
    {
        return maxDataLength;
    }

    /**
     * @return longest message of the other kinds.
     */
    public int maxControlLength()
    {
        return CONTROL_TERM_LENGTH / 8;
    }

    /**
     * @return longest fragment of data, frame header included.
     */
    public int mtu()
    {
        return mtu;
    }

    /**
     * @return longest fragment of the other kinds, frame header included.
     */
    public int controlMtu()
    {
        return Math.min(mtu, MAX_CONTROL_MTU);
    }

    /**
     * @return term length of data streams.
     */
    public int dataTermLength()
    {
        return dataTermLength;
    }

    /**
     * @return socket buffers to ask for, in bytes.
     */
    public int socketBufferLength()
    {
        return socketBufferLength;
    }

    /**
     * @return receive window of data streams in bytes.
     */
    public int dataWindowLength()
    {
        return dataWindowLength;
    }

    /**
     * @return receive window of control streams in bytes.
     */
    public int controlWindowLength()
    {
        return controlWindowLength;
    }

    /**
     * Shared memory that the streams to one other broker, and from it, can come to use: the logs of what is sent and
     * of what is received. For a moment there may be twice as much, after a reconnect.
     *
     * @return bytes.
     */
    public long sharedMemoryLength()
    {
        return 2L * ((long)LOG_TERMS * (dataTermLength + CONTROL_TERM_LENGTH) + 2 * LOG_META_LENGTH);
    }
}
