package io.epona.broker.host;

/**
 * What a topic looks like, being gathered.
 */
public interface PendingDescription extends PendingReply
{
    /**
     * @return 0, or a negative code. Counts once it is done.
     */
    int code();

    /**
     * @return the topic; null where the code is negative.
     */
    TopicFigures figures();
}
