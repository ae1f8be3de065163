package io.epona.broker.cli.cluster;

import io.epona.broker.cli.CommandException;
import io.epona.broker.cli.ExitCodes;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.Paths;

import java.util.List;

/**
 * Requests to the controller that are waited for. Stateless: any thread.
 */
final class AdminWork
{
    private AdminWork()
    {
    }

    /**
     * Ask, and wait until the controller has dealt with it.
     *
     * @param tree     of the cluster.
     * @param requests operations that create the requests.
     * @param timeoutS for the message.
     * @throws CommandException where that takes too long; the requests stay.
     */
    static void request(final ClusterTree tree, final List<Operation> requests, final int timeoutS)
    {
        if (!tree.request(requests))
        {
            throw new CommandException(
                ExitCodes.INFRASTRUCTURE,
                null != tree.read(Paths.CONTROLLER) ?
                "not done after " + timeoutS + " s: the controller goes on with it, `cluster status` shows how far" :
                "no controller has dealt with it within " + timeoutS + " s: what is asked for stays in ZooKeeper and " +
                "is done once a broker runs as controller (`cluster status` shows brokers and controller)");
        }
    }
}
