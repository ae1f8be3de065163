package io.epona.loadgen.chaos;

/** A cluster that does not get well again. */
final class StuckException extends RuntimeException
{
    private static final long serialVersionUID = 1;

    StuckException(final String message)
    {
        super(message);
    }
}
