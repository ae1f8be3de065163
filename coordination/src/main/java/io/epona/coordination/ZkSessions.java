package io.epona.coordination;

import org.apache.curator.utils.ZookeeperFactory;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;

/**
 * Makes the client handles that Curator asks for, one after the other, and keeps the newest: this is how a session is
 * known at its source, in the order in which its own client thread hears of it.
 */
final class ZkSessions implements ZookeeperFactory
{
    private static final String SCHEME = "digest";

    private final Inbox inbox;
    private final byte[] digest;
    private volatile ZkSession latest;

    /**
     * @param inbox  for errors.
     * @param digest {@code USER:PASSWORD}, or null for none.
     */
    ZkSessions(final Inbox inbox, final byte[] digest)
    {
        this.inbox = inbox;
        this.digest = digest;
    }

    /**
     * @return the session of the newest handle, or null before the first. Any thread.
     */
    ZkSession latest()
    {
        return latest;
    }

    @Override
    public ZooKeeper newZooKeeper(
        final String connectString, final int sessionTimeout, final Watcher watcher, final boolean canBeReadOnly)
        throws Exception
    {
        final ZkSession session = new ZkSession();
        session.handle(new ZooKeeper(
            connectString,
            sessionTimeout,
            (event) ->
            {
                if (session.onEvent(event))
                {
                    inbox.onError(new IllegalStateException(
                        "ZooKeeper refused to authenticate this client: check the credentials in " +
                        CuratorCoordination.Context.CONNECT_PROPERTY));
                }
                watcher.process(event);
            },
            canBeReadOnly));
        if (null != digest)
        {
            // Before anybody sees the session: the server hears of the credentials before the first operation.
            session.handle().addAuthInfo(SCHEME, digest);
        }
        latest = session;

        return session.handle();
    }

    @Override
    public ZooKeeper newZooKeeper(
        final String connectString,
        final int sessionTimeout,
        final Watcher watcher,
        final boolean canBeReadOnly,
        final ZKClientConfig config)
        throws Exception
    {
        // Curator passes the configuration of its builder, which this module leaves unset.
        return newZooKeeper(connectString, sessionTimeout, watcher, canBeReadOnly);
    }
}
