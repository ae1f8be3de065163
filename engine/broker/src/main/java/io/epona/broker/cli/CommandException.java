package io.epona.broker.cli;

/**
 * A command cannot go on. The message is for people: what is wrong and what to do, in one or two lines.
 */
public final class CommandException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    /**
     * @param exitCode of the command.
     * @param message  what is wrong and what to do.
     */
    public CommandException(final int exitCode, final String message)
    {
        super(message);
        this.exitCode = exitCode;
    }

    /**
     * @return exit code of the command.
     */
    public int exitCode()
    {
        return exitCode;
    }
}
