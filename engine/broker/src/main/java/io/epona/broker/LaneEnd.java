package io.epona.broker;

import io.epona.transport.Lane;

/**
 * Decides when a data lane is over. A lane whose peer or session is gone is still drained for a moment: a producer that
 * wants no acks closes right behind its last batch.
 * <p>
 * Owned by the shard agent.
 */
final class LaneEnd
{
    private static final long DRAIN_NS = 1_000_000_000L;
    private static final long NEVER = Long.MAX_VALUE;

    private long drainDeadlineNs = NEVER;

    /**
     * @param lane          to judge.
     * @param isSessionOpen whether the session of the lane is open.
     * @param polled        messages that the lane gave in this cycle.
     * @param nowNs         of the cycle.
     * @return whether the lane has to go.
     */
    boolean isOver(final Lane lane, final boolean isSessionOpen, final int polled, final long nowNs)
    {
        if (lane.isClosed())
        {
            return true;
        }
        if (isSessionOpen && lane.isConnected())
        {
            drainDeadlineNs = NEVER;
            return false;
        }
        if (NEVER == drainDeadlineNs)
        {
            drainDeadlineNs = nowNs + DRAIN_NS;
        }
        return 0 == polled || nowNs > drainDeadlineNs;
    }
}
