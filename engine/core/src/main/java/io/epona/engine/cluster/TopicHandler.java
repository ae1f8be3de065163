package io.epona.engine.cluster;

import io.epona.codecs.ResultCode;

/**
 * Receives the outcome of a change of a topic, on the thread that owns the controller.
 */
@FunctionalInterface
public interface TopicHandler
{
    /**
     * @param refusal null where it was done; NOT_CONTROLLER where another broker has to be asked, and nothing was done;
     *                TIMED_OUT where it may have been done or may be done later.
     * @param topicId of the topic, -1 where it is refused.
     * @param message for people, null where it was done.
     */
    void onTopic(ResultCode refusal, long topicId, String message);
}
