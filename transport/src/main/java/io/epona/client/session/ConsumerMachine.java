package io.epona.client.session;

import org.agrona.DirectBuffer;

/**
 * What a consumer decides.
 */
public final class ConsumerMachine
{
    /** Timestamp of {@link ConsumeLanes#listOffsets} that asks for the high watermark. */
    public static final long LATEST = -1;
    /** Timestamp of {@link ConsumeLanes#listOffsets} that asks for the log start. */
    public static final long EARLIEST = -2;

    private final ConsumerContext context;

    /** Where to go on from a position that is out of range. */
    public enum Reset
    {
        /** At the log start. */
        EARLIEST,
        /** At the high watermark. */
        LATEST,
        /** Nowhere: the partition fails until a seek. */
        FAIL
    }

    /**
     * @param context settings and ports.
     */
    public ConsumerMachine(final ConsumerContext context)
    {
        this.context = context.conclude();
    }

    /**
     * Read a partition from where the reset policy says; with {@link Reset#FAIL} it waits for a seek.
     *
     * @param topic     name.
     * @param partition index.
     * @return the same object for the same arguments, until it is removed.
     */
    public ConsumerPartition add(final String topic, final int partition)
    {
        throw new UnsupportedOperationException(context.toString());
    }

    /**
     * Read a partition no longer.
     *
     * @param partition of this machine.
     */
    public void remove(final ConsumerPartition partition)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Go on from a position, as it was stored.
     *
     * @param partition of this machine.
     * @param offset    of the next record, at least 0.
     * @param lastEpoch leader epoch of the record before it, -1 unknown: then it cannot be noticed that the log was cut
     *                  in between.
     */
    public void seek(final ConsumerPartition partition, final long offset, final int lastEpoch)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Go on from an end of the log, as it is when the leader is asked, or from a time.
     *
     * @param partition of this machine.
     * @param timestamp {@link #EARLIEST}, {@link #LATEST} or epoch ns.
     */
    public void seekTo(final ConsumerPartition partition, final long timestamp)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Deliver nothing until {@link #resume}; the position stays.
     *
     * @param partition of this machine.
     */
    public void pause(final ConsumerPartition partition)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Go on from the position.
     *
     * @param partition of this machine.
     */
    public void resume(final ConsumerPartition partition)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Subscribe, ask, look up: whatever is due.
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
     * All lanes to a broker are gone.
     *
     * @param brokerId of the broker.
     * @param nowNs    monotonic time.
     */
    public void onBrokerLost(final int brokerId, final long nowNs)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Whole batches of one subscription, contiguous. The first may begin below the offset that was asked for.
     *
     * @param subscriptionId of the subscription.
     * @param leaderEpoch    of the leader that pushes.
     * @param highWatermark  first offset that is not committed.
     * @param logStart       first offset that is kept.
     * @param buffer         holding the batches; read during the call only.
     * @param index          of the first batch.
     * @param length         of all batches.
     * @param limit          most records to deliver.
     * @param nowNs          monotonic time.
     * @return number of records delivered, or -1 - that number where the limit ended it: to be given again.
     */
    public int onPush(
        final int subscriptionId,
        final int leaderEpoch,
        final long highWatermark,
        final long logStart,
        final DirectBuffer buffer,
        final int index,
        final int length,
        final int limit,
        final long nowNs)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * A subscription was refused or is over.
     *
     * @param subscriptionId of the subscription.
     * @param code           {@link io.epona.codecs.ResultCode} number.
     * @param leaderEpoch    of the broker's leadership, -1 unknown.
     * @param divergedEpoch  with TRUNCATED: greatest epoch of the leader's log that is not above the last epoch of the
     *                       subscription, -1 unknown.
     * @param divergedEnd    with TRUNCATED: end of that epoch in the leader's log, -1 unknown.
     * @param nowNs          monotonic time.
     */
    public void onSubscriptionEnd(
        final int subscriptionId,
        final int code,
        final int leaderEpoch,
        final int divergedEpoch,
        final long divergedEnd,
        final long nowNs)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Answer to {@link ConsumeLanes#listOffsets}.
     *
     * @param correlationId of the request.
     * @param code          0, or a {@link io.epona.codecs.ResultCode} number.
     * @param leaderEpoch   of the leader, -1 unknown.
     * @param offset        that was asked for.
     * @param nowNs         monotonic time.
     */
    public void onOffsets(
        final long correlationId, final int code, final int leaderEpoch, final long offset, final long nowNs)
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
     * End all subscriptions.
     */
    public void close()
    {
        throw new UnsupportedOperationException();
    }
}
