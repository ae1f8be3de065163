package io.epona.transport;

import org.agrona.BitUtil;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;

/**
 * Buffer sizes of the lanes, derived from the one size that is chosen: the longest message.
 * <p>
 * Over UDP a message can only travel where the receive window holds all of it, and a window is only free of loss
 * where the socket buffer holds the window. Stock Linux allows 208 KiB of socket buffer, which is enough for messages
 * of up to about 190 KiB; beyond that {@link #udp} refuses with the command that raises the limit.
 */
public final class LaneSizes
{
    /** Longest message by default: SBE headers and batches. */
    public static final int DEFAULT_MAX_MESSAGE_LENGTH = 128 * 1024;
    /** Longest message that can be chosen. */
    public static final int MAX_MESSAGE_LENGTH = 2 * 1024 * 1024;
    /** Room that is kept for SBE headers in the longest message: a batch is at most that much shorter. */
    public static final int MESSAGE_HEADERS_LENGTH = 64;
    /** Datagram size across unknown networks. */
    public static final int NETWORK_MTU = 1408;
    /** Datagram size on loopback. */
    public static final int LOOPBACK_MTU = 8192;
    /** Fragment size in shared memory. */
    public static final int IPC_MTU = UdpWindow.MAX_MTU;
    /** Term length of lanes that carry only small messages. */
    public static final int SMALL_TERM_LENGTH = 64 * 1024;
    /** Term length of control responses: metadata of many topics is one message of up to an eighth of it. */
    public static final int CONTROL_RESPONSE_TERM_LENGTH = 1024 * 1024;

    private static final int UDP_DATA_TERM_LENGTH = 1024 * 1024;
    private static final int IPC_DATA_TERM_LENGTH = 4 * 1024 * 1024;
    private static final int SMALL_MTU_IPC = 8192;

    private final int maxMessageLength;
    private final int mtu;
    private final int smallMtu;
    private final int dataTermLength;
    private final int socketBufferLength;
    private final int windowLength;

    private LaneSizes(
        final int maxMessageLength,
        final int mtu,
        final int smallMtu,
        final int dataTermLength,
        final int socketBufferLength,
        final int windowLength)
    {
        this.maxMessageLength = maxMessageLength;
        this.mtu = mtu;
        this.smallMtu = smallMtu;
        this.dataTermLength = dataTermLength;
        this.socketBufferLength = socketBufferLength;
        this.windowLength = windowLength;
    }

    /**
     * Sizes for lanes in shared memory.
     *
     * @param maxMessageLength longest message, SBE headers included.
     * @return the sizes.
     */
    public static LaneSizes ipc(final int maxMessageLength)
    {
        final int termLength = Math.max(IPC_DATA_TERM_LENGTH, termLengthFor(maxMessageLength));
        return new LaneSizes(maxMessageLength, IPC_MTU, SMALL_MTU_IPC, termLength, 0, 0);
    }

    /**
     * Sizes for lanes over UDP.
     *
     * @param maxMessageLength      longest message, SBE headers included.
     * @param mtu                   of data lanes, a multiple of 32: {@link #mtuFor(String)}.
     * @param maxSocketBufferLength that the system allows: {@link #systemSocketBufferLength()}.
     * @return the sizes.
     * @throws IllegalArgumentException where the system's socket buffers cannot hold a message; the text has the
     *                                  remedy.
     */
    public static LaneSizes udp(final int maxMessageLength, final int mtu, final int maxSocketBufferLength)
    {
        UdpWindow.checkMtu(mtu);
        final int termLength = Math.max(
            Math.max(UDP_DATA_TERM_LENGTH, termLengthFor(maxMessageLength)),
            BitUtil.findNextPositivePowerOfTwo(8 * mtu));
        final int smallMtu = Math.min(mtu, NETWORK_MTU);
        final int framedLength = Math.max(
            UdpWindow.framedLength(maxMessageLength, mtu),
            UdpWindow.framedLength(CONTROL_RESPONSE_TERM_LENGTH / 8, smallMtu));
        final UdpWindow window =
            UdpWindow.derive(framedLength, termLength, maxSocketBufferLength, maxMessageLength, mtu, "");

        return new LaneSizes(
            maxMessageLength, mtu, smallMtu, termLength, window.socketBufferLength(), window.length());
    }

