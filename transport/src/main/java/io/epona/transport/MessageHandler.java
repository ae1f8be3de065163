package io.epona.transport;

import org.agrona.DirectBuffer;

/**
 * Receives the messages of a lane, in the order in which they were sent.
 */
@FunctionalInterface
public interface MessageHandler
{
    /**
     * A whole message. The bytes may be read during the call only.
     * <p>
     * An exception leaves the message in the lane, ends the poll and comes out of it.
     *
     * @param buffer holding the message.
     * @param index  of the first byte, a multiple of 8 in the underlying memory.
     * @param length in bytes.
     * @return true where the message was taken; false leaves it in the lane and ends the poll: the next poll delivers
     * the same message again, normally in the same place.
     */
    boolean onMessage(DirectBuffer buffer, int index, int length);
}
