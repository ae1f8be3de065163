package io.epona.loadgen.driver;

import org.agrona.CloseHelper;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * The brokers of a cluster, each in a process of its own, with ids from 1. One that was killed is started again on its
 * data and its ports.
 * <p>
 * Owned by one thread at a time: the generator's, and that of the faults in between. {@link #pids()} may be asked by
 * any.
 */
final class ClusterBrokers implements AutoCloseable
{
    private static final String UDP = "epona:udp?endpoint=";

    private final Path workDir;
    private final Map<String, String> properties;
    private final ErrorLines errors;
    private final IntFunction<List<String>> prefixes;
    private final BrokerProcess[] processes;
    private final String[] endpoints;
    private final int[] lives;
    private volatile List<Long> pids = List.of();

    /**
     * @param hosts      addresses of the brokers, in the order of their ids.
     * @param prefixes   command that the broker of an id is run by, empty for none.
     * @param workDir    for their data and output.
     * @param properties of all of them.
     * @param errors     for what they report as errors.
     */
    ClusterBrokers(
        final List<String> hosts,
        final IntFunction<List<String>> prefixes,
        final Path workDir,
        final Map<String, String> properties,
        final ErrorLines errors)
    {
        this.workDir = workDir;
        this.properties = properties;
        this.errors = errors;
        this.prefixes = prefixes;
        processes = new BrokerProcess[hosts.size()];
        endpoints = hosts.stream().map((host) -> host + ":0").toArray(String[]::new);
        lives = new int[hosts.size()];
    }

    /** Start all brokers, and wait until they serve. */
    void start()
    {
        for (int id = 1; id <= processes.length; id++)
        {
            begin(id);
        }
        for (int id = 1; id <= processes.length; id++)
        {
            awaitReady(id);
        }
    }

    /**
     * Start a broker that does not run.
     *
     * @param id of the broker.
     */
    void begin(final int id)
    {
        final Map<String, String> own = new TreeMap<>(properties);
        own.put("broker.id", Integer.toString(id));
        own.put("listen", endpoints[id - 1]);
        processes[id - 1] = BrokerProcess.begin(
            prefixes.apply(id), dataDir(id), workDir.resolve("broker-" + id + '.' + ++lives[id - 1] + ".log"), own,
            errors);
        publishPids();
    }

    /**
     * Wait until a broker serves.
     *
     * @param id of the broker.
     */
    void awaitReady(final int id)
    {
        processes[id - 1].awaitReady();
        endpoints[id - 1] = processes[id - 1].uri().substring(UDP.length());
    }

    /**
     * Kill a broker, and wait until it is gone.
     *
     * @param id of the broker.
     */
    void kill(final int id)
    {
        processes[id - 1].kill();
        publishPids();
    }

    /**
     * Stop a broker in order, and wait until it is gone.
     *
     * @param id of the broker.
     */
    void stop(final int id)
    {
        processes[id - 1].close();
        publishPids();
    }

    /**
     * @param id of the broker.
     * @return its process.
     */
    ChildProcess child(final int id)
    {
        return processes[id - 1].child();
    }

    /**
     * @param id of the broker.
     * @return its data.
     */
    Path dataDir(final int id)
    {
        return workDir.resolve("broker-" + id);
    }

    int count()
    {
        return processes.length;
    }

    /**
     * @return URI of the whole cluster.
     */
    String uri()
    {
        return UDP + String.join(",", endpoints);
    }

    private void publishPids()
    {
        final List<Long> alive = new ArrayList<>();
        for (final BrokerProcess process : processes)
        {
            if (null != process && process.isAlive())
            {
                alive.add(process.pid());
            }
        }
        pids = List.copyOf(alive);
    }

    List<Long> pids()
    {
        return pids;
    }

    @Override
    public void close()
    {
        for (int id = 1; id <= processes.length; id++)
        {
            if (null != processes[id - 1] && !processes[id - 1].isAlive())
            {
                // A killed broker leaves shared memory behind, which its next life takes away.
                begin(id);
                awaitReady(id);
            }
        }
        CloseHelper.closeAll(processes);
    }
}
