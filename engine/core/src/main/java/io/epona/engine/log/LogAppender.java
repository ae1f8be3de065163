package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordDescriptor;
import io.epona.engine.Clock;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

import java.util.concurrent.TimeUnit;

/**
 * The owner's side of a log: every batch goes through here. Owned by the thread named with {@link #owner(Thread)}, or
 * else by the first that appends; {@link io.epona.engine.Partition} documents the contract of the mutators.
 * <p>
 * A batch is written behind the log end, within the prepared limit of the active segment, where no reader looks. Then
 * it is stamped, and made visible by release stores of log end and high watermark. A batch that is refused after it
 * was copied is not published; its header is zeroed, so that recovery can never take it for a part of the log.
 * Nothing here does I/O: the memory was allocated and touched by the housekeeper, and a segment is left by taking the
 * one that the housekeeper has prepared.
 */
public final class LogAppender
{
    private static final int BACK_PRESSURED = ResultCode.BACK_PRESSURED.code();
    private static final int INVALID_RECORD = ResultCode.INVALID_RECORD.code();
    /** No batch is as long: what is longer is refused like this. */
    private static final int LENGTH_LIMIT = LogConfig.SEGMENT_BYTES_MAX;
    private static final int NOTHING_OPEN = 0;
    private static final int CLAIM_OPEN = 1;
    private static final int BATCH_OPEN = 2;
    private static final int TRUNCATING = 3;

    private final LogState state;
    private final LogPositions positions;
    /** Asked for a sync after every batch where that commits it; else null. */
    private final LogFlusher committer;
    private final Clock clock;
    private final int maxBatchLength;
    /** In a compacted log a record without a key could never be replaced, so none is let in. */
    private final boolean isKeyRequired;
    private final Crc32c crc = new Crc32c();
    private final RecordBatchBuilder builder = new RecordBatchBuilder(crc);
    private final LeaderEpochs epochs;
    private ProducerStates producers;

    private Segment active;
    private UnsafeBuffer buffer;
    private SegmentIndex segmentIndex;
    private int tail;
    /** Last prepared limit that was seen: read again only when a batch does not fit. */
    private int limit;
    private int nextIndexEntryAt;
    private int open = NOTHING_OPEN;
    private int claimIndex;
    private long claimTimestampNs;
    private long position;
    private long logEnd;
    private long lastAppendNs;
    private final long segmentNs;
    /** Append time from which on the active segment is too old; none while it is empty. */
    private long rollAtNs = Long.MAX_VALUE;
    private int leaderEpoch;
    private volatile int lastEpoch;
    private LogTruncation truncation;

    LogAppender(
        final LogState state,
        final LogFlusher committer,
        final Clock clock,
        final LogConfig config,
        final Segment active,
        final LogEnd end,
        final LeaderEpochs epochs,
        final ProducerStates producers)
    {
        this.epochs = epochs;
        this.producers = producers;
        this.state = state;
        this.positions = state.positions;
        this.committer = committer;
        this.clock = clock;
        this.maxBatchLength =
            Math.min(config.maxMessageBytes(), config.segmentBytes() - SegmentDescriptor.HEADER_LENGTH);
        this.isKeyRequired = config.cleanup().isCompacting();
        this.active = active;
        this.buffer = active.buffer();
        this.segmentIndex = active.index();
        this.tail = end.index();
        this.limit = active.preparedLimit();
        this.nextIndexEntryAt = segmentIndex.nextEntryAt();
        this.logEnd = end.offset();
        this.lastAppendNs = end.appendTimestampNs();
        this.segmentNs = TimeUnit.MILLISECONDS.toNanos(config.segmentMs());
        if (tail > SegmentDescriptor.HEADER_LENGTH)
        {
            ageFrom(RecordBatchDescriptor.appendTimestamp(buffer, SegmentDescriptor.HEADER_LENGTH));
        }
        this.lastEpoch = end.epoch();
        this.leaderEpoch = Math.max(0, end.epoch());
    }

    /**
     * Name the thread that may mutate. By the new owner, or before it starts.
     *
     * @param thread or null for none.
     */
    public void owner(final Thread thread)
    {
        state.owner(thread);
    }

