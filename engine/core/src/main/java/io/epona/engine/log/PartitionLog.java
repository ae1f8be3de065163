package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.engine.PartitionCounters;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The log of one partition, and its life: create or open, housekeep, close or delete.
 * <p>
 * Three kinds of threads meet here, each with a side of its own: the owner appends ({@link LogAppender}), any number
 * of threads read ({@link LogReader}), the housekeeper does what may block ({@link LogHousekeeper}). They share
 * {@link LogState} and the mapped segments, and hold no locks.
 * <p>
 * Methods are the housekeeper's unless they say otherwise.
 */
public final class PartitionLog
{
    private final LogState state;
    private final LogAppender appender;
    private final LogHousekeeper housekeeper;
    private final FlushPolicy flushPolicy;
    private final LeaderEpochs epochs;
    private final LogEnding ending;
    private final LogCheckpoint recovered;
    private final LogDamage damage;
    private final ReplicatedLog replicated;

    private PartitionLog(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config,
        final LogRecovery recovery,
        final long highWatermark)
    {
        final List<Segment> segments = recovery.segments();
        final LogEnd end = recovery.end();
        final Segment active = segments.get(segments.size() - 1);
        active.begin(active.baseOffset(), 0, end.index());
        active.preparedLimit(end.index());

        this.state = new LogState(
            topicId, partition,
            new LogPositions(recovery.logStart(), end.offset(), highWatermark, config.flushPolicy()),
            config.timestampType(), segments.toArray(new Segment[0]));
        this.epochs = new LeaderEpochs(recovery.epochs());
        final LogStateKeeper stateKeeper = new LogStateKeeper(
            recovery.files(), directory, state, epochs, recovery.writtenEpochs(), recovery.producers().copy(),
            active, end.index(), end.offset(), recovery.snapshotOffset());
        this.housekeeper =
            new LogHousekeeper(context, directory, config, state, segments, stateKeeper);
        this.flushPolicy = config.flushPolicy();
        this.appender = new LogAppender(
            state, FlushPolicy.COMMIT == flushPolicy ? housekeeper.flusher() : null, context.clock(), config, active,
            end, epochs, recovery.producers());
        this.replicated = LogPositions.ALONE == highWatermark ? null :
            new ReplicatedLog(appender, state, epochs, config.cleanup().isCompacting());
        this.ending = new LogEnding(context, directory, state, appender, housekeeper);
        this.recovered = recovery.checkpoint();
        this.damage = recovery.damage();
        if (null == damage)
        {
            // The first runway, so that the log can be appended to at once.
            housekeep(context.clock().nowNs());
        }
        else
        {
            state.appendRefusal(ResultCode.PARTITION_FENCED.code());
            state.endRefusal(ResultCode.PARTITION_FENCED.code());
        }
    }

    /**
     * Make an empty log. Blocks.
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
        return create(context, directory, topicId, partition, config, LogPositions.ALONE);
    }

    /** With a high watermark that is known, or ALONE. */
    static PartitionLog create(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config,
        final long highWatermark) throws IOException
    {
        context.storage().createDirectories(directory);
        if (context.storage().list(directory).stream().anyMatch(SegmentDescriptor::isLogFile))
        {
            throw new IOException(directory + ": holds a log");
        }

        final LogRecovery recovery = new LogRecovery(context, directory, topicId, partition, config);
        recovery.create(0);
        final Path parent = directory.toAbsolutePath().getParent();
        if (null != parent)
        {
            context.storage().syncDirectory(parent);
        }

        return new PartitionLog(context, directory, topicId, partition, config, recovery, highWatermark);
    }

    /**
     * Open a log of which nothing is known to be on disk. Blocks.
     *
     * @param context    of the engine.
     * @param directory  of the log.
     * @param topicId    that the files must name.
     * @param partition  that the files must name.
     * @param config     of the log.
     * @param cleanState what {@link #closeClean()} returned, or null: scan everything.
     * @return the log, open.
     * @throws IOException where a file cannot be read or forced, is damaged in its header, or belongs to another log.
     */
    public static PartitionLog open(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config,
        final CleanState cleanState) throws IOException
    {
        return open(context, directory, topicId, partition, config, cleanState, null);
    }

    /**
     * Open a log that exists, recovering it where it was not closed in order. Blocks. Where something is lost below
     * the recovery point the log is open as far as it is whole, and fenced: see {@link #damage()}.
     *
     * @param context    of the engine.
     * @param directory  of the log.
     * @param topicId    that the files must name.
     * @param partition  that the files must name.
     * @param config     of the log.
     * @param cleanState what {@link #closeClean()} returned, or null: scan from the recovery point on.
     * @param checkpoint what {@link #checkpoint()} returned last, or null: scan everything.
     * @return the log, open.
     * @throws IOException where a file cannot be read or forced, or nothing of the log is readable.
     */
    public static PartitionLog open(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config,
        final CleanState cleanState,
        final LogCheckpoint checkpoint) throws IOException
    {
        return open(context, directory, topicId, partition, config, cleanState, checkpoint, LogPositions.ALONE);
    }

