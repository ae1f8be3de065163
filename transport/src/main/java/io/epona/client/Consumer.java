package io.epona.client;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;
import io.epona.transport.ConsumePartition;
import io.epona.transport.ConsumeSession;
import io.epona.transport.OffsetQuery;
import io.epona.transport.PushSource;
import org.agrona.DirectBuffer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads records of partitions, in the order of their offsets, up to the high watermark.
 * <p>
 * {@link #poll(ConsumerHandler, int)} hands records over in place, without copying; {@link #poll(Duration)} copies them
 * out. A session or lane that is lost is made again, and every partition goes on from its position: no record is
 * skipped, none is given twice. A consumer keeps its positions in memory only.
 * <p>
 * A consumer belongs to the thread that uses it first (checked). A handler may seek; it must not poll or close.
 */
public final class Consumer implements AutoCloseable
{
    private static final int MAX_POLL_RECORDS = 500;

    private final ClientRuntime client;
    private final Context ctx;
    private final ConsumeSession session;
    private final Map<String, TopicSummary> topics = new HashMap<>();
    private final Map<TopicPartition, ConsumePartition> assigned = new HashMap<>();
    private final MetadataRefresh refresh;
    private long seenUnknownTopics;
    private ConsumerHandler handler;
    private Thread owner;
    private boolean isClosed;

    Consumer(final ClientRuntime client, final Context ctx)
    {
        this.client = client;
        this.ctx = ctx;
        refresh = new MetadataRefresh(client);
        session = new ConsumeSession(
            client::sessionInfo, this::onRecord, ctx.isVerifyCrc, timestampOf(ctx.startAt), ctx.requestTimeoutNs);
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
        final TopicSummary summary = topicSummary(topic);
        final int count = 0 == partitions.length ? summary.partitionCount() : partitions.length;
        final List<TopicPartition> added = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            final int partition = 0 == partitions.length ? i : partitions[i];
            final TopicPartition topicPartition = topicPartition(summary, partition);
            if (!assigned.containsKey(topicPartition))
            {
                assigned.put(topicPartition, session.add(
                    topicPartition, summary.topicId(), partition, timestampOf(ctx.startAt)));
                added.add(topicPartition);
            }
        }

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
                for (final TopicPartition topicPartition : added)
                {
                    session.remove(assigned.remove(topicPartition));
                }
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
            final ConsumePartition removed = assigned.remove(new TopicPartition(topic, partition));
            if (null != removed)
            {
                session.remove(removed);
            }
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
        session.seek(assigned(topic, partition), offset);
    }

    /**
     * Go on from the log start, as it is when the broker is asked.
     *
     * @param topic     name.
     * @param partition assigned index.
     */
    public void seekToEarliest(final String topic, final int partition)
    {
        session.seekTo(assigned(topic, partition), PushSource.EARLIEST);
    }

    /**
     * Go on from the high watermark, as it is when the broker is asked: {@link #position} waits for that.
     *
     * @param topic     name.
     * @param partition assigned index.
     */
    public void seekToLatest(final String topic, final int partition)
    {
        session.seekTo(assigned(topic, partition), PushSource.LATEST);
    }

    /**
     * Receive records in place. Never blocks, allocates nothing.
     *
     * @param handler called for each record, on this thread. An exception comes out of this method; the position stays
     *                at that record.
     * @param limit   most records.
     * @return number of records, or the negative {@link ResultCode} number of a partition that fails:
     * {@link #failedPartition()}. A failure that can pass is tried again by itself; another one lasts until a seek;
     * UNKNOWN_TOPIC lasts until there is a topic of that name again, on which the consumer then goes on as
     * {@link Context#startAt(StartAt)} says.
     */
    public int poll(final ConsumerHandler handler, final int limit)
    {
        checkOwner();
        if (isClosed)
        {
            return ResultCode.CLOSED.code();
        }
        this.handler = handler;
        final long nowNs = client.nowNs();
        if (session.unknownTopics() != seenUnknownTopics || !refresh.isIdle())
        {
            pollRefresh(nowNs);
        }
        return session.poll(nowNs, limit);
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
        final ConsumerHandler copying = (partition, record) -> records.add(copy(partition, record));
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
        return new ConsumerCounters(
            session.sourcesLost(), session.malformed(), session.gaps(), session.stalePushes(), refresh.asked());
    }

    /**
     * @return the partition whose failure a poll returned last, or null.
     */
    public TopicPartition failedPartition()
    {
        final ConsumePartition failed = session.failed();
        return null == failed ? null : (TopicPartition)failed.tag();
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
        final ConsumePartition state = assigned(topic, partition);
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
        return listOffset(topic, partition, PushSource.LATEST);
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
        return listOffset(topic, partition, PushSource.EARLIEST);
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
        checkOwner();
        isClosed = true;
        session.close();
        assigned.clear();
    }

    private void onRecord(final ConsumePartition partition, final Record record)
    {
        handler.onRecord((TopicPartition)partition.tag(), record);
    }

    private void pollRefresh(final long nowNs)
    {
        if (session.unknownTopics() != seenUnknownTopics)
        {
            seenUnknownTopics = session.unknownTopics();
            refresh.want();
        }
        final Set<String> names = new HashSet<>();
        for (final TopicPartition topicPartition : assigned.keySet())
        {
            names.add(topicPartition.topic());
        }
        final List<TopicSummary> found = refresh.poll(nowNs, names);
        if (null != found)
        {
            for (final Map.Entry<TopicPartition, ConsumePartition> entry : assigned.entrySet())
            {
                follow(entry, AdminCodec.find(found, entry.getKey().topic()), nowNs);
            }
        }
    }

    private void follow(
        final Map.Entry<TopicPartition, ConsumePartition> entry, final TopicSummary summary, final long nowNs)
    {
        final ConsumePartition known = entry.getValue();
        if (null == summary || entry.getKey().partition() >= summary.partitionCount())
        {
            topics.remove(entry.getKey().topic());
            if (ResultCode.UNKNOWN_TOPIC.code() == known.failure())
            {
                refresh.wantLater(nowNs);
            }
        }
        else if (known.topicId() != summary.topicId())
        {
            topics.put(summary.name(), summary);
            entry.setValue(session.replace(known, summary.topicId()));
        }
    }

    private long listOffset(final String topic, final int partition, final long timestamp)
    {
        checkOpen();
        final boolean isCached = topics.containsKey(topic);
        try
        {
            return listOffset(topicSummary(topic), partition, timestamp);
        }
        catch (final EponaException ex)
        {
            if (!isCached || ResultCode.UNKNOWN_TOPIC != ex.code())
            {
                throw ex;
            }
            // what was known of the topic is of before it was deleted and created again
            topics.remove(topic);
            return listOffset(topicSummary(topic), partition, timestamp);
        }
    }

    private long listOffset(final TopicSummary summary, final int partition, final long timestamp)
    {
        final TopicPartition topicPartition = topicPartition(summary, partition);
        final OffsetQuery query = session.query(summary.topicId(), partition, timestamp, client.nowNs());
        final boolean isDone = client.await(2 * ctx.requestTimeoutNs, () ->
        {
            session.pollWaiting(client.nowNs());
            return query.isDone();
        });
        if (!isDone || 0 != query.code())
        {
            throw failure(topicPartition, isDone ? query.code() : ResultCode.TIMED_OUT.code());
        }
        return query.offset();
    }

    private void awaitPositions(final List<TopicPartition> added)
    {
        final boolean isDone = client.await(ctx.requestTimeoutNs, () ->
        {
            session.pollWaiting(client.nowNs());
            for (final TopicPartition topicPartition : added)
            {
                final ConsumePartition partition = assigned.get(topicPartition);
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

    private TopicSummary topicSummary(final String topic)
    {
        AdminCodec.checkName(topic);
        TopicSummary summary = topics.get(topic);
        if (null == summary)
        {
            summary = AdminCodec.find(new AdminCodec(client, "topic '" + topic + "'").metadata(topic), topic);
            if (null == summary)
            {
                throw AdminCodec.unknownTopic(topic);
            }
            topics.put(topic, summary);
        }
        return summary;
    }

    private static TopicPartition topicPartition(final TopicSummary summary, final int partition)
    {
        if (partition < 0 || partition >= summary.partitionCount())
        {
            throw new EponaException(ResultCode.UNKNOWN_TOPIC, "topic '" + summary.name() + "' has partitions 0 to " +
                (summary.partitionCount() - 1) + ": " + partition);
        }
        return new TopicPartition(summary.name(), partition);
    }

    private ConsumePartition assigned(final String topic, final int partition)
    {
        checkOpen();
        final ConsumePartition found = assigned.get(new TopicPartition(topic, partition));
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

    private static ConsumerRecord copy(final TopicPartition partition, final Record record)
    {
        return new ConsumerRecord(
            partition,
            record.offset(),
            record.timestampNs(),
            bytes(record.buffer(), record.keyIndex(), record.keyLength()),
            bytes(record.buffer(), record.valueIndex(), record.valueLength()));
    }

    private static byte[] bytes(final DirectBuffer buffer, final int index, final int length)
    {
        if (length < 0)
        {
            return null;
        }
        final byte[] bytes = new byte[length];
        buffer.getBytes(index, bytes);
        return bytes;
    }

    private static long timestampOf(final StartAt startAt)
    {
        return switch (startAt)
        {
            case EARLIEST -> PushSource.EARLIEST;
            case LATEST -> PushSource.LATEST;
            case NONE -> 0;
        };
    }

    private void checkOpen()
    {
        checkOwner();
        if (isClosed)
        {
            throw new EponaException(ResultCode.CLOSED, "the consumer is closed");
        }
    }

    private void checkOwner()
    {
        final Thread current = Thread.currentThread();
        if (current != owner)
        {
            if (null != owner)
            {
                throw new IllegalStateException(
                    "a consumer belongs to one thread: this one to " + owner.getName() + ", not " + current.getName());
            }
            owner = current;
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
