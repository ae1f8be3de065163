package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.engine.Storage;
import org.agrona.ErrorHandler;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;

/**
 * What follows the owner to the disk: gives segments their names, forces them, and fences the log where a sync
 * failed. Owned by the housekeeper's thread.
 */
final class LogFlusher
{
    private static final int FORCE_STEP_LENGTH = 4 * 1024 * 1024;
    /**
     * A sealed segment is forced this long after it was left. What retention takes before then is never written to
     * the disk at all: with a short retention that is most of the log, and the disk could not keep up with memory.
     */
    private static final long FORCE_DELAY_NS = 10_000_000_000L;

    private final LogState state;
    private final Storage storage;
    private final Path directory;
    private final ErrorHandler errorHandler;
    private final LogRetention retention;
    private final ArrayDeque<Segment> unnamed = new ArrayDeque<>();
    private final ArrayDeque<Segment> unforced = new ArrayDeque<>();
    private boolean isFenced;

    LogFlusher(
        final LogContext context, final Path directory, final LogState state, final LogRetention retention)
    {
        this.state = state;
        this.storage = context.storage();
        this.directory = directory;
        this.errorHandler = context.errorHandler();
        this.retention = retention;
    }

    /**
     * The owner has left a segment.
     *
     * @param sealed segment that was left.
     * @param next   segment that follows.
     * @param nowNs  epoch ns, from which the delay of forcing counts; 0 where the log is being closed.
     */
    void onRoll(final Segment sealed, final Segment next, final long nowNs)
    {
        sealed.forceAtNs(nowNs + FORCE_DELAY_NS);
        unforced.add(sealed);
        unnamed.add(next);
    }

    /** A segment left the log: it need not be forced any more. */
    void onRetired(final Segment segment)
    {
        unforced.remove(segment);
    }

    int doWork(final long nowNs)
    {
        if (isFenced)
        {
            return 0;
        }

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
                final Segment segment = unforced.peekFirst();
                if (force(segment))
                {
                    unforced.pollFirst();
                    advance(segment.next().baseOffset());
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

    private void advance(final long offset)
    {
        if (offset > state.positions.flushedEnd())
        {
            state.positions.flushedEnd(offset);
        }
    }

    boolean isFenced()
    {
        return isFenced;
    }

    /** After a failed sync nobody knows what is on disk: no retry, no further append. */
    void fence(final IOException cause)
    {
        if (isFenced)
        {
            return;
        }

        isFenced = true;
        state.counters.increment(LogCounters.STORAGE_ERRORS);
        state.appendRefusal(ResultCode.PARTITION_FENCED.code());
        errorHandler.onError(new IOException(
            directory + ": a sync failed, appends are refused until the broker is restarted: " + cause, cause));
    }

    /**
     * Force everything up to the log end. The owner has stopped and its last roll is known here.
     *
     * @param active segment in which the log ends.
     * @param tail   index of the log end in it.
     * @return whether it is all on disk.
     */
    boolean forceAll(final Segment active, final int tail)
    {
        while (!isFenced && !(unnamed.isEmpty() && unforced.isEmpty()))
        {
            doWork(Long.MAX_VALUE);
        }
        if (isFenced)
        {
            return false;
        }

        try
        {
            active.file().region().force(0, tail);
            advance(state.positions.logEnd());
            return true;
        }
        catch (final IOException ex)
        {
            fence(ex);
            return false;
        }
    }
}
