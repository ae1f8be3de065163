package io.epona.transport;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordDescriptor;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.ProduceEncoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.function.Supplier;

import static io.aeron.Publication.ADMIN_ACTION;
import static io.aeron.Publication.BACK_PRESSURED;
import static io.aeron.Publication.NOT_CONNECTED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * A producer's side of one produce lane: natural batching with a bound, un-acked batches, their acks and timeouts.
 * <p>
 * While fewer than k batches of the lane are un-acked a record goes at once, encoded in place in the lane. Otherwise it
 * goes into the open batch of its partition, which is sent when an ack returns, when it is full, or when the linger
 * time is over. Open batches are sent in the order in which they were opened, batches of a partition in the order of
 * their records; nothing is ever sent twice.
 * <p>
 * Sending reads no clock: deadlines count from the next {@link #poll}. Owned by the producer's thread.
 */
public final class ProduceSession
{
    /** Bytes before the batch: message header and block. */
    static final int PRODUCE_LENGTH = Inbound.HEADER_LENGTH + ProduceEncoder.BLOCK_LENGTH;

    private static final int ACKS_OFFSET = Inbound.HEADER_LENGTH + ProduceEncoder.acksEncodingOffset();
    /** Flag of a Produce: the producer holds records back, or soon will, until this batch is acked. */
    public static final int ACK_NOW = 1;

    private static final int POLL_LIMIT = 32;
    private static final long REOPEN_DELAY_NS = 50_000_000L;

    static
    {
        if (0 != (PRODUCE_LENGTH & 7))
        {
            throw new IllegalStateException("batches would not be aligned behind the schema's Produce");
        }
    }

    private final ProduceAcksReader acksReader = new ProduceAcksReader(this::onAck);
    private final OpenBatches openBatches = new OpenBatches();
    private final LaneClaim claim = new LaneClaim();
    private final ProduceEncoder produceEncoder = new ProduceEncoder();
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final UnsafeBuffer header = new UnsafeBuffer(new byte[PRODUCE_LENGTH]);
    private final Crc32c crc = new Crc32c();
    private final RecordBatchBuilder singleBuilder = new RecordBatchBuilder(crc);
    private final Supplier<SessionInfo> sessions;
    private final AckSink sink;
    private final int shard;
    private final byte acks;
    private final int maxBatches;
    private final int batchSize;
    private final long lingerNs;
    private final long requestTimeoutNs;
    private final InFlightBatches<ProducePartition> inFlight = new InFlightBatches<>(1024);
    private DataLane dataLane;
    private Lane lane;
    private long retryNs;
    private boolean hasRetry;
    private boolean isFailing;
    private int maxInFlight;
    private int maxBatchLength;
    private int stagingLength;
    private ProducePartition claimedPartition;
    private boolean isClaimedInPlace;
    /** Counters: written by the producer's thread alone, read by any thread. */
    private volatile long strayAcks;
    private volatile long lanesLost;
    private volatile long backPressured;

    /**
     * @param sessions         gives the open session or null.
     * @param sink             told about settled batches.
     * @param shard            of the broker.
     * @param acks             0, 1 or -1.
     * @param maxBatches       un-acked batches up to which a record is sent at once.
     * @param batchSize        most bytes of an open batch; 0 for what fits in one fragment of the lane.
     * @param lingerNs         longest time that an open batch waits for an ack.
     * @param requestTimeoutNs after which a batch is given up.
     */
    public ProduceSession(
        final Supplier<SessionInfo> sessions,
        final AckSink sink,
        final int shard,
        final int acks,
        final int maxBatches,
        final int batchSize,
        final long lingerNs,
        final long requestTimeoutNs)
    {
        this.sessions = sessions;
        this.sink = sink;
        this.shard = shard;
        this.acks = (byte)acks;
        this.maxBatches = maxBatches;
        this.batchSize = batchSize;
        this.lingerNs = lingerNs;
        this.requestTimeoutNs = requestTimeoutNs;
    }

    /**
     * @param topic     name.
     * @param topicId   of the topic.
     * @param partition index, of this session's shard.
     * @return the state of one more partition.
     */
    public ProducePartition addPartition(final String topic, final long topicId, final int partition)
    {
        return new ProducePartition(topic, topicId, partition, this, crc);
    }

    /**
     * Go on with a partition in another session, or for a topic that took the place of a deleted one. Its open batch
     * goes with it; what was sent already stays with its session and is settled there. Sequences go on. No record of
     * this session may be claimed.
     *
     * @param partition of this session.
     * @param topicId   of the topic.
     * @param target    session of the shard that owns the partition now, of the same producer; may be this one.
     */
    public void move(final ProducePartition partition, final long topicId, final ProduceSession target)
    {
        partition.topicId = topicId;
        if (this != target)
        {
            partition.session = target;
            if (partition.isOpen)
            {
                openBatches.remove(partition);
                target.openBatches.add(partition);
            }
        }
    }

    /**
     * @return whether batches can go out.
     */
    public boolean isOpen()
    {
        return null != lane;
    }

    /**
     * @return why there is no lane, or null.
     */
    public String problem()
    {
        return null == dataLane ? null : dataLane.problem();
    }

    /**
     * @return the {@link ResultCode} number of why there is no lane, or 0.
     */
    public int problemCode()
    {
        return null == dataLane || !dataLane.isClosed() ? 0 : dataLane.code();
    }

    /**
     * @return records that were accepted and are not settled.
     */
    public long unackedRecords()
    {
        return openBatches.records() + inFlight.unackedRecords();
    }

    /**
     * @return messages that made no sense. Any thread.
     */
    public long malformed()
    {
        return acksReader.malformed();
    }

    /**
     * @return acks for batches that were already settled. Any thread.
     */
    public long strayAcks()
    {
        return strayAcks;
    }

    /**
     * @return lanes that were open and are gone. Any thread.
     */
    public long lanesLost()
    {
        return lanesLost;
    }

    /**
     * @return records that were refused with BACK_PRESSURED. Any thread.
     */
    public long backPressured()
    {
        return backPressured;
    }

    /**
     * Accept a record.
     *
     * @param partition   of this session.
     * @param timestampNs epoch ns.
     * @param key         buffer, ignored where keyLength is -1.
     * @param keyIndex    of the key.
     * @param keyLength   in bytes, -1 for none.
     * @param value       buffer, ignored where valueLength is -1.
     * @param valueIndex  of the value.
     * @param valueLength in bytes, -1 for a tombstone.
     * @return sequence of the record in its partition, or a negative {@link ResultCode} number: not accepted.
     */
    public long send(
        final ProducePartition partition,
        final long timestampNs,
        final DirectBuffer key,
        final int keyIndex,
        final int keyLength,
        final DirectBuffer value,
        final int valueIndex,
        final int valueLength)
    {
        if (keyLength > 0)
        {
            key.boundsCheck(keyIndex, keyLength);
        }
        if (valueLength > 0)
        {
            value.boundsCheck(valueIndex, valueLength);
        }

        final long index = claimRecord(partition, timestampNs, keyLength, valueLength);
        if (index < 0)
        {
            return index;
        }

        final MutableDirectBuffer buffer = claimedBuffer();
        int next = (int)index;
        if (keyLength > 0)
        {
            buffer.putBytes(next, key, keyIndex, keyLength);
            next += keyLength;
        }
        if (valueLength > 0)
        {
            buffer.putBytes(next, value, valueIndex, valueLength);
        }
        return commitClaim();
    }

    /**
     * Claim room for a record, to be written in place and then committed or aborted before anything else is done.
     *
     * @param partition   of this session.
     * @param timestampNs epoch ns.
     * @param keyLength   in bytes, -1 for none.
     * @param valueLength in bytes, -1 for a tombstone.
     * @return index in {@link #claimedBuffer()} at which the key and then the value are to be written, or a negative
     * {@link ResultCode} number: nothing is claimed.
     */
    public long claimRecord(
        final ProducePartition partition, final long timestampNs, final int keyLength, final int valueLength)
    {
        if (keyLength < -1 || valueLength < -1)
        {
            throw new IllegalArgumentException("negative length");
        }
        final long length = RecordBatchDescriptor.HEADER_LENGTH +
            (RecordDescriptor.FIXED_LENGTH + (long)Math.max(0, keyLength) + Math.max(0, valueLength) + 7 & -8L);
        if (!partition.isOpen && mayFlush() && length <= maxBatchLength &&
            PRODUCE_LENGTH + length <= lane.maxPayloadLength() && inFlight.span() < maxInFlight)
        {
            if (claimInLane(PRODUCE_LENGTH + (int)length) > 0)
            {
                return claimSingle(partition, timestampNs, keyLength, valueLength, (int)length);
            }
        }
        final long index = claimInBatch(partition, timestampNs, keyLength, valueLength, length);
        if (BACK_PRESSURED == index)
        {
            backPressured++;
        }
        return index;
    }

    /**
     * @return the buffer of the claimed record.
     */
    public MutableDirectBuffer claimedBuffer()
    {
        return isClaimedInPlace ? claim.buffer() : claimedPartition.staging;
    }

    /**
     * @return sequence of the record that was claimed.
     */
    public long commitClaim()
    {
        final ProducePartition partition = claimedPartition;
        claimedPartition = null;
        final long sequence = partition.nextSequence++;
        if (isClaimedInPlace)
        {
            isClaimedInPlace = false;
            singleBuilder.finish();
            encodeHeader(claim.buffer(), claim.index(), partition);
            claim.commit();
            onSent(partition, sequence, 1);
        }
        else
        {
            openBatches.onRecord();
            if (mayFlush())
            {
                flush(partition);
            }
        }
        return sequence;
    }

    /**
     * Give the claimed room back.
     */
    public void abortClaim()
    {
        final ProducePartition partition = claimedPartition;
        claimedPartition = null;
        if (isClaimedInPlace)
        {
            isClaimedInPlace = false;
            claim.abort();
        }
        else
        {
            partition.builder.abortClaim();
            if (0 == partition.builder.recordCount())
            {
                closeBatch(partition);
            }
        }
    }

    /**
     * Receive acks, give up what is overdue, send what may go, mind the lane.
     *
     * @param nowNs monotonic time.
     * @return work count.
     */
    public int poll(final long nowNs)
    {
        int workCount = pollLane(nowNs);
        inFlight.stampDeadlines(nowNs + requestTimeoutNs);
        while (inFlight.isOldestExpired(nowNs))
        {
            settle(inFlight.oldestId(), ResultCode.TIMED_OUT.code(), false, -1, -1, 0, 0);
            workCount++;
        }
        return workCount + pollOpen(nowNs);
    }

    /**
     * Send all open batches, whatever is un-acked.
     *
     * @return number of batches sent, or a negative {@link ResultCode} number where some are left.
     */
    public int flush()
    {
        int count = 0;
        while (null != openBatches.first())
        {
            final long result = flush(openBatches.first());
            if (result < 0)
            {
                return (int)result;
            }
            count++;
        }
        return count;
    }

    /**
     * Settle everything that is left and close the lane. Call until nothing is un-acked where the sink throws.
     */
    public void close()
    {
        closeLane();
        while (inFlight.unacked() > 0)
        {
            settle(inFlight.oldestId(), ResultCode.CLOSED.code(), false, -1, -1, 0, 0);
        }
        while (null != openBatches.first())
        {
            failBatch(openBatches.first(), ResultCode.CLOSED.code());
        }
    }

    private boolean mayFlush()
    {
        return null != lane && 0 != acks && inFlight.unacked() < maxBatches;
    }

    private long claimInLane(final int length)
    {
        long result = lane.tryClaim(length, claim);
        if (ADMIN_ACTION == result)
        {
            result = lane.tryClaim(length, claim);
        }
        return result;
    }

    private long claimSingle(
        final ProducePartition partition,
        final long timestampNs,
        final int keyLength,
        final int valueLength,
        final int batchLength)
    {
        claimedPartition = partition;
        isClaimedInPlace = true;
        return singleBuilder
            .begin(claim.buffer(), claim.index() + PRODUCE_LENGTH, batchLength, timestampNs)
            .claim(timestampNs, keyLength, valueLength, 0);
    }

    private long claimInBatch(
        final ProducePartition partition,
        final long timestampNs,
        final int keyLength,
        final int valueLength,
        final long length)
    {
        if (partition.isOpen)
        {
            final int index = 0 != partition.finishedLength ? -1 :
                partition.builder.claim(timestampNs, keyLength, valueLength, 0);
            if (index >= 0)
            {
                claimedPartition = partition;
                return index;
            }
            final long result = flush(partition);
            if (result < 0)
            {
                return result;
            }
        }

        final long result = openBatch(partition, timestampNs, length);
        if (result < 0)
        {
            return result;
        }
        claimedPartition = partition;
        return partition.builder.claim(timestampNs, keyLength, valueLength, 0);
    }

    private long openBatch(final ProducePartition partition, final long timestampNs, final long length)
    {
        if (0 == maxBatchLength)
        {
            // no lane yet, ever: nothing is known about lengths
            return NOT_CONNECTED;
        }
        if (length > maxBatchLength)
        {
            return ResultCode.RECORD_TOO_LARGE.code();
        }

        final int capacity = (int)Math.max(length, stagingLength);
        if (null == partition.staging || partition.staging.capacity() < capacity)
        {
            // once for a partition, and again for the first record that is larger than a batch
            partition.staging = new UnsafeBuffer(new byte[capacity]);
        }
        partition.builder.begin(partition.staging, 0, capacity, timestampNs);
        partition.isOpen = true;
        partition.isOpenTimeKnown = false;
        partition.firstSequence = partition.nextSequence;
        partition.finishedLength = 0;
        openBatches.add(partition);
        return 0;
    }

    private long flush(final ProducePartition partition)
    {
        if (null == lane)
        {
            return NOT_CONNECTED;
        }
        if (inFlight.span() >= maxInFlight)
        {
            return BACK_PRESSURED;
        }
        if (0 == partition.finishedLength)
        {
            partition.finishedLength = partition.builder.finish();
        }
        if (partition.finishedLength > maxBatchLength)
        {
            // filled for a lane that took more than this one: settled by the next poll
            return BACK_PRESSURED;
        }

        encodeHeader(header, 0, partition);
        long result = lane.offer(header, 0, PRODUCE_LENGTH, partition.staging, 0, partition.finishedLength);
        if (ADMIN_ACTION == result)
        {
            result = lane.offer(header, 0, PRODUCE_LENGTH, partition.staging, 0, partition.finishedLength);
        }
        if (result < 0)
        {
            return ADMIN_ACTION == result ? BACK_PRESSURED : result;
        }

        final int count = partition.builder.recordCount();
        closeBatch(partition);
        onSent(partition, partition.firstSequence, count);
        return result;
    }

    private void closeBatch(final ProducePartition partition)
    {
        openBatches.remove(partition);
        partition.isOpen = false;
        partition.finishedLength = 0;
    }

    private void failBatch(final ProducePartition partition, final int code)
    {
        final int count = partition.builder.recordCount();
        closeBatch(partition);
        sink.onAck(partition, partition.firstSequence, count, code, true, -1, -1, 0, 0);
    }

    private void onSent(final ProducePartition partition, final long firstSequence, final int count)
    {
        if (0 == acks)
        {
            inFlight.skip();
        }
        else
        {
            inFlight.add(partition, firstSequence, count);
        }
    }

    private void encodeHeader(final MutableDirectBuffer buffer, final int index, final ProducePartition partition)
    {
        // The batch that fills the bound asks for its ack at once, for records wait behind it from now on; the one that
        // fills half of it does, so that they need not: acks come once for several batches, before the bound is hit.
        final int unacked = inFlight.unacked() + 1;
        final long flags = unacked == maxBatches || unacked == maxBatches >> 1 ? ACK_NOW : 0;
        // acks, flags and the padding behind them in one store
        buffer.putLong(index + ACKS_OFFSET, acks & 0xFFL | flags << Byte.SIZE, LITTLE_ENDIAN);
        produceEncoder.wrapAndApplyHeader(buffer, index, headerEncoder)
            .token(dataLane.session().token())
            .topicId(partition.topicId)
            .partition(partition.partition)
            .requestId(inFlight.nextId());
    }

    private int pollOpen(final long nowNs)
    {
        int workCount = 0;
        while (null != openBatches.first())
        {
            final ProducePartition partition = openBatches.first();
            if (null != lane && partition.finishedLength > maxBatchLength)
            {
                failBatch(partition, ResultCode.RECORD_TOO_LARGE.code());
                workCount++;
                continue;
            }
            if (!partition.isOpenTimeKnown)
            {
                partition.isOpenTimeKnown = true;
                partition.openedNs = nowNs;
            }

            final long ageNs = nowNs - partition.openedNs;
            if ((0 == acks || mayFlush() || ageNs >= lingerNs || 0 != partition.finishedLength) &&
                flush(partition) > 0)
            {
                workCount++;
                continue;
            }
            if (ageNs < requestTimeoutNs)
            {
                break;
            }
            failBatch(partition, ResultCode.TIMED_OUT.code());
            workCount++;
        }
        return workCount;
    }

    private int pollLane(final long nowNs)
    {
        if (isFailing)
        {
            while (inFlight.unacked() > 0)
            {
                settle(inFlight.oldestId(), (int)NOT_CONNECTED, false, -1, -1, 0, 0);
            }
            isFailing = false;
        }
        if (null == dataLane)
        {
            return openLane(nowNs);
        }
        if (null == lane)
        {
            return pollOpening(nowNs);
        }

        final int workCount = lane.poll(acksReader, POLL_LIMIT);
        if (lane.isClosed() || sessions.get() != dataLane.session() || (0 == workCount && !lane.isConnected()))
        {
            lanesLost++;
            closeLane();
            isFailing = true;
            return workCount + 1;
        }
        return workCount;
    }

    private int openLane(final long nowNs)
    {
        final SessionInfo session = sessions.get();
        if (null == session || (hasRetry && nowNs - retryNs < 0))
        {
            return 0;
        }
        dataLane = new DataLane(session, LaneKind.PRODUCE, shard, requestTimeoutNs);
        return 1;
    }

    private int pollOpening(final long nowNs)
    {
        final int workCount = dataLane.poll(nowNs);
        if (dataLane.isOpen())
        {
            lane = dataLane.lane();
            maxInFlight = Math.min(inFlight.capacity(), dataLane.session().maxRequestsInFlight());
            maxBatchLength =
                Math.min(dataLane.session().maxMessageBytes(), lane.maxMessageLength() - PRODUCE_LENGTH) & -8;
            final int fragment = lane.maxPayloadLength() - PRODUCE_LENGTH & -8;
            stagingLength = Math.min(maxBatchLength, 0 == batchSize ? fragment : batchSize & -8);
        }
        else if (dataLane.isClosed() || sessions.get() != dataLane.session())
        {
            dataLane.close();
            retryLater(nowNs);
        }
        return workCount;
    }

    private void retryLater(final long nowNs)
    {
        if (dataLane.isClosed() && nowNs - retryNs >= 0 && hasRetry)
        {
            hasRetry = false;
            dataLane = null;
        }
        else if (!hasRetry)
        {
            hasRetry = true;
            retryNs = nowNs + REOPEN_DELAY_NS;
        }
    }

    private void closeLane()
    {
        if (null != dataLane)
        {
            dataLane.close();
            dataLane = null;
        }
        lane = null;
        hasRetry = false;
    }

    private void onAck(
        final int requestId,
        final int code,
        final long baseOffset,
        final int leaderEpoch,
        final int inMemory,
        final int onDisk)
    {
        if (inFlight.isUnsettled(requestId))
        {
            final ResultCode result = ResultCode.get(code);
            final boolean isOutcomeKnown = 0 == code || null != result && result.outcomeKnown();
            settle(requestId, code, isOutcomeKnown, baseOffset, leaderEpoch, inMemory, onDisk);
        }
        else
        {
            strayAcks++;
        }
    }

    private void settle(
        final int requestId,
        final int code,
        final boolean isOutcomeKnown,
        final long baseOffset,
        final int leaderEpoch,
        final int inMemory,
        final int onDisk)
    {
        final ProducePartition partition = inFlight.partition(requestId);
        final long firstSequence = inFlight.tag(requestId);
        final int count = inFlight.count(requestId);
        // first: where the sink throws, this batch is not given to it again
        inFlight.settle(requestId);
        sink.onAck(
            partition, firstSequence, count, code, isOutcomeKnown, baseOffset, leaderEpoch, inMemory, onDisk);
    }
}
