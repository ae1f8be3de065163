package io.epona.loadgen.driver;

import io.epona.client.EponaClient;
import io.epona.coordination.EmbeddedZooKeeper;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.EngineSpec;
import org.agrona.CloseHelper;
import org.agrona.concurrent.SystemNanoClock;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A cluster of {@link Scenario#CLUSTER_BROKERS} brokers, each in a process of its own, with ZooKeeper in this one. The
 * client is invoked by the generator's thread; the scenario's faults are done by a thread of their own.
 */
final class ClusterDriver implements LoadDriver
{
    private static final String HOST = "127.0.0.1";

    private final Scenario scenario;
    private final EngineSpec engine;
    private final Path workDir;
    private final Topics topics;
    private final ErrorLines errors = new ErrorLines();
    private final AtomicLongArray ackTimesNs;
    private EmbeddedZooKeeper zooKeeper;
    private volatile ClusterBrokers brokers;
    private EponaClient client;
    private ClientPorts ports;
    private ClusterStates states;
    private volatile FaultRunner faults;
    private Thread faultThread;

    ClusterDriver(final DriverContext ctx)
    {
        this.scenario = ctx.scenario();
        this.engine = scenario.engine();
        this.workDir = ctx.workDir();
        this.topics = new Topics(scenario.topology());
        this.ackTimesNs = new AtomicLongArray(scenario.topology().totalPartitions());
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
            zooKeeper = EmbeddedZooKeeper.launch(workDir.resolve("zookeeper"), HOST, 0);
            brokers = new ClusterBrokers(Scenario.CLUSTER_BROKERS, workDir, brokerProperties(), errors);
            brokers.start();
            final EponaClient.Context ctx = new EponaClient.Context()
                .uri(brokers.uri())
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
            states = scenario.faults().isEmpty() ? null :
                new ClusterStates(zooKeeper.connectString(), topics, errors);
        }
        catch (final RuntimeException ex)
        {
            throw new DriverException("the cluster cannot be set up: " + ex.getMessage(), ex);
        }
    }

    private Map<String, String> brokerProperties()
    {
        final Map<String, String> properties = new TreeMap<>();
        properties.put("zookeeper.connect", zooKeeper.connectString());
        if (0 != engine.mtu())
        {
            properties.put("mtu", Integer.toString(engine.mtu()));
        }

        return properties;
    }

    @Override
    public void start(final long t0Ns)
    {
        if (null != states)
        {
            faults = new FaultRunner(
                SystemNanoClock.INSTANCE, t0Ns, scenario.faults(), brokers, states, ackTimesNs);
            faultThread = new Thread(faults, "loadgen-faults");
            faultThread.start();
        }
    }

    @Override
    public ProducerPort newProducer(final int producer, final AckSink acks)
    {
        return ports.newProducer(producer, (number, partition, firstSequence, count, code) ->
        {
            if (0 == code)
            {
                ackTimesNs.lazySet(partition, SystemNanoClock.INSTANCE.nanoTime());
            }
            acks.onAck(number, partition, firstSequence, count, code);
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
        final ClusterBrokers running = brokers;
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
        settings.put("brokers", Integer.toString(Scenario.CLUSTER_BROKERS));
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
            CloseHelper.closeAll(states, client, brokers, zooKeeper);
        }
        finally
        {
            states = null;
            client = null;
            brokers = null;
            zooKeeper = null;
        }
    }
}
