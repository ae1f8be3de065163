package io.epona.broker;

import io.epona.client.Admin;
import io.epona.client.EponaClient;
import io.epona.client.EponaException;
import io.epona.client.TopicDescription;
import io.epona.codecs.ResultCode;
import io.epona.coordination.EmbeddedZooKeeper;
import io.epona.coordination.TcpProxy;
import io.epona.engine.Engine;
import org.agrona.CloseHelper;
import org.apache.zookeeper.ZooKeeper;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * Brokers of one cluster in this JVM, each with its own data directory, ports and media driver, and a ZooKeeper server
 * beside them.
 */
final class TestBrokers implements AutoCloseable
{
    private static final int SESSION_TIMEOUT_MS = 2_000;

    private final Path dir;
    private final BrokerReports reports;
    private final List<Broker> brokers = new ArrayList<>();
    private final List<TcpProxy> ways = new ArrayList<>();
    private final Properties settings = new Properties();
    private IntFunction<Engine.Context> engines = (brokerId) -> new Engine.Context();
    private IntFunction<String> connectStrings = (brokerId) -> zooKeeper().connectString();
    private EmbeddedZooKeeper zooKeeper;
    private Path zooKeeperDir;
    private Profile profile = Profile.SHARED;
    /** A broker that is there and does not answer; -1 for none. */
    private int silent = -1;

    TestBrokers(final Path dir, final BrokerReports reports)
    {
        this.dir = dir;
        this.reports = reports;
        reports.tolerate("no ZooKeeper server");
        this.zooKeeperDir = dir.resolve("zookeeper");
        this.zooKeeper = EmbeddedZooKeeper.launch(zooKeeperDir, "127.0.0.1", 0);
        set("zookeeper.session.timeout.ms", Integer.toString(SESSION_TIMEOUT_MS));
    }

    /** A setting of brokers that start from now on. */
    void set(final String name, final String value)
    {
        settings.setProperty(name, value);
    }

    /** Clock and storage of brokers that start from now on, by their ids. */
    void engines(final IntFunction<Engine.Context> contexts)
    {
        engines = contexts;
    }

    /** Servers by which brokers that start from now on reach ZooKeeper, by their ids. */
    void connectStrings(final IntFunction<String> strings)
    {
        connectStrings = strings;
    }

