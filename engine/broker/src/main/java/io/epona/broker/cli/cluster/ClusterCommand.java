package io.epona.broker.cli.cluster;

import io.epona.broker.cli.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * The commands that concern a cluster as a whole.
 */
@Command(
    name = "cluster",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(start | status | state | elect-leader | drain)",
    description = "Start a cluster on this machine; look at and steer one through ZooKeeper.")
public final class ClusterCommand implements Runnable
{
    @Spec
    private CommandSpec spec;

    private ClusterCommand()
    {
    }

    /**
     * @param terminal of the commands.
     * @return the command and those below it.
     */
    public static CommandLine commandLine(final Terminal terminal)
    {
        return new CommandLine(new ClusterCommand())
            .addSubcommand(new StartCommand(terminal))
            .addSubcommand(new StatusCommand(terminal))
            .addSubcommand(new StateCommand(terminal))
            .addSubcommand(new ElectLeaderCommand(terminal))
            .addSubcommand(new DrainCommand(terminal));
    }

    @Override
    public void run()
    {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "say what to do: start, status, state, elect-leader or drain");
    }
}
