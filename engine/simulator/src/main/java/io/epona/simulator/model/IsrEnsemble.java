package io.epona.simulator.model;

import io.epona.engine.cluster.BrokerRecord;
import io.epona.engine.cluster.PartitionReconciler;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.replica.Marks;
import io.epona.engine.replica.ProtocolMutation;
import io.epona.simulator.model.IsrNode.Role;
import io.epona.simulator.model.IsrNode.Stage;
import io.epona.simulator.model.IsrNode.Write;

/**
 * What the coordination of {@link IsrModel} does with writes and registrations. Each changes a state that is being
 * made. Immutable.
 */
final class IsrEnsemble
{
    private final IsrRules rules;
    private final int powers;

    /**
     * @param rules  of the brokers.
     * @param powers restarts that may find their log cut, at the beginning.
     */
    IsrEnsemble(final IsrRules rules, final int powers)
    {
        this.rules = rules;
        this.powers = powers;
    }

    void register(final IsrState next, final int id, final boolean isClean, final boolean isDamaged)
    {
        final BrokerRecord broker = next.brokers[id];
        final IsrNode node = next.nodes[id];
        final int life = broker.brokerEpoch() + 1;
        next.brokers[id] = new BrokerRecord(
            id, life, isClean ? broker.cleanSince() : life, isDamaged ? life : broker.durableSince(), true, true);
        next.lose(id);
        node.life = life;
        node.wish = null;
        node.isMatched = false;
        if (Role.LEADER == node.role && !rules.is(IsrWrong.FORMER_LIFE_LEADS))
        {
            rules.become(node, Role.WAITING);
        }
        node.forget();
        next.look();
    }

    /** What the coordination does with an attempt. */
    Stage write(final IsrState next, final Write write)
    {
        if (write.version() != next.version)
        {
            return Stage.MOVED;
        }
        final boolean isSelfChecked = null != write.self() && !rules.is(IsrWrong.SELF_IS_NOT_CHECKED);
        if (isSelfChecked && !isAlive(next, write.self()) || null != write.checked() && !isAlive(next, write.checked()))
        {
            return Stage.REFUSED;
        }

        if (null != write.self() && !isAlive(next, write.self()))
        {
            next.broken = "I13";
        }
        for (final Member member : write.next().isr())
        {
            if (!next.partition.isr().contains(member) && !isAlive(next, member))
            {
                next.broken = "I14";
            }
        }
        if (write.next().lastUncleanEpoch() != next.partition.lastUncleanEpoch())
        {
            electUnclean(next, write.next().leader());
        }
        next.partition = write.next();
        next.version++;
        next.dropDead();

        return Stage.APPLIED;
    }

    private static boolean isAlive(final IsrState state, final Member member)
    {
        return state.brokers[member.brokerId()].brokerEpoch() == member.brokerEpoch();
    }

    /** What is committed is from then on what the elected one has of it. */
    private void electUnclean(final IsrState next, final int leader)
    {
        final int end = IsrRules.common(next.nodes[leader].log, next.committed);
        if (end < next.committed.length() && powers == next.left.powers())
        {
            next.broken = "I10";
        }
        next.committed = next.committed.substring(0, end);
    }

    static PartitionState reconcile(final PartitionState state, final BrokerRecord[] brokers)
    {
        return new PartitionReconciler((id) -> brokers[id], Marks.NONE, ProtocolMutation.NONE).reconcile(state, 1);
    }
}
