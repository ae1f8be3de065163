package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.engine.log.FlushPolicy;
import io.epona.engine.log.LogAppender;
import io.epona.engine.log.LogReader;
import io.epona.engine.log.PartitionLog;
import org.agrona.DirectBuffer;

import java.util.concurrent.locks.LockSupport;

/**
 * One partition of a topic: an ordered log of records with dense offsets.
 * <p>
 * <b>Threads.</b> Mutators belong to one thread, the owner: the one named with {@link #owner(Thread)}, or else the
 * first that calls a mutator. A call by another thread throws. Everything below "any thread" is for any thread.
 * Mutators never block and never touch a file: where the memory ahead of the log end is not prepared they return
 * BACK_PRESSURED, and the caller goes on with something else and calls again. Expected refusals are negative codes
 * ({@link io.epona.codecs.ResultCode}):
 * BACK_PRESSURED, RECORD_TOO_LARGE, CORRUPT_BATCH, UNSUPPORTED_VERSION, COMPRESSION_NOT_ALLOWED, INVALID_RECORD for a
 * record without a key where the topic is compacted, STORAGE_LOW, PARTITION_FENCED, UNKNOWN_TOPIC
 * after the topic was deleted, CLOSED after the engine was closed.
 * <p>
 * <b>What an offset means</b> that a mutator returned: the record is in the log, in memory, in its place, and outlives
 * the process, whatever ends it. Whether it outlives the machine depends on {@code flush.policy}: under {@code commit}
 * it does as soon as {@link #highWatermark()} has passed it, which the flushers bring about without being asked, and
 * before that no reader sees it; under {@code interval} readers see it at once, and it does after about
 * {@code flush.interval.ms}; under {@code none}, when the operating system has written it, at the latest ten seconds
 * after its segment was left, or at close. {@link #flushedEnd()} tells in any case. Where a sync fails the partition
 * is fenced: mutators return PARTITION_FENCED, and flushedEnd does not move any more.
 */
public final class Partition
{
    private static final int SEARCH_TIMEOUT_MS = 10_000;
    private static final long SEARCH_PARK_NS = 1_000_000;

    private final String topic;
    private final PartitionLog log;
    private final LogAppender appender;

    /**
     * @param topic name of the topic.
     * @param log   of the partition.
     */
    public Partition(final String topic, final PartitionLog log)
    {
        this.topic = topic;
        this.log = log;
        this.appender = log.appender();
    }

    /**
     * @return name of the topic.
     */
    public String topic()
    {
        return topic;
    }

    /**
     * @return id of the topic, unique over all topics that ever had this name.
     */
    public long topicId()
    {
        return log.topicId();
    }

    /**
     * @return number of the partition in its topic, from 0.
     */
    public int index()
    {
        return log.partition();
    }

    /**
     * @return epoch in which batches are appended now. Any thread.
     */
    public int leaderEpoch()
    {
        return log.leaderEpoch();
    }

    /**
     * Name the thread that owns the partition from now on. To be called by the new owner, or before it starts, and
     * never while another thread is inside a mutator.
     *
     * @param owner the thread, or null for none.
     */
    public void owner(final Thread owner)
    {
        appender.owner(owner);
    }

    /**
     * Append a record without key, stamped with the engine's clock, as a batch of its own. Owner only.
     *
     * @param value  buffer that holds the value.
     * @param index  of the value.
     * @param length of the value in bytes.
     * @return offset of the record, or a negative code.
     */
    public long append(final DirectBuffer value, final int index, final int length)
    {
        return appender.append(value, index, length);
    }

    /**
     * Append a record as a batch of its own. Owner only.
     *
     * @param timestampNs epoch ns; also the time of the append, unless an earlier batch has a later one.
     * @param key         buffer, ignored where keyLength is -1.
     * @param keyIndex    of the key.
     * @param keyLength   in bytes, -1 for none.
     * @param value       buffer, ignored where valueLength is -1.
     * @param valueIndex  of the value.
     * @param valueLength in bytes, -1 for a tombstone.
     * @return offset of the record, or a negative code.
     */
    public long append(
        final long timestampNs,
        final DirectBuffer key,
        final int keyIndex,
        final int keyLength,
        final DirectBuffer value,
        final int valueIndex,
        final int valueLength)
    {
        return appender.append(timestampNs, key, keyIndex, keyLength, value, valueIndex, valueLength);
    }

    /**
     * Claim room for one record in the log itself, to be written in place. Owner only; no other mutator until the
     * claim is committed or aborted.
     *
     * @param timestampNs epoch ns.
     * @param keyLength   in bytes, -1 for no key.
     * @param valueLength in bytes, -1 for a tombstone.
     * @param claim       filled on success.
     * @return the offset that the record will have, or a negative code: nothing is claimed then.
     */
    public long tryClaim(final long timestampNs, final int keyLength, final int valueLength, final RecordClaim claim)
    {
        final long result = appender.tryClaim(timestampNs, keyLength, valueLength);
        if (result >= 0)
        {
            claim.set(this, appender.claimBuffer(), appender.claimIndex(), keyLength, valueLength);
        }

        return result;
    }

