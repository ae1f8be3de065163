package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.log.LogConfig;

import java.util.Map;

/**
 * The settings of a topic's partitions, checked. Immutable: any thread.
 *
 * @param segmentBytes       size that segments double up to, a power of two.
 * @param retentionBytes     size that a partition's log is kept below, by whole segments; -1 for no limit.
 * @param maxMessageBytes    longest batch, header included.
 * @param indexIntervalBytes bytes of log between two entries of the offset index.
 */
public record TopicSettings(int segmentBytes, long retentionBytes, int maxMessageBytes, int indexIntervalBytes)
{
    /** The one flush policy there is: the operating system writes when it likes, sealed segments are synced. */
    public static final String FLUSH_POLICY_NONE = "none";

    /** A segment begins with a page that holds its header. */
    static final int SEGMENT_HEADER_LENGTH = 4096;

    private static final String ORIGIN = "topic setting";

    /**
     * Lay the settings of a topic over the defaults.
     *
     * @param overrides given for the topic, by name.
     * @param defaults  of the engine.
     * @return what holds for the topic.
     * @throws EngineException INVALID_CONFIG naming the nearest valid setting for an unknown one, and the range for a
     *                         value outside of it.
     */
    public static TopicSettings of(final Map<String, String> overrides, final TopicSettings defaults)
    {
        long segmentBytes = defaults.segmentBytes;
        long retentionBytes = defaults.retentionBytes;
        long indexIntervalBytes = defaults.indexIntervalBytes;
        long maxMessageBytes = -1;

        for (final Map.Entry<String, String> entry : overrides.entrySet())
        {
            final Setting setting = topicSetting(entry.getKey());
            final String value = entry.getValue();
            switch (setting)
            {
                case SEGMENT_BYTES -> segmentBytes = setting.number(value, ORIGIN);
                case RETENTION_BYTES -> retentionBytes = setting.number(value, ORIGIN);
                case MAX_MESSAGE_BYTES -> maxMessageBytes = setting.number(value, ORIGIN);
                case INDEX_INTERVAL_BYTES -> indexIntervalBytes = setting.number(value, ORIGIN);
                default -> checkFlushPolicy(value, ORIGIN);
            }
        }

        final long room = segmentBytes - SEGMENT_HEADER_LENGTH;
        if (maxMessageBytes > defaults.maxMessageBytes)
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG,
                "max.message.bytes=" + maxMessageBytes + " (topic setting) is above the broker's " +
                defaults.maxMessageBytes + ": lower it, or raise " + Setting.MAX_MESSAGE_BYTES.propertyName());
        }
        if (maxMessageBytes > room)
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG,
                "max.message.bytes=" + maxMessageBytes + " does not fit into segment.bytes=" + segmentBytes +
                " less the segment's header of " + SEGMENT_HEADER_LENGTH + ": raise segment.bytes");
        }

        return new TopicSettings(
            (int)segmentBytes,
            retentionBytes,
            (int)(-1 == maxMessageBytes ? Math.min(defaults.maxMessageBytes, room) : maxMessageBytes),
            (int)indexIntervalBytes);
    }

    LogConfig logConfig()
    {
        return new LogConfig(
            segmentBytes, retentionBytes, maxMessageBytes, indexIntervalBytes, LogConfig.POOL_SEGMENTS_DEFAULT);
    }

    static void checkFlushPolicy(final String value, final String origin)
    {
        if (!FLUSH_POLICY_NONE.equals(value))
        {
            throw Setting.FLUSH_POLICY.invalid(value, origin);
        }
    }

    private static Setting topicSetting(final String name)
    {
        for (final Setting setting : Setting.values())
        {
            if (setting.isOfTopic() && setting.settingName().equals(name))
            {
                return setting;
            }
        }

        throw new EngineException(
            ResultCode.INVALID_CONFIG,
            "unknown topic setting '" + name + "': did you mean " + Setting.nearest(name, Setting.topicNames()) +
            "? A topic takes " + String.join(", ", Setting.topicNames()));
    }
}
