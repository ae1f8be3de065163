package io.epona.jmh.storage;

import com.sun.management.ThreadMXBean;

import java.lang.management.ManagementFactory;

/**
 * Threads of a case, and what they allocate.
 */
final class Threads
{
    private static final ThreadMXBean BEAN = (ThreadMXBean)ManagementFactory.getThreadMXBean();

    private Threads()
    {
    }

    /**
     * @return bytes that the calling thread has allocated.
     */
    static long allocatedBytes()
    {
        return BEAN.getCurrentThreadAllocatedBytes();
    }

    static Thread start(final String name, final Runnable work)
    {
        final Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    static void join(final Thread thread)
    {
        try
        {
            thread.join();
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", ex);
        }
    }
}
