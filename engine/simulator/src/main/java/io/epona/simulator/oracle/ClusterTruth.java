package io.epona.simulator.oracle;

import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;

import java.util.Map;
import java.util.TreeMap;

/**
 * What the coordination tree says of brokers and controller at this moment, as its writes are applied.
 * <p>
 * Owned by the thread of its world.
 */
final class ClusterTruth
{
    private static final int NONE = -1;

    private static final class BrokerTruth
    {
        int brokerEpoch = NONE;
        int cleanSince;
        int durableSince;
        int registeredEpoch = NONE;
        boolean isRunning;
        boolean isAlive;
    }

    private final Map<Integer, BrokerTruth> brokers = new TreeMap<>();
    private int controllerEpoch = NONE;
    private int controllerId = NONE;

    private BrokerTruth broker(final int brokerId)
    {
        return brokers.computeIfAbsent(brokerId, (id) -> new BrokerTruth());
    }

    void onControllerEpoch(final int brokerId, final int epoch)
    {
        controllerId = brokerId;
        controllerEpoch = epoch;
    }

    void onBrokerEpoch(final int brokerId, final int brokerEpoch, final int cleanSince, final int durableSince)
    {
        final BrokerTruth broker = broker(brokerId);
        broker.brokerEpoch = brokerEpoch;
        broker.cleanSince = cleanSince;
        broker.durableSince = durableSince;
    }

    void onRegistration(final int brokerId, final int brokerEpoch, final boolean isRunning)
    {
        final BrokerTruth broker = broker(brokerId);
        broker.registeredEpoch = brokerEpoch;
        broker.isRunning = isRunning;
    }

    void onUnregistered(final int brokerId)
    {
        onRegistration(brokerId, NONE, false);
    }

    void onProcess(final int brokerId, final boolean isAlive)
    {
        broker(brokerId).isAlive = isAlive;
    }

    boolean isAlive(final int brokerId)
    {
        return broker(brokerId).isAlive;
    }

    int brokerEpoch(final int brokerId)
    {
        return broker(brokerId).brokerEpoch;
    }

    int registeredEpoch(final int brokerId)
    {
        return broker(brokerId).registeredEpoch;
    }

    /**
     * @return whether this life is registered and not stopping.
     */
    boolean isRunning(final Member member)
    {
        final BrokerTruth broker = broker(member.brokerId());

        return broker.isRunning && broker.registeredEpoch == member.brokerEpoch();
    }

    /**
     * @return whether an entry may be elected, by the rule of the protocol.
     */
    boolean isEligible(final Member member, final boolean isGroupFsync)
    {
        final BrokerTruth broker = broker(member.brokerId());
        return NONE != broker.registeredEpoch && broker.isRunning &&
            member.brokerEpoch() >= (isGroupFsync ? broker.durableSince : broker.cleanSince);
    }

    /**
     * @return null where a writer may change a state, else why not.
     */
    String refusal(final int writerId, final PartitionState before, final PartitionState after)
    {
        final boolean isLeaderWrite = null != before && writerId == before.leader() &&
            before.controllerEpoch() == after.controllerEpoch() &&
            (before.leaderEpoch() == after.leaderEpoch() || PartitionState.NONE == after.leader());
        if (isLeaderWrite && brokerEpoch(writerId) == before.leaderBrokerEpoch())
        {
            return null;
        }
        if (after.controllerEpoch() != controllerEpoch)
        {
            return "controller epoch " + after.controllerEpoch() + ", current is " + controllerEpoch;
        }
        if (writerId != controllerId)
        {
            return isLeaderWrite ? "the leader's life is " + before.leaderBrokerEpoch() + ", broker " + writerId +
                " is in " + brokerEpoch(writerId) : "broker " + writerId + " is neither leader nor controller";
        }

        return null;
    }
}