    /** With a high watermark that is known, or ALONE. */
    static PartitionLog open(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config,
        final CleanState cleanState,
        final LogCheckpoint checkpoint,
        final long highWatermark) throws IOException
    {
        final LogRecovery recovery = new LogRecovery(context, directory, topicId, partition, config);
        final TruncationFile truncation = TruncationFile.recover(context.storage(), directory);
        if (null != truncation)
        {
            recovery.files().capRecoveryPoint(truncation.offset());
        }
        if (null != truncation && truncation.isReset())
        {
            recovery.create(truncation.offset());
            // The epochs of the log before would contradict the next ones.
            recovery.files().writeEpochs(LeaderEpochs.History.EMPTY);
        }
        else
        {
            recover(recovery, null == truncation ? cleanState : null, checkpoint);
        }
        if (null == recovery.damage())
        {
            // Also where nothing was scanned, as when the log begins anew; and while the file still says what is due.
            CompactionProgress.cut(context.storage(), directory, recovery.end().offset());
        }
        if (null != truncation)
        {
            TruncationFile.delete(context.storage(), directory);
        }
        if (null == recovery.damage())
        {
            recovery.force();
        }

        return new PartitionLog(context, directory, topicId, partition, config, recovery, highWatermark);
    }

    private static void recover(
        final LogRecovery recovery, final CleanState cleanState, final LogCheckpoint checkpoint) throws IOException
    {
        try
        {
            recovery.recover(cleanState, checkpoint);
        }
        catch (final UncheckedIOException ex)
        {
            // A segment that could not be mapped.
            throw ex.getCause();
        }
    }

    /**
     * One bounded step of everything that may block: prepare memory ahead of the log end, prepare the next segment,
     * name segments, retention, reuse; what is to be synced goes to the flushers, or is done here where the context
     * has none. Errors go to the error handler. To be called again without delay
     * while it does work, and at least every few milliseconds while appends come.
     *
     * @param nowNs epoch ns.
     * @return amount of work done, 0 for none.
     */
    public int housekeep(final long nowNs)
    {
        if (ending.isBegun())
        {
            return 0;
        }

        return null == damage ? housekeeper.doWork(nowNs) : housekeeper.serveReaders(nowNs);
    }

    /**
     * Whether a step is due at once: somebody appended, or wants something. Costs a few loads. What only time brings
     * is not told of: without this a step is due every half second or so. Housekeeper only.
     *
     * @return whether {@link #housekeep} is to be called without delay.
     */
    public boolean isHousekeepingDue()
    {
        return housekeeper.isDue();
    }

    /**
     * The part of {@link #housekeep} that readers of cold segments wait for: it changes nothing on disk.
     *
     * @param nowNs epoch ns.
     * @return amount of work done.
     */
    int serveReaders(final long nowNs)
    {
        return ending.isBegun() ? 0 : housekeeper.serveReaders(nowNs);
    }

    /**
     * Refuse appends, or take them again, for the sake of the space that is left on the file system.
     *
     * @param isLow whether there is too little.
     */
    public void storageLow(final boolean isLow)
    {
        if (!ending.isBegun() && null == damage)
        {
            housekeeper.storageLow(isLow);
        }
    }

    /**
     * Force the log and close it, after the flushers and the owner stopped; readers and mutators then get CLOSED. A
     * mapping in which a thread still is, or of which the owner was not set to null, is left to the garbage collector.
     *
     * @return where the log ends, for the clean marker; null where it was fenced or could not be forced: it must then
     *         be recovered by scanning.
     */
    public CleanState closeClean()
    {
        return ending.closeClean();
    }

    /**
     * Delete the log and its files; readers then get UNKNOWN_TOPIC, as do mutators.
     *
     * @return false while a reader is inside a poll: call again.
     * @throws IOException where a file cannot be deleted: call again.
     */
    public boolean delete() throws IOException
    {
        return ending.delete();
    }

    /**
     * Cut the end of the log. Owner only, with nothing open; appends are back-pressured until it is done. Readers above
     * the new end get TRUNCATED where it lies below what was committed. Epochs, producers and indexes follow.
     *
     * @param offset at which the log is to end, from the log start on; where it lies within a batch, the log ends at
     *               the base offset of that batch. At or behind the log end nothing is done.
     * @return the request, to be polled by the owner until it is done.
     */
    public LogTruncation truncate(final long offset)
    {
        return appender.truncate(offset, false);
    }

