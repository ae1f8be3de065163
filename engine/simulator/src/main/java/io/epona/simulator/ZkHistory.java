package io.epona.simulator;

import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import io.epona.engine.local.NodeTree;
import io.epona.engine.local.NodeTree.Node;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The one linear history of an ensemble: what each write changed, and what the tree was after each. Zxids count from 1
 * without gaps. Refused writes have one too, as in ZooKeeper.
 * <p>
 * Owned by the thread of its world.
 */
final class ZkHistory
{
    /** A write, with the paths that it changed. */
    record Commit(long zxid, long timeNs, List<String> paths)
    {
    }

    /** A node as it is from a zxid on; null for none. */
    private record Entry(long zxid, Node node)
    {
    }

    private final NodeTree tree = new NodeTree();
    private final TreeMap<String, List<Entry>> entries = new TreeMap<>();
    private final List<Commit> commits = new ArrayList<>();

    /**
     * @return zxid of the last write, 0 before the first.
     */
    long zxid()
    {
        return commits.size();
    }

    Commit commit(final long zxid)
    {
        return commits.get((int)zxid - 1);
    }

    /**
     * Write.
     *
     * @param operations in order.
     * @param sessionId  that writes.
     * @param nowNs      simulated ns.
     * @return OK, or why it was refused; see {@link #tree()}.
     */
    Status apply(final List<Operation> operations, final long sessionId, final long nowNs)
    {
        final Status status = tree.apply(operations, sessionId);
        final List<String> paths = new ArrayList<>(new LinkedHashSet<>(tree.changedPaths()));
        tree.keep();
        final long zxid = commits.size() + 1;
        commits.add(new Commit(zxid, nowNs, paths));
        for (final String path : paths)
        {
            entries.computeIfAbsent(path, (key) -> new ArrayList<>(4)).add(new Entry(zxid, tree.node(path)));
        }

        return status;
    }

    /**
     * @return the tree after the last write.
     */
    NodeTree tree()
    {
        return tree;
    }

    /**
     * @param timeNs simulated ns.
     * @return zxid of the last write up to then.
     */
    long zxidAt(final long timeNs)
    {
        int low = 0;
        int high = commits.size();
        while (low < high)
        {
            final int middle = low + high >>> 1;
            if (commits.get(middle).timeNs <= timeNs)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /**
     * @param path of a node.
     * @param zxid of the moment.
     * @return the node as it was then, or null.
     */
    Node node(final String path, final long zxid)
    {
        return at(entries.get(path), zxid);
    }

    List<String> children(final String path, final long zxid)
    {
        final String prefix = path + '/';
        final List<String> children = new ArrayList<>();
        for (final Map.Entry<String, List<Entry>> entry : entries.tailMap(prefix, true).entrySet())
        {
            final String below = entry.getKey();
            if (!below.startsWith(prefix))
            {
                break;
            }
            if (below.indexOf('/', prefix.length()) < 0 && null != at(entry.getValue(), zxid))
            {
                children.add(below.substring(prefix.length()));
            }
        }

        return children;
    }

    private static Node at(final List<Entry> versions, final long zxid)
    {
        for (int i = null == versions ? -1 : versions.size() - 1; i >= 0; i--)
        {
            if (versions.get(i).zxid <= zxid)
            {
                return versions.get(i).node;
            }
        }

        return null;
    }

    /**
     * Remove what lives with a session.
     *
     * @param sessionId that ended.
     * @param nowNs     simulated ns.
     * @return the operations.
     */
    List<Operation> close(final long sessionId, final long nowNs)
    {
        final List<Operation> deletes = new ArrayList<>();
        tree.nodes().forEach((path, node) ->
        {
            if (sessionId == node.ephemeralOwner())
            {
                deletes.add(Operation.delete(path, node.version()));
            }
        });
        apply(deletes, sessionId, nowNs);

        return deletes;
    }
}
