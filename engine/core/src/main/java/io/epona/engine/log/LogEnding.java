package io.epona.engine.log;

import io.epona.codecs.ResultCode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * The end of a log's life in this process: closed in order, or deleted. Everyone is refused first, then readers are
 * waited for, then the memory goes. Owned by the housekeeper, or by who closes the engine.
 */
final class LogEnding
{
    private static final int CLOSE_ATTEMPTS = 1000;
    private static final long CLOSE_PARK_NS = 100_000;

    private final LogContext context;
    private final Path directory;
    private final LogState state;
    private final LogAppender appender;
    private final LogHousekeeper housekeeper;
    /** Of the readers that a deletion waits for. */
    private ReaderTable.Pins pins;
    private CleanState closed;
    private boolean isBegun;
    private boolean isUnmapDue;

    LogEnding(
        final LogContext context,
        final Path directory,
        final LogState state,
        final LogAppender appender,
        final LogHousekeeper housekeeper)
    {
        this.context = context;
        this.directory = directory;
        this.state = state;
        this.appender = appender;
        this.housekeeper = housekeeper;
    }

    /**
     * @return whether the log is closed or being deleted.
     */
    boolean isBegun()
    {
        return isBegun;
    }

    /**
     * @return where the log ended, where it was closed in order; else null.
     */
    CleanState closed()
    {
        return closed;
    }

    /**
     * Force the log and close it, after the flushers and the owner stopped; readers and mutators then get CLOSED. A
     * mapping in which a thread still is, or of which the owner was not set to null, is left to the garbage collector.
     *
     * @return where the log ends, for the clean marker; null where it was fenced or could not be forced: it must then
     *         be recovered by scanning.
     */
    CleanState closeClean()
    {
        if (isBegun)
        {
            return null;
        }

        isBegun = true;
        final int refusal = state.appendRefusal();
        state.appendRefusal(ResultCode.CLOSED.code());
        // A segment that the owner moved into is no longer the spare one, whose file is deleted below.
        housekeeper.followOwner(0);
        final boolean isTruncating = null != state.truncationRequest();
        LogTruncator.refuse(state, ResultCode.CLOSED);
        // One that was begun is completed by the next start.
        final boolean isForced = !isTruncating &&
            ResultCode.PARTITION_FENCED.code() != refusal && housekeeper.forceAll();
        final CleanState result = isForced ?
            new CleanState(
                state.positions.logEnd(), appender.lastEpoch(), housekeeper.current().baseOffset(),
                housekeeper.tail(), housekeeper.stateKeeper().hasProducers()) :
            null;
        closed = result;
        // In place of what forcing it found.
        state.appendRefusal(ResultCode.CLOSED.code());

        final ReaderTable.Pins readers = refuseReaders(ResultCode.CLOSED.code());
        for (int i = 0; i < CLOSE_ATTEMPTS && !readers.areReleased(); i++)
        {
            LockSupport.parkNanos(CLOSE_PARK_NS);
        }
        housekeeper.stopWork();
        housekeeper.removeSpareFiles();
        if (readers.areReleased())
        {
            unmap();
        }

        return result;
    }

    /**
     * Delete the log and its files; readers then get UNKNOWN_TOPIC, as do mutators.
     *
     * @return false while a reader is inside a poll: call again.
     * @throws IOException where a file cannot be deleted: call again.
     */
    boolean delete() throws IOException
    {
        if (null == pins)
        {
            final boolean wasOpen = !isBegun;
            isBegun = true;
            housekeeper.followOwner(0);
            state.appendRefusal(ResultCode.UNKNOWN_TOPIC.code());
            LogTruncator.refuse(state, ResultCode.UNKNOWN_TOPIC);
            pins = refuseReaders(ResultCode.UNKNOWN_TOPIC.code());
            isUnmapDue = wasOpen;
        }
        if (!pins.areReleased())
        {
            return false;
        }

        if (isUnmapDue)
        {
            isUnmapDue = false;
            housekeeper.stopWork();
            unmap();
        }
        DeletedLog.delete(context.storage(), directory);

        return true;
    }

    private ReaderTable.Pins refuseReaders(final int code)
    {
        state.readRefusal(code);
        return state.readers.snapshot();
    }

    /**
     * Unmap what no thread can reach any more. The active segment and the one prepared behind it are the owner's: if
     * one is still named, it may be on its way to its next refusal.
     */
    private void unmap()
    {
        housekeeper.close();
        housekeeper.retention().unmapSealed(housekeeper.current());
        if (null == state.owner())
        {
            housekeeper.current().file().unmap();
            if (null != housekeeper.spare())
            {
                housekeeper.spare().file().unmap();
            }
        }
    }
}
