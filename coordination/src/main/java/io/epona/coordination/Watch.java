package io.epona.coordination;

import io.epona.engine.cluster.Coordination.WatchListener;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.AsyncCallback.VoidCallback;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;

/**
 * A persistent recursive watch that is placed again on every session.
 * <p>
 * {@link #process} and {@link #processResult} are the ZooKeeper client's threads', the rest is the owner's.
 */
final class Watch implements Watcher, VoidCallback
{
    private final String root;
    private final String path;
    private final WatchListener listener;
    private final Inbox inbox;
    private volatile ZkSession placedOn;

    Watch(final String root, final String path, final WatchListener listener, final Inbox inbox)
    {
        this.root = root;
        this.path = path;
        this.listener = listener;
        this.inbox = inbox;
    }

    String path()
    {
        return path;
    }

    WatchListener listener()
    {
        return listener;
    }

    /**
     * Place the watch unless this session is known to have it. What is read after this call on the same session cannot
     * miss a later change.
     *
     * @param session that is connected.
     */
    void place(final ZkSession session)
    {
        if (session != placedOn)
        {
            session.handle().addWatch(root + path, this, AddWatchMode.PERSISTENT_RECURSIVE, this, session);
        }
    }

    @Override
    public void process(final WatchedEvent event)
    {
        if (EventType.None != event.getType() && null != event.getPath())
        {
            inbox.onChanged(this, event.getPath().substring(root.length()));
        }
    }

    @Override
    public void processResult(final int rc, final String watchedPath, final Object context)
    {
        final Code code = Outcomes.code(rc);
        switch (code)
        {
            case OK -> placedOn = (ZkSession)context;
            case CONNECTIONLOSS, SESSIONEXPIRED ->
            {
                // Placed again with the next connection.
            }
            default -> inbox.onError(KeeperException.create(code, watchedPath));
        }
    }
}
