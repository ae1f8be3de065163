package io.epona.coordination;

import io.epona.engine.cluster.Operation;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.ACL;

import java.util.ArrayList;
import java.util.List;

/**
 * Puts the engine's paths and operations into ZooKeeper's words, below the root of the cluster. Immutable: any thread.
 */
final class Requests
{
    private static final int OPERATION_OVERHEAD = 64;
    private static final int DEFAULT_MAX_LENGTH = 0xf_ffff;

    private final String root;
    private final List<ACL> acl;
    private final int maxLength = Integer.getInteger("jute.maxbuffer", DEFAULT_MAX_LENGTH);

    /**
     * @param root           the cluster's node.
     * @param hasCredentials whether the nodes are for the credentials of this client alone.
     */
    Requests(final String root, final boolean hasCredentials)
    {
        this.root = root;
        acl = acl(hasCredentials);
    }

    /**
     * @param hasCredentials of the client.
     * @return who may do what with the nodes of the cluster.
     */
    static List<ACL> acl(final boolean hasCredentials)
    {
        return hasCredentials ? ZooDefs.Ids.CREATOR_ALL_ACL : ZooDefs.Ids.OPEN_ACL_UNSAFE;
    }

    /**
     * @return longest request that a server takes, as far as this process knows.
     */
    int maxLength()
    {
        return maxLength;
    }

    /**
     * @param path of the engine.
     * @return path in ZooKeeper.
     * @throws IllegalArgumentException where it is none.
     */
    String path(final String path)
    {
        if (path.length() < 2 || '/' != path.charAt(0) || '/' == path.charAt(path.length() - 1))
        {
            throw new IllegalArgumentException("not a path: " + path);
        }

        return root + path;
    }

    /**
     * @param operations of one change.
     * @return bytes that the request takes at most.
     */
    long length(final List<Operation> operations)
    {
        long length = OPERATION_OVERHEAD;
        for (final Operation operation : operations)
        {
            length += OPERATION_OVERHEAD + root.length() + operation.path().length() + operation.value().length;
        }

        return length;
    }

    /**
     * @param operations of one change.
     * @return the same for ZooKeeper.
     */
    List<Op> ops(final List<Operation> operations)
    {
        final List<Op> ops = new ArrayList<>(operations.size());
        for (final Operation operation : operations)
        {
            ops.add(op(operation));
        }

        return ops;
    }

    private Op op(final Operation operation)
    {
        final String path = root + operation.path();
        final int version = operation.expectedVersion();

        return switch (operation.kind())
        {
            case CREATE -> create(path, operation, CreateMode.PERSISTENT);
            case CREATE_EPHEMERAL -> create(path, operation, CreateMode.EPHEMERAL);
            case SET -> Op.setData(path, operation.value(), version);
            case DELETE -> Op.delete(path, version);
            case CHECK -> Op.check(path, version);
        };
    }

    private Op create(final String path, final Operation operation, final CreateMode mode)
    {
        return Op.create(path, operation.value(), acl, mode);
    }
}
