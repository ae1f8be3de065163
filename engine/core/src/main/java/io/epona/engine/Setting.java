package io.epona.engine;

import io.epona.codecs.ResultCode;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Every setting of the engine: name, default, range. A name is used as it stands in a properties file and in a topic's
 * configuration, and behind {@code epona.} as a system property. Immutable: any thread.
 */
public enum Setting
{
    /** Directory of the engine's data. */
    DATA_DIR("data.dir", Kind.TEXT, "./epona-data", 0, 0, false),
    /** Number of this broker in its cluster. */
    BROKER_ID("broker.id", Kind.NUMBER, "0", 0, Integer.MAX_VALUE, false),
    /** Size that segments double up to. */
    SEGMENT_BYTES("segment.bytes", Kind.POWER_OF_TWO, "1g", 64L << 10, 1L << 30, true),
    /** Size that a partition's log is kept below, by whole segments. */
    RETENTION_BYTES("retention.bytes", Kind.NUMBER_OR_NONE, "-1", 0, Long.MAX_VALUE, true),
    /** Age at which segments go. */
    RETENTION_MS("retention.ms", Kind.NUMBER_OR_NONE, "604800000", 0, Long.MAX_VALUE / 1_000_000, true),
    /** Age of a segment's first batch at which the next append begins a new one. */
    SEGMENT_MS("segment.ms", Kind.NUMBER, "604800000", 1, Long.MAX_VALUE / 1_000_000, true),
    /** What becomes of old records. */
    CLEANUP_POLICY("cleanup.policy", List.of("delete", "compact", "compact,delete"), true),
    /** Time for which a tombstone is kept after it was compacted. */
    DELETE_RETENTION_MS("delete.retention.ms", Kind.NUMBER, "86400000", 0, Long.MAX_VALUE / 1_000_000, true),
    /** Age below which compaction leaves a record alone. */
    MIN_COMPACTION_LAG_MS("min.compaction.lag.ms", Kind.NUMBER, "0", 0, Long.MAX_VALUE / 1_000_000, true),
    /** Share of a log that was not compacted yet from which on it is. */
    MIN_CLEANABLE_DIRTY_RATIO(
        "min.cleanable.dirty.ratio", Kind.RATIO, "0.5", 0, Setting.RATIO_ONE, true),
    /** Longest batch, header included. */
    MAX_MESSAGE_BYTES("max.message.bytes", Kind.NUMBER, "128k", 1L << 10, 2L << 20, true),
    /** Bytes of log between two entries of the offset index. */
    INDEX_INTERVAL_BYTES("index.interval.bytes", Kind.NUMBER, "4096", 1L << 10, 1L << 30, true),
    /** When a log is forced to disk. */
    FLUSH_POLICY("flush.policy", List.of("none", "interval", "commit"), true),
    /** Time within which what was appended is forced, where the policy is interval. */
    FLUSH_INTERVAL_MS("flush.interval.ms", Kind.NUMBER, "1000", 1, 3_600_000, true),
    /** Time of a record that readers are told. */
    MESSAGE_TIMESTAMP_TYPE("message.timestamp.type", List.of("CreateTime", "LogAppendTime"), true),
    /** Space of the file system below which appends are refused. */
    STORAGE_LOW_BYTES("storage.low.bytes", Kind.NUMBER, "256m", 0, 1L << 50, false),
    /** Threads that wait for the disk. */
    FLUSH_THREADS("flush.threads", Kind.NUMBER, "16", 1, 64, false),
    /** Memory for keys while a log is compacted. */
    LOG_CLEANER_DEDUPE_BUFFER_SIZE(
        "log.cleaner.dedupe.buffer.size", Kind.NUMBER, "128m", 1L << 20, 1L << 36, false),
    /** Partitions that one engine opens at most. */
    MAX_PARTITIONS("max.partitions", Kind.NUMBER, "10000", 1, 1_000_000, false),
    /** Topic requests that may wait for the housekeeper. */
    MAX_TOPIC_REQUESTS("max.topic.requests", Kind.NUMBER, "256", 1, 65_536, false),
    /** Time that a blocking administrative call waits. */
    ADMIN_TIMEOUT_MS("admin.timeout.ms", Kind.NUMBER, "60000", 1, 3_600_000, false);

    /** What stands before a name to make it a system property. */
    public static final String PROPERTY_PREFIX = "epona.";

    private enum Kind
    {
        TEXT, NUMBER, NUMBER_OR_NONE, POWER_OF_TWO, RATIO, CHOICE
    }

    /** A ratio is a number of millionths. */
    static final long RATIO_ONE = 1_000_000;

    private final String settingName;
    private final Kind kind;
    private final String defaultValue;
    private final long min;
    private final long max;
    private final boolean isOfTopic;
    private final List<String> choices;

    /** One of several words; the first is the default, and the number of one is its place. */
    Setting(final String settingName, final List<String> choices, final boolean isOfTopic)
    {
        this.settingName = settingName;
        this.kind = Kind.CHOICE;
        this.defaultValue = choices.get(0);
        this.min = 0;
        this.max = choices.size() - 1;
        this.isOfTopic = isOfTopic;
        this.choices = choices;
    }

    Setting(
        final String settingName,
        final Kind kind,
        final String defaultValue,
        final long min,
        final long max,
        final boolean isOfTopic)
    {
        this.settingName = settingName;
        this.kind = kind;
        this.defaultValue = defaultValue;
        this.min = min;
        this.max = max;
        this.isOfTopic = isOfTopic;
        this.choices = List.of();
    }

