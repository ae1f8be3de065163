package io.epona.engine.log;

import org.agrona.BitUtil;

/**
 * How far ahead of the log end memory is to be prepared: four of the largest batches that found no room, or what is
 * appended in 100 ms, whichever is more, and at least 64 KiB. Owned by the housekeeper.
 */
final class Runway
{
    static final int LENGTH_MIN = 64 * 1024;
    private static final int LENGTH_MAX = 256 * 1024 * 1024;
    private static final int BATCHES = 4;
    private static final long MEASURE_INTERVAL_NS = 1_000_000;
    private static final long AHEAD_PER_SECOND = 10;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private long measuredAtNs;
    private long measuredPosition;
    private long bytesPerSecond;
    private int length = LENGTH_MIN;

    Runway(final long nowNs)
    {
        measuredAtNs = nowNs;
    }

    /**
     * @param nowNs        epoch ns.
     * @param position     bytes appended.
     * @param wantedLength of a batch for which there was no room, 0 for none.
     * @return bytes to prepare ahead of the log end.
     */
    int update(final long nowNs, final long position, final int wantedLength)
    {
        final long elapsedNs = nowNs - measuredAtNs;
        if (elapsedNs >= MEASURE_INTERVAL_NS)
        {
            final double rate = (position - measuredPosition) * (double)NS_PER_SECOND / elapsedNs;
            // A fast rise, a slow fall: bursts come again.
            bytesPerSecond = Math.max((long)rate, bytesPerSecond - (bytesPerSecond >> 6));
            measuredAtNs = nowNs;
            measuredPosition = position;
        }

        final long wanted = Math.max((long)wantedLength * BATCHES, bytesPerSecond / AHEAD_PER_SECOND);
        length = (int)Math.max(LENGTH_MIN, Math.min(LENGTH_MAX, wanted));

        return length;
    }

    /**
     * Length of the segment file to follow one of a given length.
     */
    static int nextSegmentLength(final int currentLength, final LogConfig config)
    {
        final int longestBatch =
            Math.min(config.maxMessageBytes(), config.segmentBytes() - SegmentDescriptor.HEADER_LENGTH);
        final int fitting = BitUtil.findNextPositivePowerOfTwo(longestBatch + SegmentDescriptor.HEADER_LENGTH);
        final long doubled = 2L * currentLength;
        return (int)Math.min(config.segmentBytes(), Math.max(doubled, fitting));
    }
}
