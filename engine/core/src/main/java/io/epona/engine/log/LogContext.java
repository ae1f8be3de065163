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
 */
public record LogContext(
    Storage storage, Clock clock, ErrorHandler errorHandler, RecoveryListener recoveryListener)
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
    }
}
