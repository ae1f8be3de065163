package io.epona.simulator.workload;

import io.epona.simulator.Site;
import io.epona.simulator.World;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * What passes between one client and one broker: in order, with delays, until the connection breaks; then what was on
 * its way is lost in both directions. The client hears of a break later than it happens.
 * <p>
 * Owned by the thread of its world.
 */
final class ClientLane
{
    private static final long DELAY_NS = 150_000;
    private static final long RETRY_NS = 100 * World.MS;
    private static final long NOTICE_NS = 300 * World.MS;
    private static final long PATIENCE_NS = 2 * World.SECOND;

    /** The client's end. */
    interface Client
    {
        /**
         * @param brokerId that can be reached from now on.
         */
        void onConnected(int brokerId);

        /**
         * @param brokerId that cannot be reached any more.
         */
        void onLost(int brokerId);
    }

    private final World world;
    private final Site site;
    private final Cluster cluster;
    private final int brokerId;
    private final Client client;
    private final ArrayDeque<Consumer<BrokerFront>> toBroker = new ArrayDeque<>();
    private final ArrayDeque<Runnable> toClient = new ArrayDeque<>();
    private long toBrokerNs;
    private long toClientNs;
    private BrokerFront front;
    private long generation;
    private long cutUntilNs;
    private boolean isNoticed = true;

    ClientLane(
        final World world, final Cluster cluster, final String clientName, final int brokerId, final Client client)
    {
        this.world = world;
        this.site = world.site("lane", clientName + "." + brokerId);
        this.cluster = cluster;
        this.brokerId = brokerId;
        this.client = client;
        world.after(site.exponential(RETRY_NS), "lane.connect", this::watch);
    }

    boolean isOpen()
    {
        return null != front && isNoticed;
    }

    void cut(final long lengthNs)
    {
        cutUntilNs = Math.max(cutUntilNs, world.nowNs() + lengthNs);
        final long current = generation;
        if (lengthNs > PATIENCE_NS)
        {
            world.after(PATIENCE_NS, "lane.cut", () -> breakUp(current));
        }
    }

    void heal()
    {
        cutUntilNs = world.nowNs();
    }

    private boolean isCut()
    {
        return world.nowNs() < cutUntilNs;
    }

    /** Connect where it can be, break where the process is gone. */
    private void watch()
    {
        final BrokerFront current = cluster.front(brokerId);
        if (null != front && front != current)
        {
            breakUp(generation);
        }
        else if (null == front && isNoticed && null != current && !isCut() && cluster.isResponsive(brokerId))
        {
            front = current;
            generation++;
            world.trace().add("lane.connected", brokerId, generation, 0);
            client.onConnected(brokerId);
        }
        world.after(RETRY_NS + site.exponential(RETRY_NS), "lane.watch", this::watch);
    }

    private void breakUp(final long brokenGeneration)
    {
        if (null == front || generation != brokenGeneration)
        {
            return;
        }
        front.onLaneGone(this);
        front = null;
        toBroker.clear();
        toClient.clear();
        isNoticed = false;
        world.trace().add("lane.broken", brokerId, generation, 0);
        world.after(site.exponential(NOTICE_NS), "lane.notice", () ->
        {
            isNoticed = true;
            client.onLost(brokerId);
        });
    }

    /**
     * @return false where there is no connection.
     */
    boolean send(final Consumer<BrokerFront> request)
    {
        if (!isOpen())
        {
            return false;
        }
        toBroker.add(request);
        toBrokerNs = Math.max(toBrokerNs, world.nowNs() + DELAY_NS / 2 + site.exponential(DELAY_NS));
        final long current = generation;
        world.at(toBrokerNs, "lane.request", () -> deliver(current));

        return true;
    }

    private void deliver(final long sentIn)
    {
        if (generation != sentIn || null == front || front != cluster.front(brokerId))
        {
            return;
        }
        if (isCut() || !cluster.isResponsive(brokerId))
        {
            world.after(RETRY_NS / 10, "lane.request", () -> deliver(sentIn));
            return;
        }
        final Consumer<BrokerFront> request = toBroker.poll();
        if (null != request)
        {
            cluster.run(brokerId, "request", () -> request.accept(front));
        }
    }

    /** Answer, from the broker's side; lost where the connection is broken. */
    void answer(final Runnable answer)
    {
        toClient.add(answer);
        toClientNs = Math.max(toClientNs, world.nowNs() + DELAY_NS / 2 + site.exponential(DELAY_NS));
        final long current = generation;
        world.at(toClientNs, "lane.answer", () -> receive(current));
    }

    private void receive(final long sentIn)
    {
        if (generation != sentIn || null == front)
        {
            return;
        }
        if (isCut())
        {
            world.after(RETRY_NS / 10, "lane.answer", () -> receive(sentIn));
            return;
        }
        final Runnable answer = toClient.poll();
        if (null != answer)
        {
            answer.run();
        }
    }
}
