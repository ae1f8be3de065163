package io.epona.coordination;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs;

/**
 * The cluster's node and the path to it. Whatever is asked for on a session after {@link #make} comes to the server
 * behind the creations. What lies on the way may be shared with others and is open; the cluster's node is not, where
 * the client has credentials.
 * <p>
 * Made and called by the owner; the answers come on ZooKeeper's client threads.
 */
final class ClusterRoot
{
    private static final byte[] NO_VALUE = new byte[0];

    private final String root;
    private final boolean hasCredentials;
    private final Inbox inbox;

    /**
     * @param root           path of the cluster's node.
     * @param hasCredentials of this client.
     * @param inbox          for errors.
     */
    ClusterRoot(final String root, final boolean hasCredentials, final Inbox inbox)
    {
        this.root = root;
        this.hasCredentials = hasCredentials;
        this.inbox = inbox;
    }

    String path()
    {
        return root;
    }

    /**
     * Make the node where it does not exist, as far as this is not known.
     *
     * @param session that is connected.
     */
    void make(final ZkSession session)
    {
        if (session.isRootCreated())
        {
            return;
        }

        for (int slash = root.indexOf('/', 1); slash > 0; slash = root.indexOf('/', slash + 1))
        {
            // Whether this was needed, and allowed, shows at the last one.
            session.handle().create(
                root.substring(0, slash), NO_VALUE, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT,
                ClusterRoot::ignore, null);
        }
        session.handle().create(
            root, NO_VALUE, Requests.acl(hasCredentials), CreateMode.PERSISTENT,
            (rc, path, context, name) -> onCreated(session, Outcomes.code(rc)), null);
    }

    private static void ignore(final int rc, final String path, final Object context, final String name)
    {
        // See make.
    }

    private void onCreated(final ZkSession session, final Code code)
    {
        switch (code)
        {
            case OK, NODEEXISTS -> session.onRootCreated();
            case CONNECTIONLOSS, SESSIONEXPIRED ->
            {
                // Tried again with the next connection.
            }
            // Who may not create a node, or one above it, may still use one that is there.
            case NOAUTH, NONODE -> session.handle().exists(
                root, false, (rc, path, context, stat) -> onLooked(session, Outcomes.code(rc)), null);
            default -> inbox.onError(KeeperException.create(code, root));
        }
    }

    private void onLooked(final ZkSession session, final Code code)
    {
        switch (code)
        {
            case OK -> session.onRootCreated();
            case CONNECTIONLOSS, SESSIONEXPIRED ->
            {
                // Tried again with the next connection.
            }
            default -> inbox.onError(new EngineException(
                ResultCode.NOT_AUTHORIZED,
                "ZooKeeper does not let this client create " + root + ": check the credentials in " +
                CuratorCoordination.Context.CONNECT_PROPERTY + ", or have the node created with access for them"));
        }
    }
}
