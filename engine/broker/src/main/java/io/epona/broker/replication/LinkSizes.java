package io.epona.broker.replication;

import io.epona.codecs.replication.AppendBatchesEncoder;
import io.epona.codecs.replication.MessageHeaderEncoder;
import org.agrona.BitUtil;

/**
 * Buffer sizes of the streams between brokers, derived from the one size that is chosen, the longest message of a
 * client. The longest message between brokers has a range of batches, or one batch as long as is accepted, behind its
 * head. The rules are those of the lanes: a window holds two such messages, the socket buffer a window, where the
 * system allows it; a term is eight times as long.
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
    private static final int MIN_WINDOW_LENGTH = 512 * 1024;
    private static final int MAX_SOCKET_BUFFER_LENGTH = 4 * 1024 * 1024;
    private static final int MAX_CONTROL_MTU = 8192;
    private static final int MIN_MTU = 512;
    private static final int MAX_MTU = 65504;
    private static final int FRAME_HEADER_LENGTH = 32;
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
        if (mtu < MIN_MTU || mtu > MAX_MTU || 0 != (mtu & (FRAME_HEADER_LENGTH - 1)))
        {
            throw new IllegalArgumentException(
                "mtu must be a multiple of 32 from " + MIN_MTU + " to " + MAX_MTU + ": " + mtu);
        }

        final int maxDataLength = Math.max(maxMessageBytes, RANGE_LENGTH) + HEAD_LENGTH;
        final int termLength = Math.max(
            Math.max(MIN_DATA_TERM_LENGTH, BitUtil.findNextPositivePowerOfTwo(8 * maxDataLength)),
            BitUtil.findNextPositivePowerOfTwo(8 * mtu));
        final int framedLength = framedLength(maxDataLength, mtu) + mtu;
        final int wanted = BitUtil.align(Math.max(MIN_WINDOW_LENGTH, 2 * framedLength), FRAME_HEADER_LENGTH);
        final int socketBufferLength = Math.min(maxSocketBufferLength, Math.max(MAX_SOCKET_BUFFER_LENGTH, wanted));
        final int windowLength =
            Math.min(Math.min(wanted, termLength / 2), socketBufferLength) & -FRAME_HEADER_LENGTH;
        if (windowLength < framedLength)
        {
            throw new IllegalArgumentException(
                "max.message.bytes=" + maxMessageBytes + " with mtu=" + mtu +
                " needs a socket buffer of " + framedLength + " bytes for replication, the system allows " +
                maxSocketBufferLength + ": lower max.message.bytes, or run: sysctl -w net.core.rmem_max=" + wanted +
                " net.core.wmem_max=" + wanted);
        }

        return new LinkSizes(
            maxDataLength,
            mtu,
            termLength,
            socketBufferLength,
            windowLength,
            Math.min(CONTROL_TERM_LENGTH / 2, socketBufferLength) & -FRAME_HEADER_LENGTH);
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

    private static int framedLength(final int length, final int mtu)
    {
        final int payload = mtu - FRAME_HEADER_LENGTH;
        final int full = length / payload;
        final int rest = length % payload;
        return full * mtu + (rest > 0 ? BitUtil.align(rest + FRAME_HEADER_LENGTH, FRAME_HEADER_LENGTH) : 0);
    }
}
