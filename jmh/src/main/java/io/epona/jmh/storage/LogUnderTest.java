package io.epona.jmh.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.epona.codecs.ResultCode;
import io.epona.engine.Engine;
import io.epona.engine.Partition;
import io.epona.engine.PartitionCounters;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An engine with one topic, its housekeeper on a thread of its own as in production. The thread that makes it owns the
 * partitions.
 */
final class LogUnderTest implements AutoCloseable
{
    static final int SEGMENT_BYTES = 128 << 20;
    private static final String TOPIC = "benchmark";
    private static final int NO_KEY = -1;
    private static final double NS_PER_MS = 1e6;

    final Partition partition;
    final UnsafeBuffer value;
    private final Engine engine;
    private final AtomicReference<Throwable> fault = new AtomicReference<>();
    private long retries;
    private long waits;
    private long waitedNs;
    private long longestWaitNs;
    private long retriesBefore;
    private long missesBefore;
    private long rollsBefore;
    private long retiredBefore;
    private long recycledBefore;

    LogUnderTest(final Path directory, final int valueLength, final int partitions, final Map<String, String> settings)
    {
        value = new UnsafeBuffer(payload(valueLength));
        engine = Engine.launch(new Engine.Context()
            .dataDir(directory.resolve("data"))
            .segmentBytes(SEGMENT_BYTES)
            .errorHandler((ex) -> fault.compareAndSet(null, ex)));
        engine.createTopic(TOPIC, partitions, settings);
        for (int i = 0; i < partitions; i++)
        {
            partition(i).owner(Thread.currentThread());
        }
        partition = partition(0);
    }

    static byte[] payload(final int length)
    {
        final byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    Partition partition(final int number)
    {
        return engine.partition(TOPIC, number);
    }

    /**
     * Append the value to the first partition, again and again while there is no memory prepared.
     *
     * @return its offset.
     */
    long append()
    {
        return append(partition);
    }

    long append(final Partition to)
    {
        final long offset = to.append(value, 0, value.capacity());

        return offset < 0 ? appendAgain(to, offset) : offset;
    }

    private long appendAgain(final Partition to, final long refusal)
    {
        final long beganNs = Timing.nowNs();
        long offset = refusal;
        while (offset < 0)
        {
            retry(offset);
            offset = to.append(value, 0, value.capacity());
        }
        final long elapsedNs = Timing.nowNs() - beganNs;
        waits++;
        waitedNs += elapsedNs;
        longestWaitNs = Math.max(longestWaitNs, elapsedNs);

        return offset;
    }

    /**
     * Append the value to the first partition at a time that the caller knows, as a shard does, which reads the clock
     * once in a cycle.
     *
     * @param timestampNs epoch ns.
     */
    void appendAt(final long timestampNs)
    {
        final long offset = partition.append(timestampNs, null, 0, NO_KEY, value, 0, value.capacity());
        if (offset < 0)
        {
            appendAgain(partition, offset);
        }
    }

    private void retry(final long result)
    {
        if (ResultCode.BACK_PRESSURED.code() != result)
        {
            throw new IllegalStateException("append refused: " + ResultCode.nameOf((int)result), fault.get());
        }
        retries++;
        // As a shard's idle strategy does: the housekeeper may need this core.
        Thread.yield();
    }

    PartitionCounters counters()
    {
        return partition.counters();
    }

    /** Count from here on. */
    void mark()
    {
        final PartitionCounters counters = counters();
        retriesBefore = retries;
        waits = 0;
        waitedNs = 0;
        longestWaitNs = 0;
        missesBefore = counters.runwayMisses();
        rollsBefore = counters.rolls();
        retiredBefore = counters.retiredSegments();
        recycledBefore = counters.recycledSegments();
    }

    /** Whatever the engine reported spoils the run. */
    void check()
    {
        if (null != fault.get())
        {
            throw new IllegalStateException("the engine reported an error", fault.get());
        }
    }

    void writeTo(final ObjectNode node, final long records, final long allocatedBytes)
    {
        final PartitionCounters counters = counters();
        node.put("runwayMisses", counters.runwayMisses() - missesBefore)
            .put("retries", retries - retriesBefore)
            .put("waits", waits)
            .put("waitedMs", waitedNs / NS_PER_MS)
            .put("longestWaitMs", longestWaitNs / NS_PER_MS)
            .put("rolls", counters.rolls() - rollsBefore)
            .put("retired", counters.retiredSegments() - retiredBefore)
            .put("recycled", counters.recycledSegments() - recycledBefore)
            .put("allocatedBytes", allocatedBytes)
            .put("allocatedBytesPerRecord", (double)allocatedBytes / Math.max(1, records));
    }

    String describe(final long records, final long allocatedBytes)
    {
        return String.format("%s, %.4f B/op", describe(), (double)allocatedBytes / Math.max(1, records));
    }

    String describe()
    {
        final PartitionCounters counters = counters();
        return String.format(
            "waited %d times, %.0f ms in all, %.1f ms at most (runwayMisses %d), rolls %d, retired %d, recycled %d",
            waits, waitedNs / NS_PER_MS, longestWaitNs / NS_PER_MS, counters.runwayMisses() - missesBefore,
            counters.rolls() - rollsBefore,
            counters.retiredSegments() - retiredBefore, counters.recycledSegments() - recycledBefore);
    }

    @Override
    public void close()
    {
        partition.owner(null);
        engine.close();
        check();
    }
}
