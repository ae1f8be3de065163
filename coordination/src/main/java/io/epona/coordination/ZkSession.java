package io.epona.coordination;

import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.ZooKeeper;

/**
 * One ZooKeeper client handle, which is one session from its first connection to its end.
 * <p>
 * {@link #onEvent} is the ZooKeeper client's threads'; the rest is the owner's. The state is kept, not queued: however
 * often a connection comes and goes between two polls, it takes no memory.
 */
final class ZkSession
{
    enum State
    {
        /** Never connected. */
        CONNECTING,
        CONNECTED,
        SUSPENDED,
        /** The last state. */
        EXPIRED
    }

    private volatile State state = State.CONNECTING;
    private volatile int connectCount;
    private volatile boolean isRootCreated;
    private volatile String refusedPath;
    private ZooKeeper handle;
    private boolean isOver;

    /**
     * A client thread hears of the connection.
     *
     * @param event of any type.
     * @return whether authentication failed, which is for people to hear.
     */
    boolean onEvent(final WatchedEvent event)
    {
        if (EventType.None != event.getType() || State.EXPIRED == state)
        {
            return false;
        }

        switch (event.getState())
        {
            case SyncConnected ->
            {
                // The state first: who has seen the count sees the state of that connection, or a later one.
                state = State.CONNECTED;
                connectCount = connectCount + 1;
            }
            case Expired, Closed -> state = State.EXPIRED;
            case Disconnected -> state = State.SUSPENDED;
            case AuthFailed ->
            {
                state = State.SUSPENDED;
                return true;
            }
            default ->
            {
                // Read-only connections are not asked for; the others do not concern the session.
            }
        }

        return false;
    }

    void onRootCreated()
    {
        isRootCreated = true;
    }

    boolean isRootCreated()
    {
        return isRootCreated;
    }

    /**
     * A client thread hears that a node is not for the credentials of this client.
     *
     * @param rc   of an answer.
     * @param path of the node.
     */
    void onAnswer(final int rc, final String path)
    {
        if (Code.NOAUTH.intValue() == rc)
        {
            refusedPath = path;
        }
    }

    /**
     * @return the last node that is not for this client, or null.
     */
    String refusedPath()
    {
        return refusedPath;
    }

    State state()
    {
        return state;
    }

    /**
     * @return number of connections so far. Read it before the state.
     */
    int connectCount()
    {
        return connectCount;
    }

    /**
     * @param handle of this session; set once, before the session is published.
     */
    void handle(final ZooKeeper handle)
    {
        this.handle = handle;
    }

    ZooKeeper handle()
    {
        return handle;
    }

    /**
     * The owner gives the session up: a call that has no answer yet is lost.
     */
    void end()
    {
        isOver = true;
    }

    boolean isOver()
    {
        return isOver;
    }
}
