package io.epona.broker.host;

import io.epona.engine.PartitionReader;
import io.epona.engine.log.FlushPolicy;
import org.agrona.DirectBuffer;

/**
 * A partition as the lanes of a shard see it: of a broker that is alone ({@link EnginePartition}), or of one that is
 * part of a cluster. A process is one or the other, so only one implementation is ever loaded and calls through here
 * cost nothing.
 * <p>
 * Owned by the shard's thread, but for what says "any thread".
 */
public interface HostedPartition
{
    /** First offset wanted: what is committed from now on. */
    long START_LATEST = -1;
    /** First offset wanted: the first kept. */
    long START_EARLIEST = -2;

    /**
     * @return id of the topic. Any thread.
     */
    long topicId();

    /**
     * @return number of the partition in its topic. Any thread.
     */
    int index();

    /**
     * @return epoch in which batches are appended now. Any thread.
     */
    int leaderEpoch();

    /**
     * @return first offset kept. Any thread.
     */
    long logStart();

    /**
     * @return first offset that is not committed. Any thread.
     */
    long highWatermark();

    /**
     * @return next offset to be written. Any thread.
     */
    long logEnd();

    /**
     * @return first offset of which it is not known that it and all before are on disk here. Any thread.
     */
    long flushedEnd();

    /**
     * @return when the log is forced to disk. Any thread.
     */
    FlushPolicy flushPolicy();

    /**
     * @return the code with which appends are refused now, 0 where they are not. Any thread.
     */
    int refusal();

    /**
     * @param producerId of a batch that was refused as OUT_OF_ORDER_SEQUENCE.
     * @return sequence of the producer's last record in the log, -1 where it is not known.
     */
    int lastSequence(long producerId);

    /**
     * Append a producer's batch.
     *
     * @param buffer        that holds the batch.
     * @param index         of the batch.
     * @param length        of the batch in bytes.
     * @param acks          that the producer asks for: 0, 1, or -1 for all in-sync replicas.
     * @param correlationId told with the outcome where it comes later, see {@link #isDecidedLater}.
     * @param nowNs         epoch ns.
     * @return offset of its first record, or a negative code: nothing was appended then.
     */
    long appendBatch(DirectBuffer buffer, int index, int length, byte acks, long correlationId, long nowNs);

    /**
     * @param acks that a producer asks for.
     * @return whether the outcome of an append that returned an offset is told by its correlation id, later.
     */
    boolean isDecidedLater(byte acks);

    /**
     * @return 0 where consumers may read here, or why not. Any thread.
     */
    int readRefusal();

    /**
     * @return offset from which a consumer reads that wants only what comes, or a negative code. Any thread.
     */
    long latestOffset();

    /**
     * @return a reader, to be placed by {@link #place}; null where consumers cannot read here. Any thread.
     */
    PartitionReader newReader();

    /**
     * Place a consumer's reader where it wants to go on, if that is a place in this log.
     *
     * @param reader      of this partition.
     * @param startOffset first offset wanted, or {@link #START_LATEST}, {@link #START_EARLIEST}.
     * @param lastEpoch   leader epoch of the last record that the consumer has, -1 where it has none.
     * @return 0; BACK_PRESSURED where it is too early to tell: call again; or a negative code that ends the
     *         subscription. Any thread.
     */
    long place(PartitionReader reader, long startOffset, int lastEpoch);

    /**
     * @param epoch of the last record that a consumer has, which {@link #place} refused as TRUNCATED.
     * @return the greatest epoch of this log that is not above it, -1 where all are. Any thread.
     */
    int divergedEpoch(int epoch);

    /**
     * @param epoch of the last record that a consumer has, which {@link #place} refused as TRUNCATED.
     * @return where that epoch ends in this log. Any thread.
     */
    long divergedEnd(int epoch);

    /**
     * @param epoch in which a consumer began to read here.
     * @return whether this broker still serves the partition in that epoch. Any thread.
     */
    boolean isServedIn(int epoch);

    /**
     * @param refusal of a reader of this partition.
     * @return the code that its consumer is to hear: NOT_LEADER where it is to look for another broker. Any thread.
     */
    int endCode(int refusal);

    /**
     * Name the thread that appends from now on.
     *
     * @param owner the thread, or null for none.
     */
    void owner(Thread owner);
}
