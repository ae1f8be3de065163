package io.epona.broker.cli;

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

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

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

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Create a topic.")
    private static final class Create implements Callable<Integer>
    {
        private final Terminal terminal;

        @Mixin
        private Bootstrap bootstrap;

        @Parameters(index = "0", paramLabel = "NAME", description = "1 to 200 of a-z A-Z 0-9 . _ -")
        private String name;

        @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "1",
            description = "Number of partitions (default: ${DEFAULT-VALUE}).")
        private int partitions;

        @Option(
            names = "--config",
            paramLabel = "KEY=VALUE",
            description = "A setting of the topic, such as retention.bytes=1g; repeatable.")
        private Map<String, String> config = new LinkedHashMap<>();

        private Create(final Terminal terminal)
        {
            this.terminal = terminal;
        }

        @Override
        public Integer call()
        {
            try (EponaClient client = bootstrap.connect())
            {
                final TopicSummary topic = client.admin().createTopic(name, partitions, config);
                terminal.out().println("created " + topic.name() + " with " + topic.partitionCount() +
                    (1 == topic.partitionCount() ? " partition" : " partitions"));
            }
            return ExitCodes.OK;
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "List topics and their partition counts.")
    private static final class ListTopics implements Callable<Integer>
    {
        private final Terminal terminal;

        @Mixin
        private Bootstrap bootstrap;

        private ListTopics(final Terminal terminal)
        {
            this.terminal = terminal;
        }

        @Override
        public Integer call()
        {
            try (EponaClient client = bootstrap.connect())
            {
                for (final TopicSummary topic : client.admin().listTopics())
                {
                    terminal.out().println(topic.name() + "\t" + topic.partitionCount());
                }
            }
            return ExitCodes.OK;
        }
    }

    @Command(name = "describe", mixinStandardHelpOptions = true, description = "Describe a topic.")
    private static final class Describe implements Callable<Integer>
    {
        private final Terminal terminal;

        @Mixin
        private Bootstrap bootstrap;

        @Parameters(index = "0", paramLabel = "NAME", description = "Name of the topic.")
        private String name;

        private Describe(final Terminal terminal)
        {
            this.terminal = terminal;
        }

        @Override
        public Integer call()
        {
            try (EponaClient client = bootstrap.connect())
            {
                final TopicDescription topic = client.admin().describeTopic(name);
                terminal.out().println("topic      " + topic.name());
                terminal.out().println("id         " + Long.toHexString(topic.topicId()));
                for (final Map.Entry<String, String> entry : new TreeMap<>(topic.config()).entrySet())
                {
                    terminal.out().println("config     " + entry.getKey() + "=" + entry.getValue());
                }
                for (final TopicDescription.Partition partition : topic.partitions())
                {
                    terminal.out().println("partition  " + partition.partition() +
                        "  leader " + partition.leader() + "  epoch " + partition.leaderEpoch() +
                        "  start " + partition.logStart() + "  committed " + partition.highWatermark() +
                        "  end " + partition.logEnd());
                }
            }
            return ExitCodes.OK;
        }
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Delete a topic and its records.")
    private static final class Delete implements Callable<Integer>
    {
        private final Terminal terminal;

        @Mixin
        private Bootstrap bootstrap;

        @Parameters(index = "0", paramLabel = "NAME", description = "Name of the topic.")
        private String name;

        private Delete(final Terminal terminal)
        {
            this.terminal = terminal;
        }

        @Override
        public Integer call()
        {
            try (EponaClient client = bootstrap.connect())
            {
                client.admin().deleteTopic(name);
                terminal.out().println("deleted " + name);
            }
            return ExitCodes.OK;
        }
    }
}
