package io.epona.broker;

import io.epona.broker.host.PendingDescription;
import io.epona.broker.host.PendingProducerId;
import io.epona.broker.host.PendingReply;
import io.epona.broker.host.PendingTopic;
import io.epona.broker.host.TopicFigures;
import io.epona.codecs.ResultCode;
import io.epona.codecs.client.AdminResultEncoder;
import io.epona.codecs.client.CloseEncoder;
import io.epona.codecs.client.ConnectOkEncoder;
import io.epona.codecs.client.KeepAliveEncoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.MetadataEncoder;
import io.epona.codecs.client.ProducerIdEncoder;
import io.epona.codecs.client.TopicDescriptionEncoder;
import io.epona.engine.node.NodeMetadata;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.List;
import java.util.Map;

/**
 * Encodes what the conductor answers, one message at a time from index 0 of its buffer.
 * <p>
 * Owned by the conductor.
 */
final class ControlReplies
{
    private static final int HEADER_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(4096);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final KeepAliveEncoder keepAlive = new KeepAliveEncoder();
    private final CloseEncoder close = new CloseEncoder();
    private final ProducerIdEncoder producerId = new ProducerIdEncoder();
    private final AdminResultEncoder adminResult = new AdminResultEncoder();
    private final MetadataEncoder metadata = new MetadataEncoder();
    private final TopicDescriptionEncoder description = new TopicDescriptionEncoder();
    private final Limits limits;
    private final NodeMetadata.Broker self;

    /**
     * @param limits of the broker.
     * @param self   the broker, as clients are told of it.
     */
    ControlReplies(final Limits limits, final NodeMetadata.Broker self)
    {
        this.limits = limits;
        this.self = self;
    }

    DirectBuffer buffer()
    {
        return buffer;
    }

    int connectOk(final MutableDirectBuffer target, final long correlationId, final long token)
    {
        new ConnectOkEncoder().wrapAndApplyHeader(target, 0, new MessageHeaderEncoder())
            .correlationId(correlationId)
            .token(token)
            .brokerId(self.brokerId())
            .shards(self.shards())
            .maxMessageBytes(limits.maxBatchLength())
            .maxRequestsInFlight(limits.maxRequestsInFlight())
            .keepAliveIntervalMs((int)(limits.keepAliveIntervalNs() / 1_000_000))
            .sessionTimeoutMs((int)(limits.sessionTimeoutNs() / 1_000_000));
        return HEADER_LENGTH + ConnectOkEncoder.BLOCK_LENGTH;
    }

    int keepAlive(final long token)
    {
        keepAlive.wrapAndApplyHeader(buffer, 0, header).token(token);
        return HEADER_LENGTH + KeepAliveEncoder.BLOCK_LENGTH;
    }

    int close(final long token, final short code)
    {
        close.wrapAndApplyHeader(buffer, 0, header).token(token).code(code);
        return HEADER_LENGTH + CloseEncoder.BLOCK_LENGTH;
    }

    int producerId(final long correlationId, final long idOrCode)
    {
        producerId.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(correlationId)
            .producerId(Math.max(-1, idOrCode))
            .producerEpoch((short)0)
            .code((short)Math.min(0, idOrCode));
        return HEADER_LENGTH + ProducerIdEncoder.BLOCK_LENGTH;
    }

    int adminResult(final long correlationId, final long topicId, final int code, final String text)
    {
        adminResult.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(correlationId)
            .topicId(topicId)
            .code((short)code)
            .text(text);
        return HEADER_LENGTH + adminResult.encodedLength();
    }

