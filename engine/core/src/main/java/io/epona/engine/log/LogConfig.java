package io.epona.engine.log;

import org.agrona.BitUtil;

/**
 * Settings of one log, from those of its topic.
 *
 * @param segmentBytes       greatest length of a segment file: a power of two, 64 KiB to 1 GiB.
 * @param retentionBytes     size above which the oldest segments go, -1 for never.
 * @param maxMessageBytes    greatest length of a batch, header included; never more than a segment holds.
 * @param indexIntervalBytes log bytes between two entries of the offset index.
 * @param poolSegments       retired segment files that are kept for reuse, at most.
 */
public record LogConfig(
    int segmentBytes, long retentionBytes, int maxMessageBytes, int indexIntervalBytes, int poolSegments)
{
    /** Least length of a segment file, and length of the first one of a log. */
    public static final int SEGMENT_BYTES_MIN = 64 * 1024;
    /** Greatest length of a segment file. */
    public static final int SEGMENT_BYTES_MAX = 1 << 30;
    public static final int SEGMENT_BYTES_DEFAULT = 1 << 30;
    public static final long RETENTION_BYTES_DEFAULT = -1;
    public static final int MAX_MESSAGE_BYTES_DEFAULT = 128 * 1024;
    public static final int INDEX_INTERVAL_BYTES_DEFAULT = 4096;
    public static final int POOL_SEGMENTS_DEFAULT = 2;

    /**
     * Check the settings against each other.
     */
    public LogConfig
    {
        if (!BitUtil.isPowerOfTwo(segmentBytes) || segmentBytes < SEGMENT_BYTES_MIN || segmentBytes > SEGMENT_BYTES_MAX)
        {
            throw new IllegalArgumentException(
                "segment.bytes must be a power of two from 65536 to 1073741824: " + segmentBytes);
        }
        if (retentionBytes < -1)
        {
            throw new IllegalArgumentException("retention.bytes must be -1 or more: " + retentionBytes);
        }
        if (maxMessageBytes < 1024)
        {
            throw new IllegalArgumentException("max.message.bytes must be at least 1024: " + maxMessageBytes);
        }
        if (indexIntervalBytes < 1024)
        {
            throw new IllegalArgumentException("index.interval.bytes must be at least 1024: " + indexIntervalBytes);
        }
        if (poolSegments < 0)
        {
            throw new IllegalArgumentException("pool of segments must not be negative: " + poolSegments);
        }
    }

    /**
     * @param segmentBytes    greatest length of a segment file.
     * @param retentionBytes  size above which the oldest segments go, -1 for never.
     * @param maxMessageBytes greatest length of a batch.
     */
    public LogConfig(final int segmentBytes, final long retentionBytes, final int maxMessageBytes)
    {
        this(segmentBytes, retentionBytes, maxMessageBytes, INDEX_INTERVAL_BYTES_DEFAULT, POOL_SEGMENTS_DEFAULT);
    }

    /**
     * The defaults.
     */
    public LogConfig()
    {
        this(SEGMENT_BYTES_DEFAULT, RETENTION_BYTES_DEFAULT, MAX_MESSAGE_BYTES_DEFAULT);
    }
}
