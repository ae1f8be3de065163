package io.epona.engine.log;

import io.epona.engine.Storage;
import org.agrona.ErrorHandler;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Which segments a log keeps, and what becomes of the others: retirement publishes the log start, waits until no
 * reader that was inside a poll is there any more, and then gives the file and its touched memory to the pool, or
 * deletes it. Owned by the housekeeper.
 */
final class LogRetention
{
    private static final long RETRY_NS = 100_000_000L;
    private static final long PIN_REPORT_NS = 10_000_000_000L;
    private static final long IDLE_CHECK_NS = 1_000_000_000L;

    private final LogState state;
    private final Storage storage;
    private final Path directory;
    private final LogConfig config;
    private final ErrorHandler errorHandler;
    private final IndexFiles indexFiles;
    private final LogCleaner cleaner;
    private final ArrayDeque<Segment> live = new ArrayDeque<>();
    private final ArrayDeque<SegmentFile> pool = new ArrayDeque<>();

    private final LastAppend lastAppend;
    private final long retentionNs;

    private long idleCheckAtNs;
    private long idlePosition = -1;
    private Segment retiring;
    private ReaderTable.Pins pins;
    private long sealedBytes;
    private long nextNumber = 1;
    private long retryAtNs;
    private long reportAtNs;
    private boolean isRetrying;
    private long lookAtNs;
    private boolean isLookFailing;

    LogRetention(
        final LogContext context,
        final Path directory,
        final LogConfig config,
        final LogState state,
        final List<Segment> segments,
        final IndexFiles indexFiles)
    {
        this.state = state;
        this.storage = context.storage();
        this.directory = directory;
        this.config = config;
        this.retentionNs = config.retentionMs() < 0 || !config.cleanup().isDeleting() ?
            -1 : TimeUnit.MILLISECONDS.toNanos(config.retentionMs());
        this.errorHandler = context.errorHandler();
        this.lastAppend = new LastAppend(storage);
        this.indexFiles = indexFiles;
        this.cleaner = context.cleaner();
        for (final Segment segment : segments)
        {
            live.add(segment);
            if (Segment.OPEN_END != segment.endIndex())
            {
                countSealed(segment.endIndex());
            }
        }
    }

    /**
     * @return a file name that no segment has, for this run.
     */
    Path nextFile()
    {
        return SegmentDescriptor.nextFile(directory, nextNumber++);
    }

    /**
     * @return the segment that would go next.
     */
    Segment oldest()
    {
        return live.peekFirst();
    }

    SegmentFile takePooled(final int length)
    {
        return !pool.isEmpty() && pool.peekFirst().length() == length ? pool.pollFirst() : null;
    }

    void onRoll(final Segment next)
    {
        countSealed(live.peekLast().endIndex());
        live.add(next);
        publishDirectory();
    }

    /**
     * A segment that was left before it got a batch gives its name to its successor, so it leaves the log. Readers
     * may still name it, but never read its memory: the position that leads there leads on to the successor.
     *
     * @return the segment that was removed, or null.
     */
    Segment removeEmptyBefore(final Segment segment)
    {
        Segment empty = null;
        for (final Segment candidate : live)
        {
            if (candidate != segment && candidate.baseOffset() == segment.baseOffset())
            {
                empty = candidate;
            }
        }
        if (null != empty)
        {
            live.remove(empty);
            countSealed(-empty.endIndex());
            publishDirectory();
            empty.markGone();
        }

        return empty;
    }

    /**
     * The log was cut.
     *
     * @param gone   segments at its end that are not part of it any more.
     * @param active segment in which it ends now.
     * @return the segment before that, or null.
     */
    Segment truncate(final List<Segment> gone, final Segment active)
    {
        while (!live.isEmpty() && gone.contains(live.peekLast()))
        {
            final Segment segment = live.pollLast();
            if (Segment.OPEN_END != segment.endIndex())
            {
                countSealed(-segment.endIndex());
            }
        }
        lastAppend.forget();
        idlePosition = -1;
        final Segment before = live.peekLast();
        live.add(active);
        publishDirectory();

        return before;
    }

