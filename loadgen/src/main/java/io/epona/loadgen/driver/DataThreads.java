package io.epona.loadgen.driver;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;

/**
 * A thread factory that remembers its threads, so that what they allocate can be told. Any thread.
 */
final class DataThreads implements ThreadFactory
{
    private final List<Thread> threads = new CopyOnWriteArrayList<>();

    @Override
    public Thread newThread(final Runnable task)
    {
        final Thread thread = new Thread(task);
        thread.setDaemon(true);
        threads.add(thread);

        return thread;
    }

    /**
     * @return living threads that carry data: the housekeeper, which may allocate, is left out. By name, since the
     *         names are given after the threads are made.
     */
    List<Thread> carrying()
    {
        final List<Thread> carrying = new ArrayList<>();
        for (final Thread thread : threads)
        {
            if (thread.isAlive() && !thread.getName().toLowerCase(java.util.Locale.ROOT).contains("housekeep"))
            {
                carrying.add(thread);
            }
        }

        return carrying;
    }
}
