package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.log.FlushQueue;
import io.epona.engine.log.LogCleaner;
import io.epona.engine.log.LogContext;
import io.epona.engine.log.Mappings;
import io.epona.engine.node.ClusterNode;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;

import java.io.IOException;

/**
 * What a process keeps around a {@link ClusterNode}, as an engine does around its own logs: the lock of the data
 * directory, what all logs share, the housekeeper's thread and the flushers'. The node's other two cycles are run by
 * who embeds it.
 * <p>
 * Opened, started and closed by the threads that launch and close the broker.
 */
public final class NodeProcess implements AutoCloseable
{
    private final Engine.Context ctx;
    private final DataDirectory directory;
    private final LogContext logContext;
    private final Flushers flushers;
    private AgentRunner runner;

    private NodeProcess(final Engine.Context ctx, final DataDirectory directory)
    {
        this.ctx = ctx;
        this.directory = directory;
        this.logContext = new LogContext(
            ctx.storage(),
            ctx.clock(),
            ctx.errorHandler(),
            ctx.recoveryListener(),
            new FlushQueue(ctx.maxPartitions(), ctx.flushThreads()),
            new LogCleaner(ctx.logCleanerDedupeBufferSize()),
            new Mappings(ctx.processLimits().mappingsOfSegments(Mappings.LIMIT_DEFAULT)));
        this.flushers = new Flushers(logContext.flushQueue(), ctx.errorHandler());
    }

    /**
     * Check the JVM and lock the data directory.
     *
     * @param ctx of an engine, concluded: its settings hold for the node.
     * @return the process, to be closed.
     * @throws EngineException where the directory cannot be had, or the JVM lacks a flag.
     */
    public static NodeProcess open(final Engine.Context ctx)
    {
        JvmFlags.check();
        final DataDirectory directory = DataDirectory.open(ctx.dataDir(), ctx.storage());
        boolean isOpen = false;
        try
        {
            ctx.processLimits().check(
                directory.partitionDirectories().size(), ctx.maxPartitions(), ctx.flushThreads(),
                new Reporter(ctx.errorHandler()));
            isOpen = true;
            return new NodeProcess(ctx, directory);
        }
        catch (final IOException ex)
        {
            throw new EngineException(
                ResultCode.INTERNAL, "the data directory " + ctx.dataDir() + " cannot be read (" + ex + ")", ex);
        }
        finally
        {
            if (!isOpen)
            {
                unlock(directory, ctx.errorHandler());
            }
        }
    }

    private static void unlock(final DataDirectory directory, final ErrorHandler errorHandler)
    {
        try
        {
            directory.close();
        }
        catch (final IOException ex)
        {
            errorHandler.onError(new EngineException(
                ResultCode.INTERNAL, "the lock of " + directory.path() + " cannot be let go (" + ex + ")", ex));
        }
    }

    /**
     * @return what the logs of the node share.
     */
    public LogContext logContext()
    {
        return logContext;
    }

    /**
     * Give the housekeeper of a node and the flushers their threads.
     *
     * @param node on the directory.
     */
    public void start(final ClusterNode node)
    {
        final StorageWatch storageWatch = new StorageWatch(
            ctx.storage(),
            directory.path(),
            ctx.storageLowBytes(),
            node::storageLow,
            new Reporter(ctx.errorHandler()),
            ctx.clock().nowNs());
        runner = new AgentRunner(
            ctx.idleStrategy(), ctx.errorHandler(), null, new Housekeeping(node, storageWatch, ctx.clock()));
        AgentRunner.startOnThread(runner, ctx.threadFactory());
        flushers.start(ctx.flushThreads(), ctx.threadFactory());
    }

    /**
     * End the threads and unlock the directory. A node that is not stopped stays as it is, as if it was killed.
     */
    @Override
    public void close()
    {
        CloseHelper.close(ctx.errorHandler(), runner);
        flushers.stop();
        unlock(directory, ctx.errorHandler());
    }

    private record Housekeeping(ClusterNode node, StorageWatch storageWatch, Clock clock) implements Agent
    {
        @Override
        public int doWork()
        {
            final long nowNs = clock.nowNs();
            return node.housekeep(nowNs) + storageWatch.doWork(nowNs);
        }

        @Override
        public String roleName()
        {
            return "epona-housekeeper";
        }
    }
}
