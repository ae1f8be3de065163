package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Coordination.Status;

/**
 * A topic request under way: a state machine that does one step that may block in a poll, so that the runways of the
 * other partitions are looked after between them. Owned by the housekeeper.
 */
interface TopicOperation
{
    /**
     * Do one step.
     *
     * @param nowNs epoch ns.
     * @return amount of work done, 0 while waiting.
     */
    int poll(long nowNs);

    /**
     * @return whether the request is decided and nothing is left to do.
     */
    boolean isDone();

    /**
     * @return partitions that count against the limit because of this operation.
     */
    int partitionCount();

    /**
     * @return whether another request about the same name has to wait.
     */
    boolean holdsName();

    /**
     * @return the request.
     */
    TopicRequest request();

    /**
     * Say how a step that the coordination did not make ends a request.
     *
     * @param request to refuse.
     * @param status  of the step.
     * @param purpose of the step.
     */
    static void refuse(final TopicRequest request, final Status status, final String purpose)
    {
        switch (status)
        {
            case OUTCOME_UNKNOWN -> request.refuse(
                ResultCode.INTERNAL,
                "it is not known whether the attempt to " + purpose + " took effect: see the error log, restart, and " +
                "list the topics");
            case SESSION_EXPIRED -> request.refuse(
                ResultCode.NOT_CONTROLLER, "the session with the coordination ended: try again");
            default -> request.refuse(
                ResultCode.INTERNAL,
                "the coordination answered " + status + " to the attempt to " + purpose + ": see the error log");
        }
    }
}
