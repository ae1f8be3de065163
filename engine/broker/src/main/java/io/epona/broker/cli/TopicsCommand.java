package io.epona.broker.cli;

import io.epona.client.Admin;
import io.epona.client.EponaClient;
import io.epona.client.TopicDescription;
import io.epona.client.TopicSummary;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Creates, lists, describes and deletes topics.
 */
@Command(
    name = "topics",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(create | list | describe | delete)",
    description = "Create, list, describe and delete topics.")
final class TopicsCommand implements Runnable
{
    @Spec
    private CommandSpec spec;

    static CommandLine commandLine(final Terminal terminal)
    {
        return new CommandLine(new TopicsCommand())
            .addSubcommand(new Create(terminal))
            .addSubcommand(new ListTopics(terminal))
            .addSubcommand(new Describe(terminal))
            .addSubcommand(new Delete(terminal));
    }

    @Override
    public void run()
    {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "say what to do: create, list, describe or delete");
    }

    /** What each of the commands does around its work. */
    private abstract static class Connected implements Callable<Integer>
    {
        private final Terminal terminal;

        @Mixin
        private Bootstrap bootstrap;

        private Connected(final Terminal terminal)
        {
            this.terminal = terminal;
        }

        /**
         * @param admin of a broker.
         * @param out   for what was asked.
         */
        abstract void run(Admin admin, PrintStream out);

        @Override
        public final Integer call()
        {
            try (EponaClient client = bootstrap.connect())
            {
                run(client.admin(), terminal.out());
            }
            return ExitCodes.OK;
        }
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Create a topic.")
    private static final class Create extends Connected
    {
        @Parameters(index = "0", paramLabel = "NAME", description = "1 to 200 of a-z A-Z 0-9 . _ -")
        private String name;

        @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "1",
            description = "Number of partitions (default: ${DEFAULT-VALUE}).")
        private int partitions;

        @Option(
            names = "--replication-factor",
            paramLabel = "N",
            defaultValue = "-1",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            description = "Replicas of each partition (default: 3, or as many as brokers run; a broker alone: 1).")
        private int replicationFactor;

        @Option(
            names = "--config",
            paramLabel = "KEY=VALUE",
            description = "A setting of the topic, such as retention.bytes=1g; repeatable.")
        private Map<String, String> config = new LinkedHashMap<>();

        private Create(final Terminal terminal)
        {
            super(terminal);
        }

        @Override
        void run(final Admin admin, final PrintStream out)
        {
            if (0 == replicationFactor || replicationFactor < -1)
            {
                throw new CommandException(ExitCodes.USAGE, "--replication-factor takes a number from 1");
            }
            final TopicSummary topic = admin.createTopic(name, partitions, replicationFactor, config);
            out.println("created " + topic.name() + " with " + topic.partitionCount() +
                (1 == topic.partitionCount() ? " partition" : " partitions"));
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "List topics and their partition counts.")
    private static final class ListTopics extends Connected
    {
        private ListTopics(final Terminal terminal)
        {
            super(terminal);
        }

        @Override
        void run(final Admin admin, final PrintStream out)
        {
            for (final TopicSummary topic : admin.listTopics())
            {
                out.println(topic.name() + "\t" + topic.partitionCount());
            }
        }
    }

    @Command(name = "describe", mixinStandardHelpOptions = true, description = "Describe a topic.")
    private static final class Describe extends Connected
    {
        @Parameters(index = "0", paramLabel = "NAME", description = "Name of the topic.")
        private String name;

        private Describe(final Terminal terminal)
        {
            super(terminal);
        }

        @Override
        void run(final Admin admin, final PrintStream out)
        {
            final TopicDescription topic = admin.describeTopic(name);
            out.println("topic      " + topic.name());
            out.println("id         " + Long.toHexString(topic.topicId()));
            for (final Map.Entry<String, String> entry : new TreeMap<>(topic.config()).entrySet())
            {
                out.println("config     " + entry.getKey() + "=" + entry.getValue());
            }
            for (final TopicDescription.Partition partition : topic.partitions())
            {
                out.println("partition  " + partition.partition() +
                    "  leader " + (partition.leader() < 0 ? "none" : partition.leader()) +
                    "  epoch " + partition.leaderEpoch() +
                    "  isr " + ids(partition, TopicDescription.Replica::isInSync) +
                    "  elr " + ids(partition, TopicDescription.Replica::isEligible) +
                    "  start " + known(partition.logStart()) + "  committed " + known(partition.highWatermark()) +
                    "  end " + known(partition.logEnd()));
                if (partition.replicas().size() > 1)
                {
                    partition.replicas().forEach((replica) -> out.println("  " + text(replica, partition)));
                }
            }
        }

        private static String text(
            final TopicDescription.Replica replica, final TopicDescription.Partition partition)
        {
            final boolean isLagKnown = replica.logEnd() >= 0 && partition.logEnd() >= 0;
            return "replica  " + replica.brokerId() +
                (replica.brokerId() == partition.leader() ? "  leads   " : replica.isInSync() ? "  in sync " :
                replica.isEligible() ? "  eligible" : "  behind  ") +
                "  committed " + known(replica.highWatermark()) + "  end " + known(replica.logEnd()) +
                "  lag " + (isLagKnown ? Math.max(0, partition.logEnd() - replica.logEnd()) : "?");
        }

        private static String ids(
            final TopicDescription.Partition partition, final Predicate<TopicDescription.Replica> isShown)
        {
            final String ids = partition.replicas().stream().filter(isShown)
                .map((replica) -> Integer.toString(replica.brokerId())).collect(Collectors.joining(","));
            return ids.isEmpty() ? "-" : ids;
        }

        /** A figure that the broker which was asked may not know. */
        private static String known(final long value)
        {
            return value < 0 ? "?" : Long.toString(value);
        }
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Delete a topic and its records.")
    private static final class Delete extends Connected
    {
        @Parameters(index = "0", paramLabel = "NAME", description = "Name of the topic.")
        private String name;

        private Delete(final Terminal terminal)
        {
            super(terminal);
        }

        @Override
        void run(final Admin admin, final PrintStream out)
        {
            admin.deleteTopic(name);
            out.println("deleted " + name);
        }
    }
}
