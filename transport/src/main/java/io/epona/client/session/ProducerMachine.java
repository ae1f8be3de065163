package io.epona.client.session;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Object2ObjectHashMap;

import java.util.ArrayList;
import java.util.List;

import static io.epona.client.session.ClientTopic.Answer.MISSING;
import static io.epona.client.session.ClientTopic.Answer.REPLACED;
import static io.epona.client.session.ClientTopic.Answer.STALE;

/**
 * What a producer decides: which batch goes when and where, what is sent again, what became of each record. Records
 * are gathered by natural batching with a bound: while fewer than k batches of a lane are un-acked a record goes at
 * once, otherwise it joins the open batch of its partition, which goes when an ack returns, when it is full, or when
 * the linger time is over. What is sent again are the same bytes under
 * the same sequence. An idempotent producer writes each record once, in order, or says that it does not know
 * ({@link ProducerPartition} tells how).
 * <p>
 * Accepted records end in exactly one of these ways:
 * <ul>
 *   <li>acknowledged;</li>
 *   <li>given up, known not to be in the log: refused for good, or overdue and never sent or always refused;</li>
 *   <li>given up with an unknown outcome: overdue, or the topic or the epoch went away, after a sending that nobody
 *       answered.</li>
 * </ul>
 * Does not allocate while the same partitions go on. Owned by one thread; the ports are called on it.
 */
public final class ProducerMachine
{
    private final ProducerContext context;
    private final ProduceBrokers brokers = new ProduceBrokers();
    private final ProducerIdentity identity;
    private final Object2ObjectHashMap<String, ClientTopic<ProducerPartition>> topicsByName =
        new Object2ObjectHashMap<>();
    private final List<ClientTopic<ProducerPartition>> topics = new ArrayList<>();
    /** Partitions with records that are not settled. */
    private final List<ProducerPartition> active = new ArrayList<>();
    private final Crc32c crc = new Crc32c();
    private final BatchBuffers buffers;
    /** Of the last claim; only stored where it is another one, for the collector's barrier may cost a fence. */
    private ProducerPartition claimed;
    private long nowNs;
    /** Written by the machine's thread alone, read by any thread. */
    private volatile long strayAcks;
    private volatile long backPressured;

    /**
     * @param context settings and ports.
     */
    public ProducerMachine(final ProducerContext context)
    {
        this.context = context.conclude();
        identity = new ProducerIdentity(context.metadataPauseNs);
        buffers = new BatchBuffers(context.batchLength);
    }

    /**
     * One of the partitions to send to; its leader is looked up.
     *
     * @param topic     name.
     * @param partition index.
     * @return the same object for the same arguments.
     */
    public ProducerPartition partition(final String topic, final int partition)
    {
        ClientTopic<ProducerPartition> known = topicsByName.get(topic);
        if (null == known)
        {
            known = new ClientTopic<>(topic, context.metadataPauseNs);
            topicsByName.put(topic, known);
            topics.add(known);
        }
        for (final ProducerPartition existing : known.partitions())
        {
            if (partition == existing.partition)
            {
                return existing;
            }
        }
        final ProducerPartition added = new ProducerPartition(
            known, topic, partition, context, identity, buffers, crc);
        known.partitions().add(added);
        known.want();
        return added;
    }

    /**
     * Accept a record. It counts as accepted at the time of the last method that was given one.
     *
     * @param partition   of this machine.
     * @param timestampNs epoch ns.
     * @param key         buffer, ignored where keyLength is -1.
     * @param keyIndex    of the key.
     * @param keyLength   in bytes, -1 for none.
     * @param value       buffer, ignored where valueLength is -1.
     * @param valueIndex  of the value.
     * @param valueLength in bytes, -1 for a tombstone.
     * @return number of the record in its partition: 0, 1, 2, ...; or BACK_PRESSURED or RECORD_TOO_LARGE: not accepted.
     */
    public long send(
        final ProducerPartition partition,
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
        final int index = claim(partition, timestampNs, keyLength, valueLength);
        if (index < 0)
        {
            return index;
        }
        final MutableDirectBuffer buffer = claimedBuffer();
        if (keyLength > 0)
        {
            buffer.putBytes(index, key, keyIndex, keyLength);
        }
        if (valueLength > 0)
        {
            buffer.putBytes(index + Math.max(0, keyLength), value, valueIndex, valueLength);
        }
        return commitClaim();
    }

