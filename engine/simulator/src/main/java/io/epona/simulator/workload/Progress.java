package io.epona.simulator.workload;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.cluster.TopicRecord;
import io.epona.simulator.oracle.NodeReplicaView;
import io.epona.simulator.oracle.Oracle;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Whether a cluster in which nothing goes wrong any more has become whole.
 * <p>
 * Owned by the thread of its world.
 */
final class Progress
{
    /** What of the brokers it looks at. */
    interface Brokers
    {
        /** Number of brokers that take themselves for the controller. */
        int controllers();

        /** Whether a bit of a disk turned over. */
        boolean isRotten();

        /** The replica of a broker, or null. */
        NodeReplicaView view(int brokerId, long topicId, int partition);
    }

    private final Scenario scenario;
    private final Oracle oracle;
    private final Brokers brokers;
    private final BooleanSupplier mayBeOffline;
    private int offline;

    /**
     * @param mayBeOffline whether a partition may be without leader where no entry of it is eligible: where storage was
     *                     lost, or a life ended before it was written down, and not otherwise.
     */
    Progress(final Scenario scenario, final Oracle oracle, final Brokers brokers, final BooleanSupplier mayBeOffline)
    {
        this.scenario = scenario;
        this.oracle = oracle;
        this.brokers = brokers;
        this.mayBeOffline = mayBeOffline;
    }

    /**
     * @return partitions that were without leader and might be, of the last check.
     */
    int offline()
    {
        return offline;
    }

    /**
     * @param topics    that exist.
     * @param wanted    names of those that should.
     * @param producers of the workload.
     * @param consumers of the workload.
     * @return null where all is well, else what is still missing.
     */
    String missing(
        final Map<String, TopicRecord> topics,
        final Set<String> wanted,
        final SimProducer[] producers,
        final SimConsumer[] consumers)
    {
        offline = 0;
        if (1 != brokers.controllers())
        {
            return brokers.controllers() + " controllers";
        }
        if (!topics.keySet().equals(new HashSet<>(wanted)))
        {
            return "topics are " + topics.keySet() + ", wanted are " + wanted;
        }
        for (int slot = 0; slot < scenario.topics() * scenario.partitions(); slot++)
        {
            final TopicRecord topic = topics.get(scenario.topicName(slot / scenario.partitions()));
            final String missing = null == topic ? null :
                ofPartition(topic.topicId(), slot % scenario.partitions(), slot, consumers);
            if (null != missing)
            {
                return missing;
            }
        }
        for (int i = 0; i < producers.length && 0 == offline; i++)
        {
            if (producers[i].unsettled() > 0)
            {
                return "producer " + i + " waits for " + producers[i].unsettled() + " records";
            }
        }

        return null;
    }

    private String ofPartition(
        final long topicId, final int partition, final int slot, final SimConsumer[] consumers)
    {
        final String name = "topic " + topicId + " partition " + partition;
        final PartitionState state = oracle.state(topicId, partition);
        if (null == state)
        {
            return name + " has no state";
        }
        if (PartitionState.NONE == state.leader())
        {
            if (mayBeOffline.getAsBoolean() && !isElectable(state))
            {
                offline++;
                return null;
            }
            return name + " has no leader: " + state;
        }
        if (state.isr().size() < state.replicas().size() || !state.elr().isEmpty() || state.recovering() ||
            !state.adding().isEmpty() || !state.removing().isEmpty())
        {
            return name + " is not whole: " + state;
        }

        final NodeReplicaView leader = brokers.view(state.leader(), topicId, partition);
        if (null == leader || !leader.isLeader())
        {
            return name + ": broker " + state.leader() + " does not lead";
        }
        for (final int replica : state.replicas())
        {
            final NodeReplicaView view = brokers.view(replica, topicId, partition);
            if (null == view || view.logEnd() != leader.logEnd() || view.highWatermark() != leader.logEnd())
            {
                return name + ": the leader ends at " + leader.logEnd() + ", broker " + replica +
                    (null == view ? " has no replica" :
                    " at " + view.logEnd() + ", its high watermark is " + view.highWatermark());
            }
        }
        for (int i = 0; i < consumers.length; i++)
        {
            // Who is handed a damaged batch sees it, and has nobody to tell.
            if (!consumers[i].hasRead(slot, topicId, leader.logEnd()) &&
                !(brokers.isRotten() && consumers[i].isStuckAtDamage(slot)))
            {
                return name + ": consumer " + i + " has not read up to " + leader.logEnd() + ": " +
                    consumers[i].describe(slot);
            }
        }

        return null;
    }

    private boolean isElectable(final PartitionState state)
    {
        boolean isElectable = false;
        for (final Member member : state.isr())
        {
            isElectable |= oracle.isEligible(member, state.groupFsync());
        }
        for (final Member member : state.elr())
        {
            isElectable |= oracle.isEligible(member, state.groupFsync());
        }

        return isElectable;
    }
}
