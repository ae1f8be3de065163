package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.Checkpoint.Entry;
import io.epona.engine.log.PartitionLog;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Writes the checkpoint when it has changed, every few seconds and at close. Partitions that are offline keep what was
 * last known of them, so that their logs are held against it when they come back.
 * <p>
 * Owned by the housekeeper, then by the closing thread.
 */
final class CheckpointKeeper
{
    static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);

    private final DataDirectory directory;
    private final LogKeeper logKeeper;
    private final Reporter reporter;
    private final List<Entry> offline;
    private byte[] written;
    private long dueNs;
    private boolean isFailing;

    /**
     * @param directory to write to.
     * @param logKeeper that has the open logs.
     * @param reporter  told where the file cannot be written.
     * @param offline   what is known of partitions that are not open.
     * @param nowNs     epoch ns, from which the interval counts.
     */
    CheckpointKeeper(
        final DataDirectory directory,
        final LogKeeper logKeeper,
        final Reporter reporter,
        final List<Entry> offline,
        final long nowNs)
    {
        this.directory = directory;
        this.logKeeper = logKeeper;
        this.reporter = reporter;
        this.offline = offline;
        this.dueNs = nowNs + INTERVAL_NS;
    }

    int doWork(final long nowNs, final Catalogue catalogue)
    {
        if (nowNs - dueNs < 0)
        {
            return 0;
        }

        dueNs = nowNs + INTERVAL_NS;

        return write(catalogue) ? 1 : 0;
    }

    /**
     * @return whether the file was written: it was not as it should be.
     */
    boolean write(final Catalogue catalogue)
    {
        final List<Entry> entries = new ArrayList<>();
        for (final PartitionLog log : logKeeper.logs())
        {
            entries.add(new Entry(log.topicId(), log.partition(), log.checkpoint()));
        }
        for (final Entry entry : offline)
        {
            if (null != catalogue.topic(entry.topicId()))
            {
                entries.add(entry);
            }
        }

        final byte[] bytes = new Checkpoint(entries).encode();
        if (Arrays.equals(bytes, written))
        {
            return false;
        }

        try
        {
            directory.writeCheckpoint(bytes);
            written = bytes;
            isFailing = false;
            logKeeper.logs().forEach(PartitionLog::onCheckpoint);
            return true;
        }
        catch (final IOException ex)
        {
            if (!isFailing)
            {
                isFailing = true;
                reporter.report(
                    ResultCode.INTERNAL,
                    "the checkpoint in " + directory.path() + " cannot be written (" + ex +
                    "): the next start reads more of the logs; it is tried again every few seconds",
                    ex);
            }
            return false;
        }
    }
}