    /**
     * Claim room for a record in its batch, to be written in place and then committed or aborted before anything else
     * is done with this machine.
     *
     * @param partition   of this machine.
     * @param timestampNs epoch ns.
     * @param keyLength   in bytes, -1 for none.
     * @param valueLength in bytes, -1 for a tombstone.
     * @return index in {@link #claimedBuffer()} at which the key and then the value are to be written; or
     * BACK_PRESSURED or RECORD_TOO_LARGE: nothing is claimed.
     */
    public int claim(
        final ProducerPartition partition, final long timestampNs, final int keyLength, final int valueLength)
    {
        if (keyLength < -1 || valueLength < -1)
        {
            throw new IllegalArgumentException("negative length");
        }
        int index = partition.claim(nowNs, timestampNs, keyLength, valueLength);
        if (ResultCode.BACK_PRESSURED.code() == index && 0 == context.acks && push(partition) > 0)
        {
            index = partition.claim(nowNs, timestampNs, keyLength, valueLength);
        }
        if (index >= 0)
        {
            if (partition != claimed)
            {
                claimed = partition;
            }
        }
        else if (ResultCode.BACK_PRESSURED.code() == index)
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
        return claimed.claimedBuffer();
    }

    /**
     * Accept the claimed record.
     *
     * @return its number in its partition.
     */
    public long commitClaim()
    {
        final ProducerPartition partition = claimed;
        final long number = partition.commitClaim();
        if (!partition.isActive)
        {
            partition.isActive = true;
            active.add(partition);
        }
        // without acks there is none to wait for: what is accepted between two polls is one batch
        if (0 != context.acks && !partition.isGathering())
        {
            push(partition);
        }
        return number;
    }

    /**
     * Give the claimed room back.
     */
    public void abortClaim()
    {
        claimed.abortClaim();
    }

    /**
     * Hold no batch open: what was accepted goes as soon as the lanes take it.
     *
     * @return number of batches that went now, or BACK_PRESSURED where some are left.
     */
    public int flush()
    {
        int count = 0;
        boolean isLeft = false;
        for (int i = 0, size = active.size(); i < size; i++)
        {
            final ProducerPartition partition = active.get(i);
            partition.close();
            count += push(partition);
            isLeft |= partition.hasUnsent();
        }
        return isLeft ? ResultCode.BACK_PRESSURED.code() : count;
    }

    /**
     * Send, send again, give up, look up: whatever is due.
     *
     * @param nowNs monotonic time.
     * @return work count.
     */
    public int doWork(final long nowNs)
    {
        this.nowNs = nowNs;
        int workCount = context.isIdempotent ? identity.poll(nowNs, context.producerIds) : 0;
        for (int i = 0, size = topics.size(); i < size; i++)
        {
            workCount += topics.get(i).poll(nowNs, context.metadata);
        }
        workCount += expireRequests();

        for (int i = 0, size = active.size(); i < size; i++)
        {
            final ProducerPartition partition = active.get(i);
            workCount += partition.expire(nowNs);
            workCount += push(partition);
        }
        dropIdle();
        return workCount;
    }

    /**
     * The part of {@link #doWork} that cannot wait: send what may go by now. For callers that poll without a pause.
     *
     * @param nowNs monotonic time.
     * @return work count.
     */
    public int resume(final long nowNs)
    {
        this.nowNs = nowNs;
        int workCount = 0;
        for (int i = 0, size = active.size(); i < size; i++)
        {
            workCount += push(active.get(i));
        }
        return workCount;
    }

    /**
     * Lanes to a broker can be used.
     *
     * @param brokerId of the broker.
     * @param shards   of the broker.
     */
    public void onBrokerConnected(final int brokerId, final int shards)
    {
        brokers.connect(brokerId, shards);
    }

    /**
     * All lanes to a broker are gone. What was sent over them and not acked may have arrived or not.
     *
     * @param brokerId of the broker.
     * @param nowNs    monotonic time.
     */
    public void onBrokerLost(final int brokerId, final long nowNs)
    {
        this.nowNs = nowNs;
        brokers.disconnect(brokerId);
        final List<ProduceLane> lanes = brokers.lanes();
        for (int i = 0, size = lanes.size(); i < size; i++)
        {
            if (brokerId == lanes.get(i).brokerId)
            {
                lanes.get(i).loseAll();
            }
        }
    }

