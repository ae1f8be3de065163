package io.epona.broker.host;

/**
 * A topic that is being created or deleted. What it returns counts once it is done.
 */
public interface PendingTopic extends PendingReply
{
    /**
     * @return 0, or a negative code.
     */
    int code();

    /**
     * @return id of the topic; 0 where it was refused.
     */
    long topicId();

    /**
     * @return why it was refused, and what to do; empty for success.
     */
    String message();
}
