package io.epona.simulator.model;

import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.simulator.model.IsrNode.Role;

import java.util.ArrayList;
import java.util.List;

/**
 * What must hold in every state of {@link IsrModel}; the names are those of the simulator's oracle.
 */
final class IsrInvariants
{
    private IsrInvariants()
    {
    }

    static String broken(final IsrState state)
    {
        if (!isOneLeaderInAnEpoch(state))
        {
            return "I1";
        }
        if (!areLogsMatching(state))
        {
            return "I3";
        }
        if (!areCandidatesComplete(state))
        {
            return "I5";
        }

        if (!isQuorumCovered(state))
        {
            return "I6";
        }

        return isLeadershipWanted(state) ? null : "RESIGN";
    }

    private static boolean isOneLeaderInAnEpoch(final IsrState state)
    {
        for (int i = 0; i < state.nodes.length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (state.nodes[i].isLeading() && state.nodes[j].isLeading() &&
                    state.nodes[i].epoch == state.nodes[j].epoch)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static boolean areLogsMatching(final IsrState state)
    {
        for (int i = 0; i < state.nodes.length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                final String one = state.nodes[i].log;
                final String other = state.nodes[j].log;
                for (int end = IsrRules.common(one, other); end < Math.min(one.length(), other.length()); end++)
                {
                    if (one.charAt(end) == other.charAt(end))
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    private static boolean areCandidatesComplete(final IsrState state)
    {
        final List<Member> candidates = new ArrayList<>(state.partition.isr());
        candidates.addAll(state.partition.elr());
        for (final Member member : candidates)
        {
            if (member.brokerEpoch() >= state.brokers[member.brokerId()].cleanSince() &&
                !state.nodes[member.brokerId()].log.startsWith(state.committed))
            {
                return false;
            }
        }

        return true;
    }

    /** The leader of the state's epoch waits for everybody who may be elected, however old what it knows. */
    private static boolean isQuorumCovered(final IsrState state)
    {
        final PartitionState partition = state.partition;
        if (PartitionState.NONE == partition.leader() || partition.isr().size() < partition.minIsr())
        {
            return true;
        }
        final IsrNode leader = state.nodes[partition.leader()];

        return !leader.isLeading() || leader.epoch != partition.leaderEpoch() ||
            leader.life != partition.leaderBrokerEpoch() || leader.effectiveIsr().containsAll(partition.isr());
    }

    /** Nobody leads in the epoch that it asks to end. */
    private static boolean isLeadershipWanted(final IsrState state)
    {
        for (final IsrNode node : state.nodes)
        {
            if (node.isLeading() && null != node.wish && node.wish.op() instanceof PartitionOp.Resign &&
                node.wish.write().next().leaderEpoch() > node.epoch)
            {
                return false;
            }
        }

        return true;
    }

    /** Everybody runs, nothing is under way, and all are in sync, or nobody can lead. */
    static boolean isSettled(final IsrState state, final boolean isControllerDone)
    {
        final PartitionState partition = state.partition;
        if (!isControllerDone || null != state.decision)
        {
            return false;
        }
        for (int i = 0; i < state.nodes.length; i++)
        {
            if (!state.nodes[i].isUp || !state.isRegistered(i) || null != state.nodes[i].wish)
            {
                return false;
            }
        }
        if (PartitionState.NONE == partition.leader())
        {
            return true;
        }

        final IsrNode leader = state.nodes[partition.leader()];
        return Role.LEADER == leader.role && leader.version == state.version &&
            partition.isr().size() == partition.replicas().size() &&
            partition.isr().stream().allMatch(
                (member) -> state.brokers[member.brokerId()].brokerEpoch() == member.brokerEpoch());
    }
}
