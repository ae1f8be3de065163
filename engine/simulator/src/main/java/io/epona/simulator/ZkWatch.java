package io.epona.simulator;

import io.epona.engine.cluster.Coordination.WatchListener;

/**
 * A persistent watch of a client on everything below a path. Owned by the thread of its world.
 */
final class ZkWatch
{
    final String path;
    final WatchListener listener;
    private final String prefix;

    ZkWatch(final String path, final WatchListener listener)
    {
        this.path = path;
        this.listener = listener;
        this.prefix = path + '/';
    }

    boolean matches(final String changed)
    {
        return changed.startsWith(prefix) || changed.equals(path);
    }
}
