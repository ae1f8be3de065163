package io.epona.engine.log;

import io.epona.engine.Storage;
import org.agrona.ErrorHandler;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What runs ahead of the owner: allocates and touches the memory behind the log end, and prepares the next segment.
 * Owned by the housekeeper's thread.
 * <p>
 * <b>Hand-over to the owner.</b> Zeros are written and pages touched beyond the prepared limit, where the owner never
 * stores; then the limit is released. The owner acquires it before it stores there. A prepared segment is released
 * through {@link LogState#prepared(Segment)} and thereby the owner's.
 */
final class LogPreparer
{
    private static final int PREPARE_LENGTH_PER_CALL = 8 * 1024 * 1024;
    private static final int PREPARE_STEP_LENGTH = 1024 * 1024;
    /** Some 100 us. */
    private static final int COMMIT_STEP_LENGTH = 128 * 1024;
    private static final long STORAGE_RETRY_NS = 100_000_000L;
    private static final long TOUCH_INTERVAL_NS = 1_000_000_000L;

    private final LogState state;
    private final AppendGate gate;
    private final Storage storage;
    private final Path directory;
    private final LogConfig config;
    private final ErrorHandler errorHandler;
    private final LogRetention retention;
    private final Runway runway;
    private final boolean isGivingWay;
    private final int stepLength;

    private Segment spare;
    private boolean isSpareOffered;
    private long touchedPosition;
    private long touchAtNs;
    private long retryAtNs;
    private boolean isUnprepared;

    LogPreparer(
        final LogContext context,
        final Path directory,
        final LogConfig config,
        final LogState state,
        final AppendGate gate,
        final LogRetention retention)
    {
        this.state = state;
        this.gate = gate;
        this.storage = context.storage();
        this.directory = directory;
        this.config = config;
        this.errorHandler = context.errorHandler();
        this.retention = retention;
        this.isGivingWay = FlushPolicy.COMMIT == config.flushPolicy();
        this.stepLength = isGivingWay ? COMMIT_STEP_LENGTH : PREPARE_STEP_LENGTH;
        final long nowNs = context.clock().nowNs();
        this.runway = new Runway(nowNs);
        this.touchAtNs = nowNs + TOUCH_INTERVAL_NS;
    }

    /** The owner has moved into the spare segment. */
    void onRoll()
    {
        spare = null;
    }

    /**
     * The log begins anew: old bytes in a file that was used before may have any offset. While the owner waits.
     *
     * @throws IOException where the file cannot be deleted.
     */
    void dropSpare() throws IOException
    {
        if (null != spare)
        {
            state.prepared(null);
            storage.delete(spare.file().path());
            spare.file().unmap();
            spare = null;
        }
    }

    /**
     * @return the segment that is prepared behind the active one, or null.
     */
    Segment spare()
    {
        return spare;
    }

    int doWork(final Segment current, final long position, final long nowNs)
    {
        if (isUnprepared && nowNs - retryAtNs < 0)
        {
            return 0;
        }

        try
        {
            int work = advance(current, position, nowNs);
            if (isUnprepared)
            {
                isUnprepared = false;
                gate.unprepared(false);
                work++;
            }

            return work;
        }
        catch (final IOException ex)
        {
            state.counters.increment(LogCounters.STORAGE_ERRORS);
            retryAtNs = nowNs + STORAGE_RETRY_NS;
            if (!isUnprepared)
            {
                isUnprepared = true;
                gate.unprepared(true);
                errorHandler.onError(new IOException(
                    directory + ": no space could be prepared, appends are refused until that succeeds: " + ex, ex));
            }

            return 0;
        }
    }

    private int advance(final Segment current, final long position, final long nowNs) throws IOException
    {
        final int wanted = state.wantedLength();
        final int ahead = runway.update(nowNs, position, wanted);
        final int tail = current.tail(position);
        final int left = current.capacity() - tail;
        int work = extend(current, tail, ahead);

        final boolean isRunningOut = isSpareDue(current, left, ahead, wanted);
        if (null == spare && (isRunningOut || state.isSpareWanted()))
        {
            // A segment that is left for its age alone was not too short; one that a fast log will soon fill is.
            spare = prepareSpare(isRunningOut ? current.capacity() : current.capacity() / 2, nowNs);
            isSpareOffered = false;
        }
        if (null != spare && !isSpareOffered)
        {
            // Not in the step that makes it: where there is no space for that much, it is tried again.
            extend(spare, SegmentDescriptor.HEADER_LENGTH, Math.max(Runway.LENGTH_MIN, wanted));
            isSpareOffered = true;
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
            touchAgain(current, position);
            touchAtNs = nowNs + TOUCH_INTERVAL_NS;
        }

        return work;
    }

    /** Late for a log that hardly grows, so that a small one never has a second file. */
    private static boolean isSpareDue(final Segment current, final int left, final int ahead, final int wanted)
    {
        return left <= current.capacity() / 2 || ahead > Runway.LENGTH_MIN && left < ahead || left < wanted;
    }

    private Segment prepareSpare(final int usedLength, final long nowNs) throws IOException
    {
        final int length = Runway.nextSegmentLength(usedLength, config);
        SegmentFile file = retention.takePooled(length);
        if (null == file)
        {
            final Path path = retention.nextFile();
            try
            {
                file = SegmentFile.create(storage, path, length, config);
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
                file.unmap();
                storage.delete(file.path());
                throw ex;
            }
        }
        final Segment segment = new Segment(file, nowNs);
        segment.makeChecksumView();
        segment.preparedLimit(SegmentDescriptor.HEADER_LENGTH);

        return segment;
    }

    /**
     * Prepare up to a length ahead of an index; only when a quarter of it is used up, or a step, so that it is worth it
     * and yet keeps no core from the threads that wait for one. Under COMMIT those are the flushers, whom the disk
     * lets go on every 100 us, and for whom acknowledgements wait: way is given to them between short steps, but not
     * where the owner is about to use the runway up.
     */
    private int extend(final Segment segment, final int from, final int ahead) throws IOException
    {
        final long wantedEnd = (long)from + ahead;
        final int target = (int)Math.min(
            segment.capacity(), (wantedEnd + SegmentFile.PAGE_LENGTH - 1) & -SegmentFile.PAGE_LENGTH);
        int limit = segment.preparedLimit();
        final int used = from + ahead - limit;
        if (target <= limit || target < segment.capacity() && used < Math.min(ahead >> 2, PREPARE_STEP_LENGTH))
        {
            return 0;
        }

        int work = 0;
        final int callEnd = (int)Math.min(target, (long)limit + PREPARE_LENGTH_PER_CALL);
        while (limit < callEnd)
        {
            final int end = Math.min(callEnd, (limit & -SegmentFile.PAGE_LENGTH) + stepLength);
            segment.file().prepare(limit, end);
            segment.preparedLimit(end);
            limit = end;
            work++;
            if (isGivingWay && limit - from > ahead >> 1)
            {
                Thread.yield();
            }
        }

        return work;
    }

    /**
     * After writeback the kernel protects a page against writes, and the next store faults. Where the log grows
     * slowly that can happen within the runway, so it is touched again.
     */
    private void touchAgain(final Segment current, final long position)
    {
        if (touchedPosition != position)
        {
            touchedPosition = position;
            final int tail = current.tail(position);
            current.file().touch(tail, Math.min(current.preparedLimit(), tail + Runway.LENGTH_MIN));
        }
    }
}
