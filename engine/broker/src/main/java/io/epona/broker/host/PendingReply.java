package io.epona.broker.host;

/**
 * An answer that may take time: asked for by the conductor, and looked at by it.
 */
public interface PendingReply
{
    /**
     * @return whether the answer is there; from then on it does not change.
     */
    boolean isDone();
}
