package io.epona.transport;

import org.agrona.BitUtil;

/**
 * How much of a stream may be on its way over UDP, and the socket buffer that holds it: two of the longest messages,
 * 512 KiB at least, as far as term and system allow. Immutable; any thread.
 *
 * @param length             of the receiver's window in bytes, a multiple of 32.
 * @param socketBufferLength no less than the window.
 */
public record UdpWindow(int length, int socketBufferLength)
{
    /** Before the payload of each fragment; fragments are aligned to it. */
    public static final int FRAME_HEADER_LENGTH = 32;
    /** Shortest datagram that can be chosen. */
    public static final int MIN_MTU = 512;
    /** Longest datagram that there can be. */
    public static final int MAX_MTU = 65504;

    private static final int MAX_SOCKET_BUFFER_LENGTH = 4 * 1024 * 1024;
    private static final int MIN_LENGTH = 512 * 1024;

    /**
     * Look at a datagram size.
     *
     * @param mtu longest fragment with its header.
     * @throws IllegalArgumentException where it cannot be chosen.
     */
    public static void checkMtu(final int mtu)
    {
        if (mtu < MIN_MTU || mtu > MAX_MTU || 0 != (mtu & (FRAME_HEADER_LENGTH - 1)))
        {
            throw new IllegalArgumentException(
                "mtu must be a multiple of 32 from " + MIN_MTU + " to " + MAX_MTU + ": " + mtu);
        }
    }

    /**
     * Room that a message needs: all its fragments, and one more that is on its way.
     *
     * @param length of the message.
     * @param mtu    of the stream.
     * @return bytes.
     */
    public static int framedLength(final int length, final int mtu)
    {
        final int payload = mtu - FRAME_HEADER_LENGTH;
        final int full = length / payload;
        final int rest = length % payload;
        final int last = rest > 0 ? BitUtil.align(rest + FRAME_HEADER_LENGTH, FRAME_HEADER_LENGTH) : 0;

        return full * mtu + last + mtu;
    }

    /**
     * Derive the sizes.
     *
     * @param framedLength          room that the longest message needs.
     * @param termLength            of the stream.
     * @param maxSocketBufferLength that the system allows.
     * @param maxMessageBytes       of which the room follows, for the refusal.
     * @param mtu                   of the stream, for the refusal.
     * @param use                   of the stream, for the refusal: empty or as {@code " for replication"}.
     * @return the sizes.
     * @throws IllegalArgumentException where the system's socket buffers cannot hold a message; the text has the
     *                                  remedy.
     */
    public static UdpWindow derive(
        final int framedLength,
        final int termLength,
        final int maxSocketBufferLength,
        final int maxMessageBytes,
        final int mtu,
        final String use)
    {
        final int wanted = BitUtil.align(Math.max(MIN_LENGTH, 2 * framedLength), FRAME_HEADER_LENGTH);
        final int socketBufferLength = Math.min(maxSocketBufferLength, Math.max(MAX_SOCKET_BUFFER_LENGTH, wanted));
        final int length = Math.min(Math.min(wanted, termLength / 2), socketBufferLength) & -FRAME_HEADER_LENGTH;
        if (length < framedLength)
        {
            throw new IllegalArgumentException(
                "max.message.bytes=" + maxMessageBytes + " with mtu=" + mtu + " needs a socket buffer of " +
                framedLength + " bytes" + use + ", the system allows " + maxSocketBufferLength +
                ": lower max.message.bytes, or run: sysctl -w net.core.rmem_max=" + wanted +
                " net.core.wmem_max=" + wanted);
        }

        return new UdpWindow(length, socketBufferLength);
    }
}
