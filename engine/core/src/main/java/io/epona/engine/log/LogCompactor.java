package io.epona.engine.log;

import io.epona.engine.Storage;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Compaction of one log: of the records with the same key the last one is kept. Owned by the housekeeper's thread, in
 * steps of at most a quarter of a MiB, so that nothing else waits long for it.
 * <p>
 * A pass goes over the sealed segments that are committed and on disk. It first remembers the last record of each key
 * in the part that was not compacted yet ({@link CompactionScan}), as far as the memory for keys goes; what does not
 * fit is left to a next pass. Then it writes the segments anew ({@link SegmentRewriter}), small ones together, and
 * puts each new segment in the place of the old ones while readers go on:
 * <ol>
 * <li>the new file is complete, forced and renamed ({@link CompactionFiles}): from here on the old ones are not needed
 * any more;</li>
 * <li>the directory and the link of the segment before lead to the new one, and the old ones are marked as gone;</li>
 * <li>when no reader that was in a poll before that is in it any more, the old files are deleted and unmapped.</li>
 * </ol>
 * <b>What a reader sees.</b> It is given records of the log in the order of their offsets, each at most once. A record
 * between its start and its end is left out only where the log holds, behind that record and below the high watermark,
 * a later one with the same key, or where it is a tombstone that was compacted {@code delete.retention.ms} ago. So for
 * each key it never sees an older value than one it saw before, and whoever reads from the log start to the high
 * watermark has the last value of each key.
 */
final class LogCompactor
{
    private static final int COPY_STEP_LENGTH = 256 * 1024;
    private static final int PREPARE_STEP_LENGTH = 1024 * 1024;
    private static final int FORCE_STEP_LENGTH = 1024 * 1024;
    private static final long CHECK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(15);

    private enum Stage
    {
        IDLE, MEMORY, SCAN, COPY, FORCE, SWAP, DAMAGED
    }

    private final LogContext context;
    private final Storage storage;
    private final Path directory;
    private final LogConfig config;
    private final LogState state;
    private final LogRetention retention;
    private final IndexKeeper indexes;
    private final LogCleaner cleaner;
    private final CompactionProgress progress;
    private final SegmentRewriter rewriter = new SegmentRewriter();
    private final long deleteRetentionNs;
    private final long minLagNs;

    private Stage stage = Stage.IDLE;
    private CompactionScan scan;
    private boolean isLoaded;
    private long nowNs;
    private long checkAtNs;
    private long expiredEnd;
    private long checkedExpiredEnd;
    private long tombstones;
    private boolean isFailing;

    private int groupBegin;
    private int groupEnd;
    private int source;
    private int sourceIndex;
    private Segment target;
    private int preparedEnd;
    private int forcedEnd;
    private List<Segment> replaced;
    private ReaderTable.Pins pins;

    LogCompactor(
        final LogContext context,
        final Path directory,
        final LogConfig config,
        final LogState state,
        final LogRetention retention,
        final IndexKeeper indexes)
    {
        this.context = context;
        this.storage = context.storage();
        this.directory = directory;
        this.config = config;
        this.state = state;
        this.retention = retention;
        this.cleaner = context.cleaner();
        this.indexes = indexes;
        this.progress = new CompactionProgress(storage, directory);
        this.deleteRetentionNs = TimeUnit.MILLISECONDS.toNanos(config.compaction().deleteRetentionMs());
        this.minLagNs = TimeUnit.MILLISECONDS.toNanos(config.compaction().minLagMs());
        this.checkAtNs = context.clock().nowNs() + CHECK_INTERVAL_NS;
    }

    /**
     * @return whether segments are being written anew: the log must keep those that it has.
     */
    boolean isActive()
    {
        return Stage.IDLE != stage && Stage.DAMAGED != stage;
    }

