package io.epona.simulator.workload;

import io.epona.engine.log.PartitionLog;
import io.epona.engine.node.ClusterNode;
import io.epona.engine.node.NodePhase;
import io.epona.engine.replica.Replica;
import io.epona.engine.replica.Role;
import io.epona.simulator.BrokerListener;
import io.epona.simulator.SimBroker;
import io.epona.simulator.SimCluster;
import io.epona.simulator.World;
import io.epona.simulator.oracle.Invariant;
import io.epona.simulator.oracle.NodeReplicaView;
import io.epona.simulator.oracle.Oracle;
import io.epona.simulator.oracle.StaleMessages;
import org.agrona.DirectBuffer;

import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Stands between brokers, oracle and clients: shows the oracle each replica that changed, and keeps for each process
 * what serves clients in it.
 * <p>
 * Owned by the thread of its world.
 */
final class BrokerWatch implements BrokerListener, Cluster, Progress.Brokers
{
    private static final long PUSH_NS = 3 * World.MS;
    /** Far above what a handful of producers can have in flight. */
    private static final int PARKED_MAX = 10_000;

    private static final class Process
    {
        ClusterNode node;
        BrokerFront front;
        final Map<Long, NodeReplicaView> views = new TreeMap<>();
    }

    private final Oracle oracle;
    private final StaleMessages staleMessages;
    private final Process[] processes;
    private SimCluster cluster;
    private boolean isStorageLost;
    private boolean isRotten;
    private long errors;
    private Throwable crash;

    BrokerWatch(final Oracle oracle, final int brokers)
    {
        this.oracle = oracle;
        this.staleMessages = new StaleMessages(oracle);
        this.processes = new Process[brokers + 1];
    }

    void cluster(final SimCluster watched)
    {
        cluster = watched;
    }

    boolean isStorageLost()
    {
        return isStorageLost;
    }

    long errors()
    {
        return errors;
    }

    Throwable crash()
    {
        return crash;
    }

    // Of the brokers

    @Override
    public void onStarted(final int brokerId, final ClusterNode node)
    {
        final Process process = new Process();
        process.node = node;
        process.front = new BrokerFront(node, cluster.broker(brokerId).clock()::nowNs, new Appends(brokerId, process));
        processes[brokerId] = process;
        oracle.onStarted(brokerId);
        schedulePush(brokerId, process);
    }

    private void schedulePush(final int brokerId, final Process process)
    {
        cluster.world().after(PUSH_NS, "front.push", () ->
        {
            if (process == processes[brokerId])
            {
                cluster.broker(brokerId).read("push", process.front::push);
                schedulePush(brokerId, process);
            }
        });
    }

    @Override
    public void onEnded(final int brokerId, final boolean isInOrder)
    {
        processes[brokerId] = null;
        oracle.onEnded(brokerId);
    }

    @Override
    public void onCycle(final int brokerId, final ClusterNode node)
    {
        final Process process = processes[brokerId];
        if (null == process || process.node != node)
        {
            return;
        }
        for (final PartitionLog log : node.logs())
        {
            final Replica replica = node.shard().replica(log.topicId(), log.partition());
            if (null != replica)
            {
                view(brokerId, process, replica);
            }
        }
        final Iterator<NodeReplicaView> views = process.views.values().iterator();
        while (views.hasNext())
        {
            final NodeReplicaView view = views.next();
            if (view.replica() != node.shard().replica(view.topicId(), view.partition()))
            {
                if (view.hasChanged())
                {
                    // What it committed in the cycle that ended it is committed.
                    oracle.observe(brokerId, view);
                }
                oracle.onReplicaClosed(brokerId, view.topicId(), view.partition());
                views.remove();
            }
            else if (view.hasChanged())
            {
                oracle.observe(brokerId, view);
            }
        }
    }

    @Override
    public void beforeMessage(final int brokerId, final DirectBuffer buffer, final int index)
    {
        if (null != processes[brokerId])
        {
            staleMessages.before(processes[brokerId].views.values(), buffer, index);
        }
    }

    @Override
    public void afterMessage(final int brokerId, final int senderId)
    {
        staleMessages.after(senderId);
    }

    private static long key(final long topicId, final int partition)
    {
        return topicId << 16 | partition;
    }

    private void view(final int brokerId, final Process process, final Replica replica)
    {
        final long key = key(replica.topicId(), replica.partition());
        final NodeReplicaView known = process.views.get(key);
        if (null == known)
        {
            process.views.put(
                key, new NodeReplicaView(replica, process.node::brokerEpoch, cluster.broker(brokerId).disk()));
        }
    }

    @Override
    public void onAppendDecided(
        final int brokerId,
        final long topicId,
        final int partition,
        final long correlationId,
        final int code,
        final int leaderEpoch,
        final long baseOffset)
    {
        final Process process = processes[brokerId];
        if (null != process)
        {
            process.front.onAppendDecided(topicId, partition, correlationId, code, leaderEpoch, baseOffset);
        }
    }

    @Override
    public void onError(final int brokerId, final Throwable error)
    {
        errors++;
    }

