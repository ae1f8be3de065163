package io.epona.broker.cli.cluster;

import io.epona.broker.cli.CommandException;
import io.epona.broker.cli.Commands;
import io.epona.broker.cli.ExitCodes;
import io.epona.broker.cli.Terminal;
import org.agrona.concurrent.SystemNanoClock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs a cluster on this machine: ZooKeeper and brokers, each in a process of its own, until it is told to stop.
 */
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    description = {
        "Run a cluster on this machine: ZooKeeper and brokers, each in a process of its own. Ctrl-C stops all.",
        "A second start on the same directory goes on with what the first one left." })
final class StartCommand implements Callable<Integer>
{
    private static final int MAX_BROKERS = 64;
    /** A broker takes ports of its own from its first one on. */
    private static final int PORTS_PER_BROKER = 10;
    private static final int MAX_PORT = 0xFFFF;
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long STOP_TIMEOUT_MS = 15_000;
    private static final String BROKER_READY = "Epona broker is ready: ";
    private static final String ZOOKEEPER_READY = "ZooKeeper is ready: ";
    private static final String UDP = "epona:udp?endpoint=";

    @Option(
        names = "--brokers",
        paramLabel = "N",
        defaultValue = "3",
        description = "Number of brokers, with ids from 1 (default: ${DEFAULT-VALUE}).")
    private int brokerCount;

    @Option(
        names = "--dir",
        paramLabel = "DIR",
        defaultValue = "epona-cluster",
        description = "Directory for all data and output (default: ./${DEFAULT-VALUE}).")
    private Path dir;

    @Option(
        names = "--port",
        paramLabel = "PORT",
        defaultValue = "9092",
        description = "First port of the first broker; each next one's is 10 higher. 0: free ones " +
        "(default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
        names = "--zookeeper-port",
        paramLabel = "PORT",
        defaultValue = "2181",
        description = "Port of the ZooKeeper that is started, 0 for a free one (default: ${DEFAULT-VALUE}).")
    private int zooKeeperPort;

    @Option(
        names = {"--zookeeper", "--zookeeper-connect"},
        paramLabel = "CONNECT",
        description = "Use this ZooKeeper and start none: [USER:PASSWORD@]host:port[,host:port...][/path].")
    private String zooKeeper;

    @Option(
        names = "--set",
        paramLabel = "KEY=VALUE",
        description = "A setting of every broker; repeatable.")
    private Map<String, String> settings = new LinkedHashMap<>();

    private final Terminal terminal;
    private final List<ChildProcess> brokers = new ArrayList<>();
    private ChildProcess server;

    StartCommand(final Terminal terminal)
    {
        this.terminal = terminal;
    }

    @Override
    public Integer call()
    {
        check();
        terminal.stop().deadline(3 * STOP_TIMEOUT_MS);
        boolean isStopped = false;
        try
        {
            run();
            isStopped = true;
        }
        finally
        {
            final List<String> killed = stopAll();
            if (isStopped && !killed.isEmpty())
            {
                throw new CommandException(
                    ExitCodes.INFRASTRUCTURE,
                    "killed, since they did not end within " + TimeUnit.MILLISECONDS.toSeconds(STOP_TIMEOUT_MS) +
                    " s: " + String.join(", ", killed));
            }
        }

        return ExitCodes.OK;
    }

    private void check()
    {
        if (brokerCount < 1 || brokerCount > MAX_BROKERS)
        {
            throw new CommandException(ExitCodes.USAGE, "--brokers takes a number from 1 to " + MAX_BROKERS);
        }
        final int lastPort = port + brokerCount * PORTS_PER_BROKER - 1;
        if (port < 0 || lastPort > MAX_PORT)
        {
            throw new CommandException(
                ExitCodes.USAGE,
                "--port takes 0, or a number from 1 to " + (MAX_PORT + 1 - brokerCount * PORTS_PER_BROKER));
        }
        if (zooKeeperPort < 0 || zooKeeperPort > MAX_PORT)
        {
            throw new CommandException(ExitCodes.USAGE, "--zookeeper-port takes a number from 0 to " + MAX_PORT);
        }
        if (null == zooKeeper && 0 != port && zooKeeperPort >= port && zooKeeperPort <= lastPort)
        {
            throw new CommandException(
                ExitCodes.USAGE,
                "--zookeeper-port " + zooKeeperPort + " lies among the ports of the brokers, " + port + " to " +
                lastPort + ": choose another");
        }
        for (final String taken : List.of("zookeeper.connect", "broker.id", "data.dir", "listen"))
        {
            if (settings.containsKey(taken))
            {
                throw new CommandException(
                    ExitCodes.USAGE,
                    "--set " + taken + " is not for all brokers: use --zookeeper, --brokers, --dir and --port");
            }
        }
    }

