package io.epona.broker.cli.cluster;

import io.epona.broker.cli.CommandException;
import io.epona.broker.cli.ExitCodes;
import io.epona.broker.cli.Terminal;
import io.epona.engine.cluster.AdminRequests;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.PartitionState;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.concurrent.Callable;

/**
 * Takes leaderships, and replicas where asked for, away from a broker.
 */
@Command(
    name = "drain",
    mixinStandardHelpOptions = true,
    description = {
        "Take the leaderships away from a broker, before it is stopped or looked at.",
        "Its replicas stay in sync, and come last in the order of preference.",
        "With --replicas these move as well, to running brokers that do not hold the partition.",
        "A broker that holds nothing can be stopped for good." })
final class DrainCommand implements Callable<Integer>
{
    @Parameters(index = "0", paramLabel = "ID", description = "Id of the broker.")
    private int brokerId;

    @Option(names = "--replicas", description = "Move its replicas to other brokers as well.")
    private boolean areReplicasMoved;

    @Option(
        names = "--undo",
        description = "Give it its share back: it becomes the preferred leader of as many partitions as the others; " +
        "with --replicas it gets its share of replicas as well.")
    private boolean isUndone;

    @Mixin
    private Ensemble ensemble;

    private final Terminal terminal;

    DrainCommand(final Terminal terminal)
    {
        this.terminal = terminal;
    }

    @Override
    public Integer call()
    {
        try (ClusterTree tree = ensemble.open(terminal))
        {
            final ClusterState before = ClusterState.read(tree);
            if (!before.brokers().containsKey(brokerId))
            {
                throw new CommandException(
                    ExitCodes.USAGE,
                    "there is no broker " + brokerId + ": the cluster knows " + before.brokers().keySet());
            }
            if (isUndone && !before.brokers().get(brokerId).isRunning())
            {
                throw new CommandException(
                    ExitCodes.USAGE, "broker " + brokerId + " does not run: start it, then give it its share back");
            }
            final ReplicaMoves moves = new ReplicaMoves(before, brokerId);
            request(tree, isUndone ? moves.back(areReplicasMoved) : moves.away(areReplicasMoved));
            // Only now: who asks earlier is told that the preferred replica leads already.
            request(tree, ClusterState.read(tree).partitions().stream()
                .filter((partition) -> isElected(partition.state()))
                .map((partition) -> AdminRequests.prefer(partition.topicId(), partition.partition())).toList());

            return isUndone ? reportBack(ClusterState.read(tree)) : report(ClusterState.read(tree));
        }
    }

    private boolean isElected(final PartitionState state)
    {
        final boolean isLeader = state.leader() == brokerId;
        return isUndone ?
            !isLeader && !state.replicas().isEmpty() && state.replicas().get(0) == brokerId : isLeader;
    }

    private void request(final ClusterTree tree, final List<Operation> requests)
    {
        if (!requests.isEmpty())
        {
            AdminWork.request(tree, requests, ensemble.timeoutS());
        }
    }

    private int reportBack(final ClusterState after)
    {
        final long led = after.partitions().stream()
            .filter((partition) -> partition.state().leader() == brokerId).count();
        final long held = after.partitions().stream()
            .filter((partition) -> partition.state().replicas().contains(brokerId)).count();
        terminal.out().println(
            "broker " + brokerId + " leads " + led + " of " + after.partitions().size() + " partitions and holds " +
            held + " replicas");

        return ExitCodes.OK;
    }

    private int report(final ClusterState after)
    {
        final List<ClusterState.Partition> led = after.partitions().stream()
            .filter((partition) -> partition.state().leader() == brokerId).toList();
        final long held = after.partitions().stream()
            .filter((partition) -> partition.state().replicas().contains(brokerId)).count();
        if (!led.isEmpty())
        {
            throw new CommandException(
                ExitCodes.INFRASTRUCTURE,
                "broker " + brokerId + " still leads " + led.size() + " of its " + held + " partitions, such as " +
                led.get(0).name() + ": no other replica of them runs and is in sync");
        }
        if (areReplicasMoved && held > 0)
        {
            throw new CommandException(
                ExitCodes.INFRASTRUCTURE,
                "broker " + brokerId + " leads nothing, but still holds " + held +
                " replicas: too few other brokers run, or the replicas still move (`cluster status`)");
        }
        terminal.out().println("broker " + brokerId + " leads nothing" +
            (0 == held ? " and holds nothing: it can be stopped for good" : " and holds " + held + " replicas"));

        return ExitCodes.OK;
    }
}
