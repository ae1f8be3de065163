package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.log.CleanState;
import io.epona.engine.log.PartitionLog;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.SystemNanoClock;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * A running engine: what stands behind an {@link Engine}. The methods are for the threads that the engine's name.
 */
final class EngineRuntime
{
    private static final long AWAIT_PARK_NS = 100_000;

    private final Engine.Context ctx;
    private final DataDirectory directory;
    private final Coordination coordination;
    private final Topics topics;
    private final TopicAdmin admin;
    private final Housekeeper housekeeper;
    private final Flushers flushers;
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private AgentRunner runner;

    EngineRuntime(
        final Engine.Context ctx,
        final DataDirectory directory,
        final Coordination coordination,
        final Topics topics,
        final TopicAdmin admin,
        final Housekeeper housekeeper)
    {
        this.ctx = ctx;
        this.directory = directory;
        this.coordination = coordination;
        this.topics = topics;
        this.admin = admin;
        this.housekeeper = housekeeper;
        this.flushers = new Flushers(topics.logContext.flushQueue(), ctx.errorHandler());
    }

    static EngineRuntime start(final Engine.Context ctx)
    {
        JvmFlags.check();
        if (!ctx.isConcluded())
        {
            ctx.conclude();
        }

        return new EngineStart(ctx).start();
    }

    /**
     * Give the housekeeper and the flushers their threads, unless the caller runs them.
     */
    void startThreads()
    {
        if (!ctx.invoked())
        {
            runner = new AgentRunner(ctx.idleStrategy(), ctx.errorHandler(), null, housekeeper);
            AgentRunner.startOnThread(runner, ctx.threadFactory());
            flushers.start(ctx.flushThreads(), ctx.threadFactory());
        }
    }

    TopicInfo await(final TopicRequest request)
    {
        if (housekeeper.isWorkingThread())
        {
            throw new IllegalStateException("the housekeeper cannot wait for itself: use the async form");
        }

        final long deadlineNs =
            SystemNanoClock.INSTANCE.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ctx.adminTimeoutMs());
        while (!request.isDone())
        {
            if (ctx.invoked())
            {
                invokeHousekeeper();
            }
            if (!request.isDone())
            {
                if (SystemNanoClock.INSTANCE.nanoTime() - deadlineNs > 0)
                {
                    throw new EngineException(
                        ResultCode.TIMED_OUT,
                        "topic " + request.name() + " was not decided within " + ctx.adminTimeoutMs() +
                        " ms and may still be: look at the topics later");
                }
                LockSupport.parkNanos(AWAIT_PARK_NS);
            }
        }

        if (request.code() < 0)
        {
            throw new EngineException(ResultCode.get(request.code()), request.message());
        }

        return request.topic();
    }

    TopicRequest submit(final TopicRequest request)
    {
        return admin.submit(request);
    }

    Catalogue catalogue()
    {
        return topics.catalogue();
    }

    Agent housekeeper()
    {
        return housekeeper;
    }

    Engine.Context context()
    {
        return ctx;
    }

    int brokerEpoch()
    {
        return topics.brokerEpoch;
    }

    void close()
    {
        if (housekeeper.isWorkingThread())
        {
            throw new IllegalStateException("the housekeeper cannot close the engine that it keeps");
        }
        if (!isClosed.compareAndSet(false, true))
        {
            return;
        }

        housekeeper.stop();
        if (null != runner)
        {
            // No cycle runs or comes any more, so an interrupt that this may pass on cannot hit file work.
            runner.close(0, (thread) -> LockSupport.parkNanos(AWAIT_PARK_NS));
        }
        flushers.stop();
        admin.close();
        closeLogs();
        coordination.close();
        try
        {
            directory.close();
        }
        catch (final IOException ex)
        {
            topics.reporter.report(
                ResultCode.INTERNAL, "the lock of " + directory.path() + " cannot be let go (" + ex + ")", ex);
        }
    }

    private void invokeHousekeeper()
    {
        try
        {
            housekeeper.doWork();
        }
        catch (final RuntimeException ex)
        {
            ctx.errorHandler().onError(ex);
        }
    }

    private void closeLogs()
    {
        final List<CleanMarker.Entry> ends = new ArrayList<>();
        boolean isClean = true;
        for (final PartitionLog log : topics.logKeeper.logs())
        {
            final boolean isDamaged = null != log.damage();
            CleanState end = null;
            try
            {
                end = log.closeClean();
            }
            catch (final RuntimeException ex)
            {
                ctx.errorHandler().onError(ex);
            }

            // What is damaged is fenced since the start: it was reported then, and the others are closed in order.
            if (null == end && !isDamaged)
            {
                isClean = false;
                topics.reporter.report(
                    ResultCode.PARTITION_FENCED,
                    "the log of partition " + log.partition() + " of topic " + log.topicId() +
                    " could not be closed in order: the next start scans every log",
                    null);
            }
            else if (null != end)
            {
                ends.add(new CleanMarker.Entry(log.topicId(), log.partition(), end));
            }
        }

        topics.checkpointKeeper.write(ctx.clock().nowNs(), topics.catalogue());
        if (isClean)
        {
            try
            {
                directory.writeMarker(new CleanMarker(topics.brokerEpoch, ends));
            }
            catch (final IOException ex)
            {
                topics.reporter.report(
                    ResultCode.INTERNAL,
                    "the clean marker in " + directory.path() + " cannot be written (" + ex +
                    "): the next start scans every log",
                    ex);
            }
        }
    }
}