    int metadata(final long correlationId, final NodeMetadata known)
    {
        metadata.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(correlationId)
            .controllerId(known.controllerId())
            .code((short)0);
        final MetadataEncoder.BrokersEncoder broker = metadata.brokersCount(known.brokers().size());
        for (final NodeMetadata.Broker entry : known.brokers())
        {
            broker.next()
                .brokerId(entry.brokerId())
                .port(entry.port())
                .shards(entry.shards())
                .maxMessageBytes(entry.maxMessageBytes())
                .host(entry.host());
        }
        final MetadataEncoder.TopicsEncoder topic = metadata.topicsCount(known.topics().size());
        for (final NodeMetadata.Topic entry : known.topics())
        {
            topic.next().topicId(entry.topicId());
            encode(topic.partitionsCount(entry.partitions().size()), entry.partitions());
            topic.name(entry.name());
        }
        return HEADER_LENGTH + metadata.encodedLength();
    }

    private static void encode(
        final MetadataEncoder.TopicsEncoder.PartitionsEncoder encoder, final List<NodeMetadata.Partition> partitions)
    {
        for (final NodeMetadata.Partition partition : partitions)
        {
            final MetadataEncoder.TopicsEncoder.PartitionsEncoder.ReplicasEncoder replica = encoder.next()
                .partition(partition.partition())
                .leader(partition.leader())
                .leaderEpoch(partition.leaderEpoch())
                .replicasCount(partition.replicas().size());
            for (final int brokerId : partition.replicas())
            {
                replica.next().brokerId(brokerId);
            }
        }
    }

    /**
     * The answer to a metadata request to which there is no true answer.
     *
     * @param correlationId of the request.
     * @param code          LIMIT_REACHED: it does not fit into a message; LOADING: this broker does not know it yet.
     * @return length.
     */
    int metadataRefused(final long correlationId, final ResultCode code)
    {
        metadata.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(correlationId)
            .controllerId(-1)
            .code(code.code());
        metadata.brokersCount(0);
        metadata.topicsCount(0);
        return HEADER_LENGTH + metadata.encodedLength();
    }

    int description(final long correlationId, final TopicFigures topic)
    {
        description.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(correlationId)
            .topicId(topic.topicId())
            .code((short)0);
        final TopicDescriptionEncoder.PartitionsEncoder entry =
            description.partitionsCount(topic.partitions().size());
        for (final TopicFigures.PartitionFigures partition : topic.partitions())
        {
            final TopicDescriptionEncoder.PartitionsEncoder.ReplicasEncoder replicas = entry.next()
                .partition(partition.partition())
                .leader(partition.leader())
                .leaderEpoch(partition.leaderEpoch())
                .logStart(partition.logStart())
                .hw(partition.highWatermark())
                .logEnd(partition.logEnd())
                .replicasCount(partition.replicas().size());
            for (final TopicFigures.ReplicaFigures replica : partition.replicas())
            {
                replicas.next()
                    .brokerId(replica.brokerId())
                    .logEnd(replica.logEnd())
                    .hw(replica.highWatermark())
                    .state().clear().inSync(replica.isInSync()).eligible(replica.isEligible());
            }
        }
        final TopicDescriptionEncoder.ConfigsEncoder configs = description.configsCount(topic.config().size());
        for (final Map.Entry<String, String> config : topic.config().entrySet())
        {
            configs.next().key(config.getKey()).value(config.getValue());
        }
        description.name(topic.name());
        return HEADER_LENGTH + description.encodedLength();
    }

    /**
     * Encode an answer that is there.
     *
     * @param correlationId of the request.
     * @param reply         that is done.
     * @return length.
     */
    int reply(final long correlationId, final PendingReply reply)
    {
        if (reply instanceof PendingTopic topic)
        {
            return adminResult(correlationId, topic.topicId(), topic.code(), topic.message());
        }
        if (reply instanceof PendingProducerId id)
        {
            return producerId(correlationId, id.producerId());
        }

        final PendingDescription topic = (PendingDescription)reply;
        if (0 == topic.code())
        {
            return description(correlationId, topic.figures());
        }

        return adminResult(
            correlationId,
            0,
            topic.code(),
            ResultCode.UNKNOWN_TOPIC.code() == topic.code() ?
                "there is no topic of this name: list the topics, or create it" :
                ResultCode.get(topic.code()).remedy());
    }
}
