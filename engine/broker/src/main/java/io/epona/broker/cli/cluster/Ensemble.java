package io.epona.broker.cli.cluster;

import io.epona.broker.cli.CommandException;
import io.epona.broker.cli.ExitCodes;
import io.epona.broker.cli.Terminal;
import picocli.CommandLine.Option;

import java.util.concurrent.TimeUnit;

/**
 * The options by which a command finds the ZooKeeper of its cluster.
 */
final class Ensemble
{
    @Option(
        names = {"--zookeeper", "--zookeeper-connect"},
        paramLabel = "CONNECT",
        defaultValue = "127.0.0.1:2181",
        description = "ZooKeeper of the cluster: [USER:PASSWORD@]host:port[,host:port...][/path] " +
        "(default: ${DEFAULT-VALUE}).")
    private String connect;

    @Option(
        names = "--cluster",
        paramLabel = "NAME",
        defaultValue = "epona",
        description = "Name of the cluster in ZooKeeper (default: ${DEFAULT-VALUE}).")
    private String cluster;

    @Option(
        names = "--timeout",
        paramLabel = "SECONDS",
        defaultValue = "15",
        description = "How long to wait for ZooKeeper, and for the controller to do what is asked for " +
        "(default: ${DEFAULT-VALUE}).")
    private int timeoutS;

    /**
     * Connect, and see that the cluster is there.
     *
     * @param terminal told where it takes long.
     * @return the tree of the cluster.
     */
    ClusterTree open(final Terminal terminal)
    {
        if (timeoutS < 1)
        {
            throw new CommandException(ExitCodes.USAGE, "--timeout takes a number of seconds from 1");
        }

        return ClusterTree.open(connect, cluster, TimeUnit.SECONDS.toNanos(timeoutS), terminal);
    }

    int timeoutS()
    {
        return timeoutS;
    }
}
