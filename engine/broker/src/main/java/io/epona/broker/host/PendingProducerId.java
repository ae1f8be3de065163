package io.epona.broker.host;

/**
 * A producer id on its way.
 */
public interface PendingProducerId extends PendingReply
{
    /**
     * @return the id, or a negative code. Counts once it is done.
     */
    long producerId();
}
