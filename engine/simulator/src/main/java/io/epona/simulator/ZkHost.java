package io.epona.simulator;

import io.epona.simulator.SimZooKeeper.Loss;

/**
 * A host as the ensemble knows it: the client of its process, and what lies between the two. Owned by the thread of its
 * world.
 */
final class ZkHost
{
    final String name;
    final Site site;
    /** The last one; null before the first. */
    SimCoordination client;
    /** Nothing passes. */
    boolean isCut;
    /** The process stands still. */
    boolean isPaused;
    /** What becomes of the next change that it sends, where its connection is to break over it. */
    Loss nextLoss;
    /** Of which nodes that change is. */
    String lossAbove = "";

    ZkHost(final String name, final Site site)
    {
        this.name = name;
        this.site = site;
    }

    /**
     * @return the connection of its client, or null.
     */
    ZkConnection connection()
    {
        return null == client ? null : client.connection();
    }
}
