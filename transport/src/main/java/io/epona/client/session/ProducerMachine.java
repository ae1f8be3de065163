package io.epona.client.session;

import org.agrona.DirectBuffer;

/**
 * What a producer decides.
 */
public final class ProducerMachine
{
    private final ProducerContext context;

    /**
     * @param context settings and ports.
     */
    public ProducerMachine(final ProducerContext context)
    {
        this.context = context.conclude();
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
        throw new UnsupportedOperationException(context.toString());
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
        throw new UnsupportedOperationException();
    }

    /**
     * Hold no batch open: what was accepted goes as soon as the lanes take it.
     */
    public void flush()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Send, send again, give up, look up: whatever is due.
     *
     * @param nowNs monotonic time.
     * @return work count.
     */
    public int doWork(final long nowNs)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Lanes to a broker can be used.
     *
     * @param brokerId of the broker.
     * @param shards   of the broker.
     */
    public void onBrokerConnected(final int brokerId, final int shards)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * All lanes to a broker are gone. What was sent over them and not acked may have arrived or not.
     *
     * @param brokerId of the broker.
     * @param nowNs    monotonic time.
     */
    public void onBrokerLost(final int brokerId, final long nowNs)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * A broker answered to a batch.
     *
     * @param brokerId    of the broker.
     * @param shard       of the broker.
     * @param requestId   of the batch.
     * @param code        0, or a {@link io.epona.codecs.ResultCode} number.
     * @param leaderEpoch of the leader, -1 unknown.
     * @param baseOffset  of the first record; with OUT_OF_ORDER_SEQUENCE the last sequence that the leader has of this
     *                    producer in the epoch of the batch, -1 for none.
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
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
    }

    /**
     * @return records that were accepted and are not settled.
     */
    public long unsettledRecords()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Settle everything that is left as CLOSED.
     */
    public void close()
    {
        throw new UnsupportedOperationException();
    }
}
