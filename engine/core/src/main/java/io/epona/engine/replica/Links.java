package io.epona.engine.replica;

import org.agrona.DirectBuffer;

/**
 * Port: two streams to each other broker, one for data and one for everything else, so that an acknowledgement never
 * waits behind a window of bulk. Within one image bytes are ordered and gapless; between images nothing holds, and an
 * accepted message may never arrive. Called on the thread of the shard.
 * <p>
 * Results are those of an Aeron publication: a position above 0, or BACK_PRESSURED, NOT_CONNECTED, ADMIN_ACTION,
 * CLOSED, MAX_POSITION_EXCEEDED of {@link io.epona.codecs.ResultCode}. What is refused is not queued by anybody: the
 * machines offer again what is still true then.
 */
public interface Links
{
    /**
     * Send batches: a head that tells what they are, and behind it the bytes as they stand in the log.
     *
     * @param brokerId   to send to.
     * @param head       buffer with the message's block.
     * @param headIndex  of it.
     * @param headLength of it in bytes.
     * @param body       buffer with the batches, valid during the call only.
     * @param bodyIndex  of the first one.
     * @param bodyLength of all in bytes.
     * @return position or negative code.
     */
    long offerData(
        int brokerId,
        DirectBuffer head,
        int headIndex,
        int headLength,
        DirectBuffer body,
        int bodyIndex,
        int bodyLength);

    /**
     * Send anything else.
     *
     * @param brokerId to send to.
     * @param buffer   with the message, valid during the call only.
     * @param index    of the message.
     * @param length   of it in bytes.
     * @return position or negative code.
     */
    long offerControl(int brokerId, DirectBuffer buffer, int index, int length);
}
