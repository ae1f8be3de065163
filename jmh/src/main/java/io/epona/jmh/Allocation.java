package io.epona.jmh;

import com.sun.management.ThreadMXBean;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.management.ManagementFactory;

/**
 * What the thread of a benchmark allocates, for those beside which another thread works: the housekeeper of a log rolls
 * files, writes indexes and reads ahead, and JMH's own figure counts the whole process.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class Allocation
{
    /** Bytes that the thread of the benchmark allocated. */
    public long threadAllocatedBytes;

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private long allocatedBefore;

    /**
     * Remember what has been counted before.
     */
    @Setup(Level.Iteration)
    public void begin()
    {
        allocatedBefore = threads.getCurrentThreadAllocatedBytes();
    }

    /**
     * Hand what was counted to JMH.
     */
    @TearDown(Level.Iteration)
    public void end()
    {
        threadAllocatedBytes = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
    }
}