    void leaderEpoch(final int epoch)
    {
        if (epoch < lastEpoch)
        {
            throw new IllegalArgumentException("leader epoch " + epoch + " is below that of the log, " + lastEpoch);
        }
        leaderEpoch = epoch;
    }

    int leaderEpoch()
    {
        return leaderEpoch;
    }

    int lastEpoch()
    {
        return lastEpoch;
    }

    /**
     * See {@link io.epona.engine.Partition#append(DirectBuffer, int, int)}.
     *
     * @param value  buffer.
     * @param index  of the value.
     * @param length in bytes.
     * @return offset or negative code.
     */
    public long append(final DirectBuffer value, final int index, final int length)
    {
        return append(clock.nowNs(), null, 0, RecordDescriptor.NULL_LENGTH, value, index, length);
    }

    /**
     * See {@link io.epona.engine.Partition#append(long, DirectBuffer, int, int, DirectBuffer, int, int)}.
     *
     * @param timestampNs epoch ns.
     * @param key         buffer.
     * @param keyIndex    of the key.
     * @param keyLength   in bytes, -1 for none.
     * @param value       buffer.
     * @param valueIndex  of the value.
     * @param valueLength in bytes, -1 for none.
     * @return offset or negative code.
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
        final int length = singleRecordLength(keyLength, valueLength);
        final int refusal = makeRoom(length, timestampNs);
        if (refusal < 0)
        {
            return refusal;
        }
        if (isKeyRequired && keyLength < 0)
        {
            return INVALID_RECORD;
        }

        builder.begin(buffer, tail, length, timestampNs);
        builder.append(timestampNs, key, keyIndex, keyLength, value, valueIndex, valueLength);
        builder.finish();

        return publish(timestampNs, length, 1);
    }

    /**
     * See {@link io.epona.engine.Partition#tryClaim}.
     *
     * @param timestampNs epoch ns.
     * @param keyLength   in bytes, -1 for none.
     * @param valueLength in bytes, -1 for none.
     * @return offset that the record will have, or negative code.
     */
    public long tryClaim(final long timestampNs, final int keyLength, final int valueLength)
    {
        final int length = singleRecordLength(keyLength, valueLength);
        final int refusal = makeRoom(length, timestampNs);
        if (refusal < 0)
        {
            return refusal;
        }
        if (isKeyRequired && keyLength < 0)
        {
            return INVALID_RECORD;
        }

        builder.begin(buffer, tail, length, timestampNs);
        claimIndex = builder.claim(timestampNs, keyLength, valueLength, 0);
        claimTimestampNs = timestampNs;
        open = CLAIM_OPEN;

        return logEnd;
    }

    /**
     * @return the buffer that holds the claim.
     */
    public MutableDirectBuffer claimBuffer()
    {
        return buffer;
    }

    /**
     * @return index of the key of the claimed record.
     */
    public int claimIndex()
    {
        return claimIndex;
    }

    /**
     * Append what was claimed.
     *
     * @return offset or negative code.
     */
    public long commitClaim()
    {
        return commit(CLAIM_OPEN, claimTimestampNs);
    }

    /**
     * Give the claim back.
     */
    public void abortClaim()
    {
        leave(CLAIM_OPEN);
    }

    /**
     * See {@link io.epona.engine.Partition#tryBeginBatch}.
     *
     * @param capacity in bytes.
     * @param nowNs    epoch ns.
     * @return the builder or null.
     */
    public RecordBatchBuilder tryBeginBatch(final int capacity, final long nowNs)
    {
        final int length = RecordBatchDescriptor.align(capacity);
        if (length > maxBatchLength || length < RecordBatchDescriptor.HEADER_LENGTH)
        {
            throw new IllegalArgumentException(
                "capacity of a batch must be from " + RecordBatchDescriptor.HEADER_LENGTH + " to " + maxBatchLength +
                ": " + capacity);
        }
        if (makeRoom(length, nowNs) < 0)
        {
            return null;
        }

        open = BATCH_OPEN;

        return builder.begin(buffer, tail, length, nowNs);
    }

