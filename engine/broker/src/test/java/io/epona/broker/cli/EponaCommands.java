package io.epona.broker.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Runs command lines in this process, one after the other, and keeps what the last one wrote.
 */
public final class EponaCommands
{
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /**
     * @param arguments command and options.
     * @return exit code.
     */
    public int run(final String... arguments)
    {
        out.reset();
        err.reset();
        return EponaCommand.run(
            new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                () -> false),
            arguments);
    }

    /**
     * @return standard output of the last command.
     */
    public String out()
    {
        return out.toString(StandardCharsets.UTF_8);
    }

    /**
     * @return standard error of the last command.
     */
    public String err()
    {
        return err.toString(StandardCharsets.UTF_8);
    }
}
