package io.epona.transport;

import org.agrona.DirectBuffer;

/**
 * A pair of one-way streams between two parties: what one end offers, the other end polls, in order, whole, once. An
 * end belongs to one thread; the two ends may be in different threads, processes or hosts.
 * <p>
 * The peer is not trusted: a message that breaks the rules of the lane itself (too long, missing parts) closes the
 * lane, and {@link #fault()} says why. Nothing is ever thrown because of what arrived.
 * <p>
 * Negative results of offers and claims are the {@link io.epona.codecs.ResultCode} numbers -1 to -5 (Aeron's):
 * NOT_CONNECTED, BACK_PRESSURED, ADMIN_ACTION, CLOSED, MAX_POSITION_EXCEEDED.
 */
public interface Lane extends AutoCloseable
{
    /**
     * Send one message that is made of two parts, by copy. A message longer than {@link #maxPayloadLength()} is
     * sent in fragments and put together by the receiver.
     *
     * @param header       first part.
     * @param headerIndex  of it.
     * @param headerLength of it.
     * @param body         second part.
     * @param bodyIndex    of it.
     * @param bodyLength   of it.
     * @return a positive number, or a negative result: nothing was sent.
     * @throws IllegalArgumentException where the message is longer than {@link #maxMessageLength()}.
     */
    long offer(
        DirectBuffer header, int headerIndex, int headerLength, DirectBuffer body, int bodyIndex, int bodyLength);

    /**
     * Send one message by copy.
     *
     * @param message to be sent.
     * @param index   of it.
     * @param length  of it.
     * @return a positive number, or a negative result: nothing was sent.
     * @throws IllegalArgumentException where the message is longer than {@link #maxMessageLength()}.
     */
    long offer(DirectBuffer message, int index, int length);

    /**
     * Claim room for one message and write it in place. A claim must be committed or aborted before the next call.
     *
     * @param length of the message, at most {@link #maxPayloadLength()}.
     * @param claim  set to the room; its index is a multiple of 8 in the underlying memory.
     * @return a positive number, or a negative result: nothing was claimed.
     * @throws IllegalArgumentException where the length is greater than {@link #maxPayloadLength()}.
     */
    long tryClaim(int length, LaneClaim claim);

    /**
     * Receive messages.
     *
     * @param handler called for each.
     * @param limit   most messages (or fragments of them) to take.
     * @return messages and fragments taken.
     */
    int poll(MessageHandler handler, int limit);

    /**
     * @return longest message that travels in one piece.
     */
    int maxPayloadLength();

    /**
     * @return longest message that can be offered.
     */
    int maxMessageLength();

    /**
     * @return whether the peer is there. A new lane is connected only once the peer has been heard.
     */
    boolean isConnected();

    /**
     * @return whether this end was closed, by {@link #close()} or because of a fault.
     */
    boolean isClosed();

    /**
     * @return why the lane closed itself, or null.
     */
    String fault();

    /**
     * Close this end; the peer sees the lane disconnect. Idempotent.
     */
    @Override
    void close();

    /**
     * Close this end because of what the peer sent, so that it goes at once rather than after draining.
     *
     * @param reason for the peer's log; at most a few hundred characters.
     */
    void reject(String reason);
}
