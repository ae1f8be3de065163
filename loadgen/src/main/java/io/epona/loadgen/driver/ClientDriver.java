package io.epona.loadgen.driver;

import io.aeron.CommonContext;
import io.epona.broker.Broker;
import io.epona.broker.Profile;
import io.epona.client.EponaClient;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.BrokerPlace;
import io.epona.loadgen.scenario.Scenario.Composition;
import io.epona.loadgen.scenario.Scenario.EngineSpec;
import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * A broker, reached by the client library over {@code inproc}, {@code ipc} or {@code udp}. The client is always
 * invoked by the generator's thread; the broker is invoked there too, has a data thread of its own, or a process.
 */
final class ClientDriver implements LoadDriver
{
    private final Scenario scenario;
    private final EngineSpec engine;
    private final String transport;
    private final Path workDir;
    private final Topics topics;
    private final DataThreads threads = new DataThreads();
    private final ErrorLines errors = new ErrorLines();
    private Broker broker;
    private AgentInvoker brokerInvoker;
    private BrokerProcess process;
    private EponaClient client;
    private ClientPorts ports;
    private String uri;
    private String aeronDir;

    ClientDriver(final DriverContext ctx)
    {
        this.scenario = ctx.scenario();
        this.engine = scenario.engine();
        this.transport = scenario.driver().use();
        this.workDir = ctx.workDir();
        this.topics = new Topics(scenario.topology());
    }

    @Override
    public String name()
    {
        return transport;
    }

    @Override
    public void open()
    {
        try
        {
            if (BrokerPlace.PROCESS == engine.broker())
            {
                // Named here, so that it can be taken away after a broker that was killed, too.
                aeronDir = CommonContext.generateRandomDirName();
                final Map<String, String> properties = brokerProperties();
                properties.put("aeron.dir", aeronDir);
                process = BrokerProcess.launch(
                    workDir.resolve("broker"), workDir.resolve("broker.log"), properties, errors);
                uri = process.uri();
            }
            else
            {
                launchBroker();
            }

            client = EponaClient.connect(clientContext());
            ports = new ClientPorts(client, topics, engine);
            for (int i = 0; i < topics.count(); i++)
            {
                client.admin().createTopic(topics.name(i), topics.partitionsPerTopic(), engine.topic());
            }
        }
        catch (final RuntimeException ex)
        {
            throw new DriverException("the broker cannot be set up: " + ex.getMessage(), ex);
        }
    }

    private void launchBroker()
    {
        final boolean invoked = Composition.ONE_THREAD == engine.composition();
        final Broker.Context ctx = new Broker.Context()
            .dataDir(workDir.resolve("broker"))
            .listen("127.0.0.1", 0)
            .udp("udp".equals(transport))
            .ipc("ipc".equals(transport))
            .profile(Profile.SHARED)
            .invoked(invoked)
            .threadFactory(threads)
            .errorHandler(errors);
        final Properties properties = new Properties();
        properties.putAll(brokerProperties());
        ctx.properties(properties);
        broker = Broker.launch(ctx);
        if (invoked && !"inproc".equals(transport))
        {
            brokerInvoker = new AgentInvoker(BrokerAgent::fail, null, new BrokerAgent(broker));
            brokerInvoker.start();
        }
        uri = switch (transport)
        {
            case "inproc" -> broker.inprocUri();
            case "ipc" -> broker.ipcUri();
            default -> broker.udpUri();
        };
    }

    private Map<String, String> brokerProperties()
    {
        final Map<String, String> properties = new TreeMap<>();
        if (0 != engine.mtu())
        {
            properties.put("mtu", Integer.toString(engine.mtu()));
        }

        return properties;
    }

    private EponaClient.Context clientContext()
    {
        final EponaClient.Context ctx = new EponaClient.Context()
            .uri(uri)
            .clientId("loadgen")
            .errorHandler(errors)
            .invoked(true);
        if (null != brokerInvoker)
        {
            // One driver for both sides, and whoever waits for the driver runs the broker.
            ctx.mediaDriverInvoker(brokerInvoker).aeronDirectoryName(broker.aeronDirectoryName());
        }
        else if (Composition.ONE_THREAD == engine.composition() && null != broker)
        {
            ctx.brokerInvoker(broker::invoke);
        }
        if (0 != engine.mtu())
        {
            ctx.mtu(engine.mtu());
        }

        return ctx;
    }

    @Override
    public ProducerPort newProducer(final int producer, final AckSink acks)
    {
        return ports.newProducer(producer, acks);
    }

    @Override
    public ConsumerPort newConsumer(final int consumer, final int[] partitions, final RecordSink records)
    {
        return ports.newConsumer(partitions, records);
    }

    @Override
    public int invoke()
    {
        if (null != broker && null != broker.failure())
        {
            throw new DriverException("the broker failed: " + broker.failure(), broker.failure());
        }

        // The client invokes the broker as well, where both live on this thread.
        return client.invoke();
    }

    @Override
    public List<Thread> dataThreads()
    {
        return threads.carrying();
    }

    @Override
    public long remoteAllocatedBytes()
    {
        final BrokerProcess running = process;
        return null == running ? -1 : running.allocatedBytes();
    }

    @Override
    public List<Long> childProcesses()
    {
        final BrokerProcess running = process;
        return null == running ? List.of() : List.of(running.pid());
    }

    @Override
    public List<String> errors()
    {
        return errors.list();
    }

    @Override
    public Map<String, String> settings()
    {
        final Map<String, String> settings = new TreeMap<>(brokerProperties());
        settings.put("uri", null == uri ? "" : uri.replaceAll("dir=[^&]*", "dir=(private)"));
        settings.put("broker", engine.broker().text());
        settings.put("composition", engine.composition().text());

        return settings;
    }

    @Override
    public void close()
    {
        try
        {
            CloseHelper.closeAll(client, broker, process);
        }
        finally
        {
            if (null != aeronDir)
            {
                WorkDirs.remove(Path.of(aeronDir));
            }
            client = null;
            broker = null;
            process = null;
        }
    }

    /**
     * The whole invoked broker as an agent.
     */
    private static final class BrokerAgent implements Agent
    {
        private final Broker broker;

        private BrokerAgent(final Broker broker)
        {
            this.broker = broker;
        }

        @Override
        public int doWork()
        {
            return broker.invoke();
        }

        @Override
        public String roleName()
        {
            return "broker";
        }

        private static void fail(final Throwable failure)
        {
            throw new DriverException("the broker failed: " + failure, failure);
        }
    }
}
