package io.epona.engine.cluster;

import io.epona.engine.cluster.Coordination.Status;

import java.util.concurrent.TimeUnit;

/**
 * The one question to the coordination that is under way, and the time from which the next may be asked. An answer to
 * a question from before a restart does not count.
 * <p>
 * Owned by who asks.
 */
final class Asking
{
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private int generation;
    private boolean isUnderWay;
    private long notBeforeNs;
    private long nowNs;

    /**
     * @param now of this cycle.
     * @return whether something may be asked.
     */
    boolean mayAsk(final long now)
    {
        nowNs = now;
        return !isUnderWay && now - notBeforeNs >= 0;
    }

    /**
     * Something is asked.
     *
     * @return what names the question to {@link #take} or {@link #isAnswered}.
     */
    int begin()
    {
        isUnderWay = true;
        return generation;
    }

    /**
     * An answer came.
     *
     * @param asked the question.
     * @return whether it still counts.
     */
    boolean take(final int asked)
    {
        if (asked != generation)
        {
            return false;
        }
        isUnderWay = false;

        return true;
    }

    /**
     * An answer came to a question that is asked again where the answer cannot be used.
     *
     * @param asked  the question.
     * @param status of the answer.
     * @return whether it still counts, and can be used.
     */
    boolean isAnswered(final int asked, final Status status)
    {
        if (!take(asked))
        {
            return false;
        }

        final boolean isUsable =
            Status.OK == status || Status.NO_NODE == status || Status.NODE_EXISTS == status;
        if (!isUsable)
        {
            later();
        }

        return isUsable;
    }

    /** Nothing is under way any more: answers do not count. */
    void restart()
    {
        generation++;
        isUnderWay = false;
    }

    /** The next question waits for a while. */
    void later()
    {
        notBeforeNs = nowNs + RETRY_NS;
    }

    /** The next question may be asked at once. */
    void now()
    {
        notBeforeNs = nowNs;
    }
}
