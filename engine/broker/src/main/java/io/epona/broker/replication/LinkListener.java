package io.epona.broker.replication;

import org.agrona.DirectBuffer;

/**
 * Told what comes from other brokers, from within {@link AeronLinks#poll} alone.
 */
public interface LinkListener
{
    /**
     * An image of one of the streams from a broker begins: what was on its way in former ones may be lost.
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
     * A whole message.
     *
     * @param brokerId of the sender.
     * @param buffer   with the message, valid during the call only.
     * @param index    of the message.
     * @param length   of it in bytes.
     */
    void onMessage(int brokerId, DirectBuffer buffer, int index, int length);
}
