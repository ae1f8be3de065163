package io.epona.broker.cli;

import io.epona.broker.BrokerException;
import io.epona.broker.cli.cluster.ClusterCommand;
import io.epona.client.EponaException;
import io.epona.engine.EngineException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.charset.Charset;

/**
 * The command behind all commands.
 */
@Command(
    name = "epona",
    description = "A partitioned commit log on Aeron.",
    mixinStandardHelpOptions = true,
    version = "epona 0.1.0",
    synopsisSubcommandLabel = "COMMAND")
final class EponaCommand implements Runnable
{
    @Spec
    private CommandSpec spec;

    /**
     * Run a command line.
     *
     * @param terminal of the command.
     * @param args     command and options.
     * @return exit code.
     */
    static int run(final Terminal terminal, final String... args)
    {
        final CommandLine commandLine = new CommandLine(new EponaCommand())
            .addSubcommand(new BrokerCommand(terminal))
            .addSubcommand(TopicsCommand.commandLine(terminal))
            .addSubcommand(new ProduceCommand(terminal))
            .addSubcommand(new ConsumeCommand(terminal))
            .addSubcommand(new StatCommand(terminal))
            .addSubcommand(ClusterCommand.commandLine(terminal))
            .addSubcommand(new ZooKeeperCommand(terminal))
            .addSubcommand(LogCommand.commandLine(terminal));
        final PrintWriter err = new PrintWriter(terminal.err(), true, Charset.defaultCharset());
        commandLine.setOut(new PrintWriter(terminal.out(), true, Charset.defaultCharset()));
        commandLine.setErr(err);
        commandLine.setParameterExceptionHandler(
            (ex, arguments) ->
            {
                final String name = ex.getCommandLine().getCommandSpec().qualifiedName();
                err.println(name + ": " + ex.getMessage() + " (see: " + name + " --help)");
                if (0 == arguments.length)
                {
                    ex.getCommandLine().usage(err);
                }
                return ExitCodes.USAGE;
            });
        commandLine.setExecutionExceptionHandler(
            (ex, failed, result) ->
            {
                err.println(failed.getCommandSpec().qualifiedName() + ": " + message(ex));
                return exitCode(ex);
            });

        return commandLine.execute(args);
    }

    private static String message(final Exception ex)
    {
        return null == ex.getMessage() ? ex.toString() : ex.getMessage();
    }

    private static int exitCode(final Exception ex)
    {
        if (ex instanceof CommandException)
        {
            return ((CommandException)ex).exitCode();
        }
        if (ex instanceof EponaException)
        {
            return ExitCodes.of(((EponaException)ex).code());
        }
        if (ex instanceof EngineException)
        {
            return ExitCodes.of(((EngineException)ex).code());
        }
        if (ex instanceof BrokerException)
        {
            return exitCode((BrokerException)ex);
        }
        return ex instanceof IllegalArgumentException ? ExitCodes.USAGE : ExitCodes.INFRASTRUCTURE;
    }

    private static int exitCode(final BrokerException ex)
    {
        if (ex.isConfiguration())
        {
            return ExitCodes.USAGE;
        }
        return ex.getCause() instanceof EngineException ?
            ExitCodes.of(((EngineException)ex.getCause()).code()) : ExitCodes.INFRASTRUCTURE;
    }

    @Override
    public void run()
    {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "say which command: broker, topics, produce, consume, stat, cluster, zookeeper or log");
    }
}