    /**
     * The datagram size for a host where none is asked for.
     *
     * @param host name or address.
     * @return {@link #LOOPBACK_MTU} where the host is this one by its loopback address, else {@link #NETWORK_MTU}.
     */
    public static int mtuFor(final String host)
    {
        try
        {
            return InetAddress.getByName(host).isLoopbackAddress() ? LOOPBACK_MTU : NETWORK_MTU;
        }
        catch (final UnknownHostException ignore)
        {
            // the name is reported when it is used; the small size is right everywhere
            return NETWORK_MTU;
        }
    }

    /**
     * Ask the system for a very large socket buffer and see what it gives. Opens a socket for a moment.
     *
     * @return the largest receive buffer (and send buffer) in bytes.
     */
    public static int systemSocketBufferLength()
    {
        try (DatagramChannel channel = DatagramChannel.open())
        {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, Integer.MAX_VALUE);
            channel.setOption(StandardSocketOptions.SO_SNDBUF, Integer.MAX_VALUE);
            return Math.min(
                channel.getOption(StandardSocketOptions.SO_RCVBUF), channel.getOption(StandardSocketOptions.SO_SNDBUF));
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException("cannot open a UDP socket", ex);
        }
    }

    /**
     * @return longest message, SBE headers included.
     */
    public int maxMessageLength()
    {
        return maxMessageLength;
    }

    /**
     * @param kind of lane.
     * @return longest message that may travel on it, either way.
     */
    public int maxMessageLength(final LaneKind kind)
    {
        return LaneKind.CONTROL == kind ? CONTROL_RESPONSE_TERM_LENGTH / 8 : maxMessageLength;
    }

    /**
     * @return longest batch that a message can carry in both directions.
     */
    public int maxBatchLength()
    {
        return (maxMessageLength - MESSAGE_HEADERS_LENGTH) & -8;
    }

    /**
     * @return longest fragment of a data stream, frame header included.
     */
    public int mtu()
    {
        return mtu;
    }

    /**
     * @return longest fragment of control, ack and subscribe streams, frame header included.
     */
    public int smallMtu()
    {
        return smallMtu;
    }

    /**
     * @return term length of produce and push streams.
     */
    public int dataTermLength()
    {
        return dataTermLength;
    }

    /**
     * @return socket buffers to ask for, in bytes; 0 without sockets.
     */
    public int socketBufferLength()
    {
        return socketBufferLength;
    }

    /**
     * @return receive window in bytes; 0 without sockets.
     */
    public int windowLength()
    {
        return windowLength;
    }

    /**
     * Shared memory that one end of a lane can come to use over UDP: the log of what it sends and the log of what it
     * receives. Over IPC both ends share that much.
     *
     * @param kind of lane.
     * @return bytes.
     */
    public long sharedMemoryLength(final LaneKind kind)
    {
        return switch (kind)
        {
            case CONTROL -> logLength(SMALL_TERM_LENGTH) + logLength(CONTROL_RESPONSE_TERM_LENGTH);
            case PRODUCE, CONSUME -> logLength(SMALL_TERM_LENGTH) + logLength(dataTermLength);
        };
    }

    private static long logLength(final int termLength)
    {
        return 3L * termLength + 4096;
    }

    private static int termLengthFor(final int maxMessageLength)
    {
        if (maxMessageLength < 1024 || maxMessageLength > MAX_MESSAGE_LENGTH)
        {
            throw new IllegalArgumentException(
                "max.message.bytes must be from 1024 to " + MAX_MESSAGE_LENGTH + ": " + maxMessageLength);
        }
        return BitUtil.findNextPositivePowerOfTwo(8 * maxMessageLength);
    }
}
