package io.epona.jmh.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Appends of 1 KiB on a timetable of 200 MB/s: what a single one takes, and how late it is done. Beside a plain mapped
 * log, with and without a force by the appending thread, and a thread that measures the hiccups of the host. Whoever is
 * behind the timetable goes on at once until it has caught up.
 */
final class PacedCase
{
    private static final int VALUE_LENGTH = 1024;
    private static final double INTERVAL_NS = VALUE_LENGTH / 200e6 * 1e9;
    private static final long WARM_UP_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long RETENTION = 1L << 30;
    private static final long FORCE_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final double US_PER_MS = 1000;

    private final Options options;
    private final Report report;

    /** An append on the timetable. */
    private interface Appender
    {
        void append(long nowNs);
    }

    /** Times of one stretch. */
    private record Measured(Timing service, Timing lateness, Timing hiccups)
    {
    }

    PacedCase(final Options options, final Report report)
    {
        this.options = options;
        this.report = report;
    }

    void run()
    {
        for (int turn = 0; turn < options.repeats(); turn++)
        {
            memory(turn);
            disk(turn);
        }
    }

    private void memory(final int turn)
    {
        report.say("paced: 200 MB/s of 1 KiB on %s, turn %d", options.memory(), turn);
        plain(options.memory(), "plain, tmpfs", turn, false);
        final Measured none = log(options.memory(), "log flush none, tmpfs", turn, "none");
        report.judge("tmpfs: p99.9 of an append, us", none.service.us(99.9), 3, false);
        judgeWorst("tmpfs", none);
    }

    private void disk(final int turn)
    {
        report.say("paced: 200 MB/s of 1 KiB on %s, turn %d", options.disk(), turn);
        plain(options.disk(), "plain, disk", turn, false);
        final Measured none = log(options.disk(), "log flush none, disk", turn, "none");
        report.judge("disk: p99.9 of an append, us", none.service.us(99.9), 10, false);
        judgeWorst("disk", none);

        plain(options.disk(), "plain forcing each second, disk", turn, true);
        final Measured interval = log(options.disk(), "log flush interval, disk", turn, "interval");
        report.judge("disk, flush interval: p99.9 of an append, us", interval.service.us(99.9), 20, false);
        report.judge(
            "disk, flush interval: latest append against its schedule, ms", interval.lateness.maxUs() / US_PER_MS, 5,
            false);
        judgeWorst("disk, flush interval", interval);
    }

    private void judgeWorst(final String where, final Measured measured)
    {
        report.judge(
            where + ": worst append less the worst hiccup of the run, ms",
            (measured.service.maxUs() - measured.hiccups.maxUs()) / US_PER_MS, 1, false);
    }

    private void plain(final Path parent, final String subject, final int turn, final boolean isForcing)
    {
        final byte[] value = LogUnderTest.payload(VALUE_LENGTH);
        try (WorkDirectory directory = new WorkDirectory(parent);
            PlainLog log = new PlainLog(directory.path, RETENTION))
        {
            final long[] forceAtNs = { Timing.nowNs() + FORCE_INTERVAL_NS };
            final Measured measured = pace((nowNs) ->
            {
                log.append(value);
                if (isForcing && nowNs - forceAtNs[0] >= 0)
                {
                    log.force();
                    forceAtNs[0] = nowNs + FORCE_INTERVAL_NS;
                }
            }, () -> forceAtNs[0] = Timing.nowNs() + FORCE_INTERVAL_NS);
            write(report.entry("paced", subject, turn), subject, measured);
        }
    }

    private Measured log(final Path parent, final String subject, final int turn, final String policy)
    {
        try (WorkDirectory directory = new WorkDirectory(parent);
            LogUnderTest log = new LogUnderTest(directory.path, VALUE_LENGTH, 1, Map.of(
                "retention.bytes", Long.toString(RETENTION), "flush.policy", policy)))
        {
            final long allocatedBefore = Threads.allocatedBytes();
            final Measured measured = pace((nowNs) -> log.append(), log::mark);
            final long allocated = Threads.allocatedBytes() - allocatedBefore;
            final long records = log.partition.logEnd();
            final ObjectNode node = report.entry("paced", subject, turn);
            write(node, subject, measured);
            log.writeTo(node, records, allocated);
            report.say("    %s", log.describe(records, allocated));

            return measured;
        }
    }

    private void write(final ObjectNode node, final String subject, final Measured measured)
    {
        measured.service.writeTo(node.putObject("service"));
        measured.lateness.writeTo(node.putObject("lateness"));
        measured.hiccups.writeTo(node.putObject("hiccups"));
        report.say("  %s", subject);
        report.say("    service  %s", measured.service);
        report.say("    lateness %s", measured.lateness);
        report.say("    hiccups  %s", measured.hiccups);
    }

    private Measured pace(final Appender appender, final Runnable onWarm)
    {
        final Timing service = new Timing();
        final Timing lateness = new Timing();
        stretch(appender, WARM_UP_NS, service, lateness);
        service.reset();
        lateness.reset();
        onWarm.run();
        final HiccupMeter meter = new HiccupMeter();
        try (meter)
        {
            stretch(appender, TimeUnit.SECONDS.toNanos(options.seconds()), service, lateness);
        }

        return new Measured(service, lateness, meter.lateness());
    }

    private static void stretch(
        final Appender appender, final long lengthNs, final Timing service, final Timing lateness)
    {
        final long count = (long)(lengthNs / INTERVAL_NS);
        final long startNs = Timing.nowNs();
        for (long i = 0; i < count; i++)
        {
            final long dueNs = startNs + (long)(i * INTERVAL_NS);
            long beganNs = Timing.nowNs();
            while (beganNs - dueNs < 0)
            {
                Thread.onSpinWait();
                beganNs = Timing.nowNs();
            }
            appender.append(beganNs);
            final long doneNs = Timing.nowNs();
            service.record(doneNs - beganNs);
            lateness.record(doneNs - dueNs);
        }
    }
}
