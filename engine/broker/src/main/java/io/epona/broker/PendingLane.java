package io.epona.broker;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.epona.transport.AeronLane;
import io.epona.transport.Lane;
import io.epona.transport.MessageHandler;
import org.agrona.DirectBuffer;

/**
 * A lane on its way from an image to an open lane:
 * <pre>
 *   FOUND -> ADDING (the response publication) -> AWAITING (the first message) -> REPLYING -> done
 * </pre>
 * Every state ends at the same deadline. A lane inside the JVM begins at AWAITING.
 * <p>
 * Owned by the agent that accepts the lane.
 */
final class PendingLane implements MessageHandler
{
    private static final int FRAGMENTS_PER_STEP = 8;

    enum State
    {
        FOUND, ADDING, AWAITING, REPLYING, DONE
    }

    private final Greeting greeting = new Greeting();
    private final Greeter greeter;
    private final Image image;
    private final String responseChannel;
    private final int responseStream;
    private final int maxLength;
    private final boolean isPaced;
    private final long deadlineNs;
    private State state;
    private long registrationId = Aeron.NULL_VALUE;
    private Lane lane;

    PendingLane(
        final Greeter greeter,
        final Image image,
        final String responseChannel,
        final int responseStream,
        final int maxLength,
        final boolean isPaced,
        final long deadlineNs)
    {
        this.greeter = greeter;
        this.image = image;
        this.responseChannel = responseChannel;
        this.responseStream = responseStream;
        this.maxLength = maxLength;
        this.isPaced = isPaced;
        this.deadlineNs = deadlineNs;
        this.state = State.FOUND;
    }

    PendingLane(final Greeter greeter, final Lane lane, final long deadlineNs)
    {
        this.greeter = greeter;
        this.image = null;
        this.responseChannel = null;
        this.responseStream = 0;
        this.maxLength = 0;
        this.isPaced = false;
        this.deadlineNs = deadlineNs;
        this.lane = lane;
        this.state = State.AWAITING;
    }

    /**
     * Go on, without waiting.
     *
     * @param aeron client of the agent; null where there are only lanes inside the JVM.
     * @return work count.
     * @throws io.aeron.exceptions.RegistrationException where the peer vanished meanwhile.
     */
    int step(final Aeron aeron)
    {
        return switch (state)
        {
            case FOUND ->
            {
                registrationId = aeron.asyncAddExclusivePublication(responseChannel, responseStream);
                state = State.ADDING;
                yield 1;
            }
            case ADDING -> awaitPublication(aeron);
            case AWAITING ->
            {
                final int work = lane.poll(this, FRAGMENTS_PER_STEP);
                if (greeting.isDecided())
                {
                    state = null == greeting.violation() ? State.REPLYING : State.DONE;
                }
                yield work;
            }
            case REPLYING -> reply();
            case DONE -> 0;
        };
    }

    private int awaitPublication(final Aeron aeron)
    {
        final ExclusivePublication publication = aeron.getExclusivePublication(registrationId);
        if (null == publication)
        {
            return 0;
        }

        lane = new AeronLane(publication, image, maxLength);
        state = State.AWAITING;
        return 1;
    }

    private int reply()
    {
        if (lane.offer(greeting.reply(), 0, greeting.replyLength()) <= 0)
        {
            return 0;
        }

        state = State.DONE;
        if (greeting.isAccepted())
        {
            greeter.onOpened(lane, greeting.token(), isPaced);
        }
        else
        {
            lane.close();
        }
        return 1;
    }

    @Override
    public boolean onMessage(final DirectBuffer buffer, final int index, final int length)
    {
        if (greeting.isDecided())
        {
            return false;
        }
        greeter.onFirstMessage(buffer, index, length, greeting);
        return true;
    }

    State state()
    {
        return state;
    }

    /**
     * @return the lane, or null before its publication is there.
     */
    Lane lane()
    {
        return lane;
    }

    /**
     * @return what the first message violated, or null.
     */
    Violation violation()
    {
        return greeting.violation();
    }

    boolean isPeerGone()
    {
        return null != image ? image.isClosed() : !lane.isConnected();
    }

    boolean isExpired(final long nowNs)
    {
        return nowNs - deadlineNs > 0;
    }

    /**
     * Give up what was set up so far.
     *
     * @param aeron client of the agent.
     */
    void abandon(final Aeron aeron)
    {
        if (null != lane)
        {
            lane.close();
        }
        else if (State.ADDING == state)
        {
            aeron.asyncRemovePublication(registrationId);
        }
        if (State.REPLYING == state && greeting.isAccepted())
        {
            greeter.onLost(greeting.token());
        }
        state = State.DONE;
    }
}