    /**
     * One bounded step.
     *
     * @param nowNs epoch ns.
     * @param limit offset of the first segment that must stay for other reasons.
     * @return work done.
     * @throws IOException where segments could not be put in the place of others: what is on disk is not known then.
     */
    int doWork(final long nowNs, final long limit) throws IOException
    {
        if (Stage.SWAP == stage)
        {
            return completeSwap();
        }
        if (Stage.DAMAGED == stage)
        {
            return 0;
        }

        try
        {
            switch (stage)
            {
                case IDLE:
                    load();
                    if (checkAtNs - nowNs > RETRY_NS)
                    {
                        // The clock went back.
                        checkAtNs = nowNs;
                    }
                    return nowNs - checkAtNs >= 0 ? check(nowNs, limit) : 0;
                case MEMORY:
                    stage = cleaner.map().prepare() ? Stage.SCAN : Stage.MEMORY;
                    return 1;
                case SCAN:
                    scan();
                    return 1;
                case COPY:
                    copy();
                    return 1;
                default:
                    if (force())
                    {
                        return 1;
                    }
                    target.file().rename(CompactionFiles.swapFile(directory, target.baseOffset()));
            }
        }
        catch (final IOException ex)
        {
            onFailure(ex, nowNs);
            return 0;
        }

        swap();
        return 1;
    }

    private void load() throws IOException
    {
        if (!isLoaded)
        {
            final String damage = progress.load();
            isLoaded = true;
            if (null != damage)
            {
                context.errorHandler().onError(new IOException(
                    directory.resolve(CompactionProgress.FILE) + ": " + damage +
                    ". The log is compacted from its start; nothing is lost by it"));
            }
        }
    }

    private int check(final long nowNs, final long stayLimit)
    {
        checkAtNs = nowNs + CHECK_INTERVAL_NS;
        final long limit = Math.min(
            stayLimit, Math.min(cleaner.limit(state.positions), state.positions.flushedEnd()));
        final List<Segment> segments = new ArrayList<>();
        long cleanBytes = 0;
        long dirtyBytes = 0;
        for (final Segment segment : state.directory())
        {
            final Segment next = segment.next();
            if (null == next || next.baseOffset() > limit || !segment.isNamed() || !next.isNamed())
            {
                break;
            }
            segments.add(segment);
            final long bytes = segment.endIndex() - SegmentDescriptor.HEADER_LENGTH;
            cleanBytes += next.baseOffset() <= progress.cleanEnd() ? bytes : 0;
            dirtyBytes += next.baseOffset() <= progress.cleanEnd() ? 0 : bytes;
        }
        final long expired = progress.expiredEnd(nowNs, deleteRetentionNs);
        final boolean isDirty = dirtyBytes > 0 &&
            dirtyBytes >= config.compaction().minCleanableDirtyRatio() * (cleanBytes + dirtyBytes);
        final boolean isExpired = tombstones > 0 && expired > checkedExpiredEnd;
        if (segments.isEmpty() || !isDirty && !isExpired || !cleaner.acquire(this))
        {
            return 0;
        }

        this.nowNs = nowNs;
        expiredEnd = expired;
        final long lagEndNs = minLagNs > 0 ? nowNs - minLagNs : Long.MAX_VALUE;
        scan = new CompactionScan(segments, progress.cleanEnd(), lagEndNs, cleaner.map(), nowNs);
        stage = Stage.MEMORY;

        return 1;
    }

    private void scan() throws IOException
    {
        if (!scan.step())
        {
            return;
        }
        if (null != scan.damage())
        {
            onDamage(scan.damage());
            return;
        }
        // Nothing to do: everything is too young, or a tombstone was waited for that cannot go yet.
        if (0 == scan.segmentCount() || scan.end() <= scan.begin() && expiredEnd <= checkedExpiredEnd)
        {
            endPass(RETRY_NS);
            return;
        }

        tombstones = 0;
        rewriter.beginLog(new Keep(), cleaner.isEpochKept());
        groupBegin = 0;
        beginGroup();
    }

