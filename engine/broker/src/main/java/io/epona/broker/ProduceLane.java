package io.epona.broker;

import io.aeron.Publication;
import io.epona.broker.host.HostedPartition;
import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.ProduceAcksEncoder;
import io.epona.codecs.client.ProduceDecoder;
import io.epona.engine.log.FlushPolicy;
import io.epona.transport.Lane;
import io.epona.transport.LaneClaim;
import io.epona.transport.MessageHandler;
import io.epona.transport.ProduceLink;
import org.agrona.DirectBuffer;

/**
 * One produce lane: batches in, acks out. A batch goes from the message straight into the mapped log; what the log
 * cannot take in this cycle stays in the lane, so that the producer feels it.
 * <p>
 * Owned by the shard agent.
 */
final class ProduceLane implements MessageHandler
{
    private static final int BLOCK_INDEX = MessageGate.HEADER_LENGTH;
    private static final int BATCH_INDEX = BLOCK_INDEX + ProduceDecoder.BLOCK_LENGTH;
    private static final int FRAGMENTS_PER_CYCLE = 32;
    private static final int BYTES_PER_CYCLE = 512 * 1024;
    private static final int MAX_ACKS_PER_MESSAGE = 256;
    /**
     * What nobody waits for is sent when there is nothing better to do, and on UDP, where it costs a datagram, only
     * when this time has passed: or else when many acks wait, or the producer waits for one.
     */
    private static final long ACK_INTERVAL_NS = 50_000;
    private static final int MANY_ACKS = 32;

    private final ProduceDecoder decoder = new ProduceDecoder();
    private final int laneId;
    private final Lane lane;
    private final long token;
    private final boolean isPaced;
    private final int maxBatchLength;
    private final AckRing acks;
    private final HeldAcks held;
    private final PartitionTable partitions;
    private final BrokerCounters.ShardCounters counters;
    private final LaneWatch watch;
    private HostedPartition lastPartition;
    private Violation violation;
    /** Appends whose outcome the partition tells later. */
    private int undecided;
    private int bytesLeft;
    private long nowNs;
    private long lastAckNs;
    private boolean isAckAwaited;

    /**
     * @param laneId     that no other lane of the shard ever has.
     * @param lane       that was attached.
     * @param token      of its session.
     * @param isPaced    whether acks cost datagrams.
     * @param limits     of the broker.
     * @param partitions of the shard.
     * @param counters   of the shard.
     * @param watch      told of violations.
     */
    ProduceLane(
        final int laneId,
        final Lane lane,
        final long token,
        final boolean isPaced,
        final Limits limits,
        final PartitionTable partitions,
        final BrokerCounters.ShardCounters counters,
        final LaneWatch watch)
    {
        this.laneId = laneId;
        this.lane = lane;
        this.token = token;
        this.isPaced = isPaced;
        this.maxBatchLength = limits.maxBatchLength();
        this.acks = new AckRing(limits.maxRequestsInFlight());
        this.held = new HeldAcks(limits.maxRequestsInFlight());
        this.partitions = partitions;
        this.counters = counters;
        this.watch = watch;
    }

    long token()
    {
        return token;
    }

    Lane lane()
    {
        return lane;
    }

    /**
     * Take in what has arrived, within the bounds of a cycle.
     *
     * @param nowNs of the cycle.
     * @return messages taken.
     */
    int poll(final long nowNs)
    {
        this.nowNs = nowNs;
        bytesLeft = BYTES_PER_CYCLE;
        final int count = lane.poll(this, FRAGMENTS_PER_CYCLE);
        if (null != violation)
        {
            watch.onViolation(lane, "produce", violation);
        }
        else if (lane.isClosed() && null != lane.fault())
        {
            watch.onFault(lane, "produce");
        }

        return count;
    }

    @Override
    public boolean onMessage(final DirectBuffer buffer, final int index, final int length)
    {
        if (acks.room() <= held.size() + undecided || bytesLeft <= 0)
        {
            return false;
        }

        final int templateId = MessageGate.check(buffer, index, length);
        if (ProduceDecoder.TEMPLATE_ID != templateId)
        {
            violation = templateId < 0 ? MessageGate.violation(templateId) : Violation.TEMPLATE;
            return false;
        }

        decoder.wrap(buffer, index + BLOCK_INDEX, ProduceDecoder.BLOCK_LENGTH, ProduceDecoder.SCHEMA_VERSION);
        final byte wantedAcks = decoder.acks();
        if (token != decoder.token() || wantedAcks < -1 || wantedAcks > 1)
        {
            violation = token != decoder.token() ? Violation.TOKEN : Violation.VALUE;
            return false;
        }

        bytesLeft -= length;
        isAckAwaited |= 0 != (decoder.flags() & ProduceLink.ACK_NOW);
        return append(
            decoder.topicId(),
            decoder.partition(),
            decoder.requestId(),
            wantedAcks,
            buffer,
            index + BATCH_INDEX,
            length - BATCH_INDEX);
    }

