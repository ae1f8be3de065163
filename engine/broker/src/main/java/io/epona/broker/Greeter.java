package io.epona.broker;

import io.epona.transport.Lane;
import org.agrona.DirectBuffer;

/**
 * Decides on the first message of a lane, and takes the lane over once it is answered. Called by the agent that owns
 * the acceptor.
 */
interface Greeter
{
    /**
     * The first message arrived.
     *
     * @param buffer   holding the message.
     * @param index    of the message.
     * @param length   of the message.
     * @param greeting to be decided: accepted, refused, or a violation.
     */
    void onFirstMessage(DirectBuffer buffer, int index, int length, Greeting greeting);

    /**
     * An accepted lane heard its answer: it is open.
     *
     * @param lane    to serve.
     * @param token   of the session.
     * @param isPaced whether each message costs a datagram.
     */
    void onOpened(Lane lane, long token, boolean isPaced);

    /**
     * An accepted lane was lost before it heard its answer.
     *
     * @param token of the session.
     */
    void onLost(long token);
}
