package io.epona.engine;

import io.epona.engine.log.FlushQueue;
import org.agrona.ErrorHandler;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/**
 * The threads that wait for the disk, so that the housekeeper need not: {@code flush.threads} of them, parked while
 * nothing is to be synced. In invoked mode there are none, and the housekeeper does their work.
 * <p>
 * Started and stopped by the threads that launch and close the engine.
 */
final class Flushers
{
    private final FlushQueue queue;
    private final ErrorHandler errorHandler;
    private final List<Thread> threads = new ArrayList<>();

    Flushers(final FlushQueue queue, final ErrorHandler errorHandler)
    {
        this.queue = queue;
        this.errorHandler = errorHandler;
    }

    void start(final int count, final ThreadFactory factory)
    {
        for (int i = 0; i < count; i++)
        {
            final int number = i;
            final Thread thread = factory.newThread(() -> serve(number));
            thread.setName("epona-flusher-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    private void serve(final int number)
    {
        boolean isStopped = false;
        while (!isStopped)
        {
            try
            {
                queue.serve(number);
                isStopped = true;
            }
            catch (final RuntimeException ex)
            {
                // A broken invariant of one log: the others are flushed on.
                errorHandler.onError(ex);
            }
        }
    }

    /**
     * Wait until no log is being flushed any more. A sync that is under way is waited for.
     */
    void stop()
    {
        queue.stop();
        boolean isInterrupted = false;
        for (final Thread thread : threads)
        {
            boolean isJoined = false;
            while (!isJoined)
            {
                try
                {
                    thread.join();
                    isJoined = true;
                }
                catch (final InterruptedException ex)
                {
                    isInterrupted = true;
                }
            }
        }
        if (isInterrupted)
        {
            Thread.currentThread().interrupt();
        }
    }
}
