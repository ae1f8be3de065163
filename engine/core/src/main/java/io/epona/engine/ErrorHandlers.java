package io.epona.engine;

import org.agrona.ErrorHandler;

/**
 * What becomes of faults where the embedder brings no ErrorHandler. Stateless: any thread.
 */
final class ErrorHandlers
{
    /** Says what happened through the platform's logging: on standard error unless it is told otherwise. */
    static final ErrorHandler LOG = (error) ->
        System.getLogger("io.epona.engine").log(System.Logger.Level.ERROR, error.getMessage(), error);

    private ErrorHandlers()
    {
    }
}
