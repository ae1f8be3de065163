package io.epona.engine.log;

import io.epona.codecs.ResultCode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The housekeeper's side of a log: everything that may block. Owned by the housekeeper's thread.
 * <p>
 * It runs ahead of the owner ({@link LogPreparer}: memory and the next segment) and follows it ({@link FlushSchedule}
 * and {@link LogFlusher}: names and syncs, the latter on threads of its own where it has some; {@link LogRetention}:
 * what the log keeps). One call does a bounded step of each, the runway first, for the owner waits for nothing else.
 */
final class LogHousekeeper
{
    private static final long HOLD_PARK_NS = TimeUnit.MICROSECONDS.toNanos(100);

    private final LogState state;
    private final LogRetention retention;
    private final LogPreparer preparer;
    private final LogFlusher flusher;
    private final FlushSchedule schedule;
    private final AppendGate gate;
    private final boolean isFlusher;
    /** Whether a policy says when what was appended is to be on disk. */
    private final boolean isToBeForced;
    private final LogResidency residency;
    private final IndexKeeper indexes;
    private final LogStateKeeper stateKeeper;
    /** Null where the log is not compacted. */
    private final LogCompactor compactor;
    private final LogTruncator truncator;
    private final LogContext context;
    private final Path directory;
    private boolean isHeld;

    private Segment current;
    private long position;
    private int wantedLength;

    LogHousekeeper(
        final LogContext context,
        final Path directory,
        final LogConfig config,
        final LogState state,
        final List<Segment> segments,
        final LogStateKeeper stateKeeper)
    {
        this.stateKeeper = stateKeeper;
        this.state = state;
        this.indexes = new IndexKeeper(context, directory, state);
        this.retention = new LogRetention(context, directory, config, state, segments, indexes.files());
        this.gate = new AppendGate(context, directory, state);
        this.preparer = new LogPreparer(context, directory, config, state, gate, retention);
        this.flusher = new LogFlusher(context, directory, config, state, segments);
        this.schedule = new FlushSchedule(
            flusher, state.positions, retention, directory, config, context.clock().nowNs());
        this.isFlusher = null == context.flushQueue();
        this.isToBeForced = FlushPolicy.NONE != config.flushPolicy();
        this.residency = new LogResidency(context, config, state);
        this.current = segments.get(segments.size() - 1);
        this.context = context;
        this.directory = directory;
        this.truncator = new LogTruncator(context, directory, config, state, retention, truncation());
        this.compactor = config.cleanup().isCompacting() ?
            new LogCompactor(context, directory, config, state, retention, indexes) : null;
    }

    int doWork(final long nowNs)
    {
        wantedLength = state.wantedLength();
        int work = followOwner(nowNs) + fenceDamaged();
        final LogTruncation truncation = state.truncationRequest();
        if (null != truncation)
        {
            return work + truncate(truncation, nowNs);
        }
        if (!gate.isFenced())
        {
            work += preparer.doWork(current, position, nowNs);
            work += flush(nowNs);
            work += stateKeeper.doWork(current, nowNs);
        }
        work += retain(nowNs);
        work += serveReaders(nowNs);
        work += indexes.doWork(nowNs);
        work += compact(nowNs);

        return work;
    }

    /**
     * @return whether a step is due because of what others did since the last one.
     */
    boolean isDue()
    {
        return position != state.positions.position() || wantedLength != state.wantedLength() ||
            isToBeForced && state.positions.flushedEnd() < state.positions.logEnd() || state.isAnythingWanted() ||
            null != state.damage() && !gate.isFenced();
    }

    /** All that a log which is only read needs. */
    int serveReaders(final long nowNs)
    {
        return residency.doWork(nowNs, null != compactor && compactor.isActive());
    }

    /**
     * Bring the view of this thread up to the owner's last roll.
     *
     * @param nowNs epoch ns, from which the delay of forcing counts; 0 where the log is being closed.
     */
    int followOwner(final long nowNs)
    {
        int work = 0;
        Segment next;
        do
        {
            // The position before the link: then a position that counts bytes of a new segment comes with its link.
            position = state.positions.position();
            next = current.next();
            if (null != next)
            {
                schedule.onRoll(current, next, nowNs);
                retention.onRoll(next);
                residency.onRoll(current, nowNs);
                preparer.onRoll();
                indexes.onRoll(current);
                current = next;
                work++;
            }
        }
        while (null != next);

        return work;
    }

    /** The next start is to read all of the log: what a reader found may lie where no start looks. */
    private int fenceDamaged()
    {
        final LogDamage damage = state.damage();
        if (null == damage || gate.isFenced())
        {
            return 0;
        }

        gate.fence(damage);
        try
        {
            ReplicatedLog.suspect(context.storage(), directory);
        }
        catch (final IOException ex)
        {
            context.errorHandler().onError(ex);
        }

        return 1;
    }

    private int flush(final long nowNs)
    {
        try
        {
            final int work = schedule.doWork(nowNs) + (isFlusher ? flusher.run() : 0);
            if (null != flusher.fault())
            {
                gate.fence(flusher.fault());
            }

            return work;
        }
        catch (final IOException ex)
        {
            gate.fence(ex);
            return 0;
        }
    }