    @Override
    public void onCrash(final int brokerId, final Throwable error)
    {
        crash = null == crash ? error : crash;
        oracle.verdicts().check(Invariant.ASSERTION, false, () -> "broker " + brokerId + " threw " + error);
    }

    @Override
    public void onStorageLost(final int brokerId)
    {
        isStorageLost = true;
        oracle.onStorageLost();
    }

    @Override
    public boolean isRotten()
    {
        return isRotten;
    }

    void onRot(final int brokerId)
    {
        isRotten = true;
        onStorageLost(brokerId);
    }

    /** Tells the oracle of appends and of what became of them. */
    private final class Appends implements BrokerFront.Watcher
    {
        private final int brokerId;
        private final Process process;

        private Appends(final int brokerId, final Process process)
        {
            this.brokerId = brokerId;
            this.process = process;
        }

        @Override
        public void note(final Supplier<String> line)
        {
            if (cluster.world().trace().isRead())
            {
                cluster.world().trace().note("  " + brokerId + line.get());
            }
        }

        @Override
        public void onTaken(final long topicId, final int partition)
        {
            final boolean isHere = null != process.node.shard().replica(topicId, partition);
            oracle.verdicts().check(
                Invariant.I18, isHere,
                () -> "broker " + brokerId + " took a batch for topic " + topicId + ", which it does not have");
        }

        @Override
        public void onParked(final long topicId, final int partition, final long correlationId)
        {
            final Replica replica = process.node.shard().replica(topicId, partition);
            oracle.onParked(brokerId, correlationId, null == replica ? -1 : replica.leaderEpoch());
        }

        @Override
        public void onLatest(final long topicId, final int partition, final int leaderEpoch, final long offset)
        {
            oracle.onLatest(topicId, partition, leaderEpoch, offset);
        }

        @Override
        public void onDecided(
            final long topicId,
            final int partition,
            final long correlationId,
            final int code,
            final int leaderEpoch,
            final long baseOffset)
        {
            final NodeReplicaView view = process.views.get(key(topicId, partition));
            if (0 == code && null != view)
            {
                oracle.onCompleted(brokerId, view, correlationId, leaderEpoch, baseOffset);
            }
            else
            {
                oracle.onFailed(brokerId, correlationId);
            }
        }
    }

    /** What the replicas of a broker are like. */
    String describe(final int brokerId)
    {
        final StringBuilder text = new StringBuilder();
        for (final NodeReplicaView view : processes[brokerId].views.values())
        {
            final Replica replica = view.replica();
            text.append(replica.topicId()).append('-').append(replica.partition()).append(": ").append(replica.role())
                .append(" in ").append(replica.leaderEpoch()).append(", ").append(replica.logStart()).append(" to ")
                .append(replica.logEnd()).append(", committed ").append(replica.highWatermark()).append(' ')
                .append(replica.effectiveIsr()).append("; ");
        }

        return text.toString();
    }

    /** Compare everything that a broker holds with what was seen of it. */
    void audit(final int brokerId)
    {
        final Process process = processes[brokerId];
        if (null != process && NodePhase.RUNNING == process.node.phase())
        {
            for (final NodeReplicaView view : process.views.values())
            {
                // One that faulted is seen no more: what goes by age, or is left of a cut, is nobody's.
                if (Role.FAULTED != view.replica().role())
                {
                    oracle.audit(brokerId, view);
                }
                oracle.onHeld("parked appends", view.replica().parkedCount(), PARKED_MAX);
            }
            oracle.onHeld("unanswered requests", process.front.pendingCount(), PARKED_MAX);
        }
    }

    // For clients

    @Override
    public BrokerFront front(final int brokerId)
    {
        return null == processes[brokerId] ? null : processes[brokerId].front;
    }

    @Override
    public boolean isResponsive(final int brokerId)
    {
        return cluster.broker(brokerId).isResponsive();
    }

    @Override
    public void run(final int brokerId, final String what, final Runnable action)
    {
        cluster.broker(brokerId).run(what, action);
    }

    @Override
    public int brokerCount()
    {
        return processes.length - 1;
    }

    // For who asks how far the cluster has come

    @Override
    public int controllers()
    {
        final Set<Integer> ids = new HashSet<>();
        for (int id = 1; id < processes.length; id++)
        {
            if (null != processes[id] && processes[id].node.isController())
            {
                ids.add(id);
            }
        }

        return ids.size();
    }

    /** A broker that takes itself for the controller and can be asked, or -1. */
    int controllerId()
    {
        for (int id = 1; id < processes.length; id++)
        {
            final SimBroker broker = cluster.broker(id);
            if (null != processes[id] && processes[id].node.isController() && broker.isResponsive())
            {
                return id;
            }
        }

        return -1;
    }

    ClusterNode controller()
    {
        final int id = controllerId();
        return id < 0 ? null : processes[id].node;
    }

    @Override
    public NodeReplicaView view(final int brokerId, final long topicId, final int partition)
    {
        return null == processes[brokerId] ? null : processes[brokerId].views.get(key(topicId, partition));
    }
}
