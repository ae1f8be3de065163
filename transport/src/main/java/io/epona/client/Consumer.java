package io.epona.client;

import io.epona.client.session.ConsumerMachine;
import io.epona.client.session.ConsumerPartition;
import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads records of partitions, in the order of their offsets, up to the high watermark.
 * <p>
 * {@link #poll(ConsumerHandler, int)} hands records over in place, without copying; {@link #poll(Duration)} copies them
 * out. It follows the leaders of its partitions; a session or lane that is lost is made again, and every partition goes
 * on from its position: no record is skipped, none is given twice, but where a log was cut below what was read
 * ({@link PositionHandler}). A consumer keeps its positions in memory only.
 * <p>
 * A consumer belongs to the thread that uses it first (checked). A handler may seek; it must not poll or close.
 */
public final class Consumer implements AutoCloseable
{
    private static final int MAX_POLL_RECORDS = 500;
    /** After which the leader of a partition is looked up again while it does not answer. */
    private static final long LEADER_PATIENCE_NS = 1_000_000_000L;
    private static final long RETRY_PAUSE_NS = 50_000_000L;

    private final OwnerThread owner = new OwnerThread("a consumer");
    private final ClientRuntime client;
    private final Context ctx;
    private final ConsumerDriver driver;
    private final Map<String, ClusterMetadata.Topic> topics = new HashMap<>();
    private final Map<TopicPartition, ConsumerPartition> assigned = new HashMap<>();
    /** The same, for looking through in each poll. */
    private final List<ConsumerPartition> partitions = new ArrayList<>();
    private final Map<ConsumerPartition, TopicPartition> names = new IdentityHashMap<>();
    private ConsumerPartition lastNamed;
    private TopicPartition lastName;
    private ConsumerPartition failed;
    private ConsumerHandler handler;
    private boolean isClosed;

    Consumer(final ClientRuntime client, final Context ctx)
    {
        this.client = client;
        this.ctx = ctx;
        driver = new ConsumerDriver(client, ctx, this::onRecord);
    }

    /**
     * Where a consumer begins when it has no position, and where it goes on when its position is out of range.
     */
    public enum StartAt
    {
        /** At the log start. */
        EARLIEST,
        /** At the high watermark. */
        LATEST,
        /** Nowhere: a position out of range is an error, until a seek. */
        NONE
    }

    /**
     * Read these partitions too. Blocks, at most for the request timeout, until their positions are known: with
     * {@link StartAt#LATEST} every record that is acknowledged after this call will be read.
     *
     * @param topic      name.
     * @param partitions indexes; none for all partitions of the topic.
     * @throws EponaException where topic or partition do not exist or the broker does not answer; nothing is assigned
     *                        then.
     */
    public void assign(final String topic, final int... partitions)
    {
        checkOpen();
        topics.remove(topic);
        final ClusterMetadata.Topic found = topic(topic);
        final int count = 0 == partitions.length ? found.partitionCount() : partitions.length;
        final List<TopicPartition> added = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            final TopicPartition topicPartition = found.partition(0 == partitions.length ? i : partitions[i]);
            if (!assigned.containsKey(topicPartition))
            {
                add(topicPartition);
                added.add(topicPartition);
            }
        }
        driver.learn(found);

        boolean isDone = false;
        try
        {
            if (StartAt.NONE != ctx.startAt)
            {
                awaitPositions(added);
            }
            isDone = true;
        }
        finally
        {
            if (!isDone)
            {
                added.forEach(this::remove);
            }
        }
    }

    /**
     * Stop reading these partitions; their positions are forgotten.
     *
     * @param topic      name.
     * @param partitions indexes.
     */
    public void unassign(final String topic, final int... partitions)
    {
        checkOpen();
        for (final int partition : partitions)
        {
            remove(new TopicPartition(topic, partition));
        }
    }

    /**
     * Go on from an offset.
     *
     * @param topic     name.
     * @param partition assigned index.
     * @param offset    of the next record. Whether it is in the log shows in a later poll.
     */
    public void seek(final String topic, final int partition, final long offset)
    {
        if (offset < 0)
        {
            throw new IllegalArgumentException("offset must not be negative: " + offset);
        }
        driver.machine().seek(assigned(topic, partition), offset, -1);
    }

    /**
     * Go on from the log start, as it is when the broker is asked.
     *
     * @param topic     name.
     * @param partition assigned index.
     */
    public void seekToEarliest(final String topic, final int partition)
    {
        driver.machine().seekTo(assigned(topic, partition), ConsumerMachine.EARLIEST);
    }

    /**
     * Go on from the high watermark, as it is when the broker is asked: {@link #position} waits for that.
     *
     * @param topic     name.
     * @param partition assigned index.
     */
    public void seekToLatest(final String topic, final int partition)
    {
        driver.machine().seekTo(assigned(topic, partition), ConsumerMachine.LATEST);
    }

    /**
     * Receive records in place. Never blocks, allocates nothing.
     *
     * @param handler called for each record, on this thread. An exception comes out of this method; the position stays
     *                at that record.
     * @param limit   most records.
     * @return number of records, or the negative {@link ResultCode} number of a partition that fails:
     * {@link #failedPartition()}. That a leader changes, or cannot be reached, is no failure. A failure that can pass
     * is tried again by itself; another one lasts until a seek; UNKNOWN_TOPIC lasts until there is a topic of that name
     * again, on which the consumer then goes on as {@link Context#startAt(StartAt)} says.
     */
    public int poll(final ConsumerHandler handler, final int limit)
    {
        owner.check();
        if (isClosed)
        {
            return ResultCode.CLOSED.code();
        }
        this.handler = handler;
        final int count = driver.poll(client.nowNs(), limit);
        return count > 0 ? count : failure();
    }

    /**
     * Receive records by copy.
     *
     * @param timeout to wait for the first record.
     * @return at most 500 records, none where the time is over.
     * @throws EponaException where a partition fails.
     */
    public List<ConsumerRecord> poll(final Duration timeout)
    {
        checkOpen();
        final List<ConsumerRecord> records = new ArrayList<>();
        final ConsumerHandler copying = (partition, record) -> records.add(ConsumerRecord.copyOf(partition, record));
        client.await(timeout.toNanos(), () ->
        {
            final int result = poll(copying, MAX_POLL_RECORDS);
            if (result < 0)
            {
                throw failure(result);
            }
            return result > 0;
        });
        return records;
    }

    /**
     * Read the counters. Any thread; the numbers are live, each call reads them anew.
     *
     * @return the numbers at this moment.
     */
    public ConsumerCounters counters()
    {
        return driver.counters();
    }

    /**
     * @return the partition whose failure a poll returned last, or null.
     */
    public TopicPartition failedPartition()
    {
        return null == failed ? null : name(failed);
    }

    /**
     * Where a partition stands. Blocks, at most for the request timeout, while that has to be asked.
     *
     * @param topic     name.
     * @param partition assigned index.
     * @return offset of the next record.
     */
    public long position(final String topic, final int partition)
    {
        final ConsumerPartition state = assigned(topic, partition);
        if (state.position() < 0)
        {
            awaitPositions(List.of(new TopicPartition(topic, partition)));
        }
        return state.position();
    }

    /**
     * Ask for the high watermark. Blocks, at most for the request timeout.
     *
     * @param topic     name; need not be assigned.
     * @param partition index.
     * @return first offset that is not committed.
     */
    public long endOffset(final String topic, final int partition)
    {
        return listOffset(topic, partition, ConsumerMachine.LATEST);
    }

    /**
     * Ask for the log start. Blocks, at most for the request timeout.
     *
     * @param topic     name; need not be assigned.
     * @param partition index.
     * @return first offset that is kept.
     */
    public long beginningOffset(final String topic, final int partition)
    {
        return listOffset(topic, partition, ConsumerMachine.EARLIEST);
    }

    /**
     * Ask for the first offset of a time, to {@link #seek} to it. Blocks, at most for the request timeout. Found is the
     * first record appended at the time or later, as far as the topic's {@code message.timestamp.type} is
     * LogAppendTime; where it is CreateTime, the first record told to be that late among those appended since.
     *
     * @param topic       name; need not be assigned.
     * @param partition   index.
     * @param timestampNs epoch ns, not negative.
     * @return the offset, -1 where nothing was appended at that time or later.
     */
    public long offsetForTimestamp(final String topic, final int partition, final long timestampNs)
    {
        if (timestampNs < 0)
        {
            throw new IllegalArgumentException("timestamp must not be negative: " + timestampNs);
        }

        return listOffset(topic, partition, timestampNs);
    }

    /**
     * Close the lanes. Idempotent.
     */
    @Override
    public void close()
    {
        owner.check();
        isClosed = true;
        driver.close();
        assigned.clear();
        partitions.clear();
        names.clear();
        failed = null;
    }

    private void add(final TopicPartition topicPartition)
    {
        final ConsumerPartition partition =
            driver.machine().add(topicPartition.topic(), topicPartition.partition());
        assigned.put(topicPartition, partition);
        partitions.add(partition);
        names.put(partition, topicPartition);
    }

    private void remove(final TopicPartition topicPartition)
    {
        final ConsumerPartition removed = assigned.remove(topicPartition);
        if (null != removed)
        {
            driver.machine().remove(removed);
            partitions.remove(removed);
            names.remove(removed);
            failed = failed == removed ? null : failed;
            lastNamed = null;
        }
    }

    private TopicPartition name(final ConsumerPartition partition)
    {
        if (partition != lastNamed)
        {
            lastNamed = partition;
            lastName = names.get(partition);
        }
        return lastName;
    }

    private void onRecord(final ConsumerPartition partition, final Record record)
    {
        handler.onRecord(name(partition), record);
    }

    /** @return what is wrong with a partition that the application should know, or 0. */
    private int failure()
    {
        for (int i = 0, size = partitions.size(); i < size; i++)
        {
            final ConsumerPartition partition = partitions.get(i);
            final int code = partition.failure();
            if (0 != code && !ConsumerDriver.isFollowed(code))
            {
                failed = partition;
                return code;
            }
        }
        return 0;
    }

    private long listOffset(final String topic, final int partition, final long timestamp)
    {
        checkOpen();
        final long deadlineNs = client.nowNs() + ctx.requestTimeoutNs;
        boolean isCached = topics.containsKey(topic);
        while (true)
        {
            final ClusterMetadata.Topic known = topic(topic);
            final TopicPartition topicPartition = known.partition(partition);
            final OffsetLookup lookup = driver.offsets();
            lookup.begin(client.nowNs());
            final long waitNs = Math.min(LEADER_PATIENCE_NS, Math.max(0, deadlineNs - client.nowNs()));
            final boolean isDone = client.await(waitNs, () ->
            {
                driver.pollWaiting(client.nowNs());
                return lookup.poll(known, partition, timestamp, client.nowNs());
            });
            if (isDone && 0 == lookup.code())
            {
                return lookup.offset();
            }
            final int code = isDone ? lookup.code() : ResultCode.TIMED_OUT.code();
            final ResultCode result = ResultCode.get(code);
            // what was known of the topic may be of before it was deleted and created again
            final boolean isOld = isCached && ResultCode.UNKNOWN_TOPIC == result;
            if (!isOld && (null == result || !result.retriable()) || client.nowNs() - deadlineNs >= 0)
            {
                throw failure(topicPartition, code);
            }
            isCached = false;
            topics.remove(topic);
            if (isDone && !isOld)
            {
                client.pause(RETRY_PAUSE_NS);
            }
        }
    }

    private void awaitPositions(final List<TopicPartition> added)
    {
        final boolean isDone = client.await(ctx.requestTimeoutNs, () ->
        {
            driver.pollWaiting(client.nowNs());
            for (final TopicPartition topicPartition : added)
            {
                final ConsumerPartition partition = assigned.get(topicPartition);
                final ResultCode code = ResultCode.get(partition.failure());
                if (null != code && !code.retriable())
                {
                    throw failure(topicPartition, partition.failure());
                }
                if (partition.position() < 0)
                {
                    return false;
                }
            }
            return true;
        });
        if (!isDone)
        {
            throw failure(added.get(0), ResultCode.TIMED_OUT.code());
        }
    }

    private ClusterMetadata.Topic topic(final String name)
    {
        AdminCodec.checkName(name);
        ClusterMetadata.Topic topic = driver.isGone(name) ? null : topics.get(name);
        if (null == topic)
        {
            topic = new AdminCodec(client, "topic '" + name + "'").topic(name);
            if (null == topic)
            {
                throw AdminCodec.unknownTopic(name);
            }
            topics.put(name, topic);
            driver.learn(topic);
        }
        return topic;
    }

    private ConsumerPartition assigned(final String topic, final int partition)
    {
        checkOpen();
        final ConsumerPartition found = assigned.get(new TopicPartition(topic, partition));
        if (null == found)
        {
            throw new IllegalStateException("not assigned: " + topic + "-" + partition);
        }
        return found;
    }

    private EponaException failure(final int code)
    {
        return failure(failedPartition(), code);
    }

    private static EponaException failure(final TopicPartition topicPartition, final int code)
    {
        final ResultCode result = ResultCode.get(code);
        return new EponaException(
            null == result ? ResultCode.INTERNAL : result,
            "partition " + topicPartition + ": " + (null == result ? "code " + code : result.remedy()));
    }

    private void checkOpen()
    {
        owner.check();
        if (isClosed)
        {
            throw new EponaException(ResultCode.CLOSED, "the consumer is closed");
        }
    }

    /**
     * Settings of a consumer. A setter wins over the system property {@code epona.client.*}, which wins over the
     * default.
     */
    public static final class Context
    {
        private StartAt startAt =
            parseStartAt(System.getProperty(Configuration.AUTO_OFFSET_RESET_PROP, StartAt.LATEST.name()));
        private boolean isVerifyCrc =
            !"false".equalsIgnoreCase(System.getProperty(Configuration.CHECK_CRCS_PROP, "true"));
        private long requestTimeoutNs;
        private PositionHandler positionHandler;

        /**
         * @param startAt where to begin without a position, and to go on when the position is out of range or the
         *                topic was deleted and created again; property {@code epona.client.auto.offset.reset}
         *                (earliest, latest, none), by default {@link StartAt#LATEST}.
         * @return this.
         */
        public Context startAt(final StartAt startAt)
        {
            this.startAt = startAt;
            return this;
        }

        /**
         * @return see {@link #startAt(StartAt)}.
         */
        public StartAt startAt()
        {
            return startAt;
        }

        /**
         * @param isVerifyCrc whether the checksums of each batch are checked before its records are handed over;
         *                    property {@code epona.client.check.crcs}, by default true. The broker has checked them
         *                    when the batch came in.
         * @return this.
         */
        public Context verifyCrc(final boolean isVerifyCrc)
        {
            this.isVerifyCrc = isVerifyCrc;
            return this;
        }

        /**
         * @return see {@link #verifyCrc(boolean)}.
         */
        public boolean verifyCrc()
        {
            return isVerifyCrc;
        }

        /**
         * @param requestTimeoutNs longest wait of blocking methods, in ns, 1 ms to 1 h; 0, the default, for the
         *                         client's.
         * @return this.
         */
        public Context requestTimeoutNs(final long requestTimeoutNs)
        {
            this.requestTimeoutNs = requestTimeoutNs;
            return this;
        }

        /**
         * @return see {@link #requestTimeoutNs(long)}.
         */
        public long requestTimeoutNs()
        {
            return requestTimeoutNs;
        }

        /**
         * @param positionHandler told where a position was moved by something else than the application; null, the
         *                        default, for nobody. With {@link StartAt#NONE} a position that is out of range stays
         *                        and is an error.
         * @return this.
         */
        public Context positionHandler(final PositionHandler positionHandler)
        {
            this.positionHandler = positionHandler;
            return this;
        }

        /**
         * @return see {@link #positionHandler(PositionHandler)}.
         */
        public PositionHandler positionHandler()
        {
            return positionHandler;
        }

        void conclude(final long clientRequestTimeoutNs)
        {
            if (null == startAt)
            {
                throw new IllegalArgumentException(Configuration.AUTO_OFFSET_RESET_PROP + " is not set");
            }
            if (0 == requestTimeoutNs)
            {
                requestTimeoutNs = clientRequestTimeoutNs;
            }
            Configuration.checkTimeout(Configuration.REQUEST_TIMEOUT_PROP, requestTimeoutNs);
        }

        private static StartAt parseStartAt(final String text)
        {
            return switch (text.toLowerCase(Locale.ROOT))
            {
                case "earliest" -> StartAt.EARLIEST;
                case "latest" -> StartAt.LATEST;
                case "none" -> StartAt.NONE;
                default -> throw new IllegalArgumentException(
                    Configuration.AUTO_OFFSET_RESET_PROP + " must be earliest, latest or none: '" + text + "'");
            };
        }
    }
}
