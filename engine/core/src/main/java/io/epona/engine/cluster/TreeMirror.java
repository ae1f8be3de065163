package io.epona.engine.cluster;

import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Follows subtrees of the coordination: reads everything once, then what hints name. Knows which nodes there are, not
 * what is in them.
 * <p>
 * Owned by the thread that owns the coordination.
 */
final class TreeMirror implements TreeReader.Handler
{
    /** Receives nodes. */
    interface Listener
    {
        /**
         * @param path    of the node.
         * @param value   of the node.
         * @param version of the node.
         */
        void onNode(String path, byte[] value, int version);

        /**
         * @param path of a node that does not exist.
         */
        void onGone(String path);
    }

    private final Coordination coordination;
    private final Listener listener;
    private final TreeMap<String, Integer> depths = new TreeMap<>();
    private final TreeSet<String> known = new TreeSet<>();
    private final TreeReader reader;
    private boolean isRunning;

    TreeMirror(final Coordination coordination, final Listener listener)
    {
        this.coordination = coordination;
        this.listener = listener;
        this.reader = new TreeReader(coordination, this);
    }

    /**
     * Follow what is below a node. Before the first start.
     *
     * @param root  of the subtree, itself not read.
     * @param depth of the subtree: 1 for the children of the root alone.
     */
    void follow(final String root, final int depth)
    {
        depths.put(root, depth);
        coordination.watch(root, (path) -> onHint(root, path));
    }

    /** Forget everything and read everything. */
    void start()
    {
        stop();
        isRunning = true;
        depths.keySet().forEach(this::refreshBelow);
    }

    /** Forget everything and read nothing. */
    void stop()
    {
        isRunning = false;
        known.clear();
        reader.restart();
    }

    /**
     * @return whether everything that is known to have changed was read, since the start.
     */
    boolean isSettled()
    {
        return reader.isIdle();
    }

    /**
     * Read a node again. What is asked for before a start is forgotten with it.
     *
     * @param path below one of the roots.
     */
    void refresh(final String path)
    {
        reader.readValue(path);
    }

    /**
     * Read the children of a node, and what is in them, again.
     *
     * @param path of a node that has children: one of the roots, or below one.
     */
    void refreshBelow(final String path)
    {
        reader.readChildren(path);
    }

    int doWork(final long nowNs)
    {
        return reader.doWork(nowNs, isRunning);
    }

    private void onHint(final String root, final String path)
    {
        if (!isRunning)
        {
            return;
        }
        if (path.equals(root))
        {
            refreshBelow(root);
        }
        else
        {
            refresh(path);
        }
    }

    @Override
    public void onValue(final String path, final byte[] value, final int version)
    {
        if (null != value)
        {
            known.add(path);
            listener.onNode(path, value, version);
        }
        else
        {
            known.remove(path);
            listener.onGone(path);
        }
    }

    @Override
    public void onChildren(final String path, final List<String> children)
    {
        final int depth = depthOf(path);
        final String prefix = path + '/';
        for (final String name : children)
        {
            refresh(prefix + name);
            if (depth > 1)
            {
                refreshBelow(prefix + name);
            }
        }

        // What is known here and no child any more is read too: it is gone, or was made again since.
        final Set<String> names = new TreeSet<>(children);
        for (final String below : known.tailSet(prefix, true))
        {
            if (!below.startsWith(prefix))
            {
                break;
            }
            final int end = below.indexOf('/', prefix.length());
            if (!names.contains(below.substring(prefix.length(), end < 0 ? below.length() : end)))
            {
                refresh(below);
            }
        }
    }

    private int depthOf(final String path)
    {
        final Integer depth = depths.get(path);
        return null == depth ? depths.get(Paths.parent(path)) - 1 : depth;
    }
}
