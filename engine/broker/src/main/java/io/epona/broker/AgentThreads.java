package io.epona.broker;

import io.aeron.Aeron;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.IdleStrategy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/**
 * Lays the agents of a broker out over threads, by composition alone. Used by the threads that launch and close.
 */
final class AgentThreads implements AutoCloseable
{
    private final List<AgentRunner> runners = new ArrayList<>();
    private final FailureWatch failures;
    private final ErrorHandler errorHandler;
    private final ThreadFactory threadFactory;
    private AgentInvoker invoker;

    AgentThreads(final FailureWatch failures, final ErrorHandler errorHandler, final ThreadFactory threadFactory)
    {
        this.failures = failures;
        this.errorHandler = errorHandler;
        this.threadFactory = threadFactory;
    }

    /**
     * Run agents on a thread, in this order.
     *
     * @param name         of the thread; systems show 15 characters of it.
     * @param idleStrategy of the thread.
     * @param agents       to run.
     */
    void run(final String name, final IdleStrategy idleStrategy, final List<Agent> agents)
    {
        final Agent agent = failures.watch(new CompositeAgent(agents)
        {
            @Override
            public String roleName()
            {
                return name;
            }
        });
        runners.add(new AgentRunner(idleStrategy, errorHandler, null, agent));
    }

    /**
     * Leave agents to the caller of {@link #invoke()}.
     *
     * @param agents to run, in this order.
     */
    void leave(final List<Agent> agents)
    {
        invoker = new AgentInvoker(errorHandler, null, failures.watch(new CompositeAgent(agents)));
    }

    void start()
    {
        if (null != invoker)
        {
            invoker.start();
        }
        for (final AgentRunner runner : runners)
        {
            AgentRunner.startOnThread(runner, threadFactory);
        }
    }

    int invoke()
    {
        if (null == invoker)
        {
            throw new IllegalStateException("this broker has threads of its own: ask for invoked(true) to invoke it");
        }
        return invoker.invoke();
    }

    /**
     * Stop the agents; their lanes are closed when this returns.
     */
    @Override
    public void close()
    {
        for (final AgentRunner runner : runners)
        {
            CloseHelper.close(errorHandler, runner);
        }
        CloseHelper.close(errorHandler, invoker);
    }

    /**
     * The conductor of an Aeron client as an agent among others. A client that closed itself (its driver is gone, or
     * this thread stood still for too long) cannot be mended: it fails the broker.
     *
     * @param aeron    client.
     * @param failures told where the client closed itself.
     * @return the agent; it does not close the client.
     */
    static Agent aeronAgent(final Aeron aeron, final FailureWatch failures)
    {
        final AgentInvoker conductor = aeron.conductorAgentInvoker();
        return new Agent()
        {
            @Override
            public int doWork()
            {
                final int work = conductor.invoke();
                if (conductor.isClosed())
                {
                    failures.fail(new IllegalStateException(
                        "the broker's Aeron client closed itself: its media driver is gone, or the broker stood " +
                        "still for more than 10 seconds; restart the broker"));
                }
                return work;
            }

            @Override
            public String roleName()
            {
                return "aeron-client";
            }
        };
    }
}
