package io.epona.jmh.storage;

import io.epona.engine.Partition;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

/**
 * Group commit: 64 producers with one record in flight each, under {@code flush.policy=commit}, beside a thread that
 * writes 4 KiB and syncs, over and over, and beside the least that a group commit can be. One thread owns the
 * partitions and stands for the shard: it appends for every producer whose record was committed, and takes the time
 * until it was. What lanes add on top is the broker's.
 */
final class CommitCase
{
    private static final int PRODUCERS = 64;
    private static final int VALUE_LENGTH = 1024;
    private static final int PAGE_LENGTH = 4096;
    private static final int SYNC_PAGES = 4096;
    /** Half of the default: what a roll syncs of directories and small files is not what is measured. */
    private static final long SEGMENT_BYTES = 512L << 20;
    private static final long RETENTION = 2 * SEGMENT_BYTES;
    private static final long WARM_UP_BYTES = 3 * RETENTION;

    private static final int WARM_UP_SECONDS = 2;

    private final Options options;
    private final Report report;

    /** What takes records and tells when they are on disk. */
    private interface Commits
    {
        /** Take a record of a producer; returns a mark to ask for. */
        long append(int producer);

        boolean isCommitted(int producer, long mark);
    }

    CommitCase(final Options options, final Report report)
    {
        this.options = options;
        this.report = report;
    }

    void run()
    {
        run(1, true);
        run(1, false);
        run(PRODUCERS, false);
    }

    private void run(final int partitions, final boolean isRecycling)
    {
        final String log = partitions + " partition(s), " + (isRecycling ? "segments recycled" : "growing");
        report.say("commit: %d producers, one record of 1 KiB in flight each, %s", PRODUCERS, log);
        final double[] syncs = new double[options.repeats()];
        final double[] syncP99 = new double[options.repeats()];
        final double[] acks = new double[options.repeats()];
        final double[] ackP99 = new double[options.repeats()];
        final double[] floorP99 = new double[options.repeats()];
        for (int turn = 0; turn < options.repeats(); turn++)
        {
            final Timing sync = new Timing();
            syncs[turn] = syncs(sync);
            syncP99[turn] = sync.us(99);
            final Timing floor = new Timing();
            final double floorAcks = floorAcks(floor);
            floorP99[turn] = floor.us(99);
            final Timing ack = new Timing();
            acks[turn] = acks(partitions, isRecycling, ack, turn);
            ackP99[turn] = ack.us(99);

            sync.writeTo(report.entry("commit", "4 KiB sync", turn).put("perSecond", syncs[turn]));
            floor.writeTo(report.entry("commit", "least group commit", turn).put("perSecond", floorAcks));
            ack.writeTo(report.entry("commit", "log, " + log, turn).put("perSecond", acks[turn]));
            report.say("  turn %d: %.0f syncs/s, %s", turn, syncs[turn], sync);
            report.say("          least group commit: %.0f acks/s, %s", floorAcks, floor);
            report.say("          %.0f acks/s,  %s", acks[turn], ack);
        }
        final String where = "commit, " + log + ": ";
        report.judge(where + "acks against 4 KiB syncs", Report.median(acks) / Report.median(syncs), 10, true);
        report.judge(where + "ack p99 against sync p99", Report.median(ackP99) / Report.median(syncP99), 3, false);
        report.say("  ack p99 against that of the least group commit: %.2f",
            Report.median(ackP99) / Report.median(floorP99));
    }

    private double floorAcks(final Timing timing)
    {
        try (WorkDirectory directory = new WorkDirectory(options.disk());
            GroupCommitFloor floor = new GroupCommitFloor(directory.path, VALUE_LENGTH))
        {
            final Commits commits = new Commits()
            {
                @Override
                public long append(final int producer)
                {
                    return floor.append();
                }

                @Override
                public boolean isCommitted(final int producer, final long mark)
                {
                    return floor.isSynced(mark);
                }
            };
            drive(commits, WARM_UP_SECONDS, new Timing());

            return drive(commits, options.seconds(), timing);
        }
    }

