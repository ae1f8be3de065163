package io.epona.simulator.model;

import io.epona.engine.cluster.BrokerRecord;
import io.epona.engine.cluster.PartitionState;
import io.epona.simulator.model.IsrNode.Stage;
import io.epona.simulator.model.IsrNode.Wish;
import io.epona.simulator.model.IsrNode.Write;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A state of {@link IsrModel}. Changed only while a step makes its copy.
 */
final class IsrState
{
    /**
     * What may go wrong still.
     *
     * @param kills   processes that may be killed.
     * @param powers  of them, restarts that may find their log cut.
     * @param expires sessions that may end under a living process.
     * @param losses  connections that may break with an answer under way.
     * @param leaders changes of mind of leaders: members that are shrunk, and resignations.
     * @param delays  decisions of the controller on what brokers were.
     */
    record Budget(int kills, int powers, int expires, int losses, int leaders, int delays)
    {
    }

    private static final int FIXED_PARTS = 6;
    private static final int NODE_PARTS = 3;

    int version;
    PartitionState partition;
    final BrokerRecord[] brokers;
    /** What the controller knows of them. */
    final BrokerRecord[] seen;
    final IsrNode[] nodes;
    /** Write of the controller that is under way, or null. */
    Write decision;
    /** Attempts whose connection broke, and that may be applied yet. */
    List<Write> late = List.of();
    /** What any leader ever took for committed. */
    String committed = "";
    Budget left;
    String broken;

    IsrState(final int count)
    {
        brokers = new BrokerRecord[count];
        seen = new BrokerRecord[count];
        nodes = new IsrNode[count];
    }

    IsrState copy()
    {
        final IsrState copy = new IsrState(nodes.length);
        copy.version = version;
        copy.partition = partition;
        System.arraycopy(brokers, 0, copy.brokers, 0, brokers.length);
        System.arraycopy(seen, 0, copy.seen, 0, seen.length);
        System.arraycopy(nodes, 0, copy.nodes, 0, nodes.length);
        copy.decision = decision;
        copy.late = late;
        copy.committed = committed;
        copy.left = left;
        copy.broken = broken;
        return copy;
    }

    /** A copy with a node that may be changed. */
    IsrState copyFor(final int broker)
    {
        final IsrState copy = copy();
        copy.nodes[broker] = nodes[broker].copy();
        return copy;
    }

    IsrState left(
        final int kills, final int powers, final int expires, final int losses, final int leaders, final int delays)
    {
        left = new Budget(
            left.kills - kills, left.powers - powers, left.expires - expires, left.losses - losses,
            left.leaders - leaders, left.delays - delays);
        return this;
    }

    boolean isRegistered(final int broker)
    {
        return brokers[broker].isRegistered() && brokers[broker].brokerEpoch() == nodes[broker].life;
    }

    /** What the controller sees is of interest only where it may still decide on something old. */
    void look()
    {
        if (0 == left.delays())
        {
            System.arraycopy(brokers, 0, seen, 0, brokers.length);
        }
    }

    /** The connection of a broker breaks: an attempt that is under way may be applied yet. */
    void lose(final int broker)
    {
        final Wish wish = nodes[broker].wish;
        if (null != wish && Stage.ISSUED == wish.stage() && wish.write().version() == version &&
            !late.contains(wish.write()))
        {
            final List<Write> changed = new ArrayList<>(late);
            changed.add(wish.write());
            late = List.copyOf(changed);
        }
    }

    /** What can never be applied any more makes no difference. */
    void dropDead()
    {
        late = late.stream().filter((write) -> write.version() == version).toList();
    }

    Object[] parts()
    {
        final Object[] parts = new Object[FIXED_PARTS + NODE_PARTS * nodes.length];
        parts[0] = List.of(version, broken == null ? "" : broken);
        parts[1] = partition;
        parts[2] = decision;
        parts[3] = late;
        parts[4] = committed;
        parts[5] = left;
        for (int i = 0; i < nodes.length; i++)
        {
            parts[FIXED_PARTS + NODE_PARTS * i] = brokers[i];
            parts[FIXED_PARTS + NODE_PARTS * i + 1] = seen[i];
            parts[FIXED_PARTS + NODE_PARTS * i + 2] = nodes[i];
        }

        return parts;
    }

    @SuppressWarnings("unchecked")
    static IsrState of(final Object[] parts)
    {
        final IsrState state = new IsrState((parts.length - FIXED_PARTS) / NODE_PARTS);
        final List<Object> head = (List<Object>)parts[0];
        state.version = (Integer)head.get(0);
        state.broken = ((String)head.get(1)).isEmpty() ? null : (String)head.get(1);
        state.partition = (PartitionState)parts[1];
        state.decision = (Write)parts[2];
        state.late = (List<Write>)parts[3];
        state.committed = (String)parts[4];
        state.left = (Budget)parts[5];
        for (int i = 0; i < state.nodes.length; i++)
        {
            state.brokers[i] = (BrokerRecord)parts[FIXED_PARTS + NODE_PARTS * i];
            state.seen[i] = (BrokerRecord)parts[FIXED_PARTS + NODE_PARTS * i + 1];
            state.nodes[i] = (IsrNode)parts[FIXED_PARTS + NODE_PARTS * i + 2];
        }

        return state;
    }

    @Override
    public String toString()
    {
        return "version " + version + " " + partition + " committed '" + committed + "' brokers " +
            Arrays.toString(brokers) + " nodes " + Arrays.toString(nodes) + " decision " + decision + " late " + late +
            " " + left;
    }
}