    /**
     * Begin a batch that is built in the log itself. Owner only; no other mutator until {@link #commitBatch} or
     * {@link #abortBatch}.
     *
     * @param capacity bytes that the batch may take, header included, at most max.message.bytes.
     * @param nowNs    epoch ns, from which timestamp deltas count.
     * @return the builder, or null where the memory is not prepared (call again later) or appends are refused (see
     *         {@link PartitionCounters#refusal()}).
     */
    public RecordBatchBuilder tryBeginBatch(final int capacity, final long nowNs)
    {
        return appender.tryBeginBatch(capacity, nowNs);
    }

    /**
     * Make the batch that was begun part of the log. A batch without a record is dropped, and that is an
     * IllegalStateException: abort it instead. Owner only.
     *
     * @param nowNs epoch ns, time of the append.
     * @return offset of its first record, or a negative code where the log was closed, deleted or fenced meanwhile.
     */
    public long commitBatch(final long nowNs)
    {
        return appender.commitBatch(nowNs);
    }

    /**
     * Drop the batch that was begun. Owner only.
     */
    public void abortBatch()
    {
        appender.abortBatch();
    }

    /**
     * Append a producer's finished batch: it is copied behind the log end, the copy is validated, stamped and
     * published. A batch with a producer id is written once, and behind the one before it only: one that stands in the
     * log gives its offset there; else OUT_OF_ORDER_SEQUENCE, or UNKNOWN_PRODUCER where the log does not know the
     * producer (any more) and this is not its first batch. Owner only.
     *
     * @param src    buffer that holds the batch; it may change under the call without harm to the log.
     * @param index  of the batch.
     * @param length of the batch in bytes.
     * @param nowNs  epoch ns, time of the append.
     * @return offset of its first record, or a negative code: nothing was appended then.
     */
    public long appendBatch(final DirectBuffer src, final int index, final int length, final long nowNs)
    {
        return appender.appendBatch(src, index, length, nowNs);
    }

    /**
     * What to tell a producer whose batch was refused as OUT_OF_ORDER_SEQUENCE. Owner only.
     *
     * @param producerId of the batch.
     * @return sequence of the producer's last record in the log, -1 where it is not known.
     */
    public int lastSequence(final long producerId)
    {
        return appender.lastSequence(producerId);
    }

    /**
     * @return first offset kept. Any thread.
     */
    public long logStart()
    {
        return log.logStart();
    }

    /**
     * @return first offset that is not committed: readers see everything below it. Under flush.policy=commit it is
     *         never above {@link #flushedEnd()}. Any thread.
     */
    public long highWatermark()
    {
        return log.highWatermark();
    }

    /**
     * @return first offset of which it is not known that it and all before it are on disk. Any thread.
     */
    public long flushedEnd()
    {
        return log.flushedEnd();
    }

    /**
     * @return when the log is forced to disk, which says what an appended offset means. Any thread.
     */
    public FlushPolicy flushPolicy()
    {
        return log.flushPolicy();
    }

    /**
     * @return next offset to be written. Any thread.
     */
    public long logEnd()
    {
        return log.logEnd();
    }

    /**
     * Make a reader, positioned at the first offset kept. To be closed by its user: an open one is kept in the
     * partition's table. Any thread.
     *
     * @return the reader, to be used by one thread at a time.
     */
    public PartitionReader newReader()
    {
        return new PartitionReader(log.newReader());
    }

    /**
     * Find the first offset of a time, as {@link PartitionReader#offsetForTimestamp} does. Any thread that may wait up
     * to {@value #SEARCH_TIMEOUT_MS} ms, which happens where a cold part of the log is read in by the housekeeper; an
     * agent uses a reader, and so does who runs the engine's housekeeper itself.
     *
     * @param timestampNs epoch ns.
     * @return the offset, {@link PartitionReader#NO_OFFSET} where nothing was appended at that time or later, or a
     *         negative code, TIMED_OUT among them.
     */
    public long offsetForTimestamp(final long timestampNs)
    {
        try (LogReader reader = log.newReader())
        {
            long result = reader.offsetForTimestamp(timestampNs);
            for (int i = 0; i < SEARCH_TIMEOUT_MS && ResultCode.BACK_PRESSURED.code() == result; i++)
            {
                LockSupport.parkNanos(SEARCH_PARK_NS);
                result = reader.offsetForTimestamp(timestampNs);
            }

            return ResultCode.BACK_PRESSURED.code() == result ? ResultCode.TIMED_OUT.code() : result;
        }
    }

    /**
     * @return live counters. Any thread.
     */
    public PartitionCounters counters()
    {
        return log.counters();
    }

    long commitClaim()
    {
        return appender.commitClaim();
    }

    void abortClaim()
    {
        appender.abortClaim();
    }
}
