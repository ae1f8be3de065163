package io.epona.broker;

import io.epona.engine.Clock;
import org.agrona.concurrent.Agent;

/**
 * An agent that is worth a turn only now and then: on a thread that also carries data, what serves connections and
 * sessions would cost every record that passes a tenth of its time.
 * <p>
 * Owned by one thread.
 */
final class PacedAgent implements Agent
{
    private final Agent agent;
    private final Clock clock;
    private final long intervalNs;
    private long nextNs;

    /**
     * @param agent      to run.
     * @param clock      of the cycle.
     * @param intervalNs from one turn to the next, at least.
     */
    PacedAgent(final Agent agent, final Clock clock, final long intervalNs)
    {
        this.agent = agent;
        this.clock = clock;
        this.intervalNs = intervalNs;
        this.nextNs = clock.nowNs();
    }

    @Override
    public void onStart()
    {
        agent.onStart();
    }

    @Override
    public int doWork() throws Exception
    {
        final long nowNs = clock.nowNs();
        if (nowNs - nextNs < 0)
        {
            return 0;
        }

        nextNs = nowNs + intervalNs;
        return agent.doWork();
    }

    @Override
    public void onClose()
    {
        agent.onClose();
    }

    @Override
    public String roleName()
    {
        return agent.roleName();
    }
}
