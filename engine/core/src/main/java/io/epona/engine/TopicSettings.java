package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.log.CleanupPolicy;
import io.epona.engine.log.FlushPolicy;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.TimestampType;

import java.util.Arrays;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * The settings of a topic's partitions, checked: those of {@link Setting} that a topic may have. Immutable: any thread.
 */
public final class TopicSettings
{
    /** A segment begins with a page that holds its header. */
    static final int SEGMENT_HEADER_LENGTH = 4096;

    private static final String ORIGIN = "topic setting";
    private static final Setting[] SETTINGS = Setting.values();

    private final long[] values;

    private TopicSettings(final long[] values)
    {
        this.values = values;
    }

    /**
     * @return the settings of topics that have none of their own, where nothing is configured.
     */
    public static TopicSettings defaults()
    {
        return defaults((setting) -> setting.number(setting.defaultValue(), ORIGIN));
    }

    /**
     * @param source of the value of each setting, as {@link Setting} counts it.
     * @return the settings of topics that have none of their own.
     */
    static TopicSettings defaults(final ToLongFunction<Setting> source)
    {
        final long[] values = new long[SETTINGS.length];
        for (final Setting setting : SETTINGS)
        {
            if (setting.isOfTopic())
            {
                values[setting.ordinal()] = source.applyAsLong(setting);
            }
        }

        return new TopicSettings(values);
    }

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
        final long[] values = defaults.values.clone();
        for (final Map.Entry<String, String> entry : overrides.entrySet())
        {
            final Setting setting = topicSetting(entry.getKey());
            values[setting.ordinal()] = setting.number(entry.getValue(), ORIGIN);
        }

        final int maxMessage = Setting.MAX_MESSAGE_BYTES.ordinal();
        final long segmentBytes = values[Setting.SEGMENT_BYTES.ordinal()];
        final long room = segmentBytes - SEGMENT_HEADER_LENGTH;
        if (values[maxMessage] > defaults.values[maxMessage])
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG,
                "max.message.bytes=" + values[maxMessage] + " (topic setting) is above the broker's " +
                defaults.values[maxMessage] + ": lower it, or raise " + Setting.MAX_MESSAGE_BYTES.propertyName());
        }
        if (values[maxMessage] > room)
        {
            if (overrides.containsKey(Setting.MAX_MESSAGE_BYTES.settingName()))
            {
                throw new EngineException(
                    ResultCode.INVALID_CONFIG,
                    "max.message.bytes=" + values[maxMessage] + " does not fit into segment.bytes=" + segmentBytes +
                    " less the segment's header of " + SEGMENT_HEADER_LENGTH + ": raise segment.bytes");
            }
            values[maxMessage] = room;
        }

        return new TopicSettings(values);
    }

    /**
     * @param setting that a topic may have.
     * @return its value: bytes, ms, the place of a word among its choices, or millionths of a ratio.
     */
    public long value(final Setting setting)
    {
        if (!setting.isOfTopic())
        {
            throw new IllegalArgumentException(setting.settingName() + " is no setting of a topic");
        }

        return values[setting.ordinal()];
    }

    /**
     * @return the settings of each partition's log.
     */
    public LogConfig logConfig()
    {
        return new LogConfig(
            (int)value(Setting.SEGMENT_BYTES),
            value(Setting.SEGMENT_MS),
            value(Setting.RETENTION_BYTES),
            value(Setting.RETENTION_MS),
            (int)value(Setting.MAX_MESSAGE_BYTES),
            (int)value(Setting.INDEX_INTERVAL_BYTES),
            LogConfig.POOL_SEGMENTS_DEFAULT,
            CleanupPolicy.values()[(int)value(Setting.CLEANUP_POLICY)],
            new LogConfig.Compaction(
                value(Setting.DELETE_RETENTION_MS),
                value(Setting.MIN_COMPACTION_LAG_MS),
                (double)value(Setting.MIN_CLEANABLE_DIRTY_RATIO) / Setting.RATIO_ONE),
            FlushPolicy.values()[(int)value(Setting.FLUSH_POLICY)],
            value(Setting.FLUSH_INTERVAL_MS),
            TimestampType.values()[(int)value(Setting.MESSAGE_TIMESTAMP_TYPE)]);
    }

    @Override
    public boolean equals(final Object other)
    {
        return other instanceof TopicSettings && Arrays.equals(values, ((TopicSettings)other).values);
    }

    @Override
    public int hashCode()
    {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString()
    {
        final StringBuilder text = new StringBuilder();
        for (final Setting setting : SETTINGS)
        {
            if (setting.isOfTopic())
            {
                text.append(setting.settingName()).append('=').append(values[setting.ordinal()]).append(' ');
            }
        }

        return text.toString().trim();
    }

    private static Setting topicSetting(final String name)
    {
        for (final Setting setting : SETTINGS)
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
