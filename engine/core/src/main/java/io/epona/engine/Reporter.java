package io.epona.engine;

import io.epona.codecs.ResultCode;
import org.agrona.ErrorHandler;

/**
 * Brings faults of the environment to the embedder's ErrorHandler, each with its category and a remedy. Stateless: any
 * thread that the ErrorHandler can bear.
 *
 * @param errorHandler of the embedder.
 */
public record Reporter(ErrorHandler errorHandler)
{
    /**
     * @param code    category.
     * @param message for people, with a remedy.
     * @param cause   or null.
     */
    public void report(final ResultCode code, final String message, final Throwable cause)
    {
        errorHandler.onError(new EngineException(code, message, cause));
    }
}
