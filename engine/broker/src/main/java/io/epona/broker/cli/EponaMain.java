package io.epona.broker.cli;

/**
 * Main class of {@code epona.jar}.
 */
public final class EponaMain
{
    private EponaMain()
    {
    }

    /**
     * Run a command and exit with its code: 0 ok, 2 usage or configuration, 4 violation or damage, 5 invalid run,
     * 6 infrastructure.
     *
     * @param args command and its options.
     */
    public static void main(final String[] args)
    {
        final Shutdown shutdown = new Shutdown();
        final Terminal terminal = new Terminal(System.in, System.out, System.err, null != System.console(), shutdown);
        final int exitCode = EponaCommand.run(terminal, args);
        System.out.flush();
        shutdown.finish(exitCode);
        System.exit(exitCode);
    }
}