    /**
     * A broker answered to a batch.
     *
     * @param brokerId    of the broker.
     * @param shard       of the broker.
     * @param requestId   of the batch.
     * @param code        0, or a {@link io.epona.codecs.ResultCode} number.
     * @param leaderEpoch of the leader, -1 unknown: then a refusal is no proof that acknowledged records are gone.
     * @param baseOffset  of the first record, also where the batch was appended and its fate is open; with
     *                    OUT_OF_ORDER_SEQUENCE the last sequence that the leader has of this producer in the epoch of
     *                    the batch; negative for none.
     * @param inMemory    replicas that hold the batch in memory.
     * @param onDisk      replicas that have it on disk.
     * @param nowNs       monotonic time.
     */
    public void onAck(
        final int brokerId,
        final int shard,
        final int requestId,
        final int code,
        final int leaderEpoch,
        final long baseOffset,
        final int inMemory,
        final int onDisk,
        final long nowNs)
    {
        this.nowNs = nowNs;
        final ProduceLane lane = brokers.lane(brokerId, shard);
        if (null == lane || !lane.inFlight.isUnsettled(requestId))
        {
            // of a sending that counts as unanswered: the one that is awaited says the same or more
            strayAcks++;
            return;
        }

        final ProducerPartition partition = lane.inFlight.partition(requestId);
        final ProduceBatch batch = partition.batch(lane.inFlight.tag(requestId));
        if (code >= 0)
        {
            partition.onAcked(batch, leaderEpoch, baseOffset, inMemory, onDisk, nowNs);
        }
        else
        {
            onRefusal(partition, batch, code, leaderEpoch, baseOffset);
        }
        push(partition);
    }

    /**
     * A broker told what it knows of a topic.
     *
     * @param topic        name.
     * @param topicId      of the topic of that name, -1 where there is none.
     * @param leaders      broker id of each partition's leader, -1 none; null where there is no topic.
     * @param leaderEpochs of each partition; null where there is no topic.
     * @param nowNs        monotonic time.
     */
    public void onTopic(
        final String topic, final long topicId, final int[] leaders, final int[] leaderEpochs, final long nowNs)
    {
        this.nowNs = nowNs;
        final ClientTopic<ProducerPartition> known = topicsByName.get(topic);
        if (null == known)
        {
            return;
        }
        final ClientTopic.Answer answer = known.onAnswer(null == leaders ? -1 : topicId, nowNs);
        if (STALE == answer)
        {
            return;
        }
        for (int i = 0, size = known.partitions().size(); i < size; i++)
        {
            final ProducerPartition partition = known.partitions().get(i);
            if (MISSING == answer || partition.partition >= leaders.length)
            {
                onMissing(partition, REPLACED == answer);
                continue;
            }
            if (topicId != partition.topicId)
            {
                partition.onReplaced(topicId, leaders[partition.partition], leaderEpochs[partition.partition]);
            }
            else if (!partition.onLeader(leaders[partition.partition], leaderEpochs[partition.partition]) &&
                ResultCode.NOT_LEADER == partition.refusal)
            {
                // the broker that was asked has not heard of the new leader either
                known.want();
            }
            push(partition);
        }
    }

    /**
     * A producer id was allocated.
     *
     * @param code          0, or a {@link io.epona.codecs.ResultCode} number.
     * @param producerId    never given to another producer.
     * @param producerEpoch to begin with.
     * @param nowNs         monotonic time.
     */
    public void onProducerId(final int code, final long producerId, final short producerEpoch, final long nowNs)
    {
        this.nowNs = nowNs;
        identity.onProducerId(code, producerId, producerEpoch);
        for (int i = 0, size = active.size(); i < size; i++)
        {
            push(active.get(i));
        }
    }

    /**
     * @return records that were accepted and are not settled.
     */
    public long unsettledRecords()
    {
        long sum = 0;
        for (int i = 0, size = active.size(); i < size; i++)
        {
            sum += active.get(i).unsettledRecords();
        }
        return sum;
    }

