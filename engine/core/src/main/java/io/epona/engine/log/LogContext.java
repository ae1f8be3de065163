package io.epona.engine.log;

import io.epona.engine.Clock;
import io.epona.engine.Storage;
import org.agrona.ErrorHandler;

import java.util.Objects;

/**
 * What all logs of an engine share.
 *
 * @param storage          files.
 * @param clock            for records that come without a time, and for pacing retries.
 * @param errorHandler     told of faults of the storage, on the thread that meets them.
 * @param recoveryListener told what recovery cut.
 * @param flushQueue       of the flushers; null where the housekeeper of a log does their work, blocking.
 * @param cleaner          memory for compaction.
 * @param mappings         counted of all logs together.
 */
public record LogContext(
    Storage storage,
    Clock clock,
    ErrorHandler errorHandler,
    RecoveryListener recoveryListener,
    FlushQueue flushQueue,
    LogCleaner cleaner,
    Mappings mappings)
{
    /**
     * Check that nothing is missing.
     */
    public LogContext
    {
        Objects.requireNonNull(storage, "storage");
        Objects.requireNonNull(clock, "clock");
        Objects.requireNonNull(errorHandler, "errorHandler");
        Objects.requireNonNull(recoveryListener, "recoveryListener");
        Objects.requireNonNull(cleaner, "cleaner");
        Objects.requireNonNull(mappings, "mappings");
    }

    /**
     * With mappings counted for these logs alone.
     *
     * @param storage          files.
     * @param clock            for records that come without a time, and for pacing retries.
     * @param errorHandler     told of faults of the storage, on the thread that meets them.
     * @param recoveryListener told what recovery cut.
     * @param flushQueue       of the flushers, or null.
     * @param cleaner          memory for compaction.
     */
    public LogContext(
        final Storage storage,
        final Clock clock,
        final ErrorHandler errorHandler,
        final RecoveryListener recoveryListener,
        final FlushQueue flushQueue,
        final LogCleaner cleaner)
    {
        this(
            storage, clock, errorHandler, recoveryListener, flushQueue, cleaner, new Mappings(Mappings.LIMIT_DEFAULT));
    }

    /**
     * Without flushers, and with memory for compaction of the default length.
     *
     * @param storage          files.
     * @param clock            for records that come without a time, and for pacing retries.
     * @param errorHandler     told of faults of the storage.
     * @param recoveryListener told what recovery cut.
     */
    public LogContext(
        final Storage storage,
        final Clock clock,
        final ErrorHandler errorHandler,
        final RecoveryListener recoveryListener)
    {
        this(storage, clock, errorHandler, recoveryListener, null, new LogCleaner());
    }
}
