package io.epona.loadgen.load;

import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.LoadDriver.ConsumerPort;
import io.epona.loadgen.driver.LoadDriver.RecordSink;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Mode;
import io.epona.loadgen.verify.DeliveryChecker;
import io.epona.loadgen.verify.Payload;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;

import java.util.stream.IntStream;

/**
 * The receiving half of the duty cycle: checks every record and takes its latency. Owned by the thread that polls the
 * consumers: the generator's, or one of their own.
 */
final class Receiver implements RecordSink
{
    private static final int POLL_LIMIT = 512;

    private final NanoClock clock;
    private final Progress progress;
    private final Latencies latencies;
    private final DeliveryChecker checker;
    private final ConsumerPort[] ports;
    private final boolean timed;
    private Timeline timeline;
    private long delivered;
    private long deliveredBytes;
    private Marks marks;

    Receiver(
        final NanoClock clock,
        final Scenario scenario,
        final Progress progress,
        final Latencies latencies,
        final LoadDriver driver)
    {
        this.clock = clock;
        this.progress = progress;
        this.latencies = latencies;
        this.timed = Mode.FLOOD != scenario.load().mode();
        final int partitions = scenario.topology().totalPartitions();
        final int consumers = scenario.topology().consumers();
        this.checker = new DeliveryChecker(
            scenario.topology().producers(), partitions, scenario.verify().crc());
        this.ports = new ConsumerPort[consumers];
        for (int i = 0; i < consumers; i++)
        {
            final int consumer = i;
            ports[i] = driver.newConsumer(
                i, IntStream.range(0, partitions).filter((p) -> p % consumers == consumer).toArray(), this);
        }
    }

    void start(final Timeline timeline)
    {
        this.timeline = timeline;
        this.marks = new Marks(timeline);
    }

    /**
     * The load ends sooner than was said; what was due before counts.
     *
     * @param timeline in place of the one before.
     */
    void end(final Timeline timeline)
    {
        this.timeline = timeline;
        marks.end(timeline);
    }

    /**
     * @param nowNs read at the beginning of the turn.
     * @return records received.
     */
    int poll(final long nowNs)
    {
        mark(nowNs);
        int count = 0;
        for (final ConsumerPort port : ports)
        {
            count += port.poll(POLL_LIMIT);
        }
        if (count > 0)
        {
            publish();
        }

        return count;
    }

    /**
     * Note the counts where a turn crosses an edge of the window; also called for the last turn, which polls nothing.
     *
     * @param nowNs read at the beginning of the turn.
     */
    void mark(final long nowNs)
    {
        marks.onTurn(nowNs, delivered, deliveredBytes);
    }

    @Override
    public void onRecord(
        final int partition, final long key, final DirectBuffer buffer, final int index, final int length)
    {
        if (!checker.onRecord(partition, key, buffer, index, length))
        {
            return;
        }

        delivered++;
        deliveredBytes += length;
        if (timed)
        {
            final long nowNs = clock.nanoTime();
            final long intendedNs = Payload.intendedNs(buffer, index);
            final int window = timeline.window(intendedNs);
            latencies.record(Latencies.E2E, window, nowNs - intendedNs);
            latencies.record(Latencies.SERVICE, window, nowNs - Payload.acceptedNs(buffer, index));
        }
    }

    void publish()
    {
        progress.set(Progress.DELIVERED_BYTES, deliveredBytes);
        progress.set(Progress.DUPLICATED, checker.duplicated());
        progress.set(Progress.REORDERED, checker.reordered());
        progress.set(Progress.CORRUPT, checker.corrupt());
        progress.set(Progress.DELIVERED, delivered);
    }

    void publishMissing()
    {
        progress.set(Progress.MISSING, checker.missingBelowWindows());
    }

    long delivered()
    {
        return delivered;
    }

    DeliveryChecker checker()
    {
        return checker;
    }

    Marks marks()
    {
        return marks;
    }

    void close()
    {
        for (final ConsumerPort port : ports)
        {
            if (null != port)
            {
                port.close();
            }
        }
    }
}
