package io.epona.simulator.oracle;

import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.NodeValues.BrokerLives;
import io.epona.engine.cluster.NodeValues.Registration;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.local.NodeTree.Node;
import io.epona.simulator.SimZooKeeper;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/**
 * Tells the oracle of the writes of the coordination tree, in their order, and counts what they mean.
 * <p>
 * Owned by the thread of its world.
 */
public final class TreeWatch implements SimZooKeeper.Observer
{
    private static final int NONE = PartitionState.NONE;

    private final SimZooKeeper zooKeeper;
    private final ToIntFunction<String> brokerIds;
    private final Oracle oracle;
    private final Map<String, TopicRecord> topics = new TreeMap<>();
    private long leaderChanges;
    private long uncleanElections;
    private long registrations;
    private long uncleanRegistrations;
    private long controllerChanges;
    private long shrinks;
    private long expansions;

    /**
     * @param zooKeeper whose tree it is; to be given this as an observer.
     * @param brokerIds id of the broker on a host.
     * @param oracle    to tell.
     */
    public TreeWatch(final SimZooKeeper zooKeeper, final ToIntFunction<String> brokerIds, final Oracle oracle)
    {
        this.zooKeeper = zooKeeper;
        this.brokerIds = brokerIds;
        this.oracle = oracle;
    }

    @Override
    public void onWrite(
        final long zxid,
        final String host,
        final long sessionId,
        final List<Operation> operations,
        final Status status)
    {
        if (Status.OK != status)
        {
            return;
        }
        for (final Operation operation : operations)
        {
            if (Operation.Kind.CHECK != operation.kind())
            {
                onChange(brokerIds.applyAsInt(host), operation.path(), zooKeeper.node(operation.path()));
            }
        }
    }

    private void onChange(final int writerId, final String path, final Node node)
    {
        final String[] parts = path.split("/");
        if (Paths.CONTROLLER.equals(path) && null != node)
        {
            controllerChanges++;
            oracle.onControllerEpoch(
                writerId, NodeValues.decodeControllerClaim(path, node.value()).controllerEpoch());
        }
        else if (4 == parts.length && path.startsWith(Paths.BROKER_EPOCHS + "/") && null != node)
        {
            onBrokerEpoch(Integer.parseInt(parts[3]), path, node);
        }
        else if (4 == parts.length && path.startsWith(Paths.BROKER_IDS + "/"))
        {
            onRegistration(Integer.parseInt(parts[3]), path, node);
        }
        else if (3 == parts.length && path.startsWith(Paths.TOPICS + "/"))
        {
            if (null == node)
            {
                topics.remove(parts[2]);
            }
            else
            {
                topics.put(parts[2], NodeValues.decodeTopic(path, node.value()));
            }
        }
        else if (4 == parts.length && path.startsWith(Paths.STATE + "/"))
        {
            onState(writerId, Long.parseLong(parts[2]), Integer.parseInt(parts[3]), path, node);
        }
    }

    private void onBrokerEpoch(final int brokerId, final String path, final Node node)
    {
        final BrokerLives lives = NodeValues.decodeBrokerLives(path, node.value());
        registrations++;
        if (lives.cleanSince() == node.version() && node.version() > 1)
        {
            uncleanRegistrations++;
        }
        oracle.onBrokerEpoch(brokerId, node.version(), lives.cleanSince(), lives.durableSince());
    }

    private void onRegistration(final int brokerId, final String path, final Node node)
    {
        if (null == node)
        {
            oracle.onRegistration(brokerId, NONE, false);
        }
        else
        {
            final Registration registration = NodeValues.decodeRegistration(path, node.value());
            oracle.onRegistration(brokerId, registration.brokerEpoch(), registration.isRunning());
        }
    }

    private void onState(
        final int writerId, final long topicId, final int partition, final String path, final Node node)
    {
        final PartitionState before = oracle.state(topicId, partition);
        final PartitionState after = null == node ? null : NodeValues.decodeState(path, node.value());
        if (null != before && null != after)
        {
            leaderChanges += NONE != after.leader() && before.leaderEpoch() != after.leaderEpoch() ? 1 : 0;
            uncleanElections += after.lastUncleanEpoch() > before.lastUncleanEpoch() ? 1 : 0;
            shrinks += after.isr().size() < before.isr().size() ? 1 : 0;
            expansions += after.isr().size() > before.isr().size() ? 1 : 0;
        }
        oracle.onState(writerId, topicId, partition, after);
    }

    /**
     * @return topics that exist, by name.
     */
    public Map<String, TopicRecord> topics()
    {
        return topics;
    }

    /**
     * @return elections of a leader, but for the first one of each partition.
     */
    public long leaderChanges()
    {
        return leaderChanges;
    }

    /**
     * @return elections that may have lost records.
     */
    public long uncleanElections()
    {
        return uncleanElections;
    }

    /**
     * @return lives of brokers.
     */
    public long registrations()
    {
        return registrations;
    }

    /**
     * @return lives that began without being able to rule out a loss.
     */
    public long uncleanRegistrations()
    {
        return uncleanRegistrations;
    }

    /**
     * @return controllers one after the other.
     */
    public long controllerChanges()
    {
        return controllerChanges;
    }

    /**
     * @return changes by which members left.
     */
    public long shrinks()
    {
        return shrinks;
    }

    /**
     * @return changes by which members came.
     */
    public long expansions()
    {
        return expansions;
    }
}
