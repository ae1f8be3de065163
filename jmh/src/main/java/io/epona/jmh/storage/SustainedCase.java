package io.epona.jmh.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Appends of 1 KiB as fast as they go, with rolls and retention under way. Counted are the bytes of the values alone:
 * headers, checksums and indexes are the log's own cost.
 */
final class SustainedCase
{
    private static final int VALUE_LENGTH = 1024;
    private static final int CLOCK_EVERY = 256;
    private static final double MB = 1e6;

    private final Options options;
    private final Report report;
    private final UnsafeBuffer value = new UnsafeBuffer(LogUnderTest.payload(VALUE_LENGTH));

    SustainedCase(final Options options, final Report report)
    {
        this.options = options;
        this.report = report;
    }

    /** A log that is kept small uses its touched memory again: beside copying into touched memory. */
    void reusing()
    {
        final long retention = 1L << 30;
        report.say("sustained: 1 KiB appends, retention.bytes 1 GiB, beside copies into touched mapped files");
        final double[] floor = new double[options.repeats()];
        final double[] log = new double[options.repeats()];
        for (int turn = 0; turn < options.repeats(); turn++)
        {
            try (WorkDirectory directory = new WorkDirectory(options.disk()))
            {
                // As many bytes as the log has: what is kept, the active segment, the pool.
                floor[turn] = MappedFloor.touchedCopy(
                    directory.path, retention + 3L * LogUnderTest.SEGMENT_BYTES, value,
                    Math.max(1, options.seconds() / 6)) / MB;
            }
            // Until its oldest segments come round again: the first pages are a growing log's, below.
            log[turn] = append("sustained", retention, 2 * retention, turn);
            finishTurn("sustained", "touched mapped copy", turn, floor[turn], log[turn]);
        }
        judge("sustained 1 GiB", "touched mapped copy", floor, log, 0.40);
    }

    /** A log that grows writes new pages: beside writing new mapped files in sequence, for as long. */
    void growing()
    {
        final long usable = options.disk().toFile().getUsableSpace();
        long retention = 16L << 30;
        while (retention > usable / 2)
        {
            retention >>= 1;
        }
        report.say(
            "sustained-16g: 1 KiB appends, retention.bytes %d GiB, beside sequential writes of mapped files",
            retention >> 30);
        final double[] floor = new double[options.repeats()];
        final double[] log = new double[options.repeats()];
        for (int turn = 0; turn < options.repeats(); turn++)
        {
            try (WorkDirectory directory = new WorkDirectory(options.disk()))
            {
                floor[turn] =
                    MappedFloor.sequentialWrite(directory.path, retention, value, options.seconds()) / MB;
            }
            log[turn] = append("sustained-16g", retention, 0, turn);
            finishTurn("sustained-16g", "mapped sequential write", turn, floor[turn], log[turn]);
        }
        judge("sustained " + (retention >> 30) + " GiB", "mapped sequential write", floor, log, 0.80);
    }

    private double append(final String name, final long retention, final long warmUp, final int turn)
    {
        try (WorkDirectory directory = new WorkDirectory(options.disk());
            LogUnderTest log = new LogUnderTest(
                directory.path, VALUE_LENGTH, 1, Map.of("retention.bytes", Long.toString(retention))))
        {
            while (log.counters().appendedBytes() < warmUp)
            {
                log.append();
            }
            log.mark();
            final long allocatedBefore = Threads.allocatedBytes();
            final long beganNs = Timing.nowNs();
            final long endNs = beganNs + TimeUnit.SECONDS.toNanos(options.seconds());
            long records = 0;
            long nowNs = beganNs;
            while (nowNs - endNs < 0)
            {
                for (int i = 0; i < CLOCK_EVERY; i++)
                {
                    log.append();
                }
                records += CLOCK_EVERY;
                nowNs = Timing.nowNs();
            }
            final long allocated = Threads.allocatedBytes() - allocatedBefore;
            final double rate = records * VALUE_LENGTH / MappedFloor.seconds(nowNs - beganNs) / MB;

            final ObjectNode node = report.entry(name, "log", turn);
            node.put("mbPerSecond", rate).put("records", records);
            log.writeTo(node, records, allocated);
            report.say("    log: %s", log.describe(records, allocated));

            return rate;
        }
    }

    private void finishTurn(
        final String name, final String subject, final int turn, final double floor, final double log)
    {
        report.entry(name, subject, turn).put("mbPerSecond", floor);
        report.say("  turn %d: %s %.0f MB/s, log %.0f MB/s, ratio %.2f", turn, subject, floor, log, log / floor);
    }

    private void judge(
        final String what, final String subject, final double[] floor, final double[] log, final double bar)
    {
        report.say("  %s %s MB/s, log %s MB/s", subject, Report.spread(floor), Report.spread(log));
        report.judge(what + " against " + subject, Report.median(log) / Report.median(floor), bar, true);
    }
}
