package io.epona.broker;

import io.epona.codecs.ResultCode;
import io.epona.codecs.client.AdminResultEncoder;
import io.epona.codecs.client.CloseEncoder;
import io.epona.codecs.client.ConnectOkEncoder;
import io.epona.codecs.client.KeepAliveEncoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.MetadataEncoder;
import io.epona.codecs.client.ProducerIdEncoder;
import io.epona.codecs.client.TopicDescriptionEncoder;
import io.epona.engine.TopicInfo;
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
    /**
     * What clients are told of this broker.
     *
     * @param brokerId in the cluster.
     * @param host     that clients connect to; empty where the broker has no network.
     * @param port     that clients connect to.
     * @param shards   of the broker.
     */
    record Identity(int brokerId, String host, int port, int shards)
    {
    }

    private static final int HEADER_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(4096);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final KeepAliveEncoder keepAlive = new KeepAliveEncoder();
    private final CloseEncoder close = new CloseEncoder();
    private final ProducerIdEncoder producerId = new ProducerIdEncoder();
    private final AdminResultEncoder adminResult = new AdminResultEncoder();
    private final MetadataEncoder metadata = new MetadataEncoder();
    private final TopicDescriptionEncoder description = new TopicDescriptionEncoder();
    private final PartitionTable.Source partitions;
    private final Limits limits;
    private final Identity identity;

    ControlReplies(final PartitionTable.Source partitions, final Limits limits, final Identity identity)
    {
        this.partitions = partitions;
        this.limits = limits;
        this.identity = identity;
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
            .brokerId(identity.brokerId())
            .shards(identity.shards())
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

    int producerId(final long correlationId, final long id)
    {
        producerId.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(correlationId)
            .producerId(id)
            .producerEpoch((short)0)
            .code((short)0);
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

    int metadata(final long correlationId, final List<TopicInfo> topics)
    {
        metadata.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(correlationId)
            .controllerId(identity.brokerId())
            .code((short)0);
        metadata.brokersCount(1).next()
            .brokerId(identity.brokerId())
            .port(identity.port())
            .shards(identity.shards())
            .maxMessageBytes(limits.maxBatchLength())
            .host(identity.host());
        final MetadataEncoder.TopicsEncoder encoder = metadata.topicsCount(topics.size());
        for (final TopicInfo topic : topics)
        {
            encoder.next().topicId(topic.topicId());
            final MetadataEncoder.TopicsEncoder.PartitionsEncoder entry =
                encoder.partitionsCount(topic.partitionCount());
            for (int i = 0; i < topic.partitionCount(); i++)
            {
                final HostedPartition partition = partitions.find(topic.topicId(), i);
                entry.next()
                    .partition(i)
                    .leader(null == partition ? -1 : identity.brokerId())
                    .leaderEpoch(null == partition ? -1 : partition.leaderEpoch())
                    .replicasCount(1).next().brokerId(identity.brokerId());
            }
            encoder.name(topic.name());
        }
        return HEADER_LENGTH + metadata.encodedLength();
    }

    /**
     * The answer to a metadata request whose true answer does not fit into a message.
     *
     * @param correlationId of the request.
     * @return length.
     */
    int metadataTooLong(final long correlationId)
    {
        metadata.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(correlationId)
            .controllerId(identity.brokerId())
            .code(ResultCode.LIMIT_REACHED.code());
        metadata.brokersCount(0);
        metadata.topicsCount(0);
        return HEADER_LENGTH + metadata.encodedLength();
    }

    int description(final long correlationId, final TopicInfo topic)
    {
        description.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(correlationId)
            .topicId(topic.topicId())
            .code((short)0);
        final TopicDescriptionEncoder.PartitionsEncoder entry = description.partitionsCount(topic.partitionCount());
        for (int i = 0; i < topic.partitionCount(); i++)
        {
            final HostedPartition partition = partitions.find(topic.topicId(), i);
            entry.next()
                .partition(i)
                .leader(null == partition ? -1 : identity.brokerId())
                .leaderEpoch(null == partition ? -1 : partition.leaderEpoch())
                .logStart(null == partition ? -1 : partition.logStart())
                .hw(null == partition ? -1 : partition.highWatermark())
                .logEnd(null == partition ? -1 : partition.logEnd())
                .replicasCount(1).next()
                .brokerId(identity.brokerId())
                .logEnd(null == partition ? -1 : partition.logEnd())
                .hw(null == partition ? -1 : partition.highWatermark())
                .state().clear().inSync(null != partition);
        }
        final TopicDescriptionEncoder.ConfigsEncoder configs = description.configsCount(topic.config().size());
        for (final Map.Entry<String, String> config : topic.config().entrySet())
        {
            configs.next().key(config.getKey()).value(config.getValue());
        }
        description.name(topic.name());
        return HEADER_LENGTH + description.encodedLength();
    }
}
