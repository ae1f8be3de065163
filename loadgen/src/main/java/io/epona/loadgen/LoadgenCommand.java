package io.epona.loadgen;

import io.epona.loadgen.driver.BrokerChild;
import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.driver.ZooKeeperChild;
import io.epona.loadgen.report.BuildInfo;
import io.epona.loadgen.report.Verdict;
import io.epona.loadgen.scenario.ScenarioException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * The command line as a whole.
 */
@Command(
    name = "epona-loadgen",
    mixinStandardHelpOptions = true,
    versionProvider = LoadgenCommand.Version.class,
    description = "Puts verified load on a system and tells honestly what came of it.",
    footer = {
        "",
        "Exit codes: 0 ok, 2 usage or scenario, 3 target or rate missed, 4 correctness violated or damage,",
        "5 run invalid (host, generator), 6 infrastructure.",
        "",
        "First look:  java -jar epona-loadgen.jar run quickstart"})
final class LoadgenCommand implements Callable<Integer>
{
    private final CommandLine[] line = new CommandLine[1];

    private LoadgenCommand()
    {
    }

    /**
     * Run a command.
     *
     * @param in       standard input.
     * @param out      standard output.
     * @param err      standard error.
     * @param terminal whether the output is a terminal.
     * @param args     of the command line.
     * @return exit code.
     */
    static int execute(
        final InputStream in,
        final PrintStream out,
        final PrintStream err,
        final boolean terminal,
        final String... args)
    {
        final Console console = new Console(in, out, err, terminal);
        final LoadgenCommand root = new LoadgenCommand();
        final CommandLine commandLine = new CommandLine(root)
            .addSubcommand(new RunCommand(console))
            .addSubcommand(new SuiteCommand(console))
            .addSubcommand(new SweepCommand(console))
            .addSubcommand(new CompareCommand(console))
            .addSubcommand(new ParityCommand(console))
            .addSubcommand(new ReportCommand(console))
            .addSubcommand(new ChaosCommand(console))
            .addSubcommand(new InfoCommands.ListCommand(console))
            .addSubcommand(new InfoCommands.EnvCommand(console))
            .addSubcommand(new InfoCommands.ValidateCommand(console))
            .addSubcommand(new ResultsCommands.VerifyCommand(console))
            .addSubcommand(new ResultsCommands.IndexCommand(console))
            .addSubcommand(new ChildCommand(console))
            .addSubcommand(new ZooKeeperCommand(console));
        root.line[0] = commandLine;
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> report(failure, err));

        return commandLine.execute(args);
    }

    private static int report(final Exception failure, final PrintStream err)
    {
        if (failure instanceof ScenarioException)
        {
            err.println("error: " + failure.getMessage());
            return Verdict.USAGE;
        }
        if (failure instanceof InterruptedException)
        {
            err.println("error: interrupted");
            Thread.currentThread().interrupt();
            return Verdict.INFRASTRUCTURE;
        }

        final boolean expected = failure instanceof DriverException || failure instanceof IOException ||
            failure instanceof UncheckedIOException;
        err.println("error: " + (expected ? failure.getMessage() : failure.toString()));
        // The stack tells where in someone else's system it broke: this is not the user's mistake.
        failure.printStackTrace(err);

        return Verdict.INFRASTRUCTURE;
    }

    @Override
    public Integer call()
    {
        line[0].usage(line[0].getErr());
        return Verdict.USAGE;
    }

    /**
     * Version line.
     */
    static final class Version implements CommandLine.IVersionProvider
    {
        @Override
        public String[] getVersion()
        {
            final BuildInfo build = BuildInfo.load();
            return new String[]{
                "epona-loadgen " + build.version() + " (commit " + build.commit() +
                    ("true".equals(build.dirty()) ? ", with changes" : "") + ")"};
        }
    }

    /**
     * A broker in a process of its own; started by this program, not by people.
     */
    @Command(name = BrokerChild.COMMAND, hidden = true, description = "Run a broker for a parent process.")
    private static final class ChildCommand implements Callable<Integer>
    {
        private final Console console;

        @Parameters(index = "0")
        private Path dataDir;

        @Parameters(index = "1..*")
        private List<String> settings = new ArrayList<>();

        private ChildCommand(final Console console)
        {
            this.console = console;
        }

        @Override
        public Integer call() throws IOException
        {
            BrokerChild.run(dataDir, settings, console.in(), console.out());
            return Verdict.OK;
        }
    }

    /**
     * A ZooKeeper server in a process of its own; started by this program, not by people.
     */
    @Command(name = ZooKeeperChild.COMMAND, hidden = true, description = "Run ZooKeeper for a parent process.")
    private static final class ZooKeeperCommand implements Callable<Integer>
    {
        private final Console console;

        @Parameters(index = "0")
        private Path dataDir;

        @Parameters(index = "1")
        private String host;

        @Parameters(index = "2")
        private int port;

        @Parameters(index = "3..*")
        private List<String> ensemble = new ArrayList<>();

        private ZooKeeperCommand(final Console console)
        {
            this.console = console;
        }

        @Override
        public Integer call() throws IOException
        {
            ZooKeeperChild.run(dataDir, host, port, ensemble, console.in(), console.out());
            return Verdict.OK;
        }
    }
}
