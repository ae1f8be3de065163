package io.epona.engine.replica;

/**
 * Port: who waits for the outcome of an append with acks=all. Called on the thread of the shard, from within any call
 * into it but the append itself; must not call back into the shard, and must not throw.
 */
@FunctionalInterface
public interface AppendListener
{
    /**
     * An append that was parked is decided, once.
     *
     * @param topicId       of the topic.
     * @param partition     of the topic.
     * @param correlationId that was given with the append.
     * @param code          0 where the batch is committed; else NOT_LEADER (the leadership ended, outcome unknown),
     *                      TIMED_OUT (the record stays, outcome unknown), UNKNOWN_TOPIC (the replica is gone).
     * @param leaderEpoch   in which it was appended.
     * @param baseOffset    of the batch.
     */
    void onAppendDecided(
        long topicId, int partition, long correlationId, int code, int leaderEpoch, long baseOffset);
}
