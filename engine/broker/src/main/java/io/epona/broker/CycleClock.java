package io.epona.broker;

import io.epona.engine.Clock;
import org.agrona.concurrent.Agent;

/**
 * The time of a duty cycle, for the agents that share a thread: read once, as the first of them, and told to the
 * others as often as they ask.
 * <p>
 * Owned by one thread; before it runs, by the one that launches the broker.
 */
final class CycleClock implements Clock, Agent
{
    private final Clock clock;
    private long nowNs;

    /**
     * @param clock to read.
     */
    CycleClock(final Clock clock)
    {
        this.clock = clock;
        this.nowNs = clock.nowNs();
    }

    @Override
    public long nowNs()
    {
        return nowNs;
    }

    @Override
    public int doWork()
    {
        nowNs = clock.nowNs();
        return 0;
    }

    @Override
    public String roleName()
    {
        return "cycle-clock";
    }
}