    /**
     * @return whether a segment waits for its readers.
     */
    boolean isRetiring()
    {
        return null != retiring;
    }

    /**
     * Put a segment in the place of others that follow each other.
     *
     * @param old    segments, the active one not among them.
     * @param merged segment that holds their offsets, sealed and linked to its successor.
     * @return the segment before, which is to be linked to the new one; or null.
     */
    Segment replace(final List<Segment> old, final Segment merged)
    {
        Segment before = null;
        final List<Segment> segments = new ArrayList<>(live);
        live.clear();
        for (final Segment segment : segments)
        {
            if (segment == old.get(0))
            {
                before = live.peekLast();
                live.add(merged);
                countSealed(merged.endIndex());
            }
            if (old.contains(segment))
            {
                countSealed(-segment.endIndex());
            }
            else
            {
                live.add(segment);
            }
        }
        publishDirectory();

        return before;
    }

    /**
     * Take the oldest segment from readers where the log is too long without it.
     *
     * @param activeBytes in the segment that grows.
     * @param nowNs       epoch ns.
     * @return the segment, or null.
     * @throws IOException where the log of which nothing is left could not be forced.
     */
    Segment retire(final int activeBytes, final long nowNs) throws IOException
    {
        if (null != retiring)
        {
            return null;
        }
        if (live.size() < 2)
        {
            expireIdle(nowNs);
            return null;
        }

        final Iterator<Segment> segments = live.iterator();
        final Segment oldest = segments.next();
        final Segment next = segments.next();
        // The successor must have its name: without any named segment recovery would find no log.
        if (!next.isNamed() || next.baseOffset() > cleaner.limit(state.positions) ||
            next.baseOffset() > state.positions.logStart() &&
            !isTooLong(oldest, activeBytes) && !isTooOld(oldest, next, nowNs))
        {
            return null;
        }

        live.pollFirst();
        lastAppend.forget();
        countSealed(-oldest.endIndex());
        state.positions.raiseLogStart(next.baseOffset());
        publishDirectory();
        oldest.markGone();
        pins = state.readers.snapshot();
        retiring = oldest;
        reportAtNs = nowNs + PIN_REPORT_NS;
        isRetrying = false;
        state.counters.increment(LogCounters.RETIRED);

        return oldest;
    }

    private boolean isTooLong(final Segment oldest, final int activeBytes)
    {
        return config.cleanup().isDeleting() && config.retentionBytes() >= 0 &&
            sealedBytes - oldest.endIndex() + activeBytes >= config.retentionBytes();
    }

    /**
     * By the append time of the last batch, which never falls within an epoch. A clock that went back makes the age
     * less, and nothing goes early for it. What is not on disk yet does not go by age: it is young.
     */
    private boolean isTooOld(final Segment oldest, final Segment next, final long nowNs)
    {
        if (retentionNs < 0 || next.baseOffset() > state.positions.flushedEnd())
        {
            return false;
        }

        final long lastNs = lastAppendNs(oldest, next.baseOffset(), nowNs);
        return LastAppend.UNKNOWN != lastNs && nowNs - lastNs > retentionNs;
    }

    private long lastAppendNs(final Segment segment, final long endOffset, final long nowNs)
    {
        if (isLookFailing && nowNs - lookAtNs < 0)
        {
            return LastAppend.UNKNOWN;
        }

        try
        {
            final long lastNs = lastAppend.find(segment, endOffset, nowNs - retentionNs);
            isLookFailing = false;
            return lastNs;
        }
        catch (final IOException ex)
        {
            lookAtNs = nowNs + RETRY_NS;
            if (!isLookFailing)
            {
                isLookFailing = true;
                state.counters.increment(LogCounters.STORAGE_ERRORS);
                errorHandler.onError(new IOException(
                    segment.file().path() + ": its age cannot be read, so it stays; will retry: " + ex, ex));
            }
            return LastAppend.UNKNOWN;
        }
    }

