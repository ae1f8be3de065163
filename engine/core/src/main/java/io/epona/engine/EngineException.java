package io.epona.engine;

import io.epona.codecs.ResultCode;

/**
 * A refusal of the engine that the caller could not have avoided by looking at a return value: bad configuration at
 * start, a directory in use, a blocking administrative call that failed. The message says what to do.
 */
public final class EngineException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    private final ResultCode code;

    /**
     * @param code    category of the refusal.
     * @param message with the remedy.
     */
    public EngineException(final ResultCode code, final String message)
    {
        super(message);
        this.code = code;
    }

    /**
     * @param code    category of the refusal.
     * @param message with the remedy.
     * @param cause   of the refusal.
     */
    public EngineException(final ResultCode code, final String message, final Throwable cause)
    {
        super(message, cause);
        this.code = code;
    }

    /**
     * @return category of the refusal.
     */
    public ResultCode code()
    {
        return code;
    }
}
