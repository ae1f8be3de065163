package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordDescriptor;
import io.epona.engine.Clock;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

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
public final class LogAppender extends LogTail
{
    private static final int BACK_PRESSURED = ResultCode.BACK_PRESSURED.code();
    private static final int INVALID_RECORD = ResultCode.INVALID_RECORD.code();
    /** No batch is as long: what is longer is refused like this. */
    private static final int LENGTH_LIMIT = LogConfig.SEGMENT_BYTES_MAX;
    private static final int NOTHING_OPEN = 0;
    private static final int CLAIM_OPEN = 1;
    private static final int BATCH_OPEN = 2;
    private static final int TRUNCATING = 3;

    private final Clock clock;
    /** In a compacted log a record without a key could never be replaced, so none is let in. */
    private final boolean isKeyRequired;
    private final RecordBatchBuilder builder = new RecordBatchBuilder(crc);
    private ProducerStates producers;
    private boolean areProducersKept;

    private int open = NOTHING_OPEN;
    private int claimIndex;
    private long claimTimestampNs;
    private int leaderEpoch;
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
        super(state, committer, config, epochs);
        this.producers = producers;
        this.clock = clock;
        this.isKeyRequired = config.cleanup().isCompacting();
        this.leaderEpoch = Math.max(0, end.epoch());
        goOn(active, end);
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
        if (epoch < lastEpoch())
        {
            throw new IllegalArgumentException("leader epoch " + epoch + " is below that of the log, " + lastEpoch());
        }
        leaderEpoch = epoch;
    }

    int leaderEpoch()
    {
        return leaderEpoch;
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

        return publish(timestampNs, length, 1, leaderEpoch);
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
            publish(nowNs, length, count, leaderEpoch) : publishOnce(nowNs, length, count);
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
        final long offset = publish(nowNs, length, count, leaderEpoch);
        producers.onBatch(log, batchIndex);

        return offset;
    }

    /**
     * Append a batch as the leader stamped it. What it says of its producer is taken over, not judged: the leader did.
     * Owner only, with nothing open.
     *
     * @param src    buffer.
     * @param index  of the batch.
     * @param length of it, plausible and all there.
     * @return next offset, or a negative code: CORRUPT_BATCH where a checksum or the content is wrong, or what
     *         {@link #appendBatch} returns where there is no room.
     */
    long appendStamped(final DirectBuffer src, final int index, final int length)
    {
        final long appendNs = RecordBatchDescriptor.appendTimestamp(src, index);
        final int refusal = makeRoom(length, appendNs);
        if (refusal < 0)
        {
            return refusal;
        }

        final UnsafeBuffer log = buffer;
        final int batchIndex = tail;
        log.putBytes(batchIndex, src, index, length);
        if (length != RecordBatchDescriptor.length(log, batchIndex) ||
            !BatchValidator.isHeaderValid(log, batchIndex, crc) ||
            0 != BatchValidator.validateBody(log, batchIndex, length, crc))
        {
            log.setMemory(batchIndex, length, (byte)0);
            return ResultCode.CORRUPT_BATCH.code();
        }

        final boolean hasProducer = RecordBatchDescriptor.NO_PRODUCER_ID !=
            RecordBatchDescriptor.producerId(log, batchIndex);
        if (hasProducer)
        {
            active.markProducers();
        }
        final long nextOffset = RecordBatchDescriptor.nextOffset(log, batchIndex);
        publishStamped(
            RecordBatchDescriptor.baseOffset(log, batchIndex), nextOffset,
            RecordBatchDescriptor.leaderEpoch(log, batchIndex), appendNs, length);
        if (hasProducer)
        {
            producers.onBatch(log, batchIndex);
        }

        return nextOffset;
    }

    /** Whether the header of a batch is as it was stamped. Owner only. */
    boolean isWhole(final DirectBuffer src, final int index)
    {
        return BatchValidator.isHeaderValid(src, index, crc);
    }

    void keepProducersOnTruncate(final boolean isKept)
    {
        areProducersKept = isKept;
    }

    /** Whether the log belongs to the housekeeper, or has just come back: then the owner goes on. Owner only. */
    boolean isBusy()
    {
        return TRUNCATING == open && !truncation.poll();
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

    /**
     * What a producer is told whose batch was out of order.
     *
     * @param producerId    of the producer.
     * @param producerEpoch of its batch.
     * @return sequence of its last record of that epoch, -1 for none.
     */
    public int lastSequence(final long producerId, final short producerEpoch)
    {
        final ProducerState state = producers.state(producerId);
        return null == state || state.epoch() != producerEpoch ? -1 : state.lastSequence();
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
            goOn(request.active(), end);
            producers = areProducersKept ? producers : request.producers();
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
            publish(nowNs, length, builder.recordCount(), leaderEpoch) :
            publishOnce(nowNs, length, builder.recordCount());
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

        return room(length, nowNs);
    }

    private IllegalStateException illegalUse(final int expected)
    {
        return state.illegalUse(
            NOTHING_OPEN == expected ? "a claim or batch is open: commit or abort it first" :
            CLAIM_OPEN == expected ? "nothing is claimed" : "no batch was begun");
    }
}
