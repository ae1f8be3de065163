package io.epona.engine.cluster;

import io.epona.engine.EngineException;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What every broker is: a member of the cluster that tells its controller of its sessions. One thread. */
public final class ControllingMember implements Membership.Listener, Membership.LastLife, Controller.Listener
{
    private static final Uuid CLUSTER = new Uuid(1, 2);

    private final List<String> uncleanElections = new ArrayList<>();
    private final Coordination coordination;
    private final Membership membership;
    private final Controller controller;
    private final boolean wasComplete;
    private final boolean wasDurable;

    /**
     * @param coordination  of the broker.
     * @param id            of the broker.
     * @param membershipCtx what is special about the member.
     * @param controllerCtx what is special about the controller.
     * @param wasComplete   whether its last life left everything.
     * @param wasDurable    whether it left everything that was flushed.
     */
    public ControllingMember(
        final Coordination coordination,
        final int id,
        final MembershipContext membershipCtx,
        final Controller.Context controllerCtx,
        final boolean wasComplete,
        final boolean wasDurable)
    {
        this.coordination = coordination;
        this.wasComplete = wasComplete;
        this.wasDurable = wasDurable;
        membership = new Membership(
            membershipCtx.coordination(coordination).brokerId(id).dirId(new Uuid(id, 0)).newClusterId(CLUSTER)
                .lastLife(this),
            this);
        controller = new Controller(controllerCtx.coordination(coordination).brokerId(id), this);
    }

    public void step(final long nowNs)
    {
        coordination.poll();
        membership.doWork(nowNs);
        controller.doWork(nowNs);
    }

    public Coordination coordination()
    {
        return coordination;
    }

    public Membership membership()
    {
        return membership;
    }

    public Controller controller()
    {
        return controller;
    }

    /** A line for each: the partition, its leader and the leader epoch. */
    List<String> uncleanElections()
    {
        return uncleanElections;
    }

    @Override
    public boolean isComplete(final int brokerEpoch)
    {
        return wasComplete;
    }

    @Override
    public boolean isDurable(final int brokerEpoch)
    {
        return wasDurable;
    }

    @Override
    public void onClusterId(final Uuid clusterId)
    {
        assertEquals(CLUSTER, clusterId);
    }

    @Override
    public void onRegistered(final long sessionId, final int brokerEpoch)
    {
        controller.onRegistered(sessionId, brokerEpoch);
    }

    @Override
    public void onSession(final boolean isConnected)
    {
        controller.onSession(isConnected);
    }

    @Override
    public void onSessionLost()
    {
        controller.onSessionLost();
    }

    @Override
    public void onFatal(final EngineException reason)
    {
        throw reason;
    }

    @Override
    public void onController(final boolean isActive, final int controllerEpoch)
    {
        assertTrue(controllerEpoch > 0);
    }

    @Override
    public void onUncleanElection(final long topicId, final int partition, final int leader, final int leaderEpoch)
    {
        assertTrue(leader > 0 && leaderEpoch > 0);
        uncleanElections.add(topicId + "-" + partition + " " + leader + " " + leaderEpoch);
    }
}
