package io.epona.engine.log;

import io.epona.engine.CheckedFile;
import io.epona.engine.Storage;
import io.epona.engine.log.LeaderEpochs.History;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The files beside the segments that hold what the log says anyway, so that it need not be read for it: {@code epochs}
 * and {@code producers-<offset>}. One that is damaged is reported and passed over, never believed.
 * <p>
 * Every method blocks. Used by the thread that opens the log, then by the housekeeper.
 */
final class LogStateFiles
{
    /** The newest one may be damaged, and a truncation may need an older one. */
    static final int SNAPSHOT_COUNT_MAX = 3;
    static final String CAP_FILE_NAME = "truncated";
    static final String CAP_MAGIC = "EPONTRCD";
    private static final int CAP_INDEX = CheckedFile.HEADER_LENGTH;
    private static final String REPLACEMENT_SUFFIX = ".tmp";

    private final Storage storage;
    private final Path directory;
    private final ErrorHandler errorHandler;
    private final FlushQueue flushQueue;
    private final long topicId;
    private final int partition;

    LogStateFiles(final LogContext context, final Path directory, final long topicId, final int partition)
    {
        this.storage = context.storage();
        this.errorHandler = context.errorHandler();
        this.flushQueue = context.flushQueue();
        this.directory = directory;
        this.topicId = topicId;
        this.partition = partition;
    }

    /**
     * @return the epochs that were written last, or null where they are missing or damaged.
     */
    History readEpochs()
    {
        final Path file = directory.resolve(LeaderEpochs.FILE_NAME);
        if (!storage.exists(file))
        {
            return null;
        }

        final byte[] bytes = readOrReport(file);
        if (null == bytes)
        {
            return null;
        }
        final String damage = History.damage(bytes, topicId, partition);
        if (null != damage)
        {
            report(file, damage, "the epochs are read from the log instead", null);
            return null;
        }

        return History.decode(bytes);
    }

    void writeEpochs(final History history) throws IOException
    {
        final DurableWrite.Content content = epochs(history);
        storage.replace(content.path(), content.bytes());
    }

    /** For a {@link #newWrite}. */
    DurableWrite.Content epochs(final History history)
    {
        return new DurableWrite.Content(
            directory.resolve(LeaderEpochs.FILE_NAME), history.encode(topicId, partition));
    }

    /** For a {@link #newWrite}. */
    DurableWrite.Content snapshot(final long offset, final ProducerStates states)
    {
        return new DurableWrite.Content(
            ProducerSnapshot.file(directory, offset), ProducerSnapshot.encode(states, topicId, partition, offset));
    }

    /**
     * @return writes one file after another, by a flusher where there are some.
     */
    DurableWrite newWrite()
    {
        return new DurableWrite(storage, flushQueue);
    }

    /**
     * Read the newest whole snapshot.
     *
     * @param maxOffset that it may be of.
     * @param states    cleared and filled.
     * @return its offset, or -1 where there is none: the states are empty then.
     * @throws IOException where the directory cannot be read.
     */
    long readSnapshot(final long maxOffset, final ProducerStates states) throws IOException
    {
        states.clear();
        final List<Path> files = storage.list(directory);
        for (int i = files.size() - 1; i >= 0; i--)
        {
            final Path file = files.get(i);
            final long offset = ProducerSnapshot.offsetOf(file);
            if (offset < 0 || offset > maxOffset)
            {
                continue;
            }

            final byte[] bytes = readOrReport(file);
            if (null == bytes)
            {
                continue;
            }
            final String damage = ProducerSnapshot.damage(bytes, topicId, partition, offset);
            if (null == damage)
            {
                ProducerSnapshot.decode(bytes, states);
                return offset;
            }
            report(file, damage, "an earlier one or the log is read instead", null);
        }

        return -1;
    }

    /**
     * Delete the snapshots that are not needed any more, after one was added.
     *
     * @throws IOException where that fails.
     */
    void deleteOldSnapshots() throws IOException
    {
        int kept = 0;
        final List<Path> files = storage.list(directory);
        for (int i = files.size() - 1; i >= 0; i--)
        {
            if (ProducerSnapshot.offsetOf(files.get(i)) >= 0 && ++kept > SNAPSHOT_COUNT_MAX)
            {
                storage.delete(files.get(i));
            }
        }
    }

