package io.epona.simulator;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Operation;

import java.util.List;

/**
 * Lets time pass in the world of a coordination while it is polled.
 */
final class PolledWorld implements Coordination
{
    /** Long enough for an answer, so that one poll suffices. */
    private static final long STEP_NS = 100 * World.MS;

    private final World world;
    private final Coordination coordination;

    PolledWorld(final World world, final Coordination coordination)
    {
        this.world = world;
        this.coordination = coordination;
    }

    @Override
    public void read(final String path, final NodeHandler handler)
    {
        coordination.read(path, handler);
    }

    @Override
    public void children(final String path, final ChildrenHandler handler)
    {
        coordination.children(path, handler);
    }

    @Override
    public void multi(final List<Operation> operations, final ChangeHandler handler)
    {
        coordination.multi(operations, handler);
    }

    @Override
    public void watch(final String path, final WatchListener listener)
    {
        coordination.watch(path, listener);
    }

    @Override
    public void sessionListener(final SessionListener listener)
    {
        coordination.sessionListener(listener);
    }

    @Override
    public long sessionId()
    {
        return coordination.sessionId();
    }

    @Override
    public int poll()
    {
        world.runUntil(world.nowNs() + STEP_NS);
        return coordination.poll();
    }

    @Override
    public void close()
    {
        coordination.close();
    }
}
