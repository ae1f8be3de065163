package io.epona.engine.log;

import org.agrona.BitUtil;

/**
 * How far ahead of the log end memory is to be prepared: four of the largest batches that found no room, or what
 * is appended in a second up to {@value #LENGTH_OF_SECOND_MAX} bytes, or what is appended in 100 ms, whichever is
 * most, and at least 64 KiB. A second, because the housekeeper also writes files that are small and seldom but
 * synced, and on a journalling file system such a sync waits for whatever else is being written: up to some
 * hundred milliseconds. Owned by the housekeeper.
 */
final class Runway
{
    static final int LENGTH_MIN = 64 * 1024;
    private static final int LENGTH_MAX = 256 * 1024 * 1024;
    private static final int BATCHES = 4;
    private static final long INTERVAL_NS = 50_000_000;
    private static final int INTERVALS_AHEAD = 2;
    private static final int INTERVALS_OF_SECOND = 20;
    private static final int LENGTH_OF_SECOND_MAX = 64 * 1024 * 1024;

    private long intervalBeganNs;
    private long intervalBeganPosition;
    private long lastIntervalBytes;

    Runway(final long nowNs)
    {
        intervalBeganNs = nowNs;
    }

    /**
     * How far to prepare now. While the rate rises this doubles with every call; it is never more than twice what was
     * really appended within 50 ms, so that a short burst does not take space for a long one; a whole second's worth is
     * taken only of a rate that has held for 50 ms.
     *
     * @param nowNs        epoch ns.
     * @param position     bytes appended.
     * @param wantedLength of a batch for which there was no room, 0 for none.
     * @return bytes to prepare ahead of the log end.
     */
    int update(final long nowNs, final long position, final int wantedLength)
    {
        final long elapsedNs = nowNs - intervalBeganNs;
        final long bytes = position - intervalBeganPosition;
        if (elapsedNs >= INTERVAL_NS)
        {
            lastIntervalBytes = (long)(bytes * ((double)INTERVAL_NS / elapsedNs));
            intervalBeganNs = nowNs;
            intervalBeganPosition = position;
        }

        final long recent = Math.max(bytes, lastIntervalBytes);
        final long second = Math.min(lastIntervalBytes * INTERVALS_OF_SECOND, LENGTH_OF_SECOND_MAX);
        final long wanted = Math.max((long)wantedLength * BATCHES, Math.max(recent * INTERVALS_AHEAD, second));
        return (int)Math.max(LENGTH_MIN, Math.min(LENGTH_MAX, wanted));
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