    /** As many of the next segments as fit into one. */
    private void beginGroup() throws IOException
    {
        final long firstOffset = scan.segment(groupBegin).baseOffset();
        long length = scan.usedLength(groupBegin);
        int end = groupBegin + 1;
        while (end < scan.segmentCount() &&
            length + scan.usedLength(end) - SegmentDescriptor.HEADER_LENGTH <= config.segmentBytes() &&
            scan.segment(end).next().baseOffset() - firstOffset < Integer.MAX_VALUE)
        {
            length += scan.usedLength(end) - SegmentDescriptor.HEADER_LENGTH;
            end++;
        }

        groupEnd = end;
        source = groupBegin;
        sourceIndex = SegmentDescriptor.HEADER_LENGTH;
        final Path file = CompactionFiles.cleanedFile(directory, firstOffset);
        storage.delete(file);
        final SegmentFile segmentFile = SegmentFile.create(
            storage,
            file,
            Math.max(LogConfig.SEGMENT_BYTES_MIN, BitUtil.findNextPositivePowerOfTwo((int)length)),
            config);
        target = new Segment(segmentFile, nowNs);
        preparedEnd = 0;
        prepareTo(SegmentDescriptor.HEADER_LENGTH);
        rewriter.beginSegment(target.buffer(), firstOffset, target.index());
        stage = Stage.COPY;
    }

    private void prepareTo(final int limit) throws IOException
    {
        if (limit > preparedEnd)
        {
            final int end = (int)Math.min(target.capacity(), (long)Math.max(limit, preparedEnd + PREPARE_STEP_LENGTH));
            target.file().prepare(preparedEnd, end);
            preparedEnd = end;
        }
    }

    private void copy() throws IOException
    {
        int left = COPY_STEP_LENGTH;
        while (left > 0 && source < groupEnd)
        {
            final UnsafeBuffer log = scan.segment(source).buffer();
            if (sourceIndex == scan.usedLength(source))
            {
                source++;
                sourceIndex = SegmentDescriptor.HEADER_LENGTH;
                continue;
            }

            final int length = CompactionScan.batchLength(log, sourceIndex, scan.usedLength(source));
            prepareTo(Math.min(target.capacity(), rewriter.targetLimit(length)));
            final String damage = rewriter.copy(log, sourceIndex);
            if (null != damage)
            {
                onDamage(scan.segment(source).file().path() + " at " + sourceIndex + ": " + damage);
                return;
            }
            sourceIndex += length;
            left -= length;
        }
        if (source == groupEnd)
        {
            endGroup();
        }
    }

    private void endGroup() throws IOException
    {
        final int end = rewriter.endSegment();
        if (1 == groupEnd - groupBegin && !rewriter.isChanged())
        {
            dropTarget();
            nextGroup();
            return;
        }

        final Segment first = scan.segment(groupBegin);
        SegmentDescriptor.encode(
            target.buffer(), state.topicId, state.partition, first.baseOffset(), nowNs, target.capacity(),
            SegmentDescriptor.FLAG_COMPACTED, rewriter.crc());
        target.begin(first.baseOffset(), 0, SegmentDescriptor.HEADER_LENGTH);
        target.endIndex(end);
        target.markNamed();
        forcedEnd = 0;
        stage = Stage.FORCE;
    }

    private boolean force() throws IOException
    {
        final int end = Math.min(target.endIndex(), forcedEnd + FORCE_STEP_LENGTH);
        if (end > forcedEnd)
        {
            target.file().region().force(forcedEnd, end - forcedEnd);
            forcedEnd = end;
            return true;
        }

        return false;
    }

    /** The file has its name, so it counts from here on, whatever happens. */
    private void swap() throws IOException
    {
        storage.syncDirectory(directory);

        replaced = new ArrayList<>(scan.segments().subList(groupBegin, groupEnd));
        target.next(replaced.get(replaced.size() - 1).next());
        final Segment before = retention.replace(replaced, target);
        if (null != before)
        {
            before.next(target);
        }
        for (final Segment old : replaced)
        {
            indexes.onRetired(old);
            old.markGone();
        }
        pins = state.readers.snapshot();
        stage = Stage.SWAP;
    }

    private int completeSwap() throws IOException
    {
        if (!pins.areReleased())
        {
            return 0;
        }

        finishSwap();
        try
        {
            nextGroup();
        }
        catch (final IOException ex)
        {
            onFailure(ex, nowNs);
        }

        return 1;
    }