    private double syncs(final Timing timing)
    {
        try (WorkDirectory directory = new WorkDirectory(options.disk());
            FileChannel channel = FileChannel.open(directory.path.resolve("synced"), CREATE_NEW, WRITE))
        {
            final ByteBuffer page = ByteBuffer.allocateDirect(PAGE_LENGTH);
            for (int i = 0; i < SYNC_PAGES; i++)
            {
                channel.write(page.clear(), (long)i * PAGE_LENGTH);
            }
            channel.force(true);

            final long beganNs = Timing.nowNs();
            final long endNs = beganNs + TimeUnit.SECONDS.toNanos(options.seconds());
            long count = 0;
            long nowNs = beganNs;
            while (nowNs - endNs < 0)
            {
                channel.write(page.clear(), count % SYNC_PAGES * PAGE_LENGTH);
                channel.force(false);
                final long doneNs = Timing.nowNs();
                timing.record(doneNs - nowNs);
                nowNs = doneNs;
                count++;
            }

            return count / MappedFloor.seconds(nowNs - beganNs);
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    private static Map<String, String> settings(final boolean isRecycling)
    {
        return isRecycling ?
            Map.of(
                "flush.policy", "commit", "segment.bytes", Long.toString(SEGMENT_BYTES),
                "retention.bytes", Long.toString(RETENTION)) :
            Map.of("flush.policy", "commit");
    }

    /** Until the log writes to files that it wrote before, and all of it is on disk. */
    private static void warmUp(final LogUnderTest log)
    {
        while (log.counters().appendedBytes() < WARM_UP_BYTES)
        {
            log.append();
        }
        while (log.partition.highWatermark() < log.partition.logEnd())
        {
            Thread.yield();
        }
        log.mark();
    }

    private double acks(
        final int partitionCount, final boolean isRecycling, final Timing timing, final int turn)
    {
        try (WorkDirectory directory = new WorkDirectory(options.disk());
            LogUnderTest log = new LogUnderTest(
                directory.path, VALUE_LENGTH, partitionCount, settings(isRecycling)))
        {
            if (isRecycling)
            {
                warmUp(log);
            }
            final Partition[] partitions = new Partition[PRODUCERS];
            Arrays.setAll(partitions, (i) -> log.partition(i % partitionCount));
            final Commits commits = new Commits()
            {
                @Override
                public long append(final int producer)
                {
                    return log.append(partitions[producer]);
                }

                @Override
                public boolean isCommitted(final int producer, final long mark)
                {
                    return partitions[producer].highWatermark() > mark;
                }
            };
            drive(commits, WARM_UP_SECONDS, new Timing());
            log.mark();
            final long allocatedBefore = Threads.allocatedBytes();
            final double perSecond = drive(commits, options.seconds(), timing);
            final long allocated = Threads.allocatedBytes() - allocatedBefore;
            final String subject = "counters, partitions " + partitionCount + (isRecycling ? ", recycled" : "");
            log.writeTo(report.entry("commit", subject, turn), timing.count(), allocated);
            for (int i = 0; i < partitionCount; i++)
            {
                partitions[i].owner(null);
            }

            return perSecond;
        }
    }

    /** Append for every producer whose record was committed, and take the time until it was. */
    private static double drive(final Commits commits, final int seconds, final Timing timing)
    {
        final long[] marks = new long[PRODUCERS];
        final long[] sentNs = new long[PRODUCERS];
        Arrays.fill(marks, -1);
        final long beganNs = Timing.nowNs();
        final long endNs = beganNs + TimeUnit.SECONDS.toNanos(seconds);
        long nowNs = beganNs;
        while (nowNs - endNs < 0)
        {
            int work = 0;
            for (int i = 0; i < PRODUCERS; i++)
            {
                if (marks[i] < 0 || commits.isCommitted(i, marks[i]))
                {
                    nowNs = Timing.nowNs();
                    if (marks[i] >= 0)
                    {
                        timing.record(nowNs - sentNs[i]);
                    }
                    sentNs[i] = nowNs;
                    marks[i] = commits.append(i);
                    work++;
                }
            }
            if (0 == work)
            {
                // As a shard's idle strategy does.
                Thread.yield();
                nowNs = Timing.nowNs();
            }
        }

        return timing.count() / MappedFloor.seconds(nowNs - beganNs);
    }
}
