package io.epona.loadgen.scenario;

/**
 * A scenario, setting or argument that cannot be run as written. The message says what to change.
 */
public final class ScenarioException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * @param message what is wrong and what to write instead.
     */
    public ScenarioException(final String message)
    {
        super(message);
    }

    /**
     * @param message what is wrong and what to write instead.
     * @param cause   of it.
     */
    public ScenarioException(final String message, final Throwable cause)
    {
        super(message, cause);
    }
}
