package io.epona.broker.replication;

import com.sun.management.ThreadMXBean;
import io.epona.broker.FreePorts;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Messages between brokers cost no garbage: what offers, poll and duty cycle allocate, once everything is warm. The
 * drivers run on the same thread and are left out of the count. The JVM itself allocates now and then in a thread's
 * name, so one of several windows must be clean.
 */
class LinkAllocationTest implements LinkListener
{
    private static final int WARM_UP = 300;
    private static final int ROUNDS = 300;
    private static final int WINDOWS = 5;

    @RegisterExtension
    final LinkNetwork network = new LinkNetwork();

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private long nowNs = Long.MAX_VALUE / 2;
    private long messages;
    private long bytes;

    @Test
    void shouldAllocateNothingForAMessage(@TempDir final Path dir)
    {
        final LinkNode one = network.start(dir, 1, FreePorts.choose());
        final LinkNode two = network.start(dir, 2, FreePorts.choose());
        network.connect(one, two);
        two.polling(false);
        long least = Long.MAX_VALUE;
        for (int window = -1; window < WINDOWS; window++)
        {
            bytes = 0;
            for (int i = 0; i < (window < 0 ? WARM_UP : ROUNDS); i++)
            {
                round(one, two, i);
            }
            least = window < 0 ? least : Math.min(least, bytes);
        }
        assertEquals(0, least, "bytes for " + ROUNDS + " rounds in the best window");
        assertTrue(messages > ROUNDS * WINDOWS, () -> "messages " + messages);
    }

    private void round(final LinkNode one, final LinkNode two, final int i)
    {
        final long before = threads.getCurrentThreadAllocatedBytes();
        one.data(2, i, 104);
        one.data(2, i, 20_000);
        one.control(2, i, 64);
        one.links().doWork(nowNs);
        two.links().poll(this, 16);
        two.links().doWork(nowNs);
        nowNs += 1_000_000;
        bytes += threads.getCurrentThreadAllocatedBytes() - before;
        for (int j = 0; j < 8; j++)
        {
            network.step();
        }
    }

    @Override
    public void onImage(final int brokerId)
    {
        throw new IllegalStateException("image of " + brokerId);
    }

    @Override
    public void onImageGone(final int brokerId)
    {
        throw new IllegalStateException("image gone of " + brokerId);
    }

    @Override
    public void onMessage(final int brokerId, final DirectBuffer buffer, final int index, final int length)
    {
        messages++;
    }
}
