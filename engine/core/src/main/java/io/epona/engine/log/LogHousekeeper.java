package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.engine.Storage;
import org.agrona.ErrorHandler;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The housekeeper's side of a log: everything that may block. Owned by the housekeeper's thread.
 * <p>
 * It runs ahead of the owner (allocates and touches memory, prepares the next segment) and follows it (gives files
 * their names, forces sealed segments); retention is in {@link LogRetention}. One call does a bounded step of each,
 * the runway first, for the owner waits for nothing else.
 * <p>
 * <b>Hand-over to the owner.</b> Zeros are written and pages touched beyond the prepared limit, where the owner never
 * stores; then the limit is released. The owner acquires it before it stores there. A prepared segment is released
 * through {@link LogState#prepared(Segment)} and thereby the owner's.
 */
final class LogHousekeeper
{
    private static final int PREPARE_STEP_LENGTH = 1024 * 1024;
    private static final int PREPARE_STEPS_PER_CALL = 8;
    private static final int FORCE_STEP_LENGTH = 4 * 1024 * 1024;
    private static final int INDEX_STEP_LENGTH = 1024 * 1024;
    private static final long STORAGE_RETRY_NS = 100_000_000L;
    private static final long TOUCH_INTERVAL_NS = 1_000_000_000L;
    /**
     * A sealed segment is forced this long after it was left. What retention takes before then is never written to
     * the disk at all: with a short retention that is most of the log, and the disk could not keep up with memory.
     */
    private static final long FORCE_DELAY_NS = 10_000_000_000L;

    private final LogState state;
    private final Storage storage;
    private final Path directory;
    private final LogConfig config;
    private final ErrorHandler errorHandler;
    private final LogRetention retention;
    private final Runway runway;
    private final ArrayDeque<Segment> unnamed = new ArrayDeque<>();
    private final ArrayDeque<Segment> unforced = new ArrayDeque<>();
    private final ArrayDeque<Segment> unindexed = new ArrayDeque<>();

    private Segment current;
    private Segment spare;
    private long position;
    private long touchedPosition;
    private long touchAtNs;
    private long retryAtNs;
    private boolean isStorageLow;
    private boolean isFenced;

    LogHousekeeper(
        final LogContext context,
        final Path directory,
        final LogConfig config,
        final LogState state,
        final List<Segment> segments,
        final boolean isIndexed)
    {
        this.state = state;
        this.storage = context.storage();
        this.directory = directory;
        this.config = config;
        this.errorHandler = context.errorHandler();
        this.retention = new LogRetention(context, directory, config, state, segments);
        final long nowNs = context.clock().nowNs();
        this.runway = new Runway(nowNs);
        this.touchAtNs = nowNs + TOUCH_INTERVAL_NS;
        this.current = segments.get(segments.size() - 1);
        if (!isIndexed)
        {
            unindexed.addAll(segments.subList(0, segments.size() - 1));
        }
    }

    int doWork(final long nowNs)
    {
        int work = followOwner(nowNs);
        if (!isFenced)
        {
            work += prepare(nowNs);
            work += makeDurable(nowNs);
        }
        work += retain(nowNs);
        work += buildIndex();

        return work;
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
                current.forceAtNs(nowNs + FORCE_DELAY_NS);
                unforced.add(current);
                unnamed.add(next);
                retention.onRoll(next);
                current = next;
                spare = null;
                work++;
            }
        }
        while (null != next);

        return work;
    }

    private int prepare(final long nowNs)
    {
        if (isStorageLow && nowNs - retryAtNs < 0)
        {
            return 0;
        }

        try
        {
            int work = advance(nowNs);
            if (isStorageLow)
            {
                isStorageLow = false;
                state.appendRefusal(0);
                work++;
            }

            return work;
        }
        catch (final IOException ex)
        {
            state.counters.increment(LogCounters.STORAGE_ERRORS);
            retryAtNs = nowNs + STORAGE_RETRY_NS;
            if (!isStorageLow)
            {
                isStorageLow = true;
                state.appendRefusal(ResultCode.STORAGE_LOW.code());
                errorHandler.onError(new IOException(
                    directory + ": no space could be prepared, appends are refused until that succeeds: " + ex, ex));
            }

            return 0;
        }
    }

    private int advance(final long nowNs) throws IOException
    {
        final int wanted = state.wantedLength();
        final int ahead = runway.update(nowNs, position, wanted);
        final int tail = current.tail(position);
        final int left = current.capacity() - tail;
        int work = extend(current, tail, ahead);

        if (null == spare && isSpareDue(left, ahead, wanted))
        {
            spare = prepareSpare(nowNs);
            extend(spare, SegmentDescriptor.HEADER_LENGTH, Math.max(Runway.LENGTH_MIN, wanted));
            // from here on the segment is the owner's to take
            state.prepared(spare);
            work++;
        }
        if (null != spare && left < ahead)
        {
            final int beyond = Math.max(ahead - left, Math.max(Runway.LENGTH_MIN, wanted));
            work += extend(spare, SegmentDescriptor.HEADER_LENGTH, beyond);
        }

        if (nowNs - touchAtNs >= 0)
        {
            touchAgain(tail);
            touchAtNs = nowNs + TOUCH_INTERVAL_NS;
        }

        return work;
    }

    /** Late for a log that hardly grows, so that a small one never has a second file. */
    private boolean isSpareDue(final int left, final int ahead, final int wanted)
    {
        return left <= current.capacity() / 2 || ahead > Runway.LENGTH_MIN && left < ahead || left < wanted;
    }

    private Segment prepareSpare(final long nowNs) throws IOException
    {
        final int length = Runway.nextSegmentLength(current.capacity(), config);
        SegmentFile file = retention.takePooled(length);
        if (null == file)
        {
            final Path path = retention.nextFile();
            try
            {
                file = SegmentFile.create(storage, path, length, config.indexIntervalBytes());
            }
            catch (final IOException ex)
            {
                storage.delete(path);
                throw ex;
            }
        }
        if (!file.isReused())
        {
            try
            {
                file.prepare(0, SegmentDescriptor.HEADER_LENGTH);
            }
            catch (final IOException ex)
            {
                file.region().unmap();
                storage.delete(file.path());
                throw ex;
            }
        }
        final Segment segment = new Segment(file, nowNs);
        segment.preparedLimit(SegmentDescriptor.HEADER_LENGTH);

        return segment;
    }

    /** Prepare up to a length ahead of an index; only when a quarter of it is used up, so that steps are worth it. */
    private int extend(final Segment segment, final int from, final int ahead) throws IOException
    {
        final long wantedEnd = (long)from + ahead;
        final int target = (int)Math.min(
            segment.capacity(), (wantedEnd + SegmentFile.PAGE_LENGTH - 1) & -SegmentFile.PAGE_LENGTH);
        int limit = segment.preparedLimit();
        if (target <= limit || target < segment.capacity() && limit - from > ahead - (ahead >> 2))
        {
            return 0;
        }

        int work = 0;
        while (limit < target && work < PREPARE_STEPS_PER_CALL)
        {
            final int end = Math.min(target, (limit & -SegmentFile.PAGE_LENGTH) + PREPARE_STEP_LENGTH);
            segment.file().prepare(limit, end);
            segment.preparedLimit(end);
            limit = end;
            work++;
        }

        return work;
    }

    /**
     * After writeback the kernel protects a page against writes, and the next store faults. Where the log grows
     * slowly that can happen within the runway, so it is touched again.
     */
    private void touchAgain(final int tail)
    {
        if (touchedPosition != position)
        {
            touchedPosition = position;
            current.file().touch(tail, Math.min(current.preparedLimit(), tail + Runway.LENGTH_MIN));
        }
    }

    private int makeDurable(final long nowNs)
    {
        try
        {
            if (!unnamed.isEmpty())
            {
                name(unnamed.peekFirst());
                unnamed.pollFirst();
                return 1;
            }
            if (!unforced.isEmpty() && nowNs - unforced.peekFirst().forceAtNs() >= 0)
            {
                if (force(unforced.peekFirst()))
                {
                    unforced.pollFirst();
                }
                return 1;
            }

            return 0;
        }
        catch (final IOException ex)
        {
            fence(ex);
            return 0;
        }
    }

    /** The header is durable before the name is, so that no crash leaves a segment's name on other bytes. */
    private void name(final Segment segment) throws IOException
    {
        final Segment replaced = retention.removeEmptyBefore(segment);
        if (null != replaced)
        {
            unforced.remove(replaced);
        }
        segment.file().region().force(0, SegmentDescriptor.HEADER_LENGTH);
        segment.file().rename(SegmentDescriptor.logFile(directory, segment.baseOffset()));
        storage.syncDirectory(directory);
        segment.markNamed();
    }

    private static boolean force(final Segment segment) throws IOException
    {
        final int from = segment.forcedIndex();
        final int end = (int)Math.min((long)from + FORCE_STEP_LENGTH, segment.endIndex());
        if (end > from)
        {
            segment.file().region().force(from, end - from);
            segment.forcedIndex(end);
        }

        return end == segment.endIndex();
    }

    /** After a failed sync nobody knows what is on disk: no retry, no further append. */
    private void fence(final IOException cause)
    {
        isFenced = true;
        state.counters.increment(LogCounters.STORAGE_ERRORS);
        state.appendRefusal(ResultCode.PARTITION_FENCED.code());
        errorHandler.onError(new IOException(
            directory + ": a sync failed, appends are refused until the broker is restarted: " + cause, cause));
    }

    private int retain(final long nowNs)
    {
        try
        {
            final Segment retired = retention.retire(current.tail(position), nowNs);
            if (null != retired)
            {
                unforced.remove(retired);
                unindexed.remove(retired);
            }

            return retention.release(nowNs) + (null == retired ? 0 : 1);
        }
        catch (final IOException ex)
        {
            if (!isFenced)
            {
                fence(ex);
            }
            return 0;
        }
    }

    private int buildIndex()
    {
        final Segment segment = unindexed.peekFirst();
        if (null == segment)
        {
            return 0;
        }

        if (!segment.walkIndex(config.indexIntervalBytes(), INDEX_STEP_LENGTH))
        {
            unindexed.pollFirst();
        }

        return 1;
    }

    /**
     * Force everything up to the log end. The owner has stopped.
     *
     * @return whether it is all on disk.
     */
    boolean forceAll()
    {
        followOwner(0);
        while (!isFenced && !(unnamed.isEmpty() && unforced.isEmpty()))
        {
            makeDurable(Long.MAX_VALUE);
        }
        if (isFenced)
        {
            return false;
        }

        try
        {
            current.file().region().force(0, current.tail(position));
            return true;
        }
        catch (final IOException ex)
        {
            fence(ex);
            return false;
        }
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
        return spare;
    }
}
