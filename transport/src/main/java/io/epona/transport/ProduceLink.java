package io.epona.transport;

import io.epona.codecs.ResultCode;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.ProduceEncoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.IntArrayList;
import org.agrona.concurrent.UnsafeBuffer;

import static io.aeron.Publication.ADMIN_ACTION;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * A producer's lane to one shard of a broker, for as long as one session lasts: batches out, acks in. Used once: when
 * it is closed a new one is made, and whoever sent over it decides what is sent again. Owned by the producer's thread.
 */
public final class ProduceLink implements ClientLink
{
    /** Flag of a Produce: the producer holds records back, or soon will, until this batch is acked. */
    public static final int ACK_NOW = 1;
    /** Bytes before the batch: message header and block. */
    static final int PRODUCE_LENGTH = Inbound.HEADER_LENGTH + ProduceEncoder.BLOCK_LENGTH;

    private static final int ACKS_OFFSET = Inbound.HEADER_LENGTH + ProduceEncoder.acksEncodingOffset();
    private static final int POLL_LIMIT = 32;

    static
    {
        if (0 != (PRODUCE_LENGTH & 7))
        {
            throw new IllegalStateException("batches would not be aligned behind the schema's Produce");
        }
    }

    private final ProduceEncoder produce = new ProduceEncoder();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final UnsafeBuffer head = new UnsafeBuffer(new byte[PRODUCE_LENGTH]);
    private final ProduceAcksReader acksReader = new ProduceAcksReader(this::onAck);
    /** Requests that no lane can carry: answered by the next poll. */
    private final IntArrayList refused = new IntArrayList();
    private final LaneClaim claim = new LaneClaim();
    private final Acks sink;
    private final DataLane dataLane;
    private final int shard;
    private Lane lane;
    private int unacked;
    private int maxUnacked;
    private int maxBatchLength;
    private int maxPayloadLength;

    /** Told about each ack, inside {@link #poll}. */
    public interface Acks
    {
        /**
         * @param link        that the batch was sent over.
         * @param requestId   of the batch.
         * @param code        0, or a {@link ResultCode} number.
         * @param leaderEpoch in which the broker knows the partition, -1 unknown.
         * @param baseOffset  of its first record; with OUT_OF_ORDER_SEQUENCE the last sequence of the leader.
         * @param inMemory    replicas that hold it in memory.
         * @param onDisk      replicas that have it on disk.
         */
        void onAck(
            ProduceLink link, int requestId, int code, int leaderEpoch, long baseOffset, int inMemory, int onDisk);
    }

    /**
     * @param session   that pays for the lane.
     * @param shard     of the broker.
     * @param sink      told about acks.
     * @param timeoutNs for opening the lane.
     */
    public ProduceLink(final SessionInfo session, final int shard, final Acks sink, final long timeoutNs)
    {
        this.sink = sink;
        this.shard = shard;
        this.dataLane = new DataLane(session, LaneKind.PRODUCE, shard, timeoutNs);
    }

    /**
     * @return id of the broker.
     */
    public int brokerId()
    {
        return dataLane.session().brokerId();
    }

    /**
     * @return shard of the broker.
     */
    public int shard()
    {
        return shard;
    }

    @Override
    public boolean isOpen()
    {
        return null != lane;
    }

    @Override
    public boolean isClosed()
    {
        return dataLane.isClosed();
    }

    @Override
    public int problemCode()
    {
        return dataLane.isClosed() ? dataLane.code() : 0;
    }

    @Override
    public String problem()
    {
        return dataLane.problem();
    }

    /**
     * @return most bytes of a batch, known once the link is open.
     */
    public int maxBatchLength()
    {
        return maxBatchLength;
    }

    /**
     * @return bytes of a batch that travels in one piece, known once the link is open.
     */
    public int fragmentBatchLength()
    {
        return Math.min(maxBatchLength, maxPayloadLength - PRODUCE_LENGTH & -8);
    }

    @Override
    public long malformed()
    {
        return acksReader.malformed();
    }

    /**
     * Send a batch.
     *
     * @param requestId comes back with the ack.
     * @param topicId   of the topic.
     * @param partition index.
     * @param acks      0, 1, or -1 for all.
     * @param flags     {@link #ACK_NOW} or 0.
     * @param buffer    holding the batch; copied before this returns.
     * @param index     of the batch.
     * @param length    of the batch.
     * @return false where the lane has no room now, or is not open: nothing was sent.
     */
    public boolean produce(
        final int requestId,
        final long topicId,
        final int partition,
        final byte acks,
        final int flags,
        final DirectBuffer buffer,
        final int index,
        final int length)
    {
        if (null == lane || unacked >= maxUnacked)
        {
            return false;
        }
        if (length > maxBatchLength)
        {
            refused.addInt(requestId);
            return true;
        }
        final int messageLength = PRODUCE_LENGTH + length;
        long result;
        if (messageLength <= maxPayloadLength)
        {
            result = lane.tryClaim(messageLength, claim);
            if (ADMIN_ACTION == result)
            {
                result = lane.tryClaim(messageLength, claim);
            }
            if (result > 0)
            {
                encode(claim.buffer(), claim.index(), requestId, topicId, partition, acks, flags);
                claim.buffer().putBytes(claim.index() + PRODUCE_LENGTH, buffer, index, length);
                claim.commit();
            }
        }
        else
        {
            encode(head, 0, requestId, topicId, partition, acks, flags);
            result = lane.offer(head, 0, PRODUCE_LENGTH, buffer, index, length);
            if (ADMIN_ACTION == result)
            {
                result = lane.offer(head, 0, PRODUCE_LENGTH, buffer, index, length);
            }
        }
        if (result > 0 && 0 != acks)
        {
            unacked++;
        }
        return result > 0;
    }

    private void encode(
        final MutableDirectBuffer buffer,
        final int index,
        final int requestId,
        final long topicId,
        final int partition,
        final byte acks,
        final int flags)
    {
        // acks, flags and the padding behind them in one store
        buffer.putLong(index + ACKS_OFFSET, acks & 0xFFL | (long)flags << Byte.SIZE, LITTLE_ENDIAN);
        produce.wrapAndApplyHeader(buffer, index, header)
            .token(dataLane.session().token())
            .topicId(topicId)
            .partition(partition)
            .requestId(requestId);
    }

    @Override
    public int poll(final long nowNs)
    {
        if (null == lane)
        {
            final int workCount = dataLane.poll(nowNs);
            if (dataLane.isOpen())
            {
                lane = dataLane.lane();
                maxPayloadLength = lane.maxPayloadLength();
                maxUnacked = dataLane.session().maxRequestsInFlight();
                maxBatchLength =
                    Math.min(dataLane.session().maxMessageBytes(), lane.maxMessageLength() - PRODUCE_LENGTH) & -8;
            }
            return workCount;
        }

        int workCount = lane.poll(acksReader, POLL_LIMIT);
        if (lane.isClosed() || 0 == workCount && !lane.isConnected())
        {
            close();
            workCount++;
        }
        while (!refused.isEmpty())
        {
            sink.onAck(this, refused.removeAt(0), ResultCode.RECORD_TOO_LARGE.code(), -1, -1, 0, 0);
            workCount++;
        }
        return workCount;
    }

    @Override
    public void close()
    {
        dataLane.close();
        lane = null;
    }

    private void onAck(
        final int requestId,
        final int code,
        final long baseOffset,
        final int leaderEpoch,
        final int inMemory,
        final int onDisk)
    {
        unacked = Math.max(0, unacked - 1);
        sink.onAck(this, requestId, code, leaderEpoch, baseOffset, inMemory, onDisk);
    }
}
