package io.epona.loadgen.load;

import com.sun.management.ThreadMXBean;
import io.epona.loadgen.driver.LoadDriver;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Bytes that the data threads allocate inside the window, between the monitor's first and last look at it. Owned by
 * the monitor.
 */
public final class AllocationGauge
{
    private final ThreadMXBean bean = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private final Map<Long, Long> begin = new HashMap<>();
    private boolean started;
    private long remoteBegin = -1;
    private long deliveredBegin;
    private long bytes;
    private long messages;

    /**
     * Do once what {@link #look} does, for nothing: what is first done inside the window is compiled inside it.
     *
     * @param threads of this process that carry data.
     * @param driver  asked for those of another process.
     */
    public void rehearse(final List<Thread> threads, final LoadDriver driver)
    {
        threads.forEach((thread) -> bean.getThreadAllocatedBytes(thread.getId()));
        driver.remoteAllocatedBytes();
    }

    /**
     * Look at the threads.
     *
     * @param threads   of this process that carry data.
     * @param driver    asked for those of another process.
     * @param delivered messages so far.
     */
    public void look(final List<Thread> threads, final LoadDriver driver, final long delivered)
    {
        if (!started)
        {
            started = true;
            deliveredBegin = delivered;
            remoteBegin = driver.remoteAllocatedBytes();
            for (final Thread thread : threads)
            {
                begin.put(thread.getId(), bean.getThreadAllocatedBytes(thread.getId()));
            }
            return;
        }

        long sum = 0;
        for (final Thread thread : threads)
        {
            final long now = bean.getThreadAllocatedBytes(thread.getId());
            sum += Math.max(0, now - begin.getOrDefault(thread.getId(), 0L));
        }
        if (remoteBegin >= 0)
        {
            sum += Math.max(0, driver.remoteAllocatedBytes() - remoteBegin);
        }
        bytes = sum;
        messages = delivered - deliveredBegin;
    }

    /**
     * @return bytes between the first and the last look.
     */
    public long bytes()
    {
        return bytes;
    }

    /**
     * @return bytes for each message delivered between the looks; NaN where there were none.
     */
    public double bytesPerMessage()
    {
        return messages > 0 ? (double)bytes / messages : Double.NaN;
    }
}
