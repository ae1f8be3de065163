package io.epona.engine;

import java.util.EnumMap;

/**
 * The settings of an engine that are numbers, or words for numbers: each is set, or concluded from elsewhere.
 * <p>
 * Owned by one thread until it is concluded; read-only for any thread afterwards.
 *
 * @param <C> the context that has them, which every setter returns.
 */
abstract class EngineNumbers<C extends EngineNumbers<C>>
{
    private static final String SETTER = "setter";

    private final EnumMap<Setting, Long> values = new EnumMap<>(Setting.class);
    private TopicSettings topicDefaults;

    /**
     * @return this, for a fluent API.
     */
    abstract C self();

    /**
     * Check what was set, and fill in what was not.
     *
     * @param source of what was not set.
     * @throws EngineException INVALID_CONFIG naming the setting, its origin and what is accepted.
     */
    final void concludeNumbers(final SettingSource source)
    {
        for (final Setting setting : Setting.values())
        {
            if (setting.isNumber())
            {
                final Long set = values.get(setting);
                values.put(setting, null == set ? source.number(setting) : setting.checked(set, SETTER));
            }
        }
        topicDefaults = TopicSettings.defaults(values::get);
    }

    private C number(final Setting setting, final long value)
    {
        values.put(setting, value);
        return self();
    }

    /**
     * Number of this broker in its cluster.
     *
     * @param brokerId 0 or more.
     * @return this, for a fluent API.
     */
    public C brokerId(final int brokerId)
    {
        return number(Setting.BROKER_ID, brokerId);
    }

    /**
     * @return number of this broker in its cluster.
     */
    public int brokerId()
    {
        return values.get(Setting.BROKER_ID).intValue();
    }

    /**
     * Size that segments double up to, in bytes.
     *
     * @param segmentBytes a power of two from 64 KiB to 1 GiB.
     * @return this, for a fluent API.
     */
    public C segmentBytes(final int segmentBytes)
    {
        return number(Setting.SEGMENT_BYTES, segmentBytes);
    }

    /**
     * @return size that segments double up to, in bytes.
     */
    public int segmentBytes()
    {
        return values.get(Setting.SEGMENT_BYTES).intValue();
    }

    /**
     * Size that a partition is kept below by whole segments, in bytes.
     *
     * @param retentionBytes or -1 for no limit.
     * @return this, for a fluent API.
     */
    public C retentionBytes(final long retentionBytes)
    {
        return number(Setting.RETENTION_BYTES, retentionBytes);
    }

    /**
     * @return size that a partition is kept below by whole segments, in bytes.
     */
    public long retentionBytes()
    {
        return values.get(Setting.RETENTION_BYTES);
    }

    /**
     * Longest batch with its header, in bytes.
     *
     * @param maxMessageBytes 1 KiB to 2 MiB.
     * @return this, for a fluent API.
     */
    public C maxMessageBytes(final int maxMessageBytes)
    {
        return number(Setting.MAX_MESSAGE_BYTES, maxMessageBytes);
    }

    /**
     * @return longest batch with its header, in bytes.
     */
    public int maxMessageBytes()
    {
        return values.get(Setting.MAX_MESSAGE_BYTES).intValue();
    }

    /**
     * Bytes of log between two entries of the offset index.
     *
     * @param indexIntervalBytes 1 KiB and more.
     * @return this, for a fluent API.
     */
    public C indexIntervalBytes(final int indexIntervalBytes)
    {
        return number(Setting.INDEX_INTERVAL_BYTES, indexIntervalBytes);
    }

    /**
     * @return bytes of log between two entries of the offset index.
     */
    public int indexIntervalBytes()
    {
        return values.get(Setting.INDEX_INTERVAL_BYTES).intValue();
    }

    /**
     * Space that is to be left free on the file system of the data: below it appends are refused with STORAGE_LOW,
     * until a quarter more is free.
     *
     * @param storageLowBytes or 0 to go on until the disk is full.
     * @return this, for a fluent API.
     */
    public C storageLowBytes(final long storageLowBytes)
    {
        return number(Setting.STORAGE_LOW_BYTES, storageLowBytes);
    }

    /**
     * @return space that is to be left free, in bytes, 0 for none.
     */
    public long storageLowBytes()
    {
        return values.get(Setting.STORAGE_LOW_BYTES);
    }

    /**
     * Threads that wait for the disk, unused in invoked mode.
     *
     * @param flushThreads 1 to 64.
     * @return this, for a fluent API.
     */
    public C flushThreads(final int flushThreads)
    {
        return number(Setting.FLUSH_THREADS, flushThreads);
    }

    /**
     * @return threads that wait for the disk.
     */
    public int flushThreads()
    {
        return values.get(Setting.FLUSH_THREADS).intValue();
    }

    /**
     * Partitions that the engine opens at most.
     *
     * @param maxPartitions 1 and more.
     * @return this, for a fluent API.
     */
    public C maxPartitions(final int maxPartitions)
    {
        return number(Setting.MAX_PARTITIONS, maxPartitions);
    }

    /**
     * @return partitions that the engine opens at most.
     */
    public int maxPartitions()
    {
        return values.get(Setting.MAX_PARTITIONS).intValue();
    }

    /**
     * Memory for keys while a log is compacted, 32 bytes a key; taken as it is needed, one log at a time.
     *
     * @param bytes 1 MiB and more.
     * @return this, for a fluent API.
     */
    public C logCleanerDedupeBufferSize(final long bytes)
    {
        return number(Setting.LOG_CLEANER_DEDUPE_BUFFER_SIZE, bytes);
    }

    /**
     * @return memory for keys while a log is compacted, in bytes.
     */
    public long logCleanerDedupeBufferSize()
    {
        return values.get(Setting.LOG_CLEANER_DEDUPE_BUFFER_SIZE);
    }

    /**
     * Topic requests that may wait for the housekeeper.
     *
     * @param maxTopicRequests 1 and more.
     * @return this, for a fluent API.
     */
    public C maxTopicRequests(final int maxTopicRequests)
    {
        return number(Setting.MAX_TOPIC_REQUESTS, maxTopicRequests);
    }

    /**
     * @return topic requests that may wait for the housekeeper.
     */
    public int maxTopicRequests()
    {
        return values.get(Setting.MAX_TOPIC_REQUESTS).intValue();
    }

    /**
     * Time that a blocking administrative call waits, in milliseconds.
     *
     * @param adminTimeoutMs 1 and more.
     * @return this, for a fluent API.
     */
    public C adminTimeoutMs(final long adminTimeoutMs)
    {
        return number(Setting.ADMIN_TIMEOUT_MS, adminTimeoutMs);
    }

    /**
     * @return time that a blocking administrative call waits, in milliseconds.
     */
    public long adminTimeoutMs()
    {
        return values.get(Setting.ADMIN_TIMEOUT_MS);
    }

    /**
     * What holds for topics that have no value of their own.
     *
     * @param setting that a topic may have.
     * @param value   in the notation of a properties file, such as {@code commit} for {@link Setting#FLUSH_POLICY}.
     * @return this, for a fluent API.
     * @throws EngineException INVALID_CONFIG naming the setting and what is accepted.
     */
    public C topicDefault(final Setting setting, final String value)
    {
        if (!setting.isOfTopic())
        {
            throw new IllegalArgumentException(setting.settingName() + " is no setting of a topic");
        }

        return number(setting, setting.number(value, SETTER));
    }

    /**
     * @return settings of a topic that has none of its own. After conclude.
     */
    public TopicSettings topicDefaults()
    {
        return topicDefaults;
    }
}
