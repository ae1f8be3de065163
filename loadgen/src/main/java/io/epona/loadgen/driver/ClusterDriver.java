package io.epona.loadgen.driver;

import io.epona.client.EponaClient;
import io.epona.loadgen.driver.Cluster.Layout;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.EngineSpec;
import io.epona.loadgen.scenario.Scenario.Fault;
import org.agrona.CloseHelper;
import org.agrona.concurrent.SystemNanoClock;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A cluster of {@link Scenario#CLUSTER_BROKERS} brokers and ZooKeeper, each in a process of its own. The client is
 * invoked by the generator's thread; the scenario's faults are done by a thread of their own.
 */
public final class ClusterDriver implements LoadDriver
{
    private final Scenario scenario;
    private final EngineSpec engine;
    private final Path workDir;
    private final Layout layout;
    private final Topics topics;
    private final ErrorLines errors = new ErrorLines();
    private final AckTimes acks;
    private volatile Cluster cluster;
    private EponaClient client;
    private ClientPorts ports;
    private volatile FaultRunner faults;
    private Thread faultThread;

    ClusterDriver(final DriverContext ctx)
    {
        this(ctx, layout(ctx.scenario()));
    }

    /**
     * @param ctx    of the run.
     * @param layout of the cluster.
     */
    public ClusterDriver(final DriverContext ctx, final Layout layout)
    {
        this.scenario = ctx.scenario();
        this.engine = scenario.engine();
        this.workDir = ctx.workDir();
        this.layout = layout;
        this.topics = new Topics(scenario.topology());
        this.acks = new AckTimes(scenario.topology().totalPartitions());
    }

    private static Layout layout(final Scenario scenario)
    {
        return new Layout(
            Scenario.CLUSTER_BROKERS,
            1,
            scenario.faults().stream().anyMatch((fault) -> Fault.PARTITION.equals(fault.action())),
            scenario.faults().stream().anyMatch((fault) -> Fault.UDP_LOSS.equals(fault.action())),
            Map.of());
    }

    @Override
    public String name()
    {
        return Scenario.CLUSTER;
    }

    @Override
    public void open()
    {
        try
        {
            final Map<String, String> properties = new TreeMap<>(layout.properties());
            if (0 != engine.mtu())
            {
                properties.put("mtu", Integer.toString(engine.mtu()));
            }
            cluster = new Cluster(
                new Layout(
                    layout.brokers(), layout.zooKeepers(), layout.hasNamespaces(), layout.hasLoss(), properties),
                topics, workDir, errors);
            cluster.start();
            // Before the client is there: it is invoked by this thread, which this may take seconds of.
            cluster.openStates();
            final EponaClient.Context ctx = new EponaClient.Context()
                .uri(cluster.uri())
                .clientId("loadgen")
                .errorHandler(errors)
                .invoked(true);
            if (0 != engine.mtu())
            {
                ctx.mtu(engine.mtu());
            }
            client = EponaClient.connect(ctx);
            for (int i = 0; i < topics.count(); i++)
            {
                client.admin().createTopic(
                    topics.name(i), topics.partitionsPerTopic(), engine.replication(), engine.topic());
            }
            ports = new ClientPorts(client, topics, engine);
        }
        catch (final RuntimeException ex)
        {
            throw new DriverException("the cluster cannot be set up: " + ex.getMessage(), ex);
        }
    }

    @Override
    public void start(final long t0Ns)
    {
        if (!scenario.faults().isEmpty())
        {
            faults = new FaultRunner(
                SystemNanoClock.INSTANCE, t0Ns, scenario.faults(), cluster, acks, scenario.seed());
            faultThread = new Thread(faults, "loadgen-faults");
            faultThread.start();
        }
    }

    /**
     * @return the cluster, once it is open. To be used by one thread, and only where the scenario has no faults.
     */
    public Cluster cluster()
    {
        return cluster;
    }

    /**
     * @return acknowledgements of its partitions; any thread.
     */
    public AckTimes acks()
    {
        return acks;
    }

    @Override
    public ProducerPort newProducer(final int producer, final AckSink sink)
    {
        return ports.newProducer(producer, (number, partition, firstSequence, count, code) ->
        {
            if (0 == code)
            {
                acks.onAck(partition, SystemNanoClock.INSTANCE.nanoTime());
            }
            else
            {
                acks.onRefused(count);
            }
            sink.onAck(number, partition, firstSequence, count, code);
        });
    }

    @Override
    public ConsumerPort newConsumer(final int consumer, final int[] partitions, final RecordSink records)
    {
        return ports.newConsumer(partitions, records);
    }

    @Override
    public int invoke()
    {
        final FaultRunner running = faults;
        if (null != running && null != running.failure())
        {
            throw new DriverException("a fault could not be done: " + running.failure(), running.failure());
        }

        return client.invoke();
    }

    @Override
    public List<Long> childProcesses()
    {
        final Cluster running = cluster;
        return null == running ? List.of() : running.pids();
    }

    @Override
    public List<String> errors()
    {
        return errors.list();
    }

    @Override
    public List<Outage> outages()
    {
        final FaultRunner done = faults;
        return null == done ? List.of() : done.outages();
    }

    @Override
    public Map<String, String> settings()
    {
        final Map<String, String> settings = new TreeMap<>();
        settings.put("brokers", Integer.toString(layout.brokers()));
        settings.put("replication", Integer.toString(engine.replication()));
        settings.put("composition", engine.composition().text());
        settings.put("mtu", 0 == engine.mtu() ? "default" : Integer.toString(engine.mtu()));

        return settings;
    }

    @Override
    public void close()
    {
        if (null != faultThread)
        {
            faults.stop();
            try
            {
                faultThread.join();
            }
            catch (final InterruptedException ex)
            {
                Thread.currentThread().interrupt();
            }
            faultThread = null;
        }
        try
        {
            CloseHelper.closeAll(client, cluster);
        }
        finally
        {
            client = null;
            cluster = null;
        }
    }
}