    private void run()
    {
        String connect = zooKeeper;
        if (null == connect)
        {
            server = ChildProcess.start(
                "ZooKeeper", dir.resolve("zookeeper.out"), ZOOKEEPER_READY,
                List.of(
                    "zookeeper", "--with-parent", "--dir", dir.resolve("zookeeper").toString(),
                    "--port", Integer.toString(zooKeeperPort)));
            connect = awaitReady(List.of(server)).get(0);
            if (null == connect)
            {
                return;
            }
            tell(server, connect);
        }
        for (int id = 1; id <= brokerCount; id++)
        {
            brokers.add(startBroker(id, connect));
        }
        final List<String> uris = awaitReady(brokers);
        if (uris.contains(null))
        {
            return;
        }
        tellReady(uris, connect);
        watch();
    }

    private ChildProcess startBroker(final int id, final String connect)
    {
        final String name = "broker-" + id;
        final int first = 0 == port ? 0 : port + (id - 1) * PORTS_PER_BROKER;
        final Map<String, String> properties = new LinkedHashMap<>(settings);
        properties.put("zookeeper.connect", connect);
        properties.put("broker.id", Integer.toString(id));
        properties.put("data.dir", dir.resolve(name).toString());
        properties.put("listen", "127.0.0.1:" + first);
        final List<String> arguments = new ArrayList<>(List.of("broker", "--with-parent"));
        properties.forEach((key, value) -> arguments.addAll(List.of("--set", key + '=' + value)));

        return ChildProcess.start("broker " + id, dir.resolve(name + ".out"), BROKER_READY, arguments);
    }

    /** What the processes say when they are ready; nulls where the command is told to stop before. */
    private List<String> awaitReady(final List<ChildProcess> processes)
    {
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + START_TIMEOUT_NS;
        final List<String> answers = new ArrayList<>();
        for (final ChildProcess process : processes)
        {
            String answer = process.ready();
            while (null == answer && !terminal.stop().isRequested())
            {
                failWhereOneEnded(processes);
                if (SystemNanoClock.INSTANCE.nanoTime() - deadlineNs > 0)
                {
                    throw new CommandException(
                        ExitCodes.INFRASTRUCTURE,
                        process.name() + " is not ready after " + TimeUnit.NANOSECONDS.toSeconds(START_TIMEOUT_NS) +
                        " s; it wrote:" + process.tail());
                }
                LockSupport.parkNanos(LOOK_INTERVAL_NS);
                answer = process.ready();
            }
            answers.add(answer);
        }

        return answers;
    }

    private static void failWhereOneEnded(final List<ChildProcess> processes)
    {
        for (final ChildProcess process : processes)
        {
            if (!process.isAlive())
            {
                throw new CommandException(
                    ExitCodes.USAGE == process.exitCode() ? ExitCodes.USAGE : ExitCodes.INFRASTRUCTURE,
                    process.name() + " did not start; it wrote:" + process.tail());
            }
        }
    }

    private void tell(final ChildProcess process, final String address)
    {
        terminal.out().printf("%-10s %-22s pid %d%n", process.name(), address, process.pid());
    }

    private void tellReady(final List<String> uris, final String connect)
    {
        final List<String> endpoints = new ArrayList<>();
        for (int i = 0; i < uris.size(); i++)
        {
            final String uri = uris.get(i);
            final String endpoint = uri.startsWith(UDP) ? uri.substring(UDP.length()) : uri;
            endpoints.add(endpoint);
            tell(brokers.get(i), endpoint);
        }
        final String bootstrap = String.join(",", endpoints);
        terminal.out().println("Epona cluster is ready: " + UDP + bootstrap + " in " + dir);
        terminal.out().println("Next, in another terminal:");
        terminal.out().println("  " + Commands.prefix() + " topics create demo --partitions 3 --replication-factor " +
            Math.min(3, brokerCount) + " --bootstrap " + endpoints.get(0));
        terminal.out().println("  " + Commands.prefix() + " cluster status --zookeeper " +
            connect.substring(connect.lastIndexOf('@') + 1));
        terminal.out().flush();
    }

    private void watch()
    {
        while (!terminal.stop().isRequested())
        {
            final String serverEnd = null == server ? null : server.takeEnd();
            if (null != serverEnd)
            {
                terminal.err().println(
                    serverEnd + ": leaders go on, but none can be elected, and no topic created, before a new start");
            }
            int aliveCount = 0;
            for (final ChildProcess broker : brokers)
            {
                final String end = broker.takeEnd();
                if (null != end)
                {
                    terminal.err().println(end + broker.tail());
                }
                aliveCount += broker.isAlive() ? 1 : 0;
            }
            if (0 == aliveCount)
            {
                throw new CommandException(ExitCodes.INFRASTRUCTURE, "no broker is left, so the cluster stops");
            }
            LockSupport.parkNanos(LOOK_INTERVAL_NS);
        }
    }

    /** Brokers first: to hand their leaderships over they need ZooKeeper. */
    private List<String> stopAll()
    {
        final List<String> killed = new ArrayList<>();
        brokers.forEach(ChildProcess::stop);
        for (final ChildProcess broker : brokers)
        {
            if (!broker.awaitEnd(STOP_TIMEOUT_MS))
            {
                killed.add(broker.name());
            }
        }
        if (null != server)
        {
            server.stop();
            if (!server.awaitEnd(STOP_TIMEOUT_MS))
            {
                killed.add(server.name());
            }
        }

        return killed;
    }
}