    /**
     * Settle everything that is left as CLOSED.
     */
    public void close()
    {
        for (int i = 0, size = active.size(); i < size; i++)
        {
            active.get(i).closeAll();
        }
    }

    /**
     * @return acks for sendings that were given up before. Any thread.
     */
    public long strayAcks()
    {
        return strayAcks;
    }

    /**
     * @return records that were refused with BACK_PRESSURED. Any thread.
     */
    public long backPressured()
    {
        return backPressured;
    }

    /**
     * @return whether batches can be stamped: always, where the producer is not idempotent.
     */
    public boolean isIdentified()
    {
        return !context.isIdempotent || identity.isKnown();
    }

    /**
     * @return times that this producer took a new epoch. Any thread.
     */
    public long epochBumps()
    {
        return identity.bumps();
    }

    private void dropIdle()
    {
        int kept = 0;
        for (int i = 0, size = active.size(); i < size; i++)
        {
            final ProducerPartition partition = active.get(i);
            partition.isActive = !partition.isIdle();
            if (partition.isActive)
            {
                active.set(kept++, partition);
            }
        }
        while (active.size() > kept)
        {
            active.remove(active.size() - 1);
        }
    }

    private int push(final ProducerPartition partition)
    {
        partition.followIdentity();
        if (partition.isIdle() || partition.isBackingOff(nowNs))
        {
            return 0;
        }
        final ProduceLane lane = brokers.laneOf(partition);
        if (null == lane)
        {
            partition.clientTopic.want();
            return 0;
        }
        int count = partition.hasUnsent() ? partition.send(lane) : 0;
        if (partition.mayClose(nowNs, lane.inFlight.unacked()))
        {
            partition.close();
            count += partition.send(lane);
        }
        return count;
    }

    private int expireRequests()
    {
        int workCount = 0;
        final List<ProduceLane> lanes = brokers.lanes();
        for (int i = 0, size = lanes.size(); i < size; i++)
        {
            workCount += lanes.get(i).expire(nowNs, context.requestTimeoutNs, context.stallNs);
        }
        return workCount;
    }

    private void onRefusal(
        final ProducerPartition partition,
        final ProduceBatch batch,
        final int code,
        final int leaderEpoch,
        final long baseOffset)
    {
        final ResultCode result = ResultCode.get(code);
        partition.refusal = result;
        if (context.isIdempotent && ResultCode.OUT_OF_ORDER_SEQUENCE == result)
        {
            partition.onSequenceRefused(batch, code, leaderEpoch, (int)baseOffset, false, nowNs);
        }
        else if (context.isIdempotent && ResultCode.UNKNOWN_PRODUCER == result)
        {
            partition.onSequenceRefused(batch, code, leaderEpoch, -1, true, nowNs);
        }
        else if (ResultCode.NOT_LEADER == result && baseOffset < 0)
        {
            // it does not lead: it took nothing
            partition.onRefused(batch, code, nowNs);
            partition.clientTopic.want();
        }
        else if (null == result || !result.outcomeKnown())
        {
            // it may be in the log, and the leader may be another one by now
            batch.refusal = code;
            partition.onUnanswered(batch);
            partition.backOff(nowNs);
            partition.clientTopic.want();
        }
        else if (result.retriable() || ResultCode.UNKNOWN_TOPIC == result)
        {
            partition.onRefused(batch, code, nowNs);
            if (ResultCode.UNKNOWN_TOPIC == result || ResultCode.NOT_CONNECTED == result)
            {
                // deleted, or a broker that starts or stops
                partition.clientTopic.want();
            }
        }
        else
        {
            partition.giveUpRefused(batch, code);
        }
    }

    private static void onMissing(final ProducerPartition partition, final boolean isReplaced)
    {
        if (isReplaced)
        {
            // the topic of that name has fewer partitions
            partition.onReplaced(partition.clientTopic.topicId(), -1, -1);
            partition.giveUpAll(ResultCode.UNKNOWN_TOPIC.code());
        }
        else if (ResultCode.UNKNOWN_TOPIC == partition.refusal)
        {
            partition.giveUpAll(ResultCode.UNKNOWN_TOPIC.code());
        }
    }
}
