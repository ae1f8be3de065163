package io.epona.engine.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * When a log is forced, where the owner does not ask for it itself, and the names of its segments, which are given
 * between two steps of the {@link LogFlusher}. Owned by the housekeeper's thread.
 */
final class FlushSchedule
{
    /**
     * A sealed segment is forced this long after it was left. What retention takes before then is never written to
     * the disk at all: with a short retention that is most of the log, and the disk could not keep up with memory.
     */
    private static final long SEALED_DELAY_NS = 10_000_000_000L;
    private static final long ASK_AGAIN_NS = 10_000_000L;
    private static final int TICKS_PER_INTERVAL = 2;

    private final LogFlusher flusher;
    private final LogPositions positions;
    private final LogRetention retention;
    private final Path directory;
    private final FlushPolicy policy;
    private final long tickNs;
    private final ArrayDeque<Segment> unnamed = new ArrayDeque<>();
    private final ArrayDeque<Segment> sealed = new ArrayDeque<>();
    private long sealedDueOffset;
    private long nextTickNs;
    private long askAgainNs;

    FlushSchedule(
        final LogFlusher flusher,
        final LogPositions positions,
        final LogRetention retention,
        final Path directory,
        final LogConfig config,
        final long nowNs)
    {
        this.flusher = flusher;
        this.positions = positions;
        this.retention = retention;
        this.directory = directory;
        this.policy = config.flushPolicy();
        this.tickNs = TimeUnit.MILLISECONDS.toNanos(config.flushIntervalMs()) / TICKS_PER_INTERVAL;
        this.nextTickNs = nowNs + tickNs;
        this.askAgainNs = nowNs + ASK_AGAIN_NS;
    }

    /**
     * The owner has left a segment.
     *
     * @param left  segment.
     * @param next  segment that follows.
     * @param nowNs epoch ns.
     */
    void onRoll(final Segment left, final Segment next, final long nowNs)
    {
        unnamed.add(next);
        if (FlushPolicy.NONE == policy)
        {
            left.forceAtNs(nowNs + SEALED_DELAY_NS);
            sealed.add(left);
        }
        flusher.request();
    }

    /** The log was cut, and what is left is on disk. */
    void onTruncated(final long logEnd)
    {
        sealedDueOffset = Math.min(sealedDueOffset, logEnd);
    }

    /** A segment left the log: it need not be forced any more. */
    void onRetired(final Segment segment)
    {
        sealed.remove(segment);
    }

    int doWork(final long nowNs) throws IOException
    {
        int work = nameSegment();
        if (FlushPolicy.NONE == policy)
        {
            work += forceSealed(nowNs);
        }
        else if (FlushPolicy.INTERVAL == policy && nowNs - nextTickNs >= 0)
        {
            nextTickNs = nowNs + tickNs;
            if (positions.flushedEnd() < positions.logEnd())
            {
                flusher.onTick();
                work++;
            }
        }
        askAgain(nowNs);

        return work;
    }

    /**
     * Name the next segment whose header is on disk.
     *
     * @return work done.
     */
    int nameSegment() throws IOException
    {
        final Segment segment = unnamed.peekFirst();
        if (null == segment || Segment.HEADER_FORCED != segment.naming())
        {
            return 0;
        }

        retention.removeEmptyBefore(segment);
        segment.file().rename(SegmentDescriptor.logFile(directory, segment.baseOffset()));
        segment.naming(Segment.RENAMED);
        unnamed.pollFirst();
        flusher.request();

        return 1;
    }

    private int forceSealed(final long nowNs)
    {
        Segment due = null;
        while (!sealed.isEmpty() && nowNs - sealed.peekFirst().forceAtNs() >= 0)
        {
            due = sealed.pollFirst();
        }
        if (null == due)
        {
            return 0;
        }

        sealedDueOffset = due.next().baseOffset();
        flusher.onSealedDue(due.next().startPosition());

        return 1;
    }

    /** A request finds no room where more logs wait than was reckoned with. */
    private void askAgain(final long nowNs)
    {
        if (nowNs - askAgainNs >= 0)
        {
            askAgainNs = nowNs + ASK_AGAIN_NS;
            final long dueOffset = FlushPolicy.COMMIT == policy ? positions.logEnd() : sealedDueOffset;
            if (positions.flushedEnd() < dueOffset || !unnamed.isEmpty())
            {
                flusher.request();
            }
        }
    }
}
