package io.epona.engine.local;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.Paths;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Nodes in memory, and the rules by which they change: those of ZooKeeper. Every change can be taken back until it is
 * kept, so that memory never runs ahead of what was made durable. For what implements {@link Coordination}.
 * <p>
 * Owned by one thread.
 */
public final class NodeTree
{
    /**
     * A node.
     *
     * @param value          not changed after storing.
     * @param version        0 at creation.
     * @param ephemeralOwner session, or 0.
     */
    public record Node(byte[] value, int version, long ephemeralOwner)
    {
    }

    private record Undo(String path, Node former)
    {
    }

    private static final int[] NO_VERSIONS = new int[0];

    private final TreeMap<String, Node> nodes = new TreeMap<>();
    private final List<Undo> undoLog = new ArrayList<>();
    private int failedIndex = -1;
    private int[] versions = NO_VERSIONS;

    /**
     * @param path of a node.
     * @return the node, or null where there is none.
     */
    public Node node(final String path)
    {
        return nodes.get(path);
    }

    /**
     * @return all nodes by path; changed only through {@link #apply}, or filled at the beginning.
     */
    public TreeMap<String, Node> nodes()
    {
        return nodes;
    }

    /**
     * @param path of a node.
     * @return names of its children in ascending order.
     */
    public List<String> children(final String path)
    {
        final String prefix = path + '/';
        final List<String> children = new ArrayList<>();
        for (final String below : nodes.tailMap(prefix, true).keySet())
        {
            if (!below.startsWith(prefix))
            {
                break;
            }
            if (below.indexOf('/', prefix.length()) < 0)
            {
                children.add(below.substring(prefix.length()));
            }
        }

        return children;
    }

    /**
     * Apply all of the operations, or none.
     *
     * @param operations in order.
     * @param sessionId  that ephemeral nodes live with.
     * @return OK, or the refusal of the operation at {@link #failedIndex()}.
     */
    public Status apply(final List<Operation> operations, final long sessionId)
    {
        final int mark = undoLog.size();
        final int[] after = new int[operations.size()];
        failedIndex = -1;
        versions = NO_VERSIONS;

        for (int i = 0; i < after.length; i++)
        {
            final Status status = apply(operations.get(i), sessionId, after, i);
            if (Status.OK != status)
            {
                undo(mark);
                failedIndex = i;
                return status;
            }
        }
        versions = after;

        return Status.OK;
    }

    /**
     * @return place of the operation that the last change was refused for, or -1.
     */
    public int failedIndex()
    {
        return failedIndex;
    }

    /**
     * @return version of the node of each operation of the last change after it; empty where it was refused.
     */
    public int[] versions()
    {
        return versions;
    }

    /**
     * @return whether a persistent node differs from what was last kept.
     */
    public boolean hasDurableChange()
    {
        for (final Undo undo : undoLog)
        {
            final Node now = nodes.get(undo.path);
            final boolean wasDurable = null != undo.former && 0 == undo.former.ephemeralOwner;
            final boolean isDurable = null != now && 0 == now.ephemeralOwner;
            if (wasDurable || isDurable)
            {
                return true;
            }
        }

        return false;
    }

    /**
     * @return paths of what changed since the last keep, in order, each as often as it changed.
     */
    public List<String> changedPaths()
    {
        return undoLog.stream().map(Undo::path).toList();
    }

    /** What was changed stands, and cannot be taken back any more. */
    public void keep()
    {
        undoLog.clear();
    }

    /** Undo every change since the last keep. */
    public void takeBack()
    {
        undo(0);
    }

    private Status apply(final Operation operation, final long sessionId, final int[] after, final int index)
    {
        final String path = operation.path();
        final Node node = nodes.get(path);

        switch (operation.kind())
        {
            case CREATE, CREATE_EPHEMERAL ->
            {
                final String parentPath = Paths.parent(path);
                final Node parent = nodes.get(parentPath);
                if (null != node)
                {
                    return Status.NODE_EXISTS;
                }
                if (!"/".equals(parentPath) && (null == parent || 0 != parent.ephemeralOwner))
                {
                    return Status.NO_NODE;
                }
                final long owner = Operation.Kind.CREATE_EPHEMERAL == operation.kind() ? sessionId : 0;
                put(path, new Node(operation.value(), 0, owner));
                after[index] = 0;
            }
            case DELETE ->
            {
                final Status status = check(node, operation.expectedVersion());
                if (Status.OK != status)
                {
                    return status;
                }
                final String below = nodes.higherKey(path + '/');
                if (null != below && below.startsWith(path + '/'))
                {
                    return Status.NOT_EMPTY;
                }
                put(path, null);
                after[index] = -1;
            }
            default ->
            {
                final Status status = check(node, operation.expectedVersion());
                if (Status.OK != status)
                {
                    return status;
                }
                after[index] = node.version;
                if (Operation.Kind.SET == operation.kind())
                {
                    after[index]++;
                    put(path, new Node(operation.value(), node.version + 1, node.ephemeralOwner));
                }
            }
        }

        return Status.OK;
    }

    private void put(final String path, final Node node)
    {
        final Node former = null == node ? nodes.remove(path) : nodes.put(path, node);
        undoLog.add(new Undo(path, former));
    }

    private void undo(final int mark)
    {
        for (int i = undoLog.size() - 1; i >= mark; i--)
        {
            final Undo undo = undoLog.remove(i);
            if (null == undo.former)
            {
                nodes.remove(undo.path);
            }
            else
            {
                nodes.put(undo.path, undo.former);
            }
        }
    }

    private static Status check(final Node node, final int expectedVersion)
    {
        if (null == node)
        {
            return Status.NO_NODE;
        }

        return Coordination.ANY_VERSION == expectedVersion || node.version == expectedVersion ?
            Status.OK : Status.BAD_VERSION;
    }

    @Override
    public String toString()
    {
        final StringBuilder builder = new StringBuilder();
        nodes.forEach((path, node) -> builder.append(path).append(" v").append(node.version).append(' ')
            .append(Arrays.hashCode(node.value)).append('\n'));

        return builder.toString();
    }
}