    /**
     * See {@link io.epona.engine.Partition#commitBatch}.
     *
     * @param nowNs epoch ns.
     * @return base offset or negative code.
     */
    public long commitBatch(final long nowNs)
    {
        return commit(BATCH_OPEN, nowNs);
    }

    /**
     * Drop the batch that was begun.
     */
    public void abortBatch()
    {
        leave(BATCH_OPEN);
    }

    /**
     * See {@link io.epona.engine.Partition#appendBatch}.
     *
     * @param src    buffer.
     * @param index  of the batch.
     * @param length in bytes.
     * @param nowNs  epoch ns.
     * @return base offset or negative code.
     */
    public long appendBatch(final DirectBuffer src, final int index, final int length, final long nowNs)
    {
        if (length < RecordBatchDescriptor.HEADER_LENGTH || 0 != (length & (RecordBatchDescriptor.ALIGNMENT - 1)))
        {
            return ResultCode.CORRUPT_BATCH.code();
        }

        final int refusal = makeRoom(length, nowNs);
        if (refusal < 0)
        {
            return refusal;
        }

        final UnsafeBuffer log = buffer;
        final int batchIndex = tail;
        log.putBytes(batchIndex, src, index, length);

        // The copy: no one else can change it.
        int result = BatchValidator.validateProduced(log, batchIndex, length, crc);
        if (0 == result && isKeyRequired && !BatchValidator.isKeyed(log, batchIndex))
        {
            result = INVALID_RECORD;
        }
        if (result < 0)
        {
            log.setMemory(batchIndex, RecordBatchDescriptor.HEADER_LENGTH, (byte)0);
            return result;
        }

        final int count = RecordBatchDescriptor.recordCount(log, batchIndex);
        return RecordBatchDescriptor.NO_PRODUCER_ID == RecordBatchDescriptor.producerId(log, batchIndex) ?
            publish(nowNs, length, count) : publishOnce(nowNs, length, count);
    }

    /**
     * Publish the batch of an idempotent producer that stands at the tail, if it is the next one.
     *
     * @return base offset, of the same batch where it is in the log already, or negative code.
     */
    private long publishOnce(final long nowNs, final int length, final int count)
    {
        final UnsafeBuffer log = buffer;
        final int batchIndex = tail;
        final long verdict = producers.check(log, batchIndex, Math.max(lastAppendNs, nowNs));
        if (ProducerStates.ACCEPTED != verdict)
        {
            // All of it: a retry is nothing that recovery should have to cut and report.
            log.setMemory(batchIndex, length, (byte)0);
            return verdict;
        }

        active.markProducers();
        final long offset = publish(nowNs, length, count);
        producers.onBatch(log, batchIndex);

        return offset;
    }

    /**
     * See {@link io.epona.engine.Partition#lastSequence}.
     *
     * @param producerId of the producer.
     * @return sequence of its last record, -1 where it is not known.
     */
    public int lastSequence(final long producerId)
    {
        return producers.lastSequence(producerId);
    }

    ProducerStates producers()
    {
        return producers;
    }

    /** The log was cut: take over what its producers are there. By the owner, or while it is refused. */
    void producers(final ProducerStates newProducers)
    {
        producers = newProducers;
    }

    /**
     * See {@link PartitionLog#truncate} and {@link PartitionLog#reset}.
     *
     * @param offset  at which the log is to end, or to begin anew.
     * @param isReset whether it begins anew.
     * @return the request, done where there was nothing to do.
     */
    LogTruncation truncate(final long offset, final boolean isReset)
    {
        if (Thread.currentThread() != state.owner() && !state.adopt() || NOTHING_OPEN != open)
        {
            throw illegalUse(NOTHING_OPEN);
        }

        final LogTruncation request = new LogTruncation(this, offset, isReset);
        final int refusal = state.appendRefusal();
        if (refusal < 0 && ResultCode.STORAGE_LOW.code() != refusal)
        {
            request.complete(refusal);
        }
        else if (offset < (isReset ? 0 : positions.logStart()))
        {
            request.complete(ResultCode.OFFSET_OUT_OF_RANGE.code());
        }
        else if (!isReset && offset >= logEnd)
        {
            request.complete(logEnd);
        }
        else
        {
            open = TRUNCATING;
            truncation = request;
            state.truncationRequest(request);
        }

        return request;
    }

