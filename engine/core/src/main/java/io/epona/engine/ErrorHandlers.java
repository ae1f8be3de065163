package io.epona.engine;

import io.epona.engine.log.RecoveryListener;
import org.agrona.ErrorHandler;

/**
 * What becomes of faults where the embedder brings no ErrorHandler. Stateless: any thread.
 */
final class ErrorHandlers
{
    /** Says what happened through the platform's logging: on standard error unless it is told otherwise. */
    static final ErrorHandler LOG = (error) ->
        System.getLogger("io.epona.engine").log(System.Logger.Level.ERROR, error.getMessage(), error);

    /** Says what recovery cut, as a warning. */
    static final RecoveryListener LOG_CUT = (file, offset, position, length, reason) ->
        System.getLogger("io.epona.engine").log(
            System.Logger.Level.WARNING,
            "recovery cut " + length + " bytes from position " + position + " of " + file + " (" + reason +
            "): the log ends at offset " + offset);

    private ErrorHandlers()
    {
    }
}
