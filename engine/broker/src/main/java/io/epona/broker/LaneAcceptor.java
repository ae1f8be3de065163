package io.epona.broker;

import io.aeron.Aeron;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.exceptions.RegistrationException;
import io.epona.transport.Lane;
import io.epona.transport.LaneChannels;
import io.epona.transport.LaneKind;
import io.epona.transport.LaneSizes;
import org.agrona.CloseHelper;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

import java.util.ArrayList;
import java.util.List;

/**
 * Accepts the lanes of one kind for one agent: hears the requests of all transports, answers each new peer with a
 * response publication, waits for its first message and hands the lane to the greeter. Nothing is allocated for a peer
 * beyond its entry and the response publication before it said who it is, and both are bounded in number and time.
 * <p>
 * A lane that is heard from somewhere in its middle on is rejected, which tells its peer to connect again: its first
 * message went to a broker that had this port before, or was heard by this one, which then lost the image.
 * <p>
 * Owned by one agent; {@link #adopt(Lane)} may be called by any thread.
 */
final class LaneAcceptor
{
    private static final int STEPS_PER_CYCLE = 8;
    private static final int ADOPTED_CAPACITY = 256;
    /** Longest message of a control lane either way: metadata of many topics. */
    private static final int MAX_CONTROL_LENGTH = LaneSizes.CONTROL_RESPONSE_TERM_LENGTH / 8;
    private static final int MAX_TERM_LENGTH = 64 * 1024 * 1024;

    private final ManyToOneConcurrentArrayQueue<Lane> adopted = new ManyToOneConcurrentArrayQueue<>(ADOPTED_CAPACITY);
    private final List<PendingLane> pending = new ArrayList<>();
    /** Of lanes of which the beginning was not heard. */
    private final List<Image> joinedLate = new ArrayList<>();
    private final List<Subscription> subscriptions = new ArrayList<>();
    private final LaneKind kind;
    private final int shard;
    private final Limits limits;
    private final BrokerCounters counters;
    private final LaneWatch watch;
    private final SharedMemory sharedMemory;
    private final Greeter greeter;
    private Aeron aeron;
    private long nowNs;
    private int nextStep;

    LaneAcceptor(
        final LaneKind kind,
        final int shard,
        final Limits limits,
        final BrokerCounters counters,
        final LaneWatch watch,
        final SharedMemory sharedMemory,
        final Greeter greeter)
    {
        this.kind = kind;
        this.shard = shard;
        this.limits = limits;
        this.counters = counters;
        this.watch = watch;
        this.sharedMemory = sharedMemory;
        this.greeter = greeter;
    }

    /**
     * Hear the requests of a transport. Blocks: before the agent runs, on the thread that launches the broker.
     *
     * @param aeron    client of the agent, the same in every call.
     * @param channels of the transport.
     * @param nowNs    epoch ns.
     */
    void listen(final Aeron aeron, final LaneChannels channels, final long nowNs)
    {
        this.aeron = aeron;
        this.nowNs = nowNs;
        subscriptions.add(aeron.addSubscription(
            channels.requestSubscription(),
            kind.requestStream(shard),
            (image) -> onImage(image, channels),
            null));
    }

    /**
     * Stop hearing a transport that could not be set up whole.
     */
    void unlisten()
    {
        CloseHelper.closeAll(subscriptions);
        subscriptions.clear();
    }

    /**
     * Take over the broker's end of a lane inside the JVM. Any thread.
     *
     * @param lane to accept.
     * @return false where too many wait.
     */
    boolean adopt(final Lane lane)
    {
        return adopted.offer(lane);
    }

    private void onImage(final Image image, final LaneChannels channels)
    {
        // Called inside the client's conductor: only noted here, Aeron refuses to be called from there.
        if (pending.size() + joinedLate.size() >= limits.maxPendingLanes() ||
            image.termBufferLength() > MAX_TERM_LENGTH)
        {
            counters.lanesRefused.increment();
            return;
        }
        if (image.joinPosition() > 0)
        {
            joinedLate.add(image);
            return;
        }

        pending.add(new PendingLane(
            greeter,
            image,
            channels.responsePublication(kind, image.correlationId()),
            kind.responseStream(shard),
            LaneKind.CONTROL == kind ? MAX_CONTROL_LENGTH : channels.sizes().maxMessageLength(),
            !channels.isIpc(),
            nowNs + limits.firstMessageTimeoutNs()));
    }

    /**
     * Move the pending lanes on.
     *
     * @param nowNs of the cycle.
     * @return work count.
     */
    int poll(final long nowNs)
    {
        this.nowNs = nowNs;
        int work = rejectJoinedLate();
        if (!adopted.isEmpty() && pending.size() < limits.maxPendingLanes())
        {
            // Not empty, and yet nothing to take: while another thread is between claiming its place and filling it.
            final Lane lane = adopted.poll();
            if (null != lane)
            {
                pending.add(new PendingLane(greeter, lane, nowNs + limits.firstMessageTimeoutNs()));
                work++;
            }
        }

        for (int i = Math.min(STEPS_PER_CYCLE, pending.size()); i > 0 && !pending.isEmpty(); i--)
        {
            nextStep = nextStep >= pending.size() ? 0 : nextStep;
            work += step(pending.get(nextStep));
        }

        return work;
    }

    private int rejectJoinedLate()
    {
        if (joinedLate.isEmpty())
        {
            return 0;
        }

        final Image image = joinedLate.remove(joinedLate.size() - 1);
        counters.lanesJoinedLate.increment();
        if (!image.isClosed())
        {
            image.reject("this broker did not hear the beginning of the lane: connect again");
        }

        return 1;
    }

    private int step(final PendingLane lane)
    {
        int work = 0;
        if (lane.isPeerGone())
        {
            counters.lanesVanished.increment();
            lane.abandon(aeron);
        }
        else if (lane.isExpired(nowNs))
        {
            counters.lanesExpired.increment();
            lane.abandon(aeron);
        }
        else
        {
            work = tryStep(lane);
        }

        if (PendingLane.State.DONE == lane.state())
        {
            pending.remove(nextStep);
        }
        else
        {
            nextStep++;
        }
        return work;
    }

    private int tryStep(final PendingLane lane)
    {
        int work = 0;
        try
        {
            if (PendingLane.State.FOUND == lane.state() && !sharedMemory.hasRoomForLane())
            {
                counters.lanesRefused.increment();
                watch.onNoRoom();
                lane.abandon(aeron);
                return 1;
            }

            work = lane.step(aeron);
            if (null != lane.violation())
            {
                watch.onViolation(lane.lane(), kind.name().toLowerCase(java.util.Locale.ROOT), lane.violation());
            }
            else if (null != lane.lane() && lane.lane().isClosed() && PendingLane.State.DONE != lane.state())
            {
                watch.onFault(lane.lane(), kind.name().toLowerCase(java.util.Locale.ROOT));
                lane.abandon(aeron);
            }
        }
        catch (final RegistrationException ex)
        {
            // The peer went away between its image and our answer: expected, and nothing of ours is left.
            counters.lanesVanished.increment();
            lane.abandon(aeron);
        }

        return work;
    }

    /**
     * Close what is pending. The subscriptions go with the Aeron client.
     */
    void close()
    {
        for (final PendingLane lane : pending)
        {
            lane.abandon(aeron);
        }
        pending.clear();
        joinedLate.clear();
        Lane lane;
        while (null != (lane = adopted.poll()))
        {
            lane.close();
        }
    }
}
