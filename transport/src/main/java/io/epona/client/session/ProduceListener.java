package io.epona.client.session;

/**
 * Port of a {@link ProducerMachine}: what became of the records. Called inside the machine's methods, on its thread;
 * must not call back into the machine.
 */
public interface ProduceListener
{
    /**
     * Records are settled. Every accepted record is settled once, those of one partition in the order in
     * which they were accepted; with acks 0 only those that never left.
     *
     * @param partition      of the records.
     * @param firstNumber    of the first, as {@link ProducerMachine#send} returned it.
     * @param count          of the records.
     * @param code           0, or a {@link io.epona.codecs.ResultCode} number.
     * @param isOutcomeKnown false where the records may be in the log, or get there yet, although the code is not 0.
     * @param baseOffset     of the first, -1 unknown.
     * @param leaderEpoch    of the leader, -1 unknown.
     * @param inMemory       replicas that hold them in memory.
     * @param onDisk         replicas that have them on disk.
     */
    void onSettled(
        ProducerPartition partition,
        long firstNumber,
        int count,
        int code,
        boolean isOutcomeKnown,
        long baseOffset,
        int leaderEpoch,
        int inMemory,
        int onDisk);

    /**
     * Records that were acknowledged are not in the log any more. How many is not known.
     *
     * @param partition   of the records.
     * @param leaderEpoch of the leader that does not have them.
     * @param firstLost   number of the first record that may be lost, as {@link ProducerMachine#send} returned it.
     */
    void onDataLoss(ProducerPartition partition, int leaderEpoch, long firstLost);
}
