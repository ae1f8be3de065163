package io.epona.loadgen.peers.kafka;

import io.epona.loadgen.driver.ChildProcess;
import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.driver.ErrorLines;
import io.epona.loadgen.driver.Peers;
import org.apache.kafka.common.Uuid;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The brokers of a run, each of them a controller too, each in a JVM of its own with the flags of Kafka's own scripts.
 * <p>
 * Owned by the generator's thread; {@link #pids()} for any.
 */
final class KafkaBrokers implements AutoCloseable
{
    /** What {@code kafka-server-start.sh} and {@code kafka-run-class.sh} give to a broker. */
    static final List<String> BROKER_FLAGS = List.of(
        "-Xms1G", "-Xmx1G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
        "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent", "-XX:MaxInlineLevel=15",
        "-Djava.awt.headless=true");
    private static final String HOST = "127.0.0.1";

    private final List<ChildProcess> children = new ArrayList<>();
    private final List<Path> logs = new ArrayList<>();
    private final ErrorLines errors;
    private String bootstrap;
    private volatile List<Long> pids = List.of();

    private KafkaBrokers(final ErrorLines errors)
    {
        this.errors = errors;
    }

    /**
     * Start brokers and wait until they serve.
     *
     * @param dir    for their data and logs; exists.
     * @param count  of brokers.
     * @param errors for what they report as errors.
     * @return the running brokers.
     * @throws DriverException where they do not come up; none is left then.
     */
    static KafkaBrokers launch(final Path dir, final int count, final ErrorLines errors)
    {
        final KafkaBrokers brokers = new KafkaBrokers(errors);
        boolean isRunning = false;
        try
        {
            brokers.start(dir, count);
            isRunning = true;
        }
        catch (final IOException ex)
        {
            throw new DriverException("Kafka's brokers cannot be set up: " + ex.getMessage(), ex);
        }
        finally
        {
            if (!isRunning)
            {
                brokers.close();
            }
        }

        return brokers;
    }

    private void start(final Path dir, final int count) throws IOException
    {
        final List<Integer> ports = freePorts(2 * count);
        final String clusterId = Uuid.randomUuid().toString();
        bootstrap = IntStream.range(0, count).mapToObj((i) -> HOST + ":" + ports.get(i))
            .collect(Collectors.joining(","));
        final String voters = IntStream.range(0, count)
            .mapToObj((i) -> i + 1 + "@" + HOST + ":" + ports.get(count + i)).collect(Collectors.joining(","));
        for (int i = 0; i < count; i++)
        {
            final Properties properties = new Properties();
            properties.putAll(properties(dir, i + 1, count, ports.get(i), ports.get(count + i), voters));
            final Path file = dir.resolve("kafka-" + (i + 1) + ".properties");
            try (var out = Files.newBufferedWriter(file))
            {
                properties.store(out, null);
            }
            final Path log = dir.resolve("kafka-" + (i + 1) + ".log");
            logs.add(log);
            children.add(ChildProcess.launch(
                java(BROKER_FLAGS, "", KafkaBrokerChild.class.getName(), List.of(file.toString(), clusterId)), log));
            pids = children.stream().map(ChildProcess::pid).toList();
        }
        for (final ChildProcess child : children)
        {
            child.awaitReady("a broker of Kafka");
        }
    }

    /**
     * @param flags     of the JVM.
     * @param more      class path behind that of the peers, empty for none.
     * @param main      class of the peers, or of what they depend on.
     * @param arguments of it.
     * @return command that runs it.
     */
    static List<String> java(
        final List<String> flags, final String more, final String main, final List<String> arguments)
    {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.add("-cp");
        final String peers = Peers.jars().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        command.add(more.isEmpty() ? peers : peers + File.pathSeparator + more);
        command.add(main);
        command.addAll(arguments);

        return command;
    }

    private static Map<String, String> properties(
        final Path dir, final int id, final int count, final int port, final int controllerPort, final String voters)
    {
        final Map<String, String> properties = new TreeMap<>();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", Integer.toString(id));
        properties.put("controller.quorum.voters", voters);
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put("inter.broker.listener.name", "PLAINTEXT");
        properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        final String listener = "PLAINTEXT://" + HOST + ":" + port;
        properties.put("listeners", listener + ",CONTROLLER://" + HOST + ":" + controllerPort);
        properties.put("advertised.listeners", listener);
        properties.put("log.dirs", dir.resolve("kafka-" + id).toString());
        properties.put("auto.create.topics.enable", "false");
        // Of Kafka's own topics: its performance tool for consumers joins a group.
        final String replicas = Integer.toString(Math.min(3, count));
        properties.put("offsets.topic.replication.factor", replicas);
        properties.put("transaction.state.log.replication.factor", replicas);
        properties.put("transaction.state.log.min.isr", "1");
        properties.put("group.initial.rebalance.delay.ms", "0");

        return properties;
    }

    private static List<Integer> freePorts(final int count) throws IOException
    {
        final List<ServerSocket> sockets = new ArrayList<>();
        try
        {
            final List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < count; i++)
            {
                // All at once, so that they differ; whoever takes one of them in between makes the broker say so.
                final ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST));
                sockets.add(socket);
                ports.add(socket.getLocalPort());
            }

            return ports;
        }
        finally
        {
            for (final ServerSocket socket : sockets)
            {
                socket.close();
            }
        }
    }

    /**
     * @return addresses for clients.
     */
    String bootstrap()
    {
        return bootstrap;
    }

    List<Long> pids()
    {
        return pids;
    }

    @Override
    public void close()
    {
        // All at once: one that is stopped alone makes the others complain.
        children.forEach((child) -> child.command(ChildProcess.STOP));
        children.forEach(ChildProcess::stop);
        children.clear();
        pids = List.of();
        for (final Path log : logs)
        {
            try (var lines = Files.lines(log))
            {
                lines.filter((line) -> line.contains(" ERROR ")).forEach(errors::add);
            }
            catch (final IOException ex)
            {
                throw new UncheckedIOException("the broker's log cannot be read", ex);
            }
        }
        logs.clear();
    }
}