    private int retain(final long nowNs)
    {
        try
        {
            // What is being compacted stays until it is, which is not long.
            final boolean isHeld =
                null != compactor && compactor.isActive() || !stateKeeper.isPast(retention.oldest());
            final Segment retired = isHeld ? null : retention.retire(current.tail(position), nowNs);
            if (null != retired)
            {
                schedule.onRetired(retired);
                indexes.onRetired(retired);
            }

            return retention.release(nowNs) + (null == retired ? 0 : 1);
        }
        catch (final IOException ex)
        {
            gate.fence(ex);
            return 0;
        }
    }

    /** A step of a truncation. Nothing else is done for the log until it is over. */
    private int truncate(final LogTruncation request, final long nowNs)
    {
        try
        {
            if (!gate.isFenced() && !isHeld && !hold(nowNs))
            {
                return 1;
            }
            if (null != flusher.fault())
            {
                gate.fence(flusher.fault());
            }
            if (!gate.isFenced())
            {
                truncator.step(request);
                return 1;
            }
        }
        catch (final IOException ex)
        {
            gate.fence(ex);
        }

        release();
        LogTruncator.refuse(state, ResultCode.PARTITION_FENCED);
        return 1;
    }

    /** Wait until nothing else is under way, and then see that everything is on disk and has its name. */
    private boolean hold(final long nowNs) throws IOException
    {
        if (null != compactor && compactor.isSwapping())
        {
            compactor.doWork(nowNs, stateKeeper.readTo());
            return false;
        }
        if (null != compactor)
        {
            compactor.abort();
        }
        if (retention.isRetiring())
        {
            retention.release(nowNs);
            return false;
        }

        isHeld = flusher.tryHold();
        while (isHeld && !flusher.forceAll() && null == flusher.fault())
        {
            schedule.nameSegment();
        }

        return isHeld;
    }

    private void release()
    {
        if (isHeld)
        {
            isHeld = false;
            flusher.release(false);
        }
    }

    private LogTruncator.Listener truncation()
    {
        return new LogTruncator.Listener()
        {
            @Override
            public void onTruncating(final long end) throws IOException
            {
                stateKeeper.beforeTruncation(List.of(state.directory()), end);
            }

            @Override
            public ProducerStates onTruncated(
                final Segment active, final List<Segment> gone, final LogEnd end, final boolean isReset)
                throws IOException
            {
                return followTruncation(active, gone, end, isReset);
            }
        };
    }

    private ProducerStates followTruncation(
        final Segment active, final List<Segment> gone, final LogEnd end, final boolean isReset) throws IOException
    {
        for (final Segment segment : gone)
        {
            schedule.onRetired(segment);
            indexes.onRetired(segment);
            indexes.files().delete(segment);
        }
        if (isReset)
        {
            preparer.dropSpare();
        }
        schedule.onTruncated(end.offset());
        CompactionProgress.cut(context.storage(), directory, end.offset());
        if (null != compactor)
        {
            compactor.reload();
        }
        current = active;
        position = state.positions.position();
        flusher.reset(active);
        final ProducerStates producers = isReset ?
            stateKeeper.reset(active, end) : stateKeeper.truncate(active, end);
        release();

        return producers;
    }

    private int compact(final long nowNs)
    {
        if (null == compactor)
        {
            return 0;
        }
        if (gate.isFenced())
        {
            compactor.close();
            return 0;
        }

        try
        {
            return compactor.doWork(nowNs, stateKeeper.readTo());
        }
        catch (final IOException ex)
        {
            gate.fence(ex);
            return 0;
        }
    }

    /** The log is closed: a compaction is completed or given up, and what is being written is waited for. */
    void stopWork()
    {
        indexes.close();
        stateKeeper.complete();
        if (null != compactor)
        {
            compactor.close();
        }
    }

    /**
     * Force everything up to the log end. The owner has stopped. Blocks, also for the run of a flusher under way.
     *
     * @return whether it is all on disk.
     */
    boolean forceAll()
    {
        followOwner(0);
        if (gate.isFenced())
        {
            return false;
        }
        while (!flusher.tryHold())
        {
            // A flusher is at it: its run ends.
            LockSupport.parkNanos(HOLD_PARK_NS);
        }

        try
        {
            while (!flusher.forceAll() && null == flusher.fault())
            {
                schedule.nameSegment();
            }
            if (null != flusher.fault())
            {
                gate.fence(flusher.fault());
            }
        }
        catch (final IOException ex)
        {
            gate.fence(ex);
        }

        final boolean isForced =
            !gate.isFenced() && stateKeeper.close(current, current.tail(position), state.positions.logEnd());
        fenceDamaged();
        if (isForced)
        {
            indexes.storeAll();
        }

        return isForced;
    }

    LogStateKeeper stateKeeper()
    {
        return stateKeeper;
    }

    /** Whether the file system has less space left than the engine is to leave free. */
    void storageLow(final boolean isLow)
    {
        gate.storageLow(isLow);
    }

    LogFlusher flusher()
    {
        return flusher;
    }

    /** The log is closed: delete what was prepared and what is kept for reuse. */
    void removeSpareFiles()
    {
        try
        {
            if (null != spare())
            {
                context.storage().delete(spare().file().path());
            }
            retention.deletePool();
            context.storage().syncDirectory(directory);
        }
        catch (final IOException ex)
        {
            context.errorHandler().onError(ex);
        }
    }

    /** The log is closed or deleted. */
    void close()
    {
        residency.close();
    }

    Segment current()
    {
        return current;
    }

    int tail()
    {
        return current.tail(position);
    }

    LogRetention retention()
    {
        return retention;
    }

    Segment spare()
    {
        return preparer.spare();
    }
}
