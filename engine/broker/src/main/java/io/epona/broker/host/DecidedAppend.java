package io.epona.broker.host;

/**
 * Hears what became of appends whose outcome comes later, see {@link HostedPartition#isDecidedLater}. On the shard's
 * thread, never from within the append.
 */
@FunctionalInterface
public interface DecidedAppend
{
    /**
     * @param correlationId that was given with the append.
     * @param code          0 where the batch is committed, or why that is not known.
     * @param leaderEpoch   in which it was appended.
     * @param baseOffset    of the batch.
     * @param replicas      in whose memory it is, as far as is known.
     */
    void onDecided(long correlationId, int code, int leaderEpoch, long baseOffset, int replicas);
}
