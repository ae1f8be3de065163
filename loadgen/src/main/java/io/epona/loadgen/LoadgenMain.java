package io.epona.loadgen;

import io.epona.loadgen.report.RunSession;

/**
 * Entry point of {@code epona-loadgen.jar}.
 */
public final class LoadgenMain
{
    private LoadgenMain()
    {
    }

    /**
     * @param args a command and its arguments.
     */
    public static void main(final String[] args)
    {
        System.exit(LoadgenCommand.execute(System.in, System.out, System.err, RunSession.isTerminal(), args));
    }
}