    /**
     * Write a snapshot that may be older than others, and leave them all.
     *
     * @param offset of the log at which the states were such.
     * @param states to write.
     * @throws IOException where that fails; those that were there stand then.
     */
    void addSnapshot(final long offset, final ProducerStates states) throws IOException
    {
        final DurableWrite.Content content = snapshot(offset, states);
        storage.replace(content.path(), content.bytes());
    }

    /**
     * Delete the snapshots of offsets that the log does not have, durably: before other records get these offsets.
     *
     * @param logEnd of the log.
     * @throws IOException where that fails.
     */
    void truncateSnapshots(final long logEnd) throws IOException
    {
        boolean isDeleted = false;
        for (final Path file : storage.list(directory))
        {
            if (ProducerSnapshot.offsetOf(file) > logEnd)
            {
                storage.delete(file);
                isDeleted = true;
            }
        }
        if (isDeleted)
        {
            storage.syncDirectory(directory);
        }
    }

    /**
     * Delete what writes that were cut off left behind.
     *
     * @throws IOException where that fails.
     */
    void deleteReplacements() throws IOException
    {
        for (final Path file : storage.list(directory))
        {
            final String name = file.getFileName().toString();
            if (name.endsWith(REPLACEMENT_SUFFIX))
            {
                final Path whole = file.resolveSibling(
                    name.substring(0, name.length() - REPLACEMENT_SUFFIX.length()));
                if (ProducerSnapshot.offsetOf(whole) >= 0 || name.startsWith(LeaderEpochs.FILE_NAME) ||
                    name.startsWith(CAP_FILE_NAME))
                {
                    storage.delete(file);
                }
            }
        }
    }

    /**
     * The log was cut, and what a checkpoint says of it may be of before: from here on no more than this counts.
     *
     * @param offset of the log end after the cut.
     * @throws IOException where that cannot be written.
     */
    void capRecoveryPoint(final long offset) throws IOException
    {
        final long cap = Math.min(offset, recoveryCap());
        final byte[] bytes = new byte[CAP_INDEX + Long.BYTES];
        new UnsafeBuffer(bytes).putLong(CAP_INDEX, cap, CheckedFile.ORDER);
        CheckedFile.seal(bytes, CAP_MAGIC);
        storage.replace(directory.resolve(CAP_FILE_NAME), bytes);
    }

    /** A checkpoint of after the cut is on disk. */
    void dropRecoveryCap() throws IOException
    {
        if (storage.delete(directory.resolve(CAP_FILE_NAME)))
        {
            storage.syncDirectory(directory);
        }
    }

    /**
     * @return whether the log was cut and no checkpoint is known to have followed.
     */
    boolean isCapped()
    {
        return storage.exists(directory.resolve(CAP_FILE_NAME));
    }

    /**
     * @return what still counts of a checkpoint.
     */
    LogCheckpoint capped(final LogCheckpoint checkpoint)
    {
        final long cap = recoveryCap();
        return new LogCheckpoint(
            Math.min(cap, checkpoint.recoveryPoint()), Math.min(cap, checkpoint.logStart()),
            checkpoint.hasProducers());
    }

    private long recoveryCap()
    {
        final Path file = directory.resolve(CAP_FILE_NAME);
        if (!storage.exists(file))
        {
            return Long.MAX_VALUE;
        }

        final byte[] bytes = readOrReport(file);
        if (null == bytes)
        {
            return 0;
        }
        final String damage = CheckedFile.damage(bytes, CAP_MAGIC);
        if (null != damage)
        {
            report(file, damage, "the log is scanned from its beginning", null);
            return 0;
        }

        return new UnsafeBuffer(bytes).getLong(CAP_INDEX, CheckedFile.ORDER);
    }

    void report(final Path file, final String fault, final String action, final Throwable cause)
    {
        errorHandler.onError(new IOException(file + ": " + fault + ": " + action, cause));
    }

    private byte[] readOrReport(final Path file)
    {
        try
        {
            return storage.read(file);
        }
        catch (final IOException ex)
        {
            report(file, "cannot be read (" + ex + ')', "what it holds is read from the log instead", ex);
            return null;
        }
    }
}
