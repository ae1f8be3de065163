package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import org.agrona.ErrorHandler;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Why an open log takes no appends: what speaks against them at the same time, and the code that the mutators return.
 * A fence outweighs a want of space. Owned by the housekeeper's thread.
 */
final class AppendGate
{
    private final LogState state;
    private final Path directory;
    private final ErrorHandler errorHandler;
    private boolean isFenced;
    private boolean isUnprepared;
    private boolean isStorageLow;

    AppendGate(final LogContext context, final Path directory, final LogState state)
    {
        this.state = state;
        this.directory = directory;
        this.errorHandler = context.errorHandler();
    }

    boolean isFenced()
    {
        return isFenced;
    }

    /** After a failed sync nobody knows what is on disk: no retry, no further append. */
    void fence(final IOException cause)
    {
        fence(directory + ": a sync failed, appends are refused until the broker is restarted: " + cause, cause);
    }

    /** What was written cannot be read any more: what is appended behind it would not be found. */
    void fence(final LogDamage damage)
    {
        fence("appends are refused and reads end at offset " + damage.offset() + ": " + damage.message(), null);
    }

    private void fence(final String message, final IOException cause)
    {
        if (!isFenced)
        {
            isFenced = true;
            state.counters.increment(LogCounters.STORAGE_ERRORS);
            update();
            errorHandler.onError(new IOException(message, cause));
        }
    }

    /** Whether no space could be had for the runway or the next segment. */
    void unprepared(final boolean isUnprepared)
    {
        this.isUnprepared = isUnprepared;
        update();
    }

    /** Whether the file system has less space left than the engine is to leave free. */
    void storageLow(final boolean isStorageLow)
    {
        this.isStorageLow = isStorageLow;
        update();
    }

    private void update()
    {
        state.appendRefusal(
            isFenced ? ResultCode.PARTITION_FENCED.code() :
            isUnprepared || isStorageLow ? ResultCode.STORAGE_LOW.code() : 0);
    }
}