    private void finishSwap() throws IOException
    {
        final Path file = SegmentDescriptor.logFile(directory, target.baseOffset());
        for (int i = replaced.size() - 1; i >= 0; i--)
        {
            indexes.files().delete(replaced.get(i));
            if (!file.equals(replaced.get(i).file().path()))
            {
                storage.delete(replaced.get(i).file().path());
            }
        }
        // They are gone for good before the new one has the name of a segment like any other: of both, recovery could
        // not tell that the one stands for the others.
        storage.syncDirectory(directory);
        target.file().rename(file);
        storage.syncDirectory(directory);
        for (final Segment old : replaced)
        {
            old.file().unmap();
        }
        rewriter.releaseMemory();
        indexes.onReplaced(target);
        state.counters.increment(LogCounters.COMPACTED);
        target = null;
        replaced = null;
        pins = null;
        // From here on it can be given up.
        stage = Stage.COPY;
    }

    private void nextGroup() throws IOException
    {
        groupBegin = groupEnd;
        if (groupBegin < scan.segmentCount())
        {
            beginGroup();
            return;
        }

        progress.advance(scan.end(), nowNs, deleteRetentionNs);
        checkedExpiredEnd = expiredEnd;
        isFailing = false;
        endPass(scan.isFull() ? 0 : CHECK_INTERVAL_NS);
    }

    private void endPass(final long pauseNs)
    {
        stage = Stage.IDLE;
        scan = null;
        rewriter.releaseMemory();
        cleaner.release(this);
        checkAtNs = context.clock().nowNs() + pauseNs;
    }

    private void dropTarget() throws IOException
    {
        final Segment dropped = target;
        target = null;
        if (null != dropped)
        {
            rewriter.releaseMemory();
            dropped.file().unmap();
            storage.delete(dropped.file().path());
        }
    }

    /** The log is as it was: what was begun is dropped and begun anew later. */
    private void onFailure(final IOException cause, final long nowNs)
    {
        state.counters.increment(LogCounters.STORAGE_ERRORS);
        if (!isFailing)
        {
            isFailing = true;
            context.errorHandler().onError(new IOException(
                directory + ": could not be compacted, will retry: " + cause, cause));
        }
        abort();
        checkAtNs = nowNs + RETRY_NS;
    }

    private void onDamage(final String damage)
    {
        abort();
        stage = Stage.DAMAGED;
        context.errorHandler().onError(new IOException(
            damage + ". The log is not compacted any more; reads go on up to there. Restore the segment, and restart"));
    }

    /**
     * Drop what was begun, where it does not count yet.
     */
    void abort()
    {
        if (!isActive() || Stage.SWAP == stage)
        {
            return;
        }

        try
        {
            dropTarget();
        }
        catch (final IOException ex)
        {
            // The next start deletes the file, or the next pass before it makes its own.
            state.counters.increment(LogCounters.STORAGE_ERRORS);
        }
        endPass(CHECK_INTERVAL_NS);
    }

    boolean isSwapping()
    {
        return Stage.SWAP == stage;
    }

    /** The log was cut, and the file that says how far it is compacted with it. */
    void reload()
    {
        isLoaded = false;
    }

    /**
     * Never again: the log is closed or fenced. A swap that was begun is completed where no reader is in the way, or
     * else by the next start.
     */
    void close()
    {
        if (Stage.SWAP == stage && pins.areReleased())
        {
            try
            {
                finishSwap();
            }
            catch (final IOException ex)
            {
                state.counters.increment(LogCounters.STORAGE_ERRORS);
            }
        }
        abort();
        cleaner.release(this);
        stage = Stage.DAMAGED;
    }

    /** What of the log stays. */
    private final class Keep implements SegmentRewriter.Retention
    {
        @Override
        public boolean isRetained(
            final UnsafeBuffer log, final int recordIndex, final long offset)
        {
            if (offset >= scan.end() || !SegmentRewriter.isKeyed(log, recordIndex))
            {
                return true;
            }
            if (cleaner.map().lastOffset(log, recordIndex, offset) > offset)
            {
                return false;
            }
            if (SegmentRewriter.isTombstone(log, recordIndex))
            {
                if (offset < expiredEnd)
                {
                    return false;
                }
                tombstones++;
            }

            return true;
        }

        @Override
        public boolean isLastOfProducer(final long producerId, final long baseOffset, final long appendNs)
        {
            return scan.isLastOfProducer(producerId, baseOffset) &&
                nowNs - appendNs <= ProducerStates.EXPIRY_NS;
        }
    }
}
