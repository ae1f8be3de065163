package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.TopicHandler;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Puts requests of operators where the controller finds them: nodes that it deletes when it has done what they ask for,
 * or found that it cannot be done. Any broker can. A request whose outcome is unknown is made again, since one that
 * stands already is as good; and given up after a while.
 * <p>
 * Owned by the thread that owns the coordination, and called back on it.
 */
final class OperatorRequests
{
    /** Time after which a request that does not stand is answered TIMED_OUT. */
    static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    /** Requests that wait at most; more are refused. */
    private static final int WAITING_MAX = 10_000;

    private static final class Request
    {
        private final long topicId;
        private final Operation creation;
        private final TopicHandler handler;
        private final long deadlineNs;
        private long dueNs = Long.MIN_VALUE;
        private boolean isUnderWay;
        private boolean isAnswered;

        private Request(
            final long topicId, final Operation creation, final TopicHandler handler, final long deadlineNs)
        {
            this.topicId = topicId;
            this.creation = creation;
            this.handler = handler;
            this.deadlineNs = deadlineNs;
        }
    }

    private final Coordination coordination;
    private final List<Request> waiting = new ArrayList<>();
    private long nowNs;

    OperatorRequests(final Coordination coordination)
    {
        this.coordination = coordination;
    }

    /**
     * Ask for something.
     *
     * @param topicId  that it concerns.
     * @param creation of the node.
     * @param handler  told, in a later cycle, when the request stands.
     */
    void add(final long topicId, final Operation creation, final TopicHandler handler)
    {
        if (waiting.size() >= WAITING_MAX)
        {
            handler.onTopic(ResultCode.LIMIT_REACHED, -1, "too many requests of operators wait");
        }
        else
        {
            waiting.add(new Request(topicId, creation, handler, nowNs + TIMEOUT_NS));
        }
    }

    /**
     * Issue what is due.
     *
     * @param now      epoch ns.
     * @param isUsable whether a session holds that is not suspended.
     * @return amount of work done.
     */
    int doWork(final long now, final boolean isUsable)
    {
        nowNs = now;
        if (waiting.isEmpty())
        {
            return 0;
        }

        int workCount = 0;
        for (final Request request : List.copyOf(waiting))
        {
            if (now >= request.deadlineNs)
            {
                workCount++;
                answer(request, ResultCode.TIMED_OUT, "the request may stand, or may come to: look, then repeat it");
            }
            else if (isUsable && !request.isUnderWay && now >= request.dueNs)
            {
                workCount++;
                request.isUnderWay = true;
                request.dueNs = now + StateProposals.PACE_NS;
                coordination.multi(
                    List.of(request.creation), (status, failedIndex, versions) -> onChange(request, status));
            }
        }

        return workCount;
    }

    /** A session is over: what was under way in it is not answered. */
    void onSessionLost()
    {
        waiting.forEach((request) -> request.isUnderWay = false);
    }

    private void onChange(final Request request, final Status status)
    {
        request.isUnderWay = false;
        if (Status.OK == status || Status.NODE_EXISTS == status)
        {
            answer(request, null, null);
        }
        // Else it is made again: what it hangs on is there since the cluster was founded.
    }

    private void answer(final Request request, final ResultCode refusal, final String message)
    {
        if (!request.isAnswered)
        {
            request.isAnswered = true;
            waiting.remove(request);
            request.handler.onTopic(refusal, null == refusal ? request.topicId : -1, message);
        }
    }
}