    /** Go on where the log ends now. Owner only, when the request is done; once. */
    void adopt(final LogTruncation request)
    {
        if (request != truncation)
        {
            return;
        }

        truncation = null;
        open = NOTHING_OPEN;
        final LogEnd end = request.end();
        if (null != end)
        {
            active = request.active();
            buffer = active.buffer();
            segmentIndex = active.index();
            tail = end.index();
            limit = active.preparedLimit();
            nextIndexEntryAt = segmentIndex.nextEntryAt();
            logEnd = end.offset();
            lastAppendNs = end.appendTimestampNs();
            rollAtNs = Long.MAX_VALUE;
            if (tail > SegmentDescriptor.HEADER_LENGTH)
            {
                ageFrom(RecordBatchDescriptor.appendTimestamp(buffer, SegmentDescriptor.HEADER_LENGTH));
            }
            lastEpoch = end.epoch();
            producers = request.producers();
        }
    }

    private static int singleRecordLength(final int keyLength, final int valueLength)
    {
        final long length = (long)Math.max(0, keyLength) + Math.max(0, valueLength) +
            RecordBatchDescriptor.HEADER_LENGTH + RecordDescriptor.FIXED_LENGTH;
        return length > LENGTH_LIMIT ? LENGTH_LIMIT : RecordBatchDescriptor.align((int)length);
    }

    private long commit(final int expected, final long nowNs)
    {
        leave(expected);
        if (0 == builder.recordCount())
        {
            throw new IllegalStateException("no record in the batch: abort it instead");
        }

        final int refusal = state.appendRefusal();
        if (refusal < 0 && ResultCode.STORAGE_LOW.code() != refusal)
        {
            return refusal;
        }

        final int length = builder.finish();
        if (isKeyRequired && !BatchValidator.isKeyed(buffer, tail))
        {
            buffer.setMemory(tail, RecordBatchDescriptor.HEADER_LENGTH, (byte)0);
            return INVALID_RECORD;
        }

        return RecordBatchDescriptor.NO_PRODUCER_ID == RecordBatchDescriptor.producerId(buffer, tail) ?
            publish(nowNs, length, builder.recordCount()) : publishOnce(nowNs, length, builder.recordCount());
    }

    private void leave(final int expected)
    {
        if (Thread.currentThread() != state.owner() || expected != open)
        {
            throw illegalUse(expected);
        }
        open = NOTHING_OPEN;
    }

    /**
     * See that a batch of a length can be written at the tail.
     *
     * @return 0, or the code to refuse with.
     */
    private int makeRoom(final int length, final long nowNs)
    {
        if (Thread.currentThread() != state.owner() && !state.adopt() || NOTHING_OPEN != open)
        {
            if (TRUNCATING != open || Thread.currentThread() != state.owner())
            {
                throw illegalUse(NOTHING_OPEN);
            }
            if (!truncation.poll())
            {
                return BACK_PRESSURED;
            }
        }

        final int refusal = state.appendRefusal();
        if (refusal < 0)
        {
            return refusal;
        }

        if (nowNs >= rollAtNs)
        {
            leaveOldSegment(length);
        }

        return length <= limit - tail && length <= maxBatchLength ? 0 : findRoom(length);
    }

    private void ageFrom(final long firstAppendNs)
    {
        rollAtNs = firstAppendNs > Long.MAX_VALUE - segmentNs ? Long.MAX_VALUE : firstAppendNs + segmentNs;
    }

    /** Where nothing is prepared yet, it is asked for, and the log goes on in the old segment until then. */
    private void leaveOldSegment(final int length)
    {
        final Segment next = state.prepared();
        if (null == next)
        {
            state.isSpareWanted(true);
        }
        else if (length <= next.preparedLimit() - SegmentDescriptor.HEADER_LENGTH)
        {
            roll(next);
        }
    }