    /**
     * @return name in files and topic configurations, such as {@code segment.bytes}.
     */
    public String settingName()
    {
        return settingName;
    }

    /**
     * @return name of the system property, such as {@code epona.segment.bytes}.
     */
    public String propertyName()
    {
        return PROPERTY_PREFIX + settingName;
    }

    /**
     * @return value where nothing is set, in the notation of a properties file.
     */
    public String defaultValue()
    {
        return defaultValue;
    }

    /**
     * @return whether a topic may have a value of its own.
     */
    public boolean isOfTopic()
    {
        return isOfTopic;
    }

    /** Whether its value counts as a number: all but text. */
    boolean isNumber()
    {
        return Kind.TEXT != kind;
    }

    /**
     * @return values that are accepted, for people.
     */
    public String range()
    {
        return switch (kind)
        {
            case TEXT -> "a path";
            case CHOICE -> String.join(" or ", choices);
            case RATIO -> "0 to 1";
            case NUMBER_OR_NONE -> "-1 (no limit) or " + sizeText(min) + " and more";
            case POWER_OF_TWO -> "a power of two from " + sizeText(min) + " to " + sizeText(max);
            default -> sizeText(min) + " to " + sizeText(max);
        };
    }

    /**
     * @return the settings' names.
     */
    public static List<String> names()
    {
        final List<String> names = new ArrayList<>();
        for (final Setting setting : values())
        {
            names.add(setting.settingName);
        }

        return names;
    }

    /**
     * @return the names of the settings that a topic may have.
     */
    public static List<String> topicNames()
    {
        final List<String> names = new ArrayList<>();
        for (final Setting setting : values())
        {
            if (setting.isOfTopic)
            {
                names.add(setting.settingName);
            }
        }

        return names;
    }

    /**
     * The name that somebody who wrote another one most likely meant.
     *
     * @param unknown    as written.
     * @param candidates to choose from, at least one.
     * @return the candidate with the fewest letters to change.
     */
    public static String nearest(final String unknown, final Collection<String> candidates)
    {
        String nearest = null;
        int least = Integer.MAX_VALUE;
        for (final String candidate : candidates)
        {
            final int distance = distance(unknown, candidate);
            if (distance < least)
            {
                least = distance;
                nearest = candidate;
            }
        }

        return nearest;
    }

    /**
     * Read a number, with k, m or g behind it for 2^10, 2^20 or 2^30, and check its range. A word counts by its place
     * among the choices, a ratio in millionths.
     *
     * @param text   as configured.
     * @param origin where it was set, for the message.
     * @return the number.
     * @throws EngineException INVALID_CONFIG naming the setting, the value, its origin and what is accepted.
     */
    long number(final String text, final String origin)
    {
        final long value;
        try
        {
            value = switch (kind)
            {
                case CHOICE -> choices.indexOf(text.trim());
                case RATIO -> Math.round(Double.parseDouble(text.trim()) * RATIO_ONE);
                default -> parseSize(text.trim());
            };
        }
        catch (final NumberFormatException | ArithmeticException ex)
        {
            throw invalid(text, origin);
        }

        if (value < min && Kind.CHOICE == kind)
        {
            throw invalid(text, origin);
        }

        return checked(value, origin);
    }

    /**
     * Check the range of a number.
     *
     * @param value  to check.
     * @param origin where it was set, for the message.
     * @return the number.
     * @throws EngineException INVALID_CONFIG naming the setting, the value, its origin and what is accepted.
     */
    long checked(final long value, final String origin)
    {
        final boolean isNone = Kind.NUMBER_OR_NONE == kind && -1 == value;
        final boolean isInRange = value >= min && value <= max;
        final boolean isShaped = Kind.POWER_OF_TWO != kind || 1 == Long.bitCount(value);
        if (!isNone && !(isInRange && isShaped))
        {
            throw invalid(Long.toString(value), origin);
        }

        return value;
    }

    EngineException invalid(final String value, final String origin)
    {
        return new EngineException(
            ResultCode.INVALID_CONFIG,
            settingName + "=" + value + " (" + origin + ") is not valid: it takes " + range());
    }

    private static long parseSize(final String text)
    {
        final char unit = text.isEmpty() ? '0' : Character.toLowerCase(text.charAt(text.length() - 1));
        final int shift = 'k' == unit ? 10 : 'm' == unit ? 20 : 'g' == unit ? 30 : 0;
        final String digits = 0 == shift ? text : text.substring(0, text.length() - 1);

        return Math.multiplyExact(Long.parseLong(digits), 1L << shift);
    }

    private static String sizeText(final long value)
    {
        if (value >= 1L << 30 && 0 == (value & (1L << 30) - 1))
        {
            return (value >> 30) + "g";
        }

        if (value >= 1L << 20 && 0 == (value & (1L << 20) - 1))
        {
            return (value >> 20) + "m";
        }

        return value >= 1L << 10 && 0 == (value & (1L << 10) - 1) ? (value >> 10) + "k" : Long.toString(value);
    }

    private static int distance(final String a, final String b)
    {
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++)
        {
            previous[j] = j;
        }

        for (int i = 1; i <= a.length(); i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++)
            {
                final int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
            }

            final int[] swap = previous;
            previous = current;
            current = swap;
        }

        return previous[b.length()];
    }
}
