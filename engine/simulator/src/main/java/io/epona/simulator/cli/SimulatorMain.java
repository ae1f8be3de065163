package io.epona.simulator.cli;

/**
 * Main class of {@code epona-simulator.jar}.
 */
public final class SimulatorMain
{
    private SimulatorMain()
    {
    }

    /**
     * Run seeds and exit: 0 clean, 2 usage, 4 violation, 6 something else is wrong.
     *
     * @param args options, see {@code --help}.
     */
    public static void main(final String[] args)
    {
        final int exitCode = SimulatorCommand.run(System.out, System.err, args);
        System.out.flush();
        System.exit(exitCode);
    }
}
