package io.epona.engine.log;

import io.epona.engine.Clock;
import io.epona.engine.Storage;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Decides which sealed segments are mapped and what of them readers may touch. Owned by the housekeeper.
 * <p>
 * Readers never wait for the disk: they touch the segment that grows, those that were sealed a short while ago, and
 * elsewhere only chunks that were read ahead for them here. A reader that comes to another place says so in its slot
 * ({@link ReaderSlot#want}) and is told nothing more: the chunks appear in the {@link Residency} of its segment. The
 * window ahead of a reader begins with one chunk and doubles while it goes on.
 * <p>
 * <b>Mappings.</b> A sealed segment is mapped when a reader wants it, and loses its mapping when nobody has for a
 * while: the residency is taken from the readers, those inside a poll are waited for, then it is unmapped. Segments
 * that were written in this run and will be reused by retention keep theirs, up to a number, since mapping and touching
 * memory anew is what appending waits for.
 */
final class LogResidency
{
    /** Time for which what was written or read ahead is taken to be in memory. */
    static final long KNOWN_NS = 10_000_000_000L;
    /** A reader that has not polled for so long is not read ahead for. */
    static final long IDLE_NS = 5_000_000_000L;
    static final int WINDOW_LENGTH_MAX = 16 * 1024 * 1024;
    private static final int READ_LENGTH = 1024 * 1024;
    private static final int READS_PER_CALL = 16;
    /** Appends that need memory prepared are not to wait longer for a slow disk. */
    private static final long READ_NS_PER_CALL = 2_000_000L;
    private static final long SWEEP_INTERVAL_NS = 1_000_000_000L;
    /** Mappings of a log that are kept though nobody wants them at the moment. */
    private static final int SPARED = 32;
    private static final long RETRY_NS = 100_000_000L;
    private static final ThreadLocal<ByteBuffer> SCRATCH =
        ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(READ_LENGTH));

    private final LogState state;
    private final Storage storage;
    private final Clock clock;
    private final ErrorHandler errorHandler;
    private final Mappings mappings;
    private final boolean isReusing;
    private final ArrayDeque<Segment> withdrawn = new ArrayDeque<>();
    private ReaderTable.Pins pins;
    private Segment lastSealed;
    private int changes;
    private int counted;
    private long sweepAtNs;
    private long retryAtNs;
    private boolean isFailing;
    private byte touched;

    LogResidency(final LogContext context, final LogConfig config, final LogState state)
    {
        this.state = state;
        this.storage = context.storage();
        this.clock = context.clock();
        this.errorHandler = context.errorHandler();
        this.mappings = context.mappings();
        // Under COMMIT the memory is the process's own, and too much of it would be kept.
        this.isReusing = config.retentionBytes() >= 0 && FlushPolicy.COMMIT != config.flushPolicy();
        this.sweepAtNs = clock.nowNs() + SWEEP_INTERVAL_NS;
    }

    /** The owner has left a segment. */
    void onRoll(final Segment sealed, final long nowNs)
    {
        sealed.staleAtNs(nowNs + KNOWN_NS);
        lastSealed = sealed;
        changes++;
    }

    /**
     * One bounded step.
     *
     * @param nowNs  epoch ns.
     * @param isHeld whether mappings are in use by the housekeeper itself, from call to call: none goes meanwhile.
     * @return work done.
     */
    int doWork(final long nowNs, final boolean isHeld)
    {
        int work = readAhead(nowNs);
        if (isHeld)
        {
            return work;
        }

        work += unmapWithdrawn();
        if (nowNs - sweepAtNs >= 0 || changes >= SPARED)
        {
            sweepAtNs = nowNs + SWEEP_INTERVAL_NS;
            changes = 0;
            sweep(nowNs);
        }

        return work;
    }

    private int readAhead(final long nowNs)
    {
        int work = 0;
        for (final ReaderSlot slot : state.readers.slots())
        {
            final Segment segment = slot.wantedSegment();
            if (null != segment && !segment.isGone() && nowNs - retryAtNs >= 0)
            {
                work += serve(slot, segment, nowNs);
            }
        }

        return work;
    }

    private int serve(final ReaderSlot slot, final Segment segment, final long nowNs)
    {
        final int index = slot.wantedIndex();
        final int window = slot.window(segment, index, nowNs, WINDOW_LENGTH_MAX, IDLE_NS);
        Segment at = segment;
        int from = index;
        int left = window;
        int work = 0;
        try
        {
            // Up to the segment that grows, which is all there.
            while (left > 0 && null != at && null != at.next() && !at.isGone() && hasTime(work, nowNs))
            {
                final int end = Math.min(at.endIndex(), at.capacity());
                final int limit = (int)Math.min(end, (long)from + left);
                work += bring(at, from, limit, nowNs, work);
                left -= Math.max(0, limit - from);
                from = SegmentDescriptor.HEADER_LENGTH;
                at = limit < end ? null : at.next();
            }
            isFailing = false;
        }
        catch (final IOException ex)
        {
            retryAtNs = nowNs + RETRY_NS;
            state.counters.increment(LogCounters.STORAGE_ERRORS);
            if (!isFailing)
            {
                isFailing = true;
                errorHandler.onError(new IOException(
                    at.file().path() + ": could not be read for a reader that waits, will retry: " + ex, ex));
            }
        }

        return work;
    }

    /** Map a segment for readers where it is not, and bring a range of it into memory. */
    private int bring(final Segment segment, final int from, final int limit, final long nowNs, final int done)
        throws IOException
    {
        Residency residency = segment.residency();
        if (null == residency)
        {
            if (segment.isWithdrawn())
            {
                // Its mapping is there still, and stays.
                segment.isWithdrawn(false);
                withdrawn.remove(segment);
            }
            segment.file().map();
            residency = Residency.unknown(segment.file().region(), segment.capacity());
            segment.staleAtNs(nowNs + KNOWN_NS);
            segment.residency(residency);
            changes++;
        }
        if (residency.isWhole())
        {
            return 0;
        }

        final int lastChunk = Math.max(from, limit - 1) >>> Residency.CHUNK_SHIFT;
        int chunk = from >>> Residency.CHUNK_SHIFT;
        int reads = 0;
        while (chunk <= lastChunk && hasTime(done + reads, nowNs))
        {
            if (residency.hasChunk(chunk))
            {
                chunk++;
                continue;
            }
            int end = chunk + 1;
            while (end <= lastChunk && end - chunk < READ_LENGTH >>> Residency.CHUNK_SHIFT && !residency.hasChunk(end))
            {
                end++;
            }
            read(segment, residency, chunk, end);
            reads++;
            chunk = end;
        }

        return reads;
    }

    private boolean hasTime(final int reads, final long nowNs)
    {
        return 0 == reads || reads < READS_PER_CALL && clock.nowNs() - nowNs < READ_NS_PER_CALL;
    }

    /**
     * By reading the file, where this thread waits outside the JVM's care, and then touching the pages that are there
     * by then: a page fault that waits for the disk would hold up every thread at the next safepoint.
     */
    private void read(final Segment segment, final Residency residency, final int firstChunk, final int endChunk)
        throws IOException
    {
        final int from = firstChunk << Residency.CHUNK_SHIFT;
        final int end = (int)Math.min(segment.capacity(), (long)endChunk << Residency.CHUNK_SHIFT);
        storage.read(segment.file().path(), from, SCRATCH.get().clear().limit(end - from));

        final UnsafeBuffer buffer = residency.buffer();
        byte sum = 0;
        for (int page = from; page < end; page += SegmentFile.PAGE_LENGTH)
        {
            sum += buffer.getByte(page);
        }
        touched += sum;
        for (int chunk = firstChunk; chunk < endChunk; chunk++)
        {
            residency.addChunk(chunk);
        }
    }

    private void sweep(final long nowNs)
    {
        final Segment[] segments = state.directory();
        int mapped = 0;
        int spared = 0;
        // From the youngest on, for those are read most; the very last is the one that grows, or was until now.
        for (int i = segments.length - 1; i >= 0; i--)
        {
            final Segment segment = segments[i];
            if (!segment.file().isMapped())
            {
                continue;
            }
            mapped++;
            if (!isMovable(segment))
            {
                continue;
            }

            final boolean isStale = nowNs - segment.staleAtNs() >= 0;
            final boolean isNeeded = segment.file().takeUsed() | isWanted(segment, nowNs);
            final boolean isSpared = !isNeeded && (isReusing || !isStale) && spared < SPARED && !mappings.isTight();
            spared += isSpared ? 1 : 0;
            if (!isNeeded && !isSpared)
            {
                withdraw(segment);
            }
            else if (isStale && null != segment.residency())
            {
                segment.residency(Residency.unknown(segment.file().region(), segment.capacity()));
                segment.file().takeUsed();
                segment.staleAtNs(nowNs + KNOWN_NS);
            }
        }
        if (!withdrawn.isEmpty() && null == pins)
        {
            pins = state.readers.snapshot();
        }
        mappings.add(mapped - counted);
        counted = mapped;
    }

    /** What is not on disk yet is the flusher's as well, which may be in it at any time. */
    private boolean isMovable(final Segment segment)
    {
        final Segment next = segment.next();
        return null != next && segment != lastSealed && !segment.isWithdrawn() &&
            next.baseOffset() <= state.positions.flushedEnd();
    }

    private boolean isWanted(final Segment segment, final long nowNs)
    {
        for (final ReaderSlot slot : state.readers.slots())
        {
            if (slot.wantedSegment() == segment && !slot.isIdle(nowNs, IDLE_NS))
            {
                return true;
            }
        }

        return false;
    }

    private void withdraw(final Segment segment)
    {
        // One lot at a time: its pins are those of the moment after all of it was withdrawn.
        if (null == pins)
        {
            segment.residency(null);
            segment.isWithdrawn(true);
            withdrawn.add(segment);
        }
    }

    private int unmapWithdrawn()
    {
        if (null == pins || !pins.areReleased())
        {
            return 0;
        }

        for (final Segment segment : withdrawn)
        {
            segment.isWithdrawn(false);
            // What has left the log meanwhile belongs to who took it out, and may be in use again.
            if (!segment.isGone())
            {
                segment.file().unmap();
            }
        }
        withdrawn.clear();
        pins = null;

        return 1;
    }

    /** The log is closed or deleted. */
    void close()
    {
        mappings.add(-counted);
        counted = 0;
    }
}
