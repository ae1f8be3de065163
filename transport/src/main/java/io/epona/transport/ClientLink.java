package io.epona.transport;

/**
 * A data lane of a client to one shard of a broker, for as long as one session lasts. Used once. Owned by the thread of
 * its producer or consumer.
 */
public interface ClientLink extends AutoCloseable
{
    /**
     * Move on; a {@link ProduceLink} receives acks too.
     *
     * @param nowNs monotonic time.
     * @return work count.
     */
    int poll(long nowNs);

    /**
     * @return whether it can be used.
     */
    boolean isOpen();

    /**
     * @return whether it is over, for whatever reason: make a new one.
     */
    boolean isClosed();

    /**
     * @return messages that made no sense. Any thread.
     */
    default long malformed()
    {
        return 0;
    }

    /**
     * @return the {@link io.epona.codecs.ResultCode} number of why it is closed, or 0.
     */
    default int problemCode()
    {
        return 0;
    }

    /**
     * @return why it is closed, or null.
     */
    default String problem()
    {
        return null;
    }

    /**
     * Close it. Idempotent.
     */
    @Override
    void close();
}
