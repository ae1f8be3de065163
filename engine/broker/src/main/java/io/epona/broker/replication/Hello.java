package io.epona.broker.replication;

import io.epona.codecs.replication.MessageHeaderDecoder;
import io.epona.codecs.replication.MessageHeaderEncoder;
import io.epona.codecs.replication.ReplicaHelloDecoder;
import io.epona.codecs.replication.ReplicaHelloEncoder;
import io.epona.engine.cluster.Uuid;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The first message on every stream between brokers: whose it is, in which cluster, and for which broker. What follows
 * is believed to be that broker's. Owned by the shard's thread.
 */
final class Hello
{
    static final int LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + ReplicaHelloEncoder.BLOCK_LENGTH;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
    private final ReplicaHelloEncoder encoder = new ReplicaHelloEncoder();
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final ReplicaHelloDecoder decoder = new ReplicaHelloDecoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final int brokerId;
    private Uuid clusterId;
    private int brokerEpoch = -1;
    private int senderId;

    /**
     * @param brokerId of this broker.
     */
    Hello(final int brokerId)
    {
        this.brokerId = brokerId;
    }

    void onRegistered(final Uuid cluster, final int epoch)
    {
        clusterId = cluster;
        brokerEpoch = epoch;
    }

    /** Whether it is known what to say, and to expect. */
    boolean isKnown()
    {
        return null != clusterId;
    }

    /**
     * Write the hello to a broker.
     *
     * @param receiverId id of it.
     * @return the message, {@link #LENGTH} long, until the next one is written.
     */
    DirectBuffer write(final int receiverId)
    {
        encoder.wrapAndApplyHeader(buffer, 0, headerEncoder)
            .senderId(brokerId)
            .senderBrokerEpoch(brokerEpoch)
            .receiverId(receiverId)
            .reserved(0)
            .clusterId().high(clusterId.high()).low(clusterId.low());
        return buffer;
    }

    /**
     * Judge the first message of an image.
     *
     * @param message with it.
     * @param index   of it.
     * @param length  of it.
     * @return what is wrong, or null: then {@link #senderId()} has the sender.
     */
    Refusal read(final DirectBuffer message, final int index, final int length)
    {
        if (length < LENGTH)
        {
            return Refusal.MISSING;
        }
        headerDecoder.wrap(message, index);
        final int blockLength = headerDecoder.blockLength();
        if (MessageHeaderDecoder.SCHEMA_ID != headerDecoder.schemaId() ||
            ReplicaHelloDecoder.TEMPLATE_ID != headerDecoder.templateId() ||
            blockLength < ReplicaHelloDecoder.BLOCK_LENGTH ||
            length < MessageHeaderDecoder.ENCODED_LENGTH + blockLength)
        {
            return Refusal.MISSING;
        }

        decoder.wrap(message, index + MessageHeaderDecoder.ENCODED_LENGTH, blockLength, headerDecoder.version());
        if (clusterId.high() != decoder.clusterId().high() || clusterId.low() != decoder.clusterId().low())
        {
            return Refusal.FOREIGN_CLUSTER;
        }
        if (brokerId != decoder.receiverId())
        {
            return Refusal.FOREIGN_RECEIVER;
        }
        senderId = decoder.senderId();
        if (brokerId == senderId)
        {
            return Refusal.OWN_ID;
        }

        return senderId < 0 ? Refusal.MALFORMED : null;
    }

    /**
     * @return of the hello that was read last.
     */
    int senderId()
    {
        return senderId;
    }
}
