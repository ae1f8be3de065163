package io.epona.broker.cli.cluster;

import io.epona.engine.cluster.AdminRequests;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.PartitionState;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which partitions get which replicas, in which order of preference, where a broker is drained, and where it gets its
 * share back. One thread, once.
 */
final class ReplicaMoves
{
    private final ClusterState cluster;
    private final int brokerId;
    /** Of the brokers that run. */
    private final Map<Integer, Integer> replicaCounts = new TreeMap<>();
    private final Map<Integer, Integer> preferredCounts = new TreeMap<>();

    /**
     * @param cluster  as it is.
     * @param brokerId of the broker.
     */
    ReplicaMoves(final ClusterState cluster, final int brokerId)
    {
        this.cluster = cluster;
        this.brokerId = brokerId;
        cluster.brokers().values().stream().filter(ClusterState.Broker::isRunning).forEach(
            (broker) ->
            {
                replicaCounts.put(broker.brokerId(), 0);
                preferredCounts.put(broker.brokerId(), 0);
            });
        for (final ClusterState.Partition partition : cluster.partitions())
        {
            final List<Integer> replicas = partition.state().replicas();
            replicas.forEach((id) -> count(replicaCounts, id, 1));
            if (!replicas.isEmpty())
            {
                count(preferredCounts, replicas.get(0), 1);
            }
        }
    }

    private static void count(final Map<Integer, Integer> counts, final int id, final int change)
    {
        counts.computeIfPresent(id, (key, count) -> count + change);
    }

    /**
     * @param areReplicasMoved whether it gives its replicas away too, to others that run and do not hold the partition.
     * @return requests by which the broker is preferred nowhere.
     */
    List<Operation> away(final boolean areReplicasMoved)
    {
        replicaCounts.remove(brokerId);
        final List<Operation> moves = new ArrayList<>();
        for (final ClusterState.Partition partition : cluster.partitions())
        {
            if (partition.state().replicas().contains(brokerId) && isSettled(partition))
            {
                add(moves, partition, without(partition, areReplicasMoved));
            }
        }

        return moves;
    }

    private static boolean isSettled(final ClusterState.Partition partition)
    {
        final PartitionState state = partition.state();
        return state.adding().isEmpty() && state.removing().isEmpty();
    }

    private static void add(
        final List<Operation> moves, final ClusterState.Partition partition, final List<Integer> target)
    {
        if (!target.equals(partition.state().replicas()))
        {
            moves.add(AdminRequests.reassign(partition.topicId(), partition.partition(), target));
        }
    }

    /** Who runs and is in sync comes first, in the former order, then who else holds it, then who is drained. */
    private List<Integer> without(final ClusterState.Partition partition, final boolean areReplicasMoved)
    {
        final List<Integer> replicas = partition.state().replicas();
        final List<Integer> target = new ArrayList<>();
        replicas.stream()
            .filter((id) -> id != brokerId && replicaCounts.containsKey(id) && partition.isInSync(id))
            .forEach(target::add);
        replicas.stream().filter((id) -> id != brokerId && !target.contains(id)).forEach(target::add);
        final Integer other = areReplicasMoved ? replicaCounts.keySet().stream()
            .filter((id) -> !replicas.contains(id))
            .min(Comparator.comparing((final Integer id) -> replicaCounts.get(id))).orElse(null) : null;
        target.add(null == other ? brokerId : other);
        if (null != other)
        {
            count(replicaCounts, other, 1);
        }

        return target;
    }

    /**
     * @param areReplicasMoved whether it gets replicas too, from the brokers that hold most.
     * @return requests by which the broker, which runs, is preferred for its share of the partitions.
     */
    List<Operation> back(final boolean areReplicasMoved)
    {
        final int replicaShare = replicaCounts.values().stream().mapToInt((count) -> count).sum() /
            replicaCounts.size();
        final int preferredShare = cluster.partitions().size() / preferredCounts.size();
        final List<Operation> moves = new ArrayList<>();
        for (final ClusterState.Partition partition : cluster.partitions())
        {
            if (partition.state().replicas().isEmpty() || !isSettled(partition))
            {
                continue;
            }
            final List<Integer> target = new ArrayList<>(partition.state().replicas());
            if (areReplicasMoved && !target.contains(brokerId) && replicaCounts.get(brokerId) < replicaShare)
            {
                replaceOne(target);
            }
            final int place = target.indexOf(brokerId);
            if (place > 0 && preferredCounts.get(brokerId) < preferredShare &&
                preferredCounts.getOrDefault(target.get(0), Integer.MAX_VALUE) > preferredCounts.get(brokerId))
            {
                count(preferredCounts, target.get(0), -1);
                count(preferredCounts, brokerId, 1);
                Collections.rotate(target.subList(0, place + 1), 1);
            }
            add(moves, partition, target);
        }

        return moves;
    }

    /** It comes last: whether it is to be preferred is decided next. */
    private void replaceOne(final List<Integer> target)
    {
        final Integer giver = target.stream().filter(replicaCounts::containsKey)
            .max(Comparator.comparing((final Integer id) -> replicaCounts.get(id))).orElse(null);
        if (null != giver && replicaCounts.get(giver) > replicaCounts.get(brokerId) + 1)
        {
            final int former = target.get(0);
            target.remove(giver);
            target.add(brokerId);
            count(preferredCounts, former, -1);
            count(preferredCounts, target.get(0), 1);
            count(replicaCounts, giver, -1);
            count(replicaCounts, brokerId, 1);
        }
    }
}
