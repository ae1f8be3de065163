package io.epona.broker.cli;

import io.epona.coordination.EmbeddedZooKeeper;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs a ZooKeeper server until it is told to stop.
 */
@Command(
    name = "zookeeper",
    mixinStandardHelpOptions = true,
    description = "Run one ZooKeeper server, for a cluster on one machine. A cluster that shall outlive a machine " +
    "needs an ensemble of three of the distribution's.")
final class ZooKeeperCommand implements Callable<Integer>
{
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Terminal terminal;

    @Option(
        names = "--dir",
        paramLabel = "DIR",
        defaultValue = "epona-zookeeper",
        description = "Directory for its data (default: ./${DEFAULT-VALUE}).")
    private Path dir;

    @Option(
        names = "--host",
        paramLabel = "HOST",
        defaultValue = "127.0.0.1",
        description = "Address to listen on (default: ${DEFAULT-VALUE}).")
    private String host;

    @Option(
        names = "--port",
        paramLabel = "PORT",
        defaultValue = "2181",
        description = "Port to listen on, 0 for a free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(names = "--with-parent", hidden = true, description = "End when standard input does, not on Ctrl-C.")
    private boolean isWithParent;

    ZooKeeperCommand(final Terminal terminal)
    {
        this.terminal = terminal;
    }

    @Override
    public Integer call()
    {
        if (port < 0 || port > 0xFFFF)
        {
            throw new CommandException(ExitCodes.USAGE, "--port takes a number from 0 to 65535");
        }
        final StopSignal stop = isWithParent ? new ParentWatch(terminal) : terminal.stop();
        try (EmbeddedZooKeeper zooKeeper = EmbeddedZooKeeper.launch(dir, host, port))
        {
            terminal.out().println("ZooKeeper is ready: " + zooKeeper.connectString());
            terminal.out().flush();
            while (!stop.isRequested() && zooKeeper.isRunning())
            {
                LockSupport.parkNanos(LOOK_INTERVAL_NS);
            }
            if (!zooKeeper.isRunning())
            {
                throw new CommandException(
                    ExitCodes.INFRASTRUCTURE, "ZooKeeper failed and stops: look at its disk, " + dir);
            }
        }

        return ExitCodes.OK;
    }
}
