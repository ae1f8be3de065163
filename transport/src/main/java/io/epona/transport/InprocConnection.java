package io.epona.transport;

/**
 * A client's connection to a broker in the same JVM. The same messages as over Aeron go through its lanes, the session
 * included; only pushes are replaced by reading the log itself.
 * <p>
 * Methods may be called from any thread and do not block; what they return belongs to the caller's thread.
 */
public interface InprocConnection extends AutoCloseable
{
    /**
     * @return the client's end of a new control lane; the first message on it is Connect.
     */
    Lane controlLane();

    /**
     * @param shard of the broker.
     * @return the client's end of a new produce lane to a shard; the first message on it is Attach.
     */
    Lane produceLane(int shard);

    /**
     * @param shard of the broker.
     * @param token of the session.
     * @return a source of pushes that reads the logs of a shard.
     */
    PushSource pushSource(int shard, long token);

    /**
     * @return whether the broker still runs.
     */
    boolean isOpen();

    /**
     * Close what was handed out. Idempotent.
     */
    @Override
    void close();
}
