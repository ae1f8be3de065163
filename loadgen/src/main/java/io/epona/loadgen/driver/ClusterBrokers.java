package io.epona.loadgen.driver;

import org.agrona.CloseHelper;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
    private final BrokerProcess[] processes;
    private final String[] endpoints;
    private final int[] lives;
    private volatile List<Long> pids = List.of();

    /**
     * @param count      of brokers.
     * @param workDir    for their data and output.
     * @param properties of all of them.
     * @param errors     for what they report as errors.
     */
    ClusterBrokers(
        final int count, final Path workDir, final Map<String, String> properties, final ErrorLines errors)
    {
        this.workDir = workDir;
        this.properties = properties;
        this.errors = errors;
        processes = new BrokerProcess[count];
        endpoints = new String[count];
        lives = new int[count];
    }

    /** Start all brokers. */
    void start()
    {
        for (int id = 1; id <= processes.length; id++)
        {
            start(id);
        }
    }

    /**
     * Start a broker that does not run, and wait until it serves.
     *
     * @param id of the broker.
     */
    void start(final int id)
    {
        final Map<String, String> own = new TreeMap<>(properties);
        own.put("broker.id", Integer.toString(id));
        if (null != endpoints[id - 1])
        {
            own.put("listen", endpoints[id - 1]);
        }
        final String name = "broker-" + id;
        final BrokerProcess process = BrokerProcess.launch(
            workDir.resolve(name), workDir.resolve(name + "." + ++lives[id - 1] + ".log"), own, errors);
        processes[id - 1] = process;
        endpoints[id - 1] = process.uri().substring(UDP.length());
        publishPids();
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
                start(id);
            }
        }
        CloseHelper.closeAll(processes);
    }
}
