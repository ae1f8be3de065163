package io.epona.broker.cli.cluster;

import io.epona.broker.cli.ExitCodes;
import io.epona.broker.cli.Terminal;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.PartitionState;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Says how a cluster is.
 */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Show brokers, controller, and the partitions that are not as they should be. Needs no broker.")
final class StatusCommand implements Callable<Integer>
{
    private static final String ROW = "%-7s %-5s %-9s %-22s %6s %9s %8s%n";
    private static final int SHOWN_PARTITIONS = 50;

    @Mixin
    private Ensemble ensemble;

    private final Terminal terminal;

    StatusCommand(final Terminal terminal)
    {
        this.terminal = terminal;
    }

    @Override
    public Integer call()
    {
        try (ClusterTree tree = ensemble.open(terminal))
        {
            final ClusterState state = ClusterState.read(tree);
            final PrintStream out = terminal.out();
            out.println("cluster     " + state.clusterId() + " at " + tree.connect());
            out.println("controller  " + controller(state.controller()));
            brokers(out, state);
            partitions(out, state.partitions());
        }

        return ExitCodes.OK;
    }

    private static String controller(final NodeValues.ControllerClaim claim)
    {
        return null == claim ? "none: no broker runs, or the last one's session has not ended yet" :
            "broker " + claim.brokerId() + ", epoch " + claim.controllerEpoch();
    }

    private static void brokers(final PrintStream out, final ClusterState state)
    {
        out.printf(ROW, "broker", "life", "state", "address", "leads", "replicas", "in sync");
        for (final ClusterState.Broker broker : state.brokers().values())
        {
            final int id = broker.brokerId();
            final NodeValues.Registration registration = broker.registration();
            out.printf(
                ROW, id, broker.brokerEpoch(),
                null == registration ? "gone" : registration.isRunning() ? "running" : "stopping",
                null == registration || registration.host().isEmpty() ? "-" :
                registration.host() + ":" + registration.port(),
                count(state, (partition) -> partition.state().leader() == id),
                count(state, (partition) -> partition.state().replicas().contains(id)),
                count(state, (partition) -> partition.isInSync(id)));
        }
    }

    private static long count(
        final ClusterState state, final Predicate<ClusterState.Partition> predicate)
    {
        return state.partitions().stream().filter(predicate).count();
    }

    private static void partitions(final PrintStream out, final List<ClusterState.Partition> partitions)
    {
        final long leaderless = partitions.stream().filter((partition) -> !partition.hasLeader()).count();
        final long unwritable = partitions.stream()
            .filter((partition) -> partition.hasLeader() && !partition.isWritable()).count();
        final List<ClusterState.Partition> notWell = partitions.stream()
            .filter((partition) -> !partition.hasLeader() || !partition.isFullyInSync()).toList();
        final long behind = notWell.size() - leaderless;
        out.println("partitions  " + partitions.size() +
            (notWell.isEmpty() ? ", all led and in sync" :
            ": " + leaderless + " without leader, " + behind + " with replicas out of sync, of these " + unwritable +
            " below min.insync.replicas"));
        notWell.stream().limit(SHOWN_PARTITIONS).forEach((partition) -> out.println("  " + text(partition)));
        if (notWell.size() > SHOWN_PARTITIONS)
        {
            out.println("  and " + (notWell.size() - SHOWN_PARTITIONS) + " more: `cluster state /state` shows all");
        }
    }

    private static String text(final ClusterState.Partition partition)
    {
        final PartitionState state = partition.state();
        return String.format(
            "%-20s leader %-4s epoch %-4d replicas %s  isr %s  elr %s%s",
            partition.name(),
            partition.hasLeader() ? Integer.toString(state.leader()) : "none",
            state.leaderEpoch(),
            state.replicas().stream().map(String::valueOf).collect(Collectors.joining(",")),
            ids(state.isr()),
            ids(state.elr()),
            state.lastKnownElr().isEmpty() ? "" : "  last known elr " + ids(state.lastKnownElr()));
    }

    private static String ids(final List<PartitionState.Member> members)
    {
        return members.isEmpty() ? "-" :
            members.stream().map((member) -> Integer.toString(member.brokerId())).collect(Collectors.joining(","));
    }
}
