package io.epona.client;

/**
 * What became of one batch: a range of records that {@link Producer#send} numbered one behind the other. A flyweight,
 * valid during {@link AckHandler#onAck} only.
 */
public interface Receipt
{
    /**
     * @return name of the topic.
     */
    String topic();

    /**
     * @return index of the partition.
     */
    int partition();

    /**
     * @return what {@code send} returned for the first record of the batch.
     */
    long firstSequence();

    /**
     * @return number of records in the batch.
     */
    int count();

    /**
     * @return 0, or the {@link io.epona.codecs.ResultCode} number of what went wrong.
     */
    int code();

    /**
     * @return false where the batch failed, and yet may be in the log: the answer was lost, or did not come in time.
     */
    boolean isOutcomeKnown();

    /**
     * @return offset of the first record, -1 where there is none; the others follow it without a gap.
     */
    long baseOffset();

    /**
     * @return epoch of the leader that appended the batch, -1 where none did.
     */
    int leaderEpoch();

    /**
     * @return number of replicas that held the batch in memory when the answer was sent.
     */
    int inMemory();

    /**
     * @return number of replicas that had the batch on disk, synced, when the answer was sent.
     */
    int onDisk();
}
