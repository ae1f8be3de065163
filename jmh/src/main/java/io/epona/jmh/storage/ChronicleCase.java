package io.epona.jmh.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The log beside Chronicle Queue, 100-byte records, both in their default settings on the same disk, in turns: append
 * alone, append with a tail on another thread, and an open loop of 100,000 records a second with a tail. Throughput
 * comes from stretches with a clock read once in 256 appends, the times from stretches with one around each. The log
 * stamps each record with the time that was read there; Chronicle Queue stamps nothing.
 */
final class ChronicleCase
{
    private static final long INTERVAL_NS = 10_000;
    private static final long WARM_UP_NS = TimeUnit.SECONDS.toNanos(2);
    private static final int CLOCK_EVERY = 256;

    private final Options options;
    private final Report report;
    private final Map<String, double[]> figures = new LinkedHashMap<>();

    ChronicleCase(final Options options, final Report report)
    {
        this.options = options;
        this.report = report;
    }

    void run()
    {
        for (int turn = 0; turn < options.repeats(); turn++)
        {
            report.say("chronicle: 100-byte records on %s, turn %d", options.disk(), turn);
            turn(turn, EponaQueue::new);
            turn(turn, ChronicleQueueUnderTest::new);
        }

        judge("append alone", "rate", 4);
        judge("append and tail", "rate", 4);
        judge("append alone", "p50", 1);
        judge("append alone", "p99", 5);
        judge("append and tail", "p50", 1);
        judge("append and tail", "p99", 5);
        judge("open loop 100,000/s, append", "p50", 1);
        judge("open loop 100,000/s, append", "p99", 5);
        judge("open loop 100,000/s, due to read", "p50", 1);
        judge("open loop 100,000/s, due to read", "p99", 5);
    }

    private void turn(final int turn, final Function<Path, QueueUnderTest> maker)
    {
        stretch(maker, turn, "append alone", false, false);
        stretch(maker, turn, "append and tail", true, false);
        stretch(maker, turn, "open loop 100,000/s", true, true);
    }

    /** One side does one thing, in a directory of its own. */
    private void stretch(
        final Function<Path, QueueUnderTest> maker,
        final int turn,
        final String what,
        final boolean isTailed,
        final boolean isPaced)
    {
        try (WorkDirectory directory = new WorkDirectory(options.disk());
            QueueUnderTest queue = maker.apply(directory.path))
        {
            final Tail tail = isTailed ? new Tail(queue) : null;
            final long halfNs = TimeUnit.SECONDS.toNanos(options.seconds()) / 2;
            final ObjectNode node = report.entry("chronicle", queue.name() + ", " + what, turn);
            final Timing service = new Timing();
            final long allocatedBefore;
            long count;
            final long warm;
            if (isPaced)
            {
                count = pace(queue, WARM_UP_NS, service);
                warm = count;
                service.reset();
                tail.beginAt(count);
                queue.mark();
                allocatedBefore = Threads.allocatedBytes();
                count += pace(queue, 2 * halfNs, service);
            }
            else
            {
                count = flood(queue, WARM_UP_NS);
                while (!queue.isSteady())
                {
                    count += flood(queue, WARM_UP_NS / 10);
                }
                catchUp(tail, count);
                warm = count;
                queue.mark();
                allocatedBefore = Threads.allocatedBytes();
                final long beganNs = Timing.nowNs();
                final long appended = flood(queue, halfNs);
                count += appended;
                catchUp(tail, count);
                figure(what, "rate", queue, turn)[turn] = appended / MappedFloor.seconds(Timing.nowNs() - beganNs);
                count += timed(queue, halfNs, service);
            }
            final long allocated = Threads.allocatedBytes() - allocatedBefore;
            final String timed = isPaced ? what + ", append" : what;
            note(node, timed, queue, turn, service);
            report.say("  %-9s %-21s append %s", queue.name(), what, service);
            if (null != tail)
            {
                tail.finish(count);
                tail.lateness.writeTo(node.putObject("dueToRead"));
            }
            if (isPaced)
            {
                note(node.putObject("tail"), what + ", due to read", queue, turn, tail.lateness);
                report.say("  %-9s %-21s due to read %s", queue.name(), what, tail.lateness);
            }
            else
            {
                final double rate = figure(what, "rate", queue, turn)[turn];
                node.put("perSecond", rate);
                report.say("  %-9s %-21s %.0f records/s", queue.name(), what, rate);
            }
            final double perRecord = (double)allocated / (count - warm);
            node.put("allocatedBytesPerRecord", perRecord).put("counters", queue.describe());
            report.say("            %.4f B/op on the appending thread; %s", perRecord, queue.describe());
        }
    }

