package io.epona.jmh.storage;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordHandler;
import io.epona.engine.PartitionReader;
import io.epona.engine.SystemClock;

import java.nio.file.Path;
import java.util.Map;

/** The log as it is by default, but for a size that it is kept below. */
final class EponaQueue implements QueueUnderTest
{
    private static final int POLL_LIMIT = 256;
    private static final long RETENTION = 1L << 30;

    /** From the time that the benchmark reads to the epoch's. */
    private final long epochOffsetNs = new SystemClock().nowNs() - Timing.nowNs();
    private final LogUnderTest log;
    private final PartitionReader reader;
    private final RecordHandler recordHandler = this::onRecord;
    private TailHandler handler;
    private long retries;

    EponaQueue(final Path directory)
    {
        log = new LogUnderTest(
            directory, VALUE_LENGTH, 1, Map.of("retention.bytes", Long.toString(RETENTION)));
        reader = log.partition.newReader();
    }

    @Override
    public void append(final long dueNs)
    {
        log.value.putLong(0, dueNs);
        log.appendAt(dueNs + epochOffsetNs);
    }

    @Override
    public boolean isSteady()
    {
        return log.counters().appendedBytes() > 2 * RETENTION;
    }

    @Override
    public void mark()
    {
        log.mark();
    }

    @Override
    public int tail(final TailHandler handler)
    {
        this.handler = handler;
        final int count = reader.poll(recordHandler, POLL_LIMIT);
        if (count < 0)
        {
            throw new IllegalStateException("refused: " + ResultCode.nameOf(count));
        }
        retries += 0 == count ? 1 : 0;

        return count;
    }

    private void onRecord(final Record record)
    {
        handler.onRecord(record.buffer().getLong(record.valueIndex()));
    }

    @Override
    public String name()
    {
        return "epona";
    }

    @Override
    public String describe()
    {
        return log.describe() + ", empty polls " + retries;
    }

    @Override
    public void close()
    {
        reader.close();
        log.close();
    }
}