    /**
     * Brokers that start from now on reach ZooKeeper by ways of their own.
     *
     * @param count of brokers.
     * @return their ways, by their ids; closed with this.
     */
    List<TcpProxy> waysToZooKeeper(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            ways.add(new TcpProxy(zooKeeper.port()));
        }
        connectStrings((brokerId) -> "127.0.0.1:" + ways.get(brokerId).port());
        return ways;
    }

    /** A broker does not answer until further notice: nobody asks it. */
    void silent(final int brokerId)
    {
        silent = brokerId;
    }

    /** Start ZooKeeper again on its port, with the data that it had. */
    void restartZooKeeper()
    {
        zooKeeper = EmbeddedZooKeeper.launch(zooKeeperDir, "127.0.0.1", zooKeeper.port());
    }

    /** ZooKeeper comes back on its port, and has forgotten everything. */
    void wipeZooKeeper()
    {
        zooKeeper.close();
        zooKeeperDir = dir.resolve("zookeeper-wiped");
        restartZooKeeper();
    }

    /** Layout of the threads of brokers that start from now on. */
    void profile(final Profile layout)
    {
        profile = layout;
    }

    /** Start broker number count. */
    Broker start()
    {
        brokers.add(null);
        return start(brokers.size() - 1);
    }

    /** Start a broker that was stopped. */
    Broker start(final int brokerId)
    {
        brokers.set(brokerId, reports.launch(context(brokerId)));
        return brokers.get(brokerId);
    }

    Broker.Context context(final int brokerId)
    {
        final Properties properties = new Properties();
        properties.putAll(settings);
        properties.setProperty("zookeeper.connect", connectStrings.apply(brokerId));
        properties.setProperty("broker.id", Integer.toString(brokerId));
        return new Broker.Context()
            .dataDir(dataDir(brokerId))
            .engineContext(engines.apply(brokerId))
            .listen("127.0.0.1", 0)
            .ipc(false)
            .profile(profile)
            .properties(properties);
    }

    Path dataDir(final int brokerId)
    {
        return dir.resolve("broker-" + brokerId);
    }

    Broker broker(final int brokerId)
    {
        return brokers.get(brokerId);
    }

    /** A controlled stop. */
    void stop(final int brokerId)
    {
        final Broker broker = brokers.set(brokerId, null);
        broker.close();
    }

    /** End a broker as if it crashed: no word to the others, no clean marker. Its session ends at once. */
    void kill(final int brokerId)
    {
        final Broker broker = brokers.set(brokerId, null);
        broker.closeAtOnce();
    }

    /** Wait until a broker has failed, and take away what is left of it. */
    Throwable awaitFailure(final int brokerId)
    {
        final Broker broker = brokers.get(brokerId);
        Await.until("failure of broker " + brokerId, () -> {}, () -> null != broker.failure());
        brokers.set(brokerId, null);
        return reports.closeFailed(broker);
    }

    EmbeddedZooKeeper zooKeeper()
    {
        return zooKeeper;
    }

    /** The session of a broker ends, as if it had been too slow. */
    void expireSession(final int brokerId) throws Exception
    {
        final ZooKeeper client = new ZooKeeper(zooKeeper.connectString(), SESSION_TIMEOUT_MS, (event) -> {});
        try
        {
            zooKeeper.expire(client.exists("/epona/brokers/ids/" + brokerId, false).getEphemeralOwner());
        }
        finally
        {
            client.close();
        }
    }

    /** A client that knows all brokers which run. */
    EponaClient connectToAll()
    {
        final String prefix = "epona:udp?endpoint=";
        return reports.connect(prefix + brokers.stream().filter(Objects::nonNull)
            .map((broker) -> broker.udpUri().substring(prefix.length())).collect(Collectors.joining(",")));
    }

    EponaClient connect(final int brokerId)
    {
        return reports.connect(broker(brokerId).udpUri());
    }

    /** Start so many brokers and create a topic that all of them hold, to be acknowledged by two at least. */
    int startWithTopic(final int count, final String topic)
    {
        for (int i = 0; i < count; i++)
        {
            start();
        }
        createTopic(topic, 1, count, "2");
        return awaitLeader(topic, 0, count);
    }

    /** Create a topic at whichever broker is the controller. */
    void createTopic(final String name, final int partitions, final int replicationFactor, final String minIsr)
    {
        createTopic(name, partitions, replicationFactor, Map.of("min.insync.replicas", minIsr));
    }

    void createTopic(
        final String name, final int partitions, final int replicationFactor, final Map<String, String> config)
    {
        request((admin) -> admin.createTopic(name, partitions, replicationFactor, config));
    }

    /** Delete a topic at whichever broker is the controller. */
    void deleteTopic(final String name)
    {
        request((admin) -> admin.deleteTopic(name));
    }

    private void request(final Consumer<Admin> request)
    {
        final boolean[] isDone = new boolean[1];
        Await.until(
            "a controller",
            () -> isDone[0] = brokers.stream().anyMatch(
                (broker) -> null != broker && tryRequest(broker, request)),
            () -> isDone[0]);
    }

    private boolean tryRequest(final Broker broker, final Consumer<Admin> request)
    {
        try (EponaClient client = reports.connect(broker.udpUri()))
        {
            request.accept(client.admin());
            return true;
        }
        catch (final EponaException ex)
        {
            if (ResultCode.NOT_CONTROLLER != ex.code())
            {
                throw ex;
            }
            return false;
        }
    }

    /** Wait until a partition is led, with so many replicas in sync, as its leader says. */
    int awaitLeader(final String topic, final int partition, final int inSync)
    {
        final int[] leader = { -1 };
        Await.until(
            "leader of " + topic + "-" + partition + " with " + inSync + " in sync",
            () -> leader[0] = findLeader(topic, partition, inSync),
            () -> leader[0] >= 0);
        return leader[0];
    }

    long topicId(final int brokerId, final String topic)
    {
        try (EponaClient client = connect(brokerId))
        {
            return client.admin().describeTopic(topic).topicId();
        }
    }

    /** The leader epoch of a partition, as its leader says. */
    int leaderEpoch(final int leader, final String topic, final int partition)
    {
        try (EponaClient client = connect(leader))
        {
            return client.admin().describeTopic(topic).partitions().get(partition).leaderEpoch();
        }
    }

    private int findLeader(final String topic, final int partition, final int inSync)
    {
        for (int i = 0; i < brokers.size(); i++)
        {
            if (null != brokers.get(i) && silent != i && isLeader(i, topic, partition, inSync))
            {
                return i;
            }
        }

        return -1;
    }

    /** Whether a broker leads a partition, with so many replicas in sync, as it says. */
    boolean isLeader(final int brokerId, final String topic, final int partition, final int inSync)
    {
        try (EponaClient client = connect(brokerId))
        {
            final TopicDescription.Partition state = client.admin().describeTopic(topic).partitions().get(partition);
            return state.leader() == brokerId &&
                inSync == state.replicas().stream().filter((replica) -> replica.isInSync()).count();
        }
        catch (final EponaException ex)
        {
            if (ResultCode.UNKNOWN_TOPIC != ex.code())
            {
                throw ex;
            }
            return false;
        }
    }

    @Override
    public void close()
    {
        for (int i = 0; i < brokers.size(); i++)
        {
            if (null != brokers.get(i))
            {
                stop(i);
            }
        }
        CloseHelper.closeAll(ways);
        CloseHelper.close(zooKeeper);
    }
}
