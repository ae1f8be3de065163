package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.Checkpoint;
import io.epona.engine.DataDirectory;
import io.epona.engine.Reporter;
import io.epona.engine.log.PartitionLog;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Writes what is known to be on disk of each replica, where it has changed, every few seconds.
 * <p>
 * Owned by the housekeeper.
 */
final class CheckpointWriter
{
    static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);

    private final DataDirectory directory;
    private final Reporter reporter;
    private byte[] written;
    private long dueNs;
    private boolean isFailing;

    CheckpointWriter(final DataDirectory directory, final Reporter reporter)
    {
        this.directory = directory;
        this.reporter = reporter;
    }

    boolean isDue(final long nowNs)
    {
        return nowNs >= dueNs;
    }

    /**
     * @return whether the file was written: it was not as it should be.
     */
    boolean write(final long nowNs, final List<PartitionLog> logs)
    {
        dueNs = nowNs + INTERVAL_NS;
        final List<Checkpoint.Entry> entries = new ArrayList<>();
        for (final PartitionLog log : logs)
        {
            entries.add(new Checkpoint.Entry(log.topicId(), log.partition(), log.checkpoint()));
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
            logs.forEach(PartitionLog::onCheckpoint);
            return true;
        }
        catch (final IOException ex)
        {
            if (!isFailing)
            {
                isFailing = true;
                reporter.report(
                    ResultCode.INTERNAL,
                    "the checkpoint cannot be written (" + ex +
                    "): the next start reads more of the logs; it is tried again every few seconds",
                    ex);
            }
            return false;
        }
    }
}
