package io.epona.engine.log;

import io.epona.engine.PartitionCounters;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The log of one partition: lifecycle and composition.
 */
public final class PartitionLog
{
    private PartitionLog()
    {
    }

    private static IllegalStateException missing()
    {
        return new IllegalStateException("not yet");
    }

    /**
     * Make an empty log. Housekeeper, or the thread that starts the engine; blocks.
     *
     * @param context   of the engine.
     * @param directory to be created; must not hold a log.
     * @param topicId   of the topic.
     * @param partition number in the topic.
     * @param config    of the log.
     * @return the log, open.
     * @throws IOException where a file cannot be made; the directory may then be left behind.
     */
    public static PartitionLog create(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config) throws IOException
    {
        throw missing();
    }

    /**
     * Open a log that exists, recovering it where it was not closed in order.
     *
     * @param context    of the engine.
     * @param directory  of the log.
     * @param topicId    that the files must name.
     * @param partition  that the files must name.
     * @param config     of the log.
     * @param cleanState what {@link #closeClean()} returned, or null: scan everything.
     * @return the log, open.
     * @throws IOException where a file cannot be read, is damaged in its header, or belongs to another log.
     */
    public static PartitionLog open(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config,
        final CleanState cleanState) throws IOException
    {
        throw missing();
    }

    /**
     * One bounded step of everything that may block: prepare memory ahead of the log end, prepare the next segment,
     * sync sealed segments, retention, reuse. Housekeeper only. Errors go to the error handler.
     *
     * @param nowNs epoch ns.
     * @return amount of work done, 0 for none.
     */
    public int housekeep(final long nowNs)
    {
        throw missing();
    }

    /**
     * Force the log and close it; readers then get CLOSED. Housekeeper only, after the owner stopped.
     *
     * @return where the log ends, for the clean marker; null where it was fenced or could not be forced: it must then
     *         be recovered by scanning.
     */
    public CleanState closeClean()
    {
        throw missing();
    }

    /**
     * Delete the log and its files; readers then get UNKNOWN_TOPIC, as do mutators. Housekeeper only.
     *
     * @return false while a reader is inside a poll: call again.
     * @throws IOException where a file cannot be deleted: call again.
     */
    public boolean delete() throws IOException
    {
        throw missing();
    }

    /**
     * Epoch in which the owner appends from now on. Before the owner starts, or by the owner.
     *
     * @param leaderEpoch at least that of the last batch.
     */
    public void leaderEpoch(final int leaderEpoch)
    {
        throw missing();
    }

    /**
     * @return epoch in which batches are appended. Any thread.
     */
    public int leaderEpoch()
    {
        throw missing();
    }

    /**
     * @return epoch of the last batch, -1 where there never was one.
     */
    public int lastEpoch()
    {
        throw missing();
    }

    public long topicId()
    {
        throw missing();
    }

    public int partition()
    {
        throw missing();
    }

    /**
     * @return the owner's side.
     */
    public LogAppender appender()
    {
        throw missing();
    }

    /**
     * @return a new reader at the first offset kept. Any thread.
     */
    public LogReader newReader()
    {
        throw missing();
    }

    public long logStart()
    {
        throw missing();
    }

    public long highWatermark()
    {
        throw missing();
    }

    public long logEnd()
    {
        throw missing();
    }

    /**
     * @return live counters. Any thread.
     */
    public PartitionCounters counters()
    {
        throw missing();
    }
}