    private static long flood(final QueueUnderTest queue, final long lengthNs)
    {
        long nowNs = Timing.nowNs();
        final long endNs = nowNs + lengthNs;
        long count = 0;
        do
        {
            for (int i = 0; i < CLOCK_EVERY; i++)
            {
                queue.append(nowNs);
            }
            count += CLOCK_EVERY;
            nowNs = Timing.nowNs();
        }
        while (nowNs - endNs < 0);

        return count;
    }

    private static long timed(final QueueUnderTest queue, final long lengthNs, final Timing service)
    {
        long nowNs = Timing.nowNs();
        final long endNs = nowNs + lengthNs;
        long count = 0;
        while (nowNs - endNs < 0)
        {
            queue.append(nowNs);
            final long doneNs = Timing.nowNs();
            service.record(doneNs - nowNs);
            nowNs = doneNs;
            count++;
        }

        return count;
    }

    private static long pace(final QueueUnderTest queue, final long lengthNs, final Timing service)
    {
        final long count = lengthNs / INTERVAL_NS;
        final long startNs = Timing.nowNs();
        for (long i = 0; i < count; i++)
        {
            final long dueNs = startNs + i * INTERVAL_NS;
            long beganNs = Timing.nowNs();
            while (beganNs - dueNs < 0)
            {
                Thread.onSpinWait();
                beganNs = Timing.nowNs();
            }
            queue.append(dueNs);
            service.record(Timing.nowNs() - beganNs);
        }

        return count;
    }

    private static void catchUp(final Tail tail, final long count)
    {
        while (null != tail && tail.count < count)
        {
            Thread.yield();
        }
    }

    private double[] figure(final String what, final String kind, final QueueUnderTest queue, final int turn)
    {
        return figures.computeIfAbsent(what + "/" + kind + "/" + queue.name(), (key) -> new double[options.repeats()]);
    }

    private void note(
        final ObjectNode node, final String what, final QueueUnderTest queue, final int turn, final Timing timing)
    {
        timing.writeTo(node);
        figure(what, "p50", queue, turn)[turn] = timing.us(50);
        figure(what, "p99", queue, turn)[turn] = timing.us(99);
    }

    private void judge(final String what, final String kind, final double bar)
    {
        final double epona = Report.median(figures.get(what + "/" + kind + "/epona"));
        final double chronicle = Report.median(figures.get(what + "/" + kind + "/chronicle"));
        final boolean isRate = "rate".equals(kind);
        report.say("  %s, %s: epona %.2f, chronicle %.2f", what, kind, epona, chronicle);
        report.judge(
            what + ", " + kind + ": times better than Chronicle Queue", isRate ? epona / chronicle : chronicle / epona,
            bar, true);
    }

    /** The thread that reads what is appended. */
    private static final class Tail
    {
        private final QueueUnderTest queue;
        private final Timing lateness = new Timing();
        private final Thread thread;
        private long begin;
        private volatile long beginAt = Long.MAX_VALUE;
        private volatile long count;
        private volatile boolean isFinished;
        private volatile Throwable fault;

        private Tail(final QueueUnderTest queue)
        {
            this.queue = queue;
            this.thread = Threads.start("tail", this::run);
        }

        private void run()
        {
            try
            {
                while (!isFinished)
                {
                    begin = beginAt;
                    final int read = queue.tail(this::onRecord);
                    if (0 == read)
                    {
                        Thread.onSpinWait();
                    }
                    count += read;
                }
            }
            catch (final Throwable ex)
            {
                fault = ex;
                count = Long.MAX_VALUE;
            }
        }

        private void onRecord(final long dueNs)
        {
            if (count >= begin)
            {
                lateness.record(Timing.nowNs() - dueNs);
            }
        }

        private void beginAt(final long record)
        {
            beginAt = record;
        }

        private void finish(final long expected)
        {
            catchUp(this, expected);
            isFinished = true;
            Threads.join(thread);
            if (null != fault)
            {
                throw new IllegalStateException("the tail failed", fault);
            }
        }
    }
}
