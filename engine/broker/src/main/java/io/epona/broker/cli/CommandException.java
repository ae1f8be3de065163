package io.epona.broker.cli;

/**
 * A command cannot go on. The message is for people: what is wrong and what to do, in one or two lines.
 */
final class CommandException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    CommandException(final int exitCode, final String message)
    {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode()
    {
        return exitCode;
    }
}
