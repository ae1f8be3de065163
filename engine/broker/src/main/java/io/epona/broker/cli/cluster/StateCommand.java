package io.epona.broker.cli.cluster;

import io.epona.broker.cli.CommandException;
import io.epona.broker.cli.ExitCodes;
import io.epona.broker.cli.JsonLine;
import io.epona.broker.cli.Terminal;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/**
 * Shows the nodes of the cluster's tree, decoded.
 */
@Command(
    name = "state",
    mixinStandardHelpOptions = true,
    description = {
        "Show what the cluster agreed on: the nodes in ZooKeeper, decoded. Needs no broker.",
        "Exit code 4: a value is damaged." })
final class StateCommand implements Callable<Integer>
{
    private static final List<String> TOP = List.of(
        Paths.CLUSTER_ID, Paths.CONTROLLER, Paths.CONTROLLER_EPOCH, Paths.BROKERS, Paths.TOPICS, Paths.STATE,
        Paths.ADMIN, Paths.IDS);

    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "PATH",
        defaultValue = "/",
        description = "Show this node and all below it, such as /brokers or /state/1/0 (default: all).")
    private String path;

    @Option(names = "--json", description = "Write one JSON object a line.")
    private boolean isJson;

    @Mixin
    private Ensemble ensemble;

    private final Terminal terminal;
    private boolean isDamaged;

    StateCommand(final Terminal terminal)
    {
        this.terminal = terminal;
    }

    @Override
    public Integer call()
    {
        final String wanted = path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        if (!wanted.matches("/|(/[!-.0-~]+)+"))
        {
            throw new CommandException(
                ExitCodes.USAGE, "'" + path + "' is no path: it begins with /, such as /state/1/0");
        }
        try (ClusterTree tree = ensemble.open(terminal))
        {
            final List<String> paths = "/".equals(wanted) ? TOP : List.of(wanted);
            int count = 0;
            for (final String top : paths)
            {
                final ClusterTree.Node node = tree.read(top);
                if (null != node)
                {
                    count++;
                    show(tree, node);
                }
            }
            if (0 == count)
            {
                throw new CommandException(
                    ExitCodes.USAGE, "there is no node " + wanted + " in the cluster: `cluster state` shows all");
            }
        }

        return isDamaged ? ExitCodes.VIOLATION : ExitCodes.OK;
    }

    private void show(final ClusterTree tree, final ClusterTree.Node node)
    {
        terminal.out().println(isJson ? json(node) : text(node));
        final List<String> names = new ArrayList<>(tree.children(node.path()));
        // Numbers by their value: /state/2 before /state/10.
        names.sort(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
        if (!names.stream().allMatch((name) -> name.matches("\\d+")))
        {
            names.sort(Comparator.naturalOrder());
        }
        final List<String> paths = names.stream().map((name) -> node.path() + '/' + name).toList();
        for (final ClusterTree.Node child : tree.readAll(paths))
        {
            if (null != child)
            {
                show(tree, child);
            }
        }
    }

    private String text(final ClusterTree.Node node)
    {
        final TextSink sink = new TextSink();
        try
        {
            NodeFields.describe(node.path(), node.value(), node.version(), sink);
        }
        catch (final NodeValues.DamagedValueException ex)
        {
            isDamaged = true;
            sink.put("damaged", ex.getMessage());
        }

        return String.format(
            "%-24s v%-4d%s%s", node.path(), node.version(), sink.text(),
            0 == node.ephemeralOwner() ? "" : "  (session " + Long.toHexString(node.ephemeralOwner()) + ")");
    }

    private String json(final ClusterTree.Node node)
    {
        final JsonLine line = new JsonLine();
        final JsonSink sink = new JsonSink(node, line);
        try
        {
            NodeFields.describe(node.path(), node.value(), node.version(), sink);
        }
        catch (final NodeValues.DamagedValueException ex)
        {
            isDamaged = true;
            sink.put("damaged", ex.getMessage());
        }

        return line.end();
    }

    /** {@code name=value} for people. */
    private static final class TextSink implements NodeFields.Sink
    {
        private final StringBuilder text = new StringBuilder(128);

        String text()
        {
            return text.toString();
        }

        @Override
        public void kind(final String kind)
        {
            // The path says it.
        }

        @Override
        public void put(final String name, final long value)
        {
            put(name, Long.toString(value));
        }

        @Override
        public void put(final String name, final boolean value)
        {
            put(name, Boolean.toString(value));
        }

        @Override
        public void put(final String name, final String value)
        {
            text.append(text.length() > 0 ? " " : "").append(name).append('=').append(value);
        }

        @Override
        public void ids(final String name, final List<Integer> ids)
        {
            texts(name, ids.stream().map(String::valueOf).toList());
        }

        @Override
        public void members(final String name, final List<PartitionState.Member> members)
        {
            texts(name, members.stream().map((member) -> member.brokerId() + ":" + member.brokerEpoch()).toList());
        }

        @Override
        public void texts(final String name, final List<String> texts)
        {
            put(name, texts.isEmpty() ? "-" : String.join(",", texts));
        }

        @Override
        public void map(final String name, final Map<String, String> map)
        {
            put(name, map.isEmpty() ? "-" : map.entrySet().stream()
                .map((entry) -> entry.getKey() + "=" + entry.getValue()).collect(Collectors.joining(",")));
        }
    }

    /** Fields of one object. */
    private static final class JsonSink implements NodeFields.Sink
    {
        private final ClusterTree.Node node;
        private final JsonLine line;

        JsonSink(final ClusterTree.Node node, final JsonLine line)
        {
            this.node = node;
            this.line = line;
        }

        @Override
        public void kind(final String kind)
        {
            line.begin(kind).put("path", node.path()).put("version", node.version());
            if (0 != node.ephemeralOwner())
            {
                line.put("session", Long.toHexString(node.ephemeralOwner()));
            }
        }

        @Override
        public void put(final String name, final long value)
        {
            line.put(name, value);
        }

        @Override
        public void put(final String name, final boolean value)
        {
            line.put(name, value);
        }

        @Override
        public void put(final String name, final String value)
        {
            line.put(name, value);
        }

        @Override
        public void ids(final String name, final List<Integer> ids)
        {
            line.put(name, ids, JsonLine::element);
        }

        @Override
        public void members(final String name, final List<PartitionState.Member> members)
        {
            line.put(name, members, (json, member) -> json.beginObject(null)
                .put("broker", member.brokerId()).put("brokerEpoch", member.brokerEpoch()).endObject());
        }

        @Override
        public void texts(final String name, final List<String> texts)
        {
            line.put(name, texts, JsonLine::element);
        }

        @Override
        public void map(final String name, final Map<String, String> map)
        {
            line.beginObject(name);
            map.forEach(line::put);
            line.endObject();
        }
    }
}
