package io.epona.simulator;

import io.epona.engine.node.NodeContext;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The brokers of a world, and what lies between them.
 * <p>
 * Owned by the thread of its world.
 */
public final class SimCluster
{
    private final World world;
    private final SimZooKeeper ensemble;
    private final SimNetwork network;
    private final UnaryOperator<NodeContext> settings;
    private final List<SimBroker> brokers = new ArrayList<>();

    /**
     * Brokers with the ids from 1 on, of which none runs yet.
     *
     * @param world    in which they are.
     * @param count    number of brokers.
     * @param zk       settings of the ensemble.
     * @param net      settings of the network.
     * @param settings laid over the context of each process: the planted bug, marks, settings of topics.
     * @param listener of all that they do.
     */
    public SimCluster(
        final World world,
        final int count,
        final ZkSettings zk,
        final NetSettings net,
        final UnaryOperator<NodeContext> settings,
        final BrokerListener listener)
    {
        this.world = world;
        this.ensemble = new SimZooKeeper(world, zk);
        this.network = new SimNetwork(world, net);
        this.settings = settings;
        for (int i = 1; i <= count; i++)
        {
            brokers.add(new SimBroker(this, i, listener));
        }
    }

    NodeContext configure(final NodeContext context)
    {
        return settings.apply(context);
    }

    /**
     * @return the world.
     */
    public World world()
    {
        return world;
    }

    /**
     * @return the ensemble that the brokers coordinate by; a broker's host is its id as text.
     */
    public SimZooKeeper ensemble()
    {
        return ensemble;
    }

    /**
     * @return the network between the brokers.
     */
    public SimNetwork network()
    {
        return network;
    }

    /**
     * @return number of brokers.
     */
    public int brokerCount()
    {
        return brokers.size();
    }

    /**
     * @param id from 1 on.
     * @return the broker.
     */
    public SimBroker broker(final int id)
    {
        return brokers.get(id - 1);
    }

    /**
     * @return all brokers, by id.
     */
    public List<SimBroker> brokers()
    {
        return List.copyOf(brokers);
    }
}