    private boolean append(
        final long topicId,
        final int partitionIndex,
        final int requestId,
        final byte wantedAcks,
        final DirectBuffer buffer,
        final int index,
        final int length)
    {
        HostedPartition partition = lastPartition;
        if (null == partition || partition.index() != partitionIndex || partition.topicId() != topicId)
        {
            partition = partitions.find(topicId, partitionIndex);
            lastPartition = partition;
        }

        final long result;
        if (null == partition)
        {
            result = ResultCode.UNKNOWN_TOPIC.code();
        }
        else if (length > maxBatchLength)
        {
            result = ResultCode.RECORD_TOO_LARGE.code();
        }
        else
        {
            result = partition.appendBatch(
                buffer, index, length, wantedAcks, correlationId(laneId, requestId), nowNs);
        }

        if (result >= 0)
        {
            counters.batchesIn.incrementRelease();
            counters.bytesIn.getAndAddRelease(length);
            if (partition.isDecidedLater(wantedAcks))
            {
                undecided++;
            }
            else if (0 != wantedAcks && FlushPolicy.COMMIT == partition.flushPolicy())
            {
                held.hold(partition, requestId, result, nowNs);
            }
            else if (0 != wantedAcks)
            {
                acks.accepted(requestId, result, partition.leaderEpoch(), 1);
            }
            return true;
        }

        if (Publication.BACK_PRESSURED == result)
        {
            counters.logBackPressure.incrementRelease();
            bytesLeft = 0;
            return false;
        }

        counters.refusals.incrementRelease();
        if (0 != wantedAcks)
        {
            acks.refused(
                requestId,
                (short)result,
                null == partition ? -1 : partition.leaderEpoch(),
                ResultCode.OUT_OF_ORDER_SEQUENCE.code() != result ? -1 :
                    partition.lastSequence(RecordBatchDescriptor.producerId(buffer, index)));
        }
        return true;
    }

    private static long correlationId(final int laneId, final int requestId)
    {
        return (long)laneId << Integer.SIZE | requestId & 0xFFFF_FFFFL;
    }

    /**
     * @param correlationId of an append.
     * @return the lane that it came on.
     */
    static int laneIdOf(final long correlationId)
    {
        return (int)(correlationId >> Integer.SIZE);
    }

    int laneId()
    {
        return laneId;
    }

    /**
     * The outcome of an append that was decided later.
     *
     * @param correlationId of the append.
     * @param code          0 where the batch is committed, or why that is not known.
     * @param leaderEpoch   in which it was appended.
     * @param baseOffset    of the batch.
     * @param replicas      in whose memory it is, as far as is known.
     */
    void onDecided(
        final long correlationId, final int code, final int leaderEpoch, final long baseOffset, final int replicas)
    {
        undecided--;
        if (0 == code)
        {
            acks.accepted((int)correlationId, baseOffset, leaderEpoch, replicas);
        }
        else
        {
            acks.refused((int)correlationId, (short)code, leaderEpoch, baseOffset);
        }
    }

    /**
     * Send the acks that wait, several in a message.
     *
     * @param nowNs   of the cycle.
     * @param isIdle  whether the cycle had no other work.
     * @param encoder of the shard.
     * @param header  of the shard.
     * @param claim   of the shard.
     * @return messages sent.
     */
    int sendAcks(
        final long nowNs,
        final boolean isIdle,
        final ProduceAcksEncoder encoder,
        final MessageHeaderEncoder header,
        final LaneClaim claim)
    {
        int sent = 0;
        if (0 != held.size())
        {
            held.release(acks, nowNs);
        }
        while (!acks.isEmpty() && !lane.isClosed() &&
            (isAckAwaited || acks.size() >= MANY_ACKS || isIdle && !isPaced || nowNs - lastAckNs >= ACK_INTERVAL_NS))
        {
            final int count =
                Math.min(Math.min(acks.size(), MAX_ACKS_PER_MESSAGE), AckRing.maxCount(lane.maxPayloadLength()));
            long result = lane.tryClaim(AckRing.messageLength(count), claim);
            if (Publication.ADMIN_ACTION == result)
            {
                result = lane.tryClaim(AckRing.messageLength(count), claim);
            }
            if (result <= 0)
            {
                onRefusedAck(result);
                break;
            }
            acks.encode(encoder, header, claim.buffer(), claim.index(), count);
            claim.commit();
            acks.remove(count);
            lastAckNs = nowNs;
            sent++;
        }
        isAckAwaited &= !acks.isEmpty() || 0 != held.size() + undecided;

        return sent;
    }

    private void onRefusedAck(final long result)
    {
        if (Publication.BACK_PRESSURED == result || Publication.ADMIN_ACTION == result)
        {
            counters.ackBackPressure.incrementRelease();
        }
        else
        {
            // The peer is gone, or the stream is used up: the client comes back with a new lane.
            lane.close();
        }
    }

    /**
     * @param partition that goes away: it is not touched again.
     * @param code      to refuse with what waits.
     */
    void forget(final HostedPartition partition, final int code)
    {
        if (lastPartition == partition)
        {
            lastPartition = null;
        }
        held.forget(partition, code, acks);
    }
}
