package io.epona.simulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * One connection of a client to a server: two streams in order. Owned by the thread of its world.
 */
final class ZkConnection
{
    final SimCoordination client;
    final ZkSession session;
    /** Mean by which the server is behind. */
    final long lagNs;
    /** Calls that are on their way to the server. */
    final ArrayDeque<ZkCall> underWay = new ArrayDeque<>();
    /** What is on its way to the client, while nothing gets through. */
    final ArrayDeque<Runnable> stalled = new ArrayDeque<>();
    final List<ZkWatch> watches = new ArrayList<>();
    boolean isOpen = true;
    /** When the last call arrives at the server. */
    long upNs;
    /** When the last answer or event arrives at the client. */
    long downNs;
    /** When the server last learnt of a write of others. */
    long learntNs;
    /** The client sees nothing, and will find out. */
    Event notice;

    ZkConnection(final SimCoordination client, final ZkSession session, final long lagNs)
    {
        this.client = client;
        this.session = session;
        this.lagNs = lagNs;
    }
}