    /**
     * Drop everything and begin anew at an offset, as a follower does that is below its leader's log start. Owner only,
     * with nothing open; appends are back-pressured until it is done.
     *
     * @param newStart offset at which the log begins and ends then.
     * @return the request, to be polled by the owner until it is done.
     */
    public LogTruncation reset(final long newStart)
    {
        return appender.truncate(newStart, true);
    }

    /**
     * Epoch in which the owner appends from now on. Before the owner starts, or by the owner.
     *
     * @param leaderEpoch at least that of the last batch.
     */
    public void leaderEpoch(final int leaderEpoch)
    {
        appender.leaderEpoch(leaderEpoch);
    }

    /**
     * Store the log end elsewhere as well, from now on, whenever it is published: in memory that outlives the process.
     * Before the owner starts, or by the owner.
     *
     * @param buffer to store to, or null to stop.
     * @param index  of the word, eight bytes.
     */
    public void mirrorLogEnd(final UnsafeBuffer buffer, final int index)
    {
        state.positions.mirrorIndex = index;
        state.positions.mirror = buffer;
        if (null != buffer)
        {
            buffer.putLongOrdered(index, state.positions.logEnd());
        }
    }

    /**
     * @return epoch in which batches are appended. The owner, and others for information.
     */
    public int leaderEpoch()
    {
        return appender.leaderEpoch();
    }

    /**
     * @return epoch of the last batch, -1 where there never was one. Any thread.
     */
    public int lastEpoch()
    {
        return appender.lastEpoch();
    }

    /**
     * @return whether appends are refused for good: a sync failed, or damage was found. Any thread.
     */
    public boolean isFenced()
    {
        return ResultCode.PARTITION_FENCED.code() == state.appendRefusal();
    }

    /**
     * @return what of the log is lost below the recovery point, for which it is fenced since it was opened; or null.
     *         Any thread.
     */
    public LogDamage damage()
    {
        return damage;
    }

    /**
     * @return what is known to be on disk, for the checkpoint file. The housekeeper, or who closed the log.
     */
    public LogCheckpoint checkpoint()
    {
        if (null != damage)
        {
            return recovered;
        }
        final CleanState closed = ending.closed();
        if (null != closed)
        {
            housekeeper.stateKeeper().onCheckpointBegun();
            return new LogCheckpoint(closed.logEnd(), state.positions.logStart(), closed.hasProducers());
        }

        housekeeper.stateKeeper().onCheckpointBegun();
        // The offset first: producers below it are then seen.
        final long recoveryPoint =
            Math.min(state.positions.flushedEnd(), housekeeper.stateKeeper().epochsWrittenTo());
        return new LogCheckpoint(
            recoveryPoint, state.positions.logStart(), housekeeper.stateKeeper().hasProducers());
    }

    /** What {@link #checkpoint()} returned last is on disk. The housekeeper, or who closed the log. */
    public void onCheckpoint()
    {
        if (null == damage)
        {
            housekeeper.stateKeeper().onCheckpoint();
        }
    }

    /**
     * @return in which epoch each offset was written. The owner changes it, any thread reads it.
     */
    LeaderEpochs epochs()
    {
        return epochs;
    }

    /**
     * @return id of the topic. Any thread.
     */
    public long topicId()
    {
        return state.topicId;
    }

    /**
     * @return number of the partition. Any thread.
     */
    public int partition()
    {
        return state.partition;
    }

    /**
     * @return what the threads of this log share. For tests that play one of them.
     */
    LogState state()
    {
        return state;
    }

    /**
     * @return the side that a log with replicas elsewhere has, null for others. The owner uses it.
     */
    public ReplicatedLog replicated()
    {
        return replicated;
    }

    /**
     * @return the owner's side. Any thread may take it, the owner uses it.
     */
    public LogAppender appender()
    {
        return appender;
    }

    /**
     * @return a new reader at the first offset kept. Any thread.
     */
    public LogReader newReader()
    {
        return new LogReader(state);
    }

    /**
     * @return first offset kept. Any thread.
     */
    public long logStart()
    {
        return state.positions.logStart();
    }

    /**
     * @return first offset that is not committed. Any thread.
     */
    public long highWatermark()
    {
        return state.positions.committedEnd();
    }

    /**
     * @return first offset of which it is not known that it and all before it are on disk. Any thread.
     */
    public long flushedEnd()
    {
        return state.positions.flushedEnd();
    }

    /**
     * @return when the log is forced to disk. Any thread.
     */
    public FlushPolicy flushPolicy()
    {
        return flushPolicy;
    }

    /**
     * @return next offset to be written. Any thread.
     */
    public long logEnd()
    {
        return state.positions.logEnd();
    }

    /**
     * @return live counters. Any thread.
     */
    public PartitionCounters counters()
    {
        return state.counters;
    }
}
