package io.epona.coordination;

import io.epona.engine.cluster.Coordination.NodeHandler;
import io.epona.engine.cluster.Coordination.Status;
import org.apache.zookeeper.AsyncCallback.DataCallback;
import org.apache.zookeeper.data.Stat;

/**
 * A read of one node.
 */
final class ReadCall extends Call implements DataCallback
{
    private static final byte[] NO_VALUE = new byte[0];

    private final NodeHandler handler;
    private Status status;
    private byte[] value;
    private int version = -1;
    private long ephemeralOwner;

    ReadCall(final ZkSession session, final NodeHandler handler)
    {
        super(session);
        this.handler = handler;
    }

    static ReadCall refused(final Status status, final NodeHandler handler)
    {
        final ReadCall call = new ReadCall(null, handler);
        call.status = status;
        call.answered();

        return call;
    }

    @Override
    public void processResult(
        final int rc, final String path, final Object context, final byte[] data, final Stat stat)
    {
        note(rc, path);
        status = Outcomes.ofRead(rc);
        if (Status.OK == status)
        {
            value = null == data ? NO_VALUE : data;
            version = stat.getVersion();
            ephemeralOwner = stat.getEphemeralOwner();
        }
        answered();
    }

    @Override
    void deliver()
    {
        handler.onNode(status, value, version, ephemeralOwner);
    }

    @Override
    void deliverLost()
    {
        handler.onNode(Status.SESSION_EXPIRED, null, -1, 0);
    }
}
