package io.epona.engine.log;

import org.agrona.BitUtil;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Logs that wait for the disk, and small files of theirs. Owners and the housekeeper put them in, which never blocks
 * and allocates nothing; the flushers take them out, and each does what one needs before it takes the next. Several
 * may: their syncs share the disk's own flushes, so that many partitions are committed in hardly more time than one.
 * <p>
 * <b>Why no log is forgotten.</b> A flusher that finds nothing names itself as parked, and looks once more; who puts a
 * log in looks for parked flushers after that. Both have a full fence between, so that one of the two sees the other.
 */
public final class FlushQueue
{
    /** What waits for the disk. */
    interface Work
    {
        /**
         * Do it, where it is still to be done. Blocks. By the thread that took this from the queue.
         *
         * @return work done.
         */
        int run();
    }

    /** A flusher that is left alone looks by itself after this time: seldom, for it takes a core from others. */
    private static final long PARK_NS = 1_000_000_000L;
    private static final int SPINS = 20;

    private final ManyToManyConcurrentArrayQueue<Work> queue;
    private final AtomicReferenceArray<Thread> parked;
    private volatile boolean isStopping;

    /**
     * @param maxLogs  that may use it at a time.
     * @param flushers that will run at the same time, at most.
     */
    public FlushQueue(final int maxLogs, final int flushers)
    {
        // Each has what is to be forced, and small files. What was held, or completed by somebody else, while it waited
        // leaves an entry behind: room for twice as many.
        queue = new ManyToManyConcurrentArrayQueue<>(BitUtil.findNextPositivePowerOfTwo(4 * Math.max(32, maxLogs)));
        parked = new AtomicReferenceArray<>(flushers);
    }

    /**
     * Any thread.
     *
     * @return false where there is no room: to be tried again later.
     */
    boolean offer(final Work work)
    {
        if (!queue.offer(work))
        {
            return false;
        }

        wakeOne();

        return true;
    }

    /**
     * Put back what is to be done once more, by who took it out, and will look for the next before it parks: where
     * nothing else waits, nobody else is woken for it.
     *
     * @return false where there is no room: to be tried again later.
     */
    boolean offerAgain(final Work work)
    {
        if (!queue.offer(work))
        {
            return false;
        }
        if (queue.size() > 1)
        {
            wakeOne();
        }

        return true;
    }

    private void wakeOne()
    {
        // pairs with the volatile store in isToPark
        VarHandle.fullFence();
        for (int i = 0; i < parked.length(); i++)
        {
            final Thread thread = parked.get(i);
            if (null != thread && parked.compareAndSet(i, thread, null))
            {
                LockSupport.unpark(thread);
                break;
            }
        }
    }

    /**
     * Serve the logs that wait at this moment, for callers that have no thread of their own for it. Blocks.
     *
     * @return logs that were served.
     */
    public int drain()
    {
        int work = 0;
        for (int i = queue.size(); i > 0; i--)
        {
            final Work next = queue.poll();
            if (null == next)
            {
                break;
            }
            next.run();
            work++;
        }

        return work;
    }

    /**
     * Serve logs until {@link #stop()}. One thread for each number.
     *
     * @param flusher number of the calling thread, from 0.
     */
    public void serve(final int flusher)
    {
        while (!isStopping)
        {
            // An interrupt would make a sync fail, and that would fence the log. The way to end this is stop().
            Thread.interrupted();
            final Work next = queue.poll();
            if (null != next)
            {
                next.run();
            }
            else
            {
                awaitWork(flusher);
            }
        }
    }

    private void awaitWork(final int flusher)
    {
        for (int i = 0; i < SPINS; i++)
        {
            if (!queue.isEmpty())
            {
                return;
            }
            Thread.onSpinWait();
        }

        if (isToPark(flusher, Thread.currentThread()))
        {
            LockSupport.parkNanos(this, PARK_NS);
        }
        parked.set(flusher, null);
    }

    /**
     * Name a flusher as parked, and look once more.
     *
     * @param flusher number of the flusher.
     * @param thread  of the flusher.
     * @return whether it is to park: a log that comes from now on finds the name.
     */
    boolean isToPark(final int flusher, final Thread thread)
    {
        // A volatile store; pairs with the fence in offer.
        parked.set(flusher, thread);
        return queue.isEmpty() && !isStopping;
    }

    /**
     * @param flusher number of a flusher.
     * @return whether it is named as parked.
     */
    boolean isParked(final int flusher)
    {
        return null != parked.get(flusher);
    }

    /**
     * Let {@link #serve} return after the log that is being served. Any thread.
     */
    public void stop()
    {
        isStopping = true;
        for (int i = 0; i < parked.length(); i++)
        {
            LockSupport.unpark(parked.get(i));
        }
    }
}
