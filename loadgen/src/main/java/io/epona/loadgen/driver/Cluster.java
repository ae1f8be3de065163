package io.epona.loadgen.driver;

import io.epona.engine.cluster.PartitionState;
import org.agrona.CloseHelper;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A cluster of brokers with its ZooKeeper, all in processes of their own, and what can be done to them.
 * <p>
 * Owned by one thread at a time: the generator's, and that of the faults in between. {@link #pids()} for any.
 */
public final class Cluster implements AutoCloseable
{
    private static final String LOCALHOST = "127.0.0.1";

    private final Topics topics;
    private final ErrorLines errors;
    private final ZooKeepers zooKeepers;
    private final ClusterBrokers brokers;
    private final Namespaces namespaces;
    private final int zooKeeperHost;
    private volatile List<Long> zooKeeperPids = List.of();
    private ClusterStates states;

    /**
     * What a cluster is made of.
     *
     * @param brokers       with ids from 1.
     * @param zooKeepers    servers: 1, or 3 and more for an ensemble.
     * @param hasNamespaces whether every broker and ZooKeeper is on a host of its own, which can be cut off.
     * @param hasLoss       whether frames can be lost.
     * @param properties    of the brokers, beside what this class sets.
     */
    public record Layout(
        int brokers, int zooKeepers, boolean hasNamespaces, boolean hasLoss, Map<String, String> properties)
    {
    }

    /**
     * Start ZooKeeper; no broker is started yet.
     *
     * @param layout  of the cluster.
     * @param topics  that will be looked at.
     * @param workDir for data and output.
     * @param errors  for what the processes report as errors.
     */
    Cluster(final Layout layout, final Topics topics, final Path workDir, final ErrorLines errors)
    {
        this.topics = topics;
        this.errors = errors;
        zooKeeperHost = layout.brokers() + 1;
        namespaces = layout.hasNamespaces() ? new Namespaces(zooKeeperHost) : null;
        zooKeepers = new ZooKeepers(
            layout.zooKeepers(), workDir, address(zooKeeperHost), prefix(zooKeeperHost));
        zooKeepers.start();
        zooKeepers.awaitQuorum();
        zooKeeperPids = zooKeepers.pids();
        final Map<String, String> properties = new TreeMap<>(layout.properties());
        properties.put("zookeeper.connect", zooKeepers.connectString());
        if (layout.hasLoss())
        {
            properties.put(BrokerChild.LOSSY, "true");
        }
        brokers = new ClusterBrokers(
            IntStream.rangeClosed(1, layout.brokers()).mapToObj(this::address).toList(), this::prefix, workDir,
            properties, errors);
    }

    private String address(final int host)
    {
        return null == namespaces ? LOCALHOST : namespaces.address(host);
    }

    private List<String> prefix(final int host)
    {
        return null == namespaces ? List.of() : namespaces.prefix(host);
    }

    /** Start all brokers, and wait until they serve. */
    void start()
    {
        brokers.start();
    }

    /** Begin to look at what the cluster agrees on. Does not block. */
    void openStates()
    {
        states = new ClusterStates(zooKeepers.connectString(), topics, errors);
    }

    /**
     * @return states of all partitions by their global numbers; null where ZooKeeper does not tell now.
     */
    public List<PartitionState> states()
    {
        return states.read();
    }

    /**
     * @return number of brokers.
     */
    public int count()
    {
        return brokers.count();
    }

    /**
     * Kill a broker (SIGKILL), and wait until it is gone.
     *
     * @param id of the broker.
     */
    public void kill(final int id)
    {
        brokers.kill(id);
    }

    /**
     * Start a broker that does not run. Does not wait until it serves.
     *
     * @param id of the broker.
     */
    public void begin(final int id)
    {
        brokers.begin(id);
    }

    /**
     * Wait until a broker that was started serves.
     *
     * @param id of the broker.
     */
    public void awaitReady(final int id)
    {
        brokers.awaitReady(id);
    }

    /**
     * Stop a broker in order, and wait until it is gone.
     *
     * @param id of the broker.
     */
    public void stop(final int id)
    {
        brokers.stop(id);
    }

    /**
     * Let a broker stand still (SIGSTOP).
     *
     * @param id of the broker.
     */
    public void pause(final int id)
    {
        brokers.child(id).pause();
    }

    /**
     * Let a broker go on (SIGCONT).
     *
     * @param id of the broker.
     */
    public void resume(final int id)
    {
        brokers.child(id).resume();
    }

    /**
     * From now on a broker does not get a share of the frames that are sent to it.
     *
     * @param id    of the broker.
     * @param share 0 to 1; 0 ends it.
     * @param seed  of the draw.
     */
    public void lose(final int id, final double share, final long seed)
    {
        brokers.child(id).command(BrokerChild.LOSE + share + ' ' + seed);
    }

    /**
     * Let ZooKeeper end a broker's session as if it had expired.
     *
     * @param id of the broker.
     * @throws DriverException where it has none.
     */
    public void expire(final int id)
    {
        final long sessionId = states.session(id);
        if (0 == sessionId)
        {
            throw new DriverException("broker " + id + " has no session that could expire");
        }
        zooKeepers.expire(sessionId);
    }

    /**
     * Cut a broker off from all others.
     *
     * @param id of the broker.
     */
    public void cutFromBrokers(final int id)
    {
        IntStream.rangeClosed(1, count()).filter((other) -> other != id).forEach((other) -> namespaces.cut(id, other));
    }

    /**
     * A broker that was cut off from all others is so no longer.
     *
     * @param id of the broker.
     */
    public void healFromBrokers(final int id)
    {
        IntStream.rangeClosed(1, count()).filter((other) -> other != id).forEach((other) -> namespaces.heal(id, other));
    }

    /**
     * Cut a broker off from ZooKeeper.
     *
     * @param id of the broker.
     */
    public void cutFromZooKeeper(final int id)
    {
        namespaces.cut(id, zooKeeperHost);
    }

    /**
     * A broker that was cut off from ZooKeeper is so no longer.
     *
     * @param id of the broker.
     */
    public void healFromZooKeeper(final int id)
    {
        namespaces.heal(id, zooKeeperHost);
    }

    /**
     * Kill one server of ZooKeeper, and wait until it is gone.
     *
     * @param index of the server, from 0.
     */
    public void killZooKeeper(final int index)
    {
        zooKeepers.kill(index);
        zooKeeperPids = zooKeepers.pids();
    }

    /**
     * Start a server of ZooKeeper that does not run, and wait until all of them serve.
     *
     * @param index of the server, from 0.
     */
    public void startZooKeeper(final int index)
    {
        zooKeepers.start(index);
        zooKeepers.awaitQuorum();
        zooKeeperPids = zooKeepers.pids();
    }

    /**
     * @return index of the server that leads the ensemble, negative where none does.
     */
    public int zooKeeperLeader()
    {
        return zooKeepers.leader();
    }

    /**
     * @param id of the broker.
     * @return its data.
     */
    public Path dataDir(final int id)
    {
        return brokers.dataDir(id);
    }

    String uri()
    {
        return brokers.uri();
    }

    List<Long> pids()
    {
        final List<Long> pids = new ArrayList<>(brokers.pids());
        pids.addAll(zooKeeperPids);

        return pids;
    }

    @Override
    public void close()
    {
        CloseHelper.closeAll(states, brokers, zooKeepers, namespaces);
    }
}
