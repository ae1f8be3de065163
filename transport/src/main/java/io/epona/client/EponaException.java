package io.epona.client;

import io.epona.codecs.ResultCode;

/**
 * A blocking call of the client failed. Methods that do not block return negative {@link ResultCode} numbers instead.
 */
public final class EponaException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    private final ResultCode code;

    /**
     * @param code    what kind of failure.
     * @param message for people: what was wrong and what to do.
     */
    public EponaException(final ResultCode code, final String message)
    {
        super(code + ": " + message);
        this.code = code;
    }

    /**
     * @param code    what kind of failure.
     * @param message for people: what was wrong and what to do.
     * @param cause   behind it.
     */
    public EponaException(final ResultCode code, final String message, final Throwable cause)
    {
        super(code + ": " + message, cause);
        this.code = code;
    }

    /**
     * @return what kind of failure.
     */
    public ResultCode code()
    {
        return code;
    }
}
