package io.epona.jmh.storage;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;
import io.epona.engine.PartitionReader;

import java.util.Map;
import java.util.Random;

/**
 * Reading a log from its start beside appending to it, and going to an offset for one record.
 */
final class ReadCase
{
    private static final int VALUE_LENGTH = 1024;
    private static final long RECORDS = 512 * 1024;
    private static final int POLL_LIMIT = 1024;
    private static final int SEEKS = 100_000;

    private final Options options;
    private final Report report;
    private long bytes;

    ReadCase(final Options options, final Report report)
    {
        this.options = options;
        this.report = report;
    }

    void run()
    {
        report.say("read: %d records of 1 KiB, appended, read from the start, then sought", RECORDS);
        final double[] appends = new double[options.repeats()];
        final double[] reads = new double[options.repeats()];
        final double[] seeks = new double[options.repeats()];
        for (int turn = 0; turn < options.repeats(); turn++)
        {
            try (WorkDirectory directory = new WorkDirectory(options.disk());
                LogUnderTest log = new LogUnderTest(directory.path, VALUE_LENGTH, 1, Map.of()))
            {
                appends[turn] = append(log);
                reads[turn] = readAll(log);
                seeks[turn] = seek(log, turn);
                report.entry("read", "log", turn)
                    .put("appendsPerSecond", appends[turn])
                    .put("readsPerSecond", reads[turn])
                    .put("seekP50Us", seeks[turn])
                    .put("runwayMisses", log.counters().runwayMisses());
                report.say(
                    "  turn %d: appended %.0f/s, read %.0f/s, ratio %.2f", turn, appends[turn], reads[turn],
                    reads[turn] / appends[turn]);
            }
        }
        report.judge("read rate against append rate", Report.median(reads) / Report.median(appends), 2, true);
        report.judge("seek and one record, p50, us", Report.median(seeks), 2, false);
    }

    private static double append(final LogUnderTest log)
    {
        final long beganNs = Timing.nowNs();
        for (long i = 0; i < RECORDS; i++)
        {
            log.append();
        }

        return RECORDS / MappedFloor.seconds(Timing.nowNs() - beganNs);
    }

    private void onRecord(final Record record)
    {
        // A word of each, so that the record is really fetched.
        bytes += record.valueLength() + (record.buffer().getByte(record.valueIndex()) & 1);
    }

    private double readAll(final LogUnderTest log)
    {
        try (PartitionReader reader = log.partition.newReader())
        {
            reader.seekToEarliest();
            final long allocatedBefore = Threads.allocatedBytes();
            final long beganNs = Timing.nowNs();
            long count = 0;
            while (count < RECORDS)
            {
                count += checked(reader.poll(this::onRecord, POLL_LIMIT));
            }
            final double rate = RECORDS / MappedFloor.seconds(Timing.nowNs() - beganNs);
            report.say("    polls: %.3f B/op", (Threads.allocatedBytes() - allocatedBefore) / (double)RECORDS);

            return rate;
        }
    }

    private double seek(final LogUnderTest log, final int turn)
    {
        final Timing timing = new Timing();
        final Random random = new Random(turn);
        try (PartitionReader reader = log.partition.newReader())
        {
            for (int i = 0; i < 2 * SEEKS; i++)
            {
                if (SEEKS == i)
                {
                    timing.reset();
                }
                final long offset = (long)(random.nextDouble() * RECORDS);
                final long beganNs = Timing.nowNs();
                checked(reader.seek(offset));
                while (0 == checked(reader.poll(this::onRecord, 1)))
                {
                    Thread.onSpinWait();
                }
                timing.record(Timing.nowNs() - beganNs);
            }
        }
        timing.writeTo(report.entry("read", "seek", turn));
        report.say("    seek and one record: %s", timing);

        return timing.us(50);
    }

    private static int checked(final long result)
    {
        if (result < 0)
        {
            throw new IllegalStateException("refused: " + ResultCode.nameOf((int)result));
        }

        return (int)result;
    }
}
