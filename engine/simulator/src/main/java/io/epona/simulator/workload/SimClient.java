package io.epona.simulator.workload;

import io.epona.engine.node.NodeMetadata;
import io.epona.simulator.SimClock;
import io.epona.simulator.Site;
import io.epona.simulator.World;

/**
 * A client's process: its clock, its lanes to all brokers, its duty cycle.
 * <p>
 * Owned by the thread of its world.
 */
abstract class SimClient implements ClientLane.Client
{
    private static final long CYCLE_NS = 2 * World.MS;

    private final World world;
    private final SimClock clock;
    private final Site site;
    private final ClientLane[] lanes;

    SimClient(final World world, final Cluster cluster, final String name)
    {
        this.world = world;
        this.site = world.site("client", name);
        this.clock = new SimClock(
            world, site.between(-World.SECOND, World.SECOND), 1 + (site.nextDouble() - 0.5) / 1_000);
        this.lanes = new ClientLane[cluster.brokerCount()];
        for (int i = 0; i < lanes.length; i++)
        {
            lanes[i] = new ClientLane(world, cluster, name, i + 1, this);
        }
        world.after(site.exponential(CYCLE_NS), "client.cycle", this::cycle);
    }

    /** One duty cycle of the machine. */
    abstract int doWork(long nowNs);

    /** A broker told of a topic. */
    abstract void onTopic(String topic, long topicId, int[] leaders, int[] epochs);

    private void cycle()
    {
        doWork(nowNs());
        world.after(CYCLE_NS / 2 + site.exponential(CYCLE_NS / 2), "client.cycle", this::cycle);
    }

    final long nowNs()
    {
        return clock.nowNs();
    }

    final ClientLane lane(final int brokerId)
    {
        return lanes[brokerId - 1];
    }

    /**
     * @return a lane that is open, or null.
     */
    final ClientLane anyLane()
    {
        final int first = site.nextInt(lanes.length);
        for (int i = 0; i < lanes.length; i++)
        {
            final ClientLane lane = lanes[(first + i) % lanes.length];
            if (lane.isOpen())
            {
                return lane;
            }
        }

        return null;
    }

    final boolean requestMetadata(final String topic)
    {
        final ClientLane lane = anyLane();
        return null != lane && lane.send((front) ->
        {
            final NodeMetadata metadata = front.metadata();
            lane.answer(() -> tell(topic, metadata));
        });
    }

    private void tell(final String name, final NodeMetadata metadata)
    {
        for (final NodeMetadata.Topic topic : metadata.topics())
        {
            if (topic.name().equals(name))
            {
                final int count = topic.partitions().size();
                final int[] leaders = new int[count];
                final int[] epochs = new int[count];
                for (int i = 0; i < count; i++)
                {
                    leaders[i] = topic.partitions().get(i).leader();
                    epochs[i] = topic.partitions().get(i).leaderEpoch();
                }
                onTopic(name, topic.topicId(), leaders, epochs);
                return;
            }
        }
        onTopic(name, -1, null, null);
    }
}
