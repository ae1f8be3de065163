package io.epona.simulator;

import org.agrona.DirectBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The network between brokers: hosts that are up or stand still, links that are open or cut one way, and the streams
 * over them.
 * <p>
 * Owned by the thread of its world.
 */
public final class SimNetwork
{
    /** One life of a broker, as the network calls it: from {@link SimLinks#poll} alone. */
    public interface Receiver
    {
        /**
         * An image from a broker appeared.
         *
         * @param brokerId of the sender.
         */
        void onImage(int brokerId);

        /**
         * The last image from a broker is gone.
         *
         * @param brokerId of the sender.
         */
        void onImageGone(int brokerId);

        /**
         * A message.
         *
         * @param brokerId of the sender.
         * @param buffer   with the message.
         * @param index    of the message.
         * @param length   of the message.
         */
        void onMessage(int brokerId, DirectBuffer buffer, int index, int length);
    }

    private static final class Host
    {
        private SimLinks links;
        private boolean isPaused;
    }

    private final World world;
    private final NetSettings settings;
    private final NetCounters counters = new NetCounters();
    private final TreeMap<Integer, Host> hosts = new TreeMap<>();
    private final TreeMap<Long, Integer> cuts = new TreeMap<>();
    private final TreeSet<Long> garbled = new TreeSet<>();
    private final List<SimChannel> channels = new ArrayList<>();
    private int nextSerial;

    /**
     * @param world    in which it is.
     * @param settings of its behaviour.
     */
    public SimNetwork(final World world, final NetSettings settings)
    {
        this.world = world;
        this.settings = settings;
    }

    /**
     * Begin a process.
     *
     * @param brokerId of the broker; its former process must be gone.
     * @param onNews   called when there is something to {@link SimLinks#poll}.
     * @return its links.
     */
    public SimLinks attach(final int brokerId, final Runnable onNews)
    {
        final Host host = host(brokerId);
        if (null != host.links)
        {
            throw new IllegalStateException("a process of broker " + brokerId + " is alive");
        }
        host.links = new SimLinks(this, brokerId, onNews);
        host.isPaused = false;
        onChange();

        return host.links;
    }

    /** The process is gone. */
    void detach(final SimLinks links)
    {
        host(links.brokerId()).links = null;
        for (final SimChannel channel : List.copyOf(channels))
        {
            if (links.brokerId() == channel.from())
            {
                channel.close();
            }
            if (links.brokerId() == channel.to())
            {
                channel.onReceiverGone(links);
            }
        }
        channels.removeIf(SimChannel::isClosed);
        onChange();
    }

    /**
     * The process of a broker stands still, with its transport, or goes on.
     *
     * @param brokerId of the broker.
     * @param isPaused whether it stands still.
     */
    public void pause(final int brokerId, final boolean isPaused)
    {
        host(brokerId).isPaused = isPaused;
        onChange();
    }

    /**
     * Let nothing pass from one broker to another, or undo one such cut: where several overlap, all have to be undone.
     *
     * @param from  sender.
     * @param to    receiver.
     * @param isCut whether nothing passes.
     */
    public void cut(final int from, final int to, final boolean isCut)
    {
        final long key = key(from, to);
        final int count = cuts.getOrDefault(key, 0) + (isCut ? 1 : -1);
        if (count > 0)
        {
            cuts.put(key, count);
        }
        else
        {
            cuts.remove(key);
        }
        world.trace().add(isCut ? "net.cut" : "net.healed", from, to, count);
        onChange();
    }

    /**
     * Turn over a bit of the next batches from one broker to another, as a network card does whose checksums fail.
     *
     * @param from sender.
     * @param to   receiver.
     */
    public void garble(final int from, final int to)
    {
        garbled.add(key(from, to));
    }

    /**
     * Hold up what one broker sends to another, as a lost packet does that what follows it waits for, and half-way let
     * the streams end as at the end of their positions: the next ones may overtake what is held up.
     *
     * @param from     sender.
     * @param to       receiver.
     * @param lengthNs until what is held up arrives.
     */
    public void renew(final int from, final int to, final long lengthNs)
    {
        for (final SimChannel channel : channels)
        {
            if (from == channel.from() && to == channel.to())
            {
                channel.holdUp(lengthNs);
                world.after(lengthNs / 2, "net.renew", channel::close);
            }
        }
    }

    /** Whether the batches that are offered now are to be changed on the way. */
    boolean takeGarble(final int from, final int to)
    {
        return !garbled.isEmpty() && garbled.remove(key(from, to));
    }

    /** Undo every cut. */
    public void heal()
    {
        cuts.clear();
        garbled.clear();
        onChange();
    }

    /**
     * @return how often what happened.
     */
    public NetCounters counters()
    {
        return counters;
    }

    SimChannel open(final int from, final int to, final int stream)
    {
        final SimChannel channel = new SimChannel(this, from, to, stream, nextSerial++);
        channels.add(channel);

        return channel;
    }

    void forget(final SimChannel channel)
    {
        channels.remove(channel);
    }

    boolean isOpen(final int from, final int to)
    {
        return !cuts.containsKey(key(from, to));
    }

    boolean isUp(final int brokerId)
    {
        final Host host = host(brokerId);
        return null != host.links && !host.isPaused;
    }

    SimLinks receiver(final int brokerId)
    {
        return host(brokerId).links;
    }

    World world()
    {
        return world;
    }

    NetSettings settings()
    {
        return settings;
    }

    void onOffered(
        final int from, final int to, final int stream, final long position, final DirectBuffer message)
    {
        world.trace().add("net.offer", from * 1000L + to, stream, position);
        world.trace().addBytes(message, 0, message.capacity());
        if (world.trace().isRead())
        {
            world.trace().note("  " + from + ">" + to + ' ' + MessageText.of(message));
        }
    }

    void onDelivered(final int from, final int to, final int stream, final DirectBuffer message)
    {
        world.trace().add("net.deliver", from * 1000L + to, stream, message.capacity());
        if (world.trace().isRead())
        {
            world.trace().note("  " + from + ">" + to + " arrived " + MessageText.name(message));
        }
    }

    private void onChange()
    {
        for (int i = 0; i < channels.size(); i++)
        {
            channels.get(i).onChange();
        }
    }

    private Host host(final int brokerId)
    {
        return hosts.computeIfAbsent(brokerId, (key) -> new Host());
    }

    private static long key(final int from, final int to)
    {
        return (long)from << 32 | to;
    }
}