    /**
     * The records of a log that is idle go by age too, out of the only segment that it has: the log then begins where
     * it ends. The owner may be appending meanwhile; what it appends lies behind the end that was looked at. The file
     * goes as usual once the owner has left it.
     */
    private void expireIdle(final long nowNs) throws IOException
    {
        if (retentionNs < 0 || nowNs - idleCheckAtNs < 0 && idleCheckAtNs - nowNs <= IDLE_CHECK_NS)
        {
            return;
        }

        idleCheckAtNs = nowNs + IDLE_CHECK_NS;
        final long position = state.positions.position();
        final boolean isIdle = position == idlePosition;
        idlePosition = position;
        final long end = state.positions.committedEnd();
        if (isIdle && end > state.positions.logStart())
        {
            final long lastNs = lastAppendNs(live.peekFirst(), end, nowNs);
            if (LastAppend.UNKNOWN != lastNs && nowNs - lastNs > retentionNs)
            {
                // No log begins behind what is on disk of it. The pages are old, so they are there most likely.
                final Segment active = live.peekFirst();
                active.file().region().force(0, active.tail(position));
                state.positions.raiseLogStart(end);
            }
        }
    }

    /**
     * Give back the file of the retired segment, once no reader is in it.
     *
     * @return work done.
     * @throws IOException where the directory could not be synced.
     */
    int release(final long nowNs) throws IOException
    {
        if (null == retiring || isRetrying && nowNs - retryAtNs < 0)
        {
            return 0;
        }
        if (!pins.areReleased())
        {
            reportLongPin(nowNs);
            return 0;
        }

        final SegmentFile file = retiring.file();
        // A compacted log never gives a file two lives: its segments are as long as what is left in them.
        final boolean isReusable = file.length() == config.segmentBytes() && pool.size() < config.poolSegments() &&
            !config.cleanup().isCompacting();
        try
        {
            indexFiles.delete(retiring);
            if (isReusable)
            {
                file.rename(nextFile());
            }
            else
            {
                storage.delete(file.path());
            }
        }
        catch (final IOException ex)
        {
            if (!isRetrying)
            {
                state.counters.increment(LogCounters.STORAGE_ERRORS);
                errorHandler.onError(new IOException(file.path() + ": could not be removed, will retry: " + ex, ex));
            }
            isRetrying = true;
            retryAtNs = nowNs + RETRY_NS;
            return 0;
        }

        retiring = null;
        pins = null;
        // Before new bytes go into the file its old name must be gone for good: a crash would bring it back as the
        // first segment of the log, with bytes that are not its own.
        storage.syncDirectory(directory);
        if (isReusable)
        {
            SegmentDescriptor.invalidate(file.region().buffer());
            file.markReused();
            pool.add(file);
            state.counters.increment(LogCounters.RECYCLED);
        }
        else
        {
            file.unmap();
        }

        return 1;
    }

    private void reportLongPin(final long nowNs)
    {
        if (nowNs - reportAtNs >= 0)
        {
            reportAtNs = nowNs + PIN_REPORT_NS;
            errorHandler.onError(new IllegalStateException(
                retiring.file().path() + ": a reader has been inside one poll for seconds; the file waits for it"));
        }
    }

    private void countSealed(final long bytes)
    {
        sealedBytes += bytes;
        state.counters.add(LogCounters.SEALED_BYTES, bytes);
    }

    private void publishDirectory()
    {
        state.directory(live.toArray(new Segment[0]));
    }

    /**
     * Give back mappings that only readers have seen, and pooled files. After the pins of closing are released.
     *
     * @param current segment of the owner, which is left out.
     */
    void unmapSealed(final Segment current)
    {
        for (final Segment segment : live)
        {
            if (segment != current)
            {
                segment.file().unmap();
            }
        }
        if (null != retiring)
        {
            retiring.file().unmap();
        }
    }

    /**
     * Drop the files that wait for reuse, and the one that waits for its readers: it is below the log start.
     */
    void deletePool() throws IOException
    {
        while (!pool.isEmpty())
        {
            final SegmentFile file = pool.peekFirst();
            storage.delete(file.path());
            file.unmap();
            pool.pollFirst();
        }
        if (null != retiring)
        {
            storage.delete(retiring.file().path());
        }
    }
}
