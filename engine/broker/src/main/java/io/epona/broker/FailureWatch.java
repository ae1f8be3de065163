package io.epona.broker;

import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Notices when a data thread cannot go on, and stops the others: a broker that serves half its partitions is worse than
 * one that is seen to be down. Any thread.
 */
final class FailureWatch
{
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final ErrorHandler errorHandler;

    FailureWatch(final ErrorHandler errorHandler)
    {
        this.errorHandler = errorHandler;
    }

    void fail(final Throwable throwable)
    {
        if (failure.compareAndSet(null, throwable))
        {
            errorHandler.onError(throwable);
        }
    }

    /**
     * @return what failed, or null.
     */
    Throwable failure()
    {
        return failure.get();
    }

    /**
     * Watch an agent: an {@link Error} that comes out of it fails the broker; an exception does not. Once the broker
     * has failed, the agent ends.
     *
     * @param agent to watch.
     * @return the agent to run.
     */
    Agent watch(final Agent agent)
    {
        return new Watched(agent);
    }

    private final class Watched implements Agent
    {
        private final Agent agent;

        private Watched(final Agent agent)
        {
            this.agent = agent;
        }

        @Override
        public void onStart()
        {
            agent.onStart();
        }

        @Override
        public int doWork() throws Exception
        {
            if (null != failure.get())
            {
                throw new AgentTerminationException("the broker has failed");
            }
            try
            {
                return agent.doWork();
            }
            catch (final Error error)
            {
                fail(error);
                throw new AgentTerminationException(error);
            }
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
}
