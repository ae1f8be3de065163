package io.epona.coordination;

import io.epona.engine.cluster.Coordination.ChildrenHandler;
import io.epona.engine.cluster.Coordination.Status;
import org.apache.zookeeper.AsyncCallback.Children2Callback;
import org.apache.zookeeper.data.Stat;

import java.util.List;

/**
 * A list of the children of one node.
 */
final class ChildrenCall extends Call implements Children2Callback
{
    private final ChildrenHandler handler;
    private Status status;
    private List<String> children = List.of();

    ChildrenCall(final ZkSession session, final ChildrenHandler handler)
    {
        super(session);
        this.handler = handler;
    }

    static ChildrenCall refused(final Status status, final ChildrenHandler handler)
    {
        final ChildrenCall call = new ChildrenCall(null, handler);
        call.status = status;
        call.answered();

        return call;
    }

    @Override
    public void processResult(
        final int rc, final String path, final Object context, final List<String> names, final Stat stat)
    {
        note(rc, path);
        status = Outcomes.ofRead(rc);
        if (Status.OK == status)
        {
            children = names.stream().sorted().toList();
        }
        answered();
    }

    @Override
    void deliver()
    {
        handler.onChildren(status, children);
    }

    @Override
    void deliverLost()
    {
        handler.onChildren(Status.SESSION_EXPIRED, List.of());
    }
}
