package io.epona.loadgen.driver;

/**
 * The system under test could not be brought up, or broke: the infrastructure's failure, not a finding about load.
 */
public final class DriverException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * @param message what failed and what to do.
     */
    public DriverException(final String message)
    {
        super(message);
    }

    /**
     * @param message what failed and what to do.
     * @param cause   of it.
     */
    public DriverException(final String message, final Throwable cause)
    {
        super(message, cause);
    }
}
