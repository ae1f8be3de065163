package io.epona.simulator;

import io.epona.engine.log.PartitionLog;
import io.epona.engine.node.ClusterNode;

import java.util.ArrayList;
import java.util.List;

/**
 * One process of a broker: a {@link ClusterNode} with its ports, and the work of its two duty cycles. Owned by the
 * thread of its world.
 */
final class SimProcess
{
    private static final int POLL_LIMIT = 16;

    /** How many there were on the host, with this one. */
    final int number;
    SimStorage storage;
    SimCoordination coordination;
    SimLinks links;
    ClusterNode node;
    boolean isPaused;
    /** It is about to go: nothing comes out of it any more. */
    boolean isMuted;
    boolean isRunning;
    /** When it goes on that stands still. */
    Event resume;
    long pausedNs;
    private final List<PartitionLog> looked = new ArrayList<>();

    SimProcess(final int number)
    {
        this.number = number;
    }

    /** The work of one cycle of the conductor and of the shard. */
    int work(final SimNetwork.Receiver receiver, final long nowNs)
    {
        return links.poll(receiver, POLL_LIMIT) + node.conduct(nowNs) + node.shard().doWork(nowNs);
    }

    /** The work of one cycle of the housekeeper: on some of the logs, from any of them on. */
    void housekeep(final long nowNs, final Site pace)
    {
        node.housekeepDirectory(nowNs);
        looked.clear();
        looked.addAll(node.logs());
        final int count = looked.size();
        final int first = 0 == count ? 0 : pace.nextInt(count);
        for (int i = 0; i < count; i++)
        {
            if (pace.nextBoolean())
            {
                looked.get((first + i) % count).housekeep(nowNs);
            }
        }
    }

    /** What it does from now on is not heard. */
    void mute()
    {
        isMuted = true;
        links.mute();
        coordination.mute();
        storage.beginLastStores();
    }

    /** It is gone; what it stored is not. */
    void kill()
    {
        coordination.kill();
        links.kill();
    }
}
