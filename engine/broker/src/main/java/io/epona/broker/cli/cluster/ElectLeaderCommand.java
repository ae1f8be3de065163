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

import java.util.List;
import java.util.concurrent.Callable;

/**
 * Gives leaderships to the replicas that are preferred, or one to a replica that may lack records.
 */
@Command(
    name = "elect-leader",
    mixinStandardHelpOptions = true,
    description = {
        "Let the first of each partition's replicas lead, where it is in sync.",
        "With --unclean: let a replica lead that may lack acknowledged records, where nobody else can.",
        "What it lacks is lost." })
final class ElectLeaderCommand implements Callable<Integer>
{
    @Option(names = "--topic", paramLabel = "NAME", description = "Only partitions of this topic.")
    private String topic;

    @Option(names = "--partition", paramLabel = "N", description = "Only this partition of the topic.")
    private Integer partition;

    @Option(names = "--unclean", description = "Elect a replica that may lack records; needs --topic, --partition.")
    private boolean isUnclean;

    @Option(
        names = "--broker",
        paramLabel = "ID",
        description = "With --unclean: whose replica. It may be left out where only one of them runs.")
    private Integer broker;

    @Mixin
    private Ensemble ensemble;

    private final Terminal terminal;

    ElectLeaderCommand(final Terminal terminal)
    {
        this.terminal = terminal;
    }

    @Override
    public Integer call()
    {
        if (null != partition && null == topic)
        {
            throw new CommandException(ExitCodes.USAGE, "--partition needs --topic: say which topic's partition");
        }
        if (isUnclean && null == partition)
        {
            throw new CommandException(
                ExitCodes.USAGE, "--unclean loses records: say which partition, with --topic and --partition");
        }
        if (null != broker && !isUnclean)
        {
            throw new CommandException(
                ExitCodes.USAGE, "--broker goes with --unclean: else the first replica in sync is taken");
        }
        try (ClusterTree tree = ensemble.open(terminal))
        {
            final ClusterState state = ClusterState.read(tree);
            return isUnclean ? electUnclean(tree, state) : elect(tree, state.select(topic, partition));
        }
    }

    private int elect(final ClusterTree tree, final List<ClusterState.Partition> candidates)
    {
        final List<ClusterState.Partition> wanted = candidates.stream()
            .filter((candidate) -> !isPreferred(candidate)).toList();
        if (!wanted.isEmpty())
        {
            request(tree, wanted.stream()
                .map((candidate) -> AdminRequests.prefer(candidate.topicId(), candidate.partition())).toList());
        }

        final List<ClusterState.Partition> after = ClusterState.read(tree).select(topic, partition);
        final List<ClusterState.Partition> left = after.stream()
            .filter((candidate) -> !isPreferred(candidate)).toList();
        terminal.out().println(
            "elected " + Math.max(0, wanted.size() - left.size()) + " of " + wanted.size() +
            " leaders that were not the preferred ones");
        for (final ClusterState.Partition other : left)
        {
            terminal.out().println("  " + other.name() + " is led by " +
                (other.hasLeader() ? "broker " + other.state().leader() : "nobody") +
                ": broker " + other.state().replicas().get(0) + " does not run or is not in sync");
        }

        return ExitCodes.OK;
    }

    private static boolean isPreferred(final ClusterState.Partition partition)
    {
        final PartitionState state = partition.state();
        return state.replicas().isEmpty() || state.leader() == state.replicas().get(0);
    }

    private int electUnclean(final ClusterTree tree, final ClusterState cluster)
    {
        final ClusterState.Partition target = cluster.select(topic, partition).get(0);
        final PartitionState state = target.state();
        if (target.hasLeader())
        {
            throw new CommandException(
                ExitCodes.USAGE, target.name() + " is led by broker " + state.leader() + ": nobody has to be elected");
        }
        final List<Integer> running = state.replicas().stream()
            .filter((id) -> cluster.brokers().containsKey(id) && cluster.brokers().get(id).isRunning()).toList();
        final int elected = null != broker ? broker : onlyOne(target, running);
        if (!running.contains(elected))
        {
            throw new CommandException(
                ExitCodes.USAGE,
                "broker " + elected + " runs no replica of " + target.name() + ": its replicas are on " +
                state.replicas() + ", of these run " + running);
        }
        request(tree, List.of(AdminRequests.electUnclean(target.topicId(), target.partition(), elected)));

        final ClusterState.Partition after = ClusterState.read(tree).select(topic, partition).get(0);
        if (!after.hasLeader())
        {
            throw new CommandException(
                ExitCodes.INFRASTRUCTURE, target.name() + " still has no leader: `cluster status` shows its replicas");
        }
        terminal.out().println(
            target.name() + " is led by broker " + after.state().leader() + " in epoch " +
            after.state().leaderEpoch() + ": what it did not have is lost");

        return ExitCodes.OK;
    }

    private static int onlyOne(final ClusterState.Partition target, final List<Integer> running)
    {
        if (1 == running.size())
        {
            return running.get(0);
        }
        throw new CommandException(
            ExitCodes.USAGE,
            running.isEmpty() ?
            "no broker runs that holds " + target.name() + ": start one of " + target.state().replicas() :
            "replicas of " + target.name() + " run on brokers " + running + ": say with --broker which one shall " +
            "lead; the one with the longest log loses least (`log verify` on its data directory tells)");
    }

    private void request(final ClusterTree tree, final List<Operation> requests)
    {
        AdminWork.request(tree, requests, ensemble.timeoutS());
    }
}
