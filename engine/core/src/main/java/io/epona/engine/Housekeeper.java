package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.log.FlushQueue;
import org.agrona.concurrent.Agent;

import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;

/**
 * Does everything that may block: the runways, rolls, syncs and retention of the logs, the coordination, and the
 * making and unmaking of topics.
 * <p>
 * Run by one thread at a time: its own, or in invoked mode the caller's and those that wait in a blocking call. The
 * busy flag keeps the latter apart and hands the state over between them.
 */
final class Housekeeper implements Agent
{
    private static final long STOP_PARK_NS = 100_000;

    private final Clock clock;
    private final Coordination coordination;
    private final TopicAdmin admin;
    private final LogKeeper logKeeper;
    private final Topics topics;
    private final PartitionListener listener;
    private final Reporter reporter;
    private final ArrayDeque<Partition> unannounced;
    private final StorageWatch storageWatch;
    /** Served here where nobody else does. */
    private final FlushQueue flushQueue;
    private final boolean isInvoked;
    private final BusyFlag busy = new BusyFlag();
    private volatile boolean isStopping;

    Housekeeper(
        final Engine.Context ctx,
        final Coordination coordination,
        final Topics topics,
        final TopicAdmin admin)
    {
        this.clock = ctx.clock();
        this.coordination = coordination;
        this.admin = admin;
        this.logKeeper = topics.logKeeper;
        this.topics = topics;
        this.listener = topics.listener;
        this.reporter = topics.reporter;
        this.unannounced = topics.unannounced;
        this.isInvoked = ctx.invoked();
        this.flushQueue = isInvoked ? topics.logContext.flushQueue() : null;
        this.storageWatch = new StorageWatch(
            ctx.storage(),
            topics.directory.path(),
            ctx.storageLowBytes(),
            logKeeper::storageLow,
            reporter,
            clock.nowNs());
    }

    @Override
    public String roleName()
    {
        return "epona-housekeeper";
    }

    @Override
    public int doWork()
    {
        if (isStopping)
        {
            return 0;
        }

        if (!busy.enter())
        {
            if (isInvoked || isStopping)
            {
                // A blocking call on another thread is doing the work, or the closing thread waits for its end.
                return 0;
            }
            throw new IllegalStateException("the housekeeper has a thread of its own");
        }

        try
        {
            return isStopping ? 0 : cycle();
        }
        finally
        {
            busy.exit();
        }
    }

    @Override
    public void onClose()
    {
        if (!isStopping && !isInvoked)
        {
            reporter.report(
                ResultCode.INTERNAL,
                "the housekeeper's thread was stopped from outside: appends will be back-pressured and topic " +
                "requests refused; close the engine and launch it again",
                null);
            admin.close();
        }
    }

    /**
     * Let no further cycle begin, and wait until the one under way is over. Any thread but the one inside a cycle.
     */
    void stop()
    {
        isStopping = true;
        while (!busy.enter())
        {
            LockSupport.parkNanos(STOP_PARK_NS);
        }
        busy.exit();
    }

    /**
     * @return whether the calling thread is inside a cycle.
     */
    boolean isWorkingThread()
    {
        return busy.isHeldByCaller();
    }

    private int cycle()
    {
        final long nowNs = clock.nowNs();
        int workCount = logKeeper.doWork(nowNs);
        workCount += storageWatch.doWork(nowNs);
        if (null != flushQueue)
        {
            workCount += flushQueue.drain();
        }
        workCount += coordination.poll();
        workCount += admin.doWork(nowNs);
        workCount += topics.checkpointKeeper.doWork(nowNs, topics.catalogue());
        while (!unannounced.isEmpty() && listener.onPartitionOpened(unannounced.peek()))
        {
            unannounced.poll();
            workCount++;
        }

        return workCount;
    }
}
