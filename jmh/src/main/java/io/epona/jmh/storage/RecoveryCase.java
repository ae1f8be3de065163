package io.epona.jmh.storage;

import io.epona.codecs.ResultCode;
import io.epona.engine.SystemClock;
import io.epona.engine.log.FileStorage;
import io.epona.engine.log.LogAppender;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.LogContext;
import io.epona.engine.log.PartitionLog;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * Opening a log that was not closed in order and has no recovery point: every batch is scanned with its checksums. The
 * pages are in memory, as they are after the death of the process alone.
 */
final class RecoveryCase
{
    private static final int VALUE_LENGTH = 1024;
    private static final long BYTES = 1L << 30;
    private static final double GB = 1e9;

    private final Options options;
    private final Report report;
    private final SystemClock clock = new SystemClock();
    private final LogContext context = new LogContext(
        new FileStorage(), clock, RecoveryCase::fail, RecoveryCase::onCut);

    RecoveryCase(final Options options, final Report report)
    {
        this.options = options;
        this.report = report;
    }

    void run()
    {
        report.say("recovery: scan of 1 GiB of 1 KiB records, page cache warm");
        try (WorkDirectory directory = new WorkDirectory(options.disk()))
        {
            final Path path = directory.path.resolve("log");
            final LogConfig config = new LogConfig(LogUnderTest.SEGMENT_BYTES, -1, 128 * 1024);
            final long bytes = fill(path, config);
            final double[] rates = new double[options.repeats()];
            for (int turn = 0; turn < options.repeats(); turn++)
            {
                final long beganNs = Timing.nowNs();
                final PartitionLog log = PartitionLog.open(context, path, 1, 0, config, null);
                final double seconds = MappedFloor.seconds(Timing.nowNs() - beganNs);
                rates[turn] = bytes / seconds / GB;
                report.entry("recovery", "log", turn).put("gbPerSecond", rates[turn]).put("records", log.logEnd());
                report.say("  turn %d: %.2f GB/s, %d records", turn, rates[turn], log.logEnd());
                log.closeClean();
            }
            report.judge("recovery scan, GB/s", Report.median(rates), 1, true);
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    /** This thread is owner and housekeeper in turn. */
    private long fill(final Path path, final LogConfig config) throws IOException
    {
        final UnsafeBuffer value = new UnsafeBuffer(LogUnderTest.payload(VALUE_LENGTH));
        final PartitionLog log = PartitionLog.create(context, path, 1, 0, config);
        final LogAppender appender = log.appender();
        appender.owner(Thread.currentThread());
        while (log.counters().appendedBytes() < BYTES)
        {
            final long result = appender.append(value, 0, VALUE_LENGTH);
            if (ResultCode.BACK_PRESSURED.code() == result)
            {
                log.housekeep(clock.nowNs());
            }
            else if (result < 0)
            {
                throw new IllegalStateException("append refused: " + ResultCode.nameOf((int)result));
            }
        }
        final long bytes = log.counters().appendedBytes();
        appender.owner(null);
        log.closeClean();

        return bytes;
    }

    private static void onCut(
        final Path file, final long offset, final long position, final long length, final String reason)
    {
        throw new IllegalStateException(file + " was cut: " + reason);
    }

    private static void fail(final Throwable ex)
    {
        throw new IllegalStateException("the log reported an error", ex);
    }
}
