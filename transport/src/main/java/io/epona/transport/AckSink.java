package io.epona.transport;

/**
 * Told what became of each batch, inside {@link ProduceSession#poll} on the producer's thread.
 */
@FunctionalInterface
public interface AckSink
{
    /**
     * A batch is settled. An exception comes out of the poll; the batch stays settled.
     *
     * @param partition      to which the batch went.
     * @param firstSequence  of its first record.
     * @param count          of its records.
     * @param code           0, or a {@link io.epona.codecs.ResultCode} number.
     * @param isOutcomeKnown false where the batch may be in the log although the code is not 0.
     * @param baseOffset     of its first record, -1 unknown.
     * @param leaderEpoch    of the leader, -1 unknown.
     * @param inMemory       replicas that hold it in memory.
     * @param onDisk         replicas that have it on disk.
     */
    void onAck(
        ProducePartition partition,
        long firstSequence,
        int count,
        int code,
        boolean isOutcomeKnown,
        long baseOffset,
        int leaderEpoch,
        int inMemory,
        int onDisk);
}
