package io.epona.engine.log;

import org.agrona.BitUtil;

/**
 * Settings of one log, from those of its topic.
 *
 * @param segmentBytes       greatest length of a segment file: a power of two, 64 KiB to 1 GiB.
 * @param segmentMs          age of a segment's first batch at which it is left for a new one, in ms.
 * @param retentionBytes     size above which the oldest segments go, -1 for never.
 * @param retentionMs        age at which segments go, in ms, -1 for never.
 * @param maxMessageBytes    greatest length of a batch, header included; never more than a segment holds.
 * @param indexIntervalBytes log bytes between two entries of the offset index.
 * @param poolSegments       retired segment files that are kept for reuse, at most.
 * @param cleanup            what becomes of old records.
 * @param compaction         how, where only the last record of a key is kept.
 * @param flushPolicy        when the log is forced to disk.
 * @param flushIntervalMs    time within which it is, in ms, where the policy is INTERVAL.
 * @param timestampType      time that readers are told.
 */
public record LogConfig(
    int segmentBytes,
    long segmentMs,
    long retentionBytes,
    long retentionMs,
    int maxMessageBytes,
    int indexIntervalBytes,
    int poolSegments,
    CleanupPolicy cleanup,
    Compaction compaction,
    FlushPolicy flushPolicy,
    long flushIntervalMs,
    TimestampType timestampType)
{
    /**
     * How a log is compacted.
     *
     * @param deleteRetentionMs      time for which a tombstone is kept after it was compacted, in ms.
     * @param minLagMs               age below which a record is left alone, in ms.
     * @param minCleanableDirtyRatio share of the log that was not compacted yet from which on it is, 0 to 1.
     */
    public record Compaction(long deleteRetentionMs, long minLagMs, double minCleanableDirtyRatio)
    {
        public static final long DELETE_RETENTION_MS_DEFAULT = 86_400_000;
        public static final double MIN_CLEANABLE_DIRTY_RATIO_DEFAULT = 0.5;

        /**
         * The defaults.
         */
        public Compaction()
        {
            this(DELETE_RETENTION_MS_DEFAULT, 0, MIN_CLEANABLE_DIRTY_RATIO_DEFAULT);
        }
    }

    /** Least length of a segment file, and length of the first one of a log. */
    public static final int SEGMENT_BYTES_MIN = 64 * 1024;
    /** Greatest length of a segment file. */
    public static final int SEGMENT_BYTES_MAX = 1 << 30;
    public static final int SEGMENT_BYTES_DEFAULT = 1 << 30;
    public static final long SEGMENT_MS_DEFAULT = 604_800_000;
    public static final long RETENTION_BYTES_DEFAULT = -1;
    public static final long RETENTION_MS_DEFAULT = 604_800_000;
    public static final long FLUSH_INTERVAL_MS_DEFAULT = 1000;
    public static final int MAX_MESSAGE_BYTES_DEFAULT = 128 * 1024;
    public static final int INDEX_INTERVAL_BYTES_DEFAULT = 4096;
    /** Least log bytes between two entries of an index. */
    public static final int INDEX_INTERVAL_BYTES_MIN = 1024;
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
        if (retentionMs < -1)
        {
            throw new IllegalArgumentException("retention.ms must be -1 or more: " + retentionMs);
        }
        if (segmentMs < 1)
        {
            throw new IllegalArgumentException("segment.ms must be at least 1: " + segmentMs);
        }
        if (flushIntervalMs < 1)
        {
            throw new IllegalArgumentException("flush.interval.ms must be at least 1: " + flushIntervalMs);
        }
        if (maxMessageBytes < 1024)
        {
            throw new IllegalArgumentException("max.message.bytes must be at least 1024: " + maxMessageBytes);
        }
        if (indexIntervalBytes < INDEX_INTERVAL_BYTES_MIN)
        {
            throw new IllegalArgumentException("index.interval.bytes must be at least 1024: " + indexIntervalBytes);
        }
        if (poolSegments < 0)
        {
            throw new IllegalArgumentException("pool of segments must not be negative: " + poolSegments);
        }
    }

    /**
     * Everything else as by default.
     *
     * @param segmentBytes    greatest length of a segment file.
     * @param retentionBytes  size above which the oldest segments go, -1 for never.
     * @param maxMessageBytes greatest length of a batch.
     */
    public LogConfig(final int segmentBytes, final long retentionBytes, final int maxMessageBytes)
    {
        this(
            segmentBytes,
            SEGMENT_MS_DEFAULT,
            retentionBytes,
            RETENTION_MS_DEFAULT,
            maxMessageBytes,
            INDEX_INTERVAL_BYTES_DEFAULT,
            POOL_SEGMENTS_DEFAULT,
            CleanupPolicy.DELETE,
            new Compaction(),
            FlushPolicy.NONE,
            FLUSH_INTERVAL_MS_DEFAULT,
            TimestampType.CREATE_TIME);
    }

    /**
     * The defaults.
     */
    public LogConfig()
    {
        this(SEGMENT_BYTES_DEFAULT, RETENTION_BYTES_DEFAULT, MAX_MESSAGE_BYTES_DEFAULT);
    }

    /**
     * @param policy   what becomes of old records.
     * @param how      they are compacted, where they are.
     * @param maxAgeMs age at which segments go, in ms, -1 for never.
     * @return these settings with that instead.
     */
    public LogConfig withCleanup(final CleanupPolicy policy, final Compaction how, final long maxAgeMs)
    {
        return new LogConfig(
            segmentBytes, segmentMs, retentionBytes, maxAgeMs, maxMessageBytes, indexIntervalBytes, poolSegments,
            policy, how, flushPolicy, flushIntervalMs, timestampType);
    }

    /**
     * @param policy     when the log is forced to disk.
     * @param intervalMs within which it is, where the policy is INTERVAL.
     * @return these settings with that instead.
     */
    public LogConfig withFlush(final FlushPolicy policy, final long intervalMs)
    {
        return new LogConfig(
            segmentBytes, segmentMs, retentionBytes, retentionMs, maxMessageBytes, indexIntervalBytes, poolSegments,
            cleanup, compaction, policy, intervalMs, timestampType);
    }

    /**
     * @param maxAgeMs age of a segment's first batch at which it is left, in ms.
     * @param type     time that readers are told.
     * @return these settings with that instead.
     */
    public LogConfig withTimes(final long maxAgeMs, final TimestampType type)
    {
        return new LogConfig(
            segmentBytes, maxAgeMs, retentionBytes, retentionMs, maxMessageBytes, indexIntervalBytes, poolSegments,
            cleanup, compaction, flushPolicy, flushIntervalMs, type);
    }
}
