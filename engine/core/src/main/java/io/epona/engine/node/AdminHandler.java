package io.epona.engine.node;

import io.epona.codecs.ResultCode;

/**
 * Receives the outcome of an administrative request, in a later duty cycle.
 */
@FunctionalInterface
public interface AdminHandler
{
    /**
     * @param refusal null where it was done; NOT_CONTROLLER where another broker has to be asked
     *                ({@link ClusterNode#controllerId()}); TIMED_OUT or INTERNAL where it may have been done or may be
     *                done later.
     * @param topicId of the topic, -1 where it is refused.
     * @param message for people, null where it was done.
     */
    void onAdmin(ResultCode refusal, long topicId, String message);
}
