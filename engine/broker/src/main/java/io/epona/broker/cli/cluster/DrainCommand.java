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

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
            final List<Operation> moves = moves(before);
            if (!moves.isEmpty())
            {
                AdminWork.request(tree, moves, ensemble.timeoutS());
            }
            // Only now: who asks earlier is told that the preferred replica leads already.
            final List<Operation> elections = ClusterState.read(tree).partitions().stream()
                .filter((partition) -> partition.state().leader() == brokerId)
                .map((partition) -> AdminRequests.prefer(partition.topicId(), partition.partition())).toList();
            if (!elections.isEmpty())
            {
                AdminWork.request(tree, elections, ensemble.timeoutS());
            }

            return report(ClusterState.read(tree));
        }
    }

    private List<Operation> moves(final ClusterState cluster)
    {
        final Map<Integer, Integer> replicaCounts = new TreeMap<>();
        cluster.brokers().values().stream().filter(ClusterState.Broker::isRunning)
            .forEach((broker) -> replicaCounts.put(broker.brokerId(), 0));
        replicaCounts.remove(brokerId);
        cluster.partitions().forEach((partition) -> partition.state().replicas()
            .forEach((id) -> replicaCounts.computeIfPresent(id, (key, count) -> count + 1)));

        final List<Operation> moves = new ArrayList<>();
        for (final ClusterState.Partition partition : cluster.partitions())
        {
            final PartitionState state = partition.state();
            if (!state.replicas().contains(brokerId) || !state.adding().isEmpty() || !state.removing().isEmpty())
            {
                continue;
            }
            final List<Integer> target = target(partition, replicaCounts);
            if (!target.equals(state.replicas()))
            {
                moves.add(AdminRequests.reassign(partition.topicId(), partition.partition(), target));
            }
        }

        return moves;
    }

    /** Who runs and is in sync comes first, in the former order, then who else holds it, then who is drained. */
    private List<Integer> target(final ClusterState.Partition partition, final Map<Integer, Integer> replicaCounts)
    {
        final List<Integer> replicas = partition.state().replicas();
        final List<Integer> target = new ArrayList<>();
        replicas.stream()
            .filter((id) -> id != brokerId && replicaCounts.containsKey(id) && partition.isInSync(id))
            .forEach(target::add);
        replicas.stream().filter((id) -> id != brokerId && !target.contains(id)).forEach(target::add);
        final Integer other = areReplicasMoved ? replicaCounts.keySet().stream()
            .filter((id) -> !replicas.contains(id))
            .min(Comparator.comparing((final Integer id) -> replicaCounts.get(id))).orElse(null) : null;
        target.add(null == other ? brokerId : other);
        if (null != other)
        {
            replicaCounts.merge(other, 1, Integer::sum);
        }

        return target;
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
