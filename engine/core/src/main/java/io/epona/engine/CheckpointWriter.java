package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.log.DurableWrite;
import io.epona.engine.log.LogContext;
import io.epona.engine.log.PartitionLog;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Writes what is known to be on disk of each log, where it has changed, every few seconds and at close. The sync is the
 * flushers': the runways do not wait for it.
 * <p>
 * Owned by the housekeeper, then by the closing thread.
 */
public final class CheckpointWriter
{
    static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);

    private final DataDirectory directory;
    private final Reporter reporter;
    private final DurableWrite write;
    private byte[] written;
    private byte[] writing;
    private List<PartitionLog> covered = List.of();
    private long dueNs;
    private boolean isFailing;

    /**
     * @param directory to write to.
     * @param context   of the logs: its flushers write.
     * @param reporter  told where the file cannot be written.
     * @param dueNs     epoch ns of the first time.
     */
    public CheckpointWriter(
        final DataDirectory directory, final LogContext context, final Reporter reporter, final long dueNs)
    {
        this.directory = directory;
        this.reporter = reporter;
        this.write = new DurableWrite(context.storage(), context.flushQueue());
        this.dueNs = dueNs;
    }

    /**
     * Take note of what was written.
     *
     * @return work done.
     */
    public int doWork()
    {
        if (null == writing || !write.isDone())
        {
            return 0;
        }

        finish();

        return 1;
    }

    /**
     * @param nowNs epoch ns.
     * @return whether to {@link #begin}.
     */
    public boolean isDue(final long nowNs)
    {
        return null == writing && nowNs - dueNs >= 0;
    }

    /**
     * Write the file, where it is not as it should be. Nothing may be under way.
     *
     * @param nowNs  epoch ns.
     * @param logs   that are open; not to be changed any more.
     * @param others what is known of further ones.
     * @return whether there is something to write.
     */
    public boolean begin(final long nowNs, final List<PartitionLog> logs, final List<Checkpoint.Entry> others)
    {
        dueNs = nowNs + INTERVAL_NS;
        final List<Checkpoint.Entry> entries = new ArrayList<>(logs.size() + others.size());
        for (final PartitionLog log : logs)
        {
            entries.add(new Checkpoint.Entry(log.topicId(), log.partition(), log.checkpoint()));
        }
        entries.addAll(others);
        final byte[] bytes = new Checkpoint(entries).encode();
        if (Arrays.equals(bytes, written))
        {
            return false;
        }

        writing = bytes;
        covered = logs;
        write.begin(List.of(new DurableWrite.Content(directory.checkpointFile(), bytes)));

        return true;
    }

    /**
     * As {@link #begin}, and wait until it is on disk; what is under way is waited for first. Blocks.
     *
     * @param nowNs  epoch ns.
     * @param logs   that are open.
     * @param others what is known of further ones.
     */
    public void write(final long nowNs, final List<PartitionLog> logs, final List<Checkpoint.Entry> others)
    {
        complete();
        if (begin(nowNs, logs, others))
        {
            complete();
        }
    }

    private void complete()
    {
        if (null != writing)
        {
            write.complete();
            finish();
        }
    }

    private void finish()
    {
        final IOException fault = write.take();
        if (null == fault)
        {
            written = writing;
            isFailing = false;
            covered.forEach(PartitionLog::onCheckpoint);
        }
        else if (!isFailing)
        {
            isFailing = true;
            reporter.report(
                ResultCode.INTERNAL,
                "the checkpoint in " + directory.path() + " cannot be written (" + fault +
                "): the next start reads more of the logs; it is tried again every few seconds",
                fault);
        }
        writing = null;
        covered = List.of();
    }
}