    private int findRoom(final int length)
    {
        if (length > maxBatchLength)
        {
            return ResultCode.RECORD_TOO_LARGE.code();
        }

        limit = active.preparedLimit();
        if (length <= limit - tail)
        {
            return 0;
        }

        if (length > active.capacity() - tail)
        {
            final Segment next = state.prepared();
            if (null != next && length <= next.preparedLimit() - SegmentDescriptor.HEADER_LENGTH)
            {
                roll(next);
                return 0;
            }
        }

        if (length > state.wantedLength())
        {
            state.wantedLength(length);
        }
        state.counters.increment(LogCounters.RUNWAY_MISSES);

        return BACK_PRESSURED;
    }

    /**
     * Leave the active segment for the prepared one. The header goes into the mapping only; the housekeeper makes it
     * durable and gives the file its name, and recovery finds the file under either name.
     */
    private void roll(final Segment next)
    {
        final ByteBuffer checksumView = next.checksumView();
        if (null != checksumView)
        {
            crc.adoptView(next.buffer().byteBuffer(), checksumView);
        }
        SegmentDescriptor.encode(
            next.buffer(), state.topicId, state.partition, logEnd, next.createdNs(), next.capacity(),
            next.file().isReused() ? SegmentDescriptor.FLAG_REUSED : 0, crc);
        // A segment that was left without a batch gives its place to this one.
        next.previousBaseOffset(active.baseOffset() == logEnd ? active.previousBaseOffset() : active.baseOffset());
        if (SegmentDescriptor.NO_LINK != next.previousBaseOffset())
        {
            SegmentDescriptor.link(next.buffer(), next.previousBaseOffset(), crc);
        }
        next.begin(logEnd, position, SegmentDescriptor.HEADER_LENGTH);

        active.endIndex(tail);
        state.prepared(null);
        // The end is stored before this release, and this before those of log end and high watermark.
        active.next(next);

        if (state.isSpareWanted())
        {
            state.isSpareWanted(false);
        }
        rollAtNs = Long.MAX_VALUE;
        active = next;
        buffer = next.buffer();
        segmentIndex = next.index();
        tail = SegmentDescriptor.HEADER_LENGTH;
        limit = next.preparedLimit();
        nextIndexEntryAt = segmentIndex.nextEntryAt();
        state.counters.increment(LogCounters.ROLLS);
    }

    private long publish(final long nowNs, final int length, final int count)
    {
        final long offset = logEnd;
        final int batchIndex = tail;
        final long appendNs = Math.max(lastAppendNs, nowNs);
        final int epoch = leaderEpoch;
        RecordBatchDescriptor.stamp(buffer, batchIndex, offset, epoch, appendNs, crc);

        if (batchIndex >= nextIndexEntryAt)
        {
            segmentIndex.add(offset - active.baseOffset(), batchIndex, appendNs);
            nextIndexEntryAt = segmentIndex.nextEntryAt();
        }
        if (epoch != lastEpoch)
        {
            lastEpoch = epoch;
            epochs.trimStart(positions.logStart());
            epochs.onAppend(epoch, offset);
        }

        if (SegmentDescriptor.HEADER_LENGTH == batchIndex)
        {
            ageFrom(appendNs);
        }
        lastAppendNs = appendNs;
        tail = batchIndex + length;
        position += length;
        logEnd = offset + count;
        positions.publish(position, logEnd);
        // One replica: what is in this log is committed.
        positions.highWatermark(logEnd);
        if (null != committer)
        {
            committer.request();
        }

        return offset;
    }

    private IllegalStateException illegalUse(final int expected)
    {
        final Thread owner = state.owner();
        if (Thread.currentThread() != owner)
        {
            return new IllegalStateException(
                "partition " + state.partition + " is owned by " + (null == owner ? "no thread" : owner.getName()) +
                ", called by " + Thread.currentThread().getName());
        }

        return new IllegalStateException(
            NOTHING_OPEN == expected ? "a claim or batch is open: commit or abort it first" :
            CLAIM_OPEN == expected ? "nothing is claimed" : "no batch was begun");
    }
}
