package io.epona.client;

import io.epona.codecs.ResultCode;
import io.epona.codecs.client.AdminResultDecoder;
import io.epona.codecs.client.CreateTopicEncoder;
import io.epona.codecs.client.DeleteTopicEncoder;
import io.epona.codecs.client.DescribeTopicEncoder;
import io.epona.codecs.client.MessageHeaderDecoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.MetadataDecoder;
import io.epona.codecs.client.MetadataRequestEncoder;
import io.epona.codecs.client.TopicDescriptionDecoder;
import io.epona.transport.ControlRequest;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Messages of administration and metadata, both ways. Allocates; one object for one exchange.
 */
final class AdminCodec
{
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(512);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final ClientRuntime client;
    private final String what;

    AdminCodec(final ClientRuntime client, final String what)
    {
        this.client = client;
        this.what = what;
    }

    static void checkName(final String name)
    {
        if (null == name || !name.matches("[a-zA-Z0-9._-]{1,200}") || ".".equals(name) || "..".equals(name))
        {
            throw new EponaException(
                ResultCode.INVALID_NAME, "topic name '" + name + "': " + ResultCode.INVALID_NAME.remedy());
        }
    }

    TopicSummary create(final String name, final int partitions, final Map<String, String> config)
    {
        final long correlationId = client.nextCorrelationId();
        final CreateTopicEncoder encoder = new CreateTopicEncoder();
        final CreateTopicEncoder.ConfigsEncoder configs = encoder.wrapAndApplyHeader(buffer, 0, header)
            .token(0)
            .correlationId(correlationId)
            .partitions(partitions)
            .replicationFactor(-1)
            .configsCount(config.size());
        for (final Map.Entry<String, String> entry : config.entrySet())
        {
            configs.next().key(entry.getKey()).value(entry.getValue());
        }
        encoder.name(name);
        final DirectBuffer response = exchange(correlationId, encoder.encodedLength());
        return decoding(() -> new TopicSummary(name, adminResult(response), partitions));
    }

    void delete(final String name)
    {
        final long correlationId = client.nextCorrelationId();
        final DeleteTopicEncoder encoder = new DeleteTopicEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header).token(0).correlationId(correlationId).name(name);
        final DirectBuffer response = exchange(correlationId, encoder.encodedLength());
        decoding(() -> adminResult(response));
    }

    TopicDescription describe(final String name)
    {
        final long correlationId = client.nextCorrelationId();
        final DescribeTopicEncoder encoder = new DescribeTopicEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header).token(0).correlationId(correlationId).name(name);
        final DirectBuffer response = exchange(correlationId, encoder.encodedLength());
        return decoding(() -> description(response, name));
    }

    /** @return the topics that exist among the names; all topics where no name is given. */
    List<TopicSummary> metadata(final String... names)
    {
        final long correlationId = client.nextCorrelationId();
        final DirectBuffer response = exchange(correlationId, encodeMetadata(correlationId, List.of(names)));
        return decoding(() -> summaries(response));
    }

    /** @return the request for topics, on its way, or null where it must be tried again. Never blocks. */
    ControlRequest startMetadata(final long nowNs, final Collection<String> names)
    {
        final long correlationId = client.nextCorrelationId();
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + encodeMetadata(correlationId, names);
        final ControlRequest request = new ControlRequest(
            correlationId,
            new UnsafeBuffer(buffer.byteArray(), 0, length),
            length,
            nowNs + client.ctx().requestTimeoutNs());
        return client.submit(request) ? request : null;
    }

    /** @return the topics that exist among those of a request that was answered. */
    List<TopicSummary> finishMetadata(final ControlRequest request)
    {
        headerDecoder.wrap(request.response(), 0);
        return decoding(() -> summaries(request.response()));
    }

    static TopicSummary find(final List<TopicSummary> topics, final String name)
    {
        for (final TopicSummary topic : topics)
        {
            if (topic.name().equals(name))
            {
                return topic;
            }
        }
        return null;
    }

    static EponaException unknownTopic(final String name)
    {
        return new EponaException(
            ResultCode.UNKNOWN_TOPIC, "topic '" + name + "' does not exist: " + ResultCode.UNKNOWN_TOPIC.remedy());
    }

    private int encodeMetadata(final long correlationId, final Collection<String> names)
    {
        final MetadataRequestEncoder encoder = new MetadataRequestEncoder();
        final MetadataRequestEncoder.TopicsEncoder topics = encoder.wrapAndApplyHeader(buffer, 0, header)
            .token(0)
            .correlationId(correlationId)
            .topicsCount(names.size());
        for (final String name : names)
        {
            topics.next().name(name);
        }
        return encoder.encodedLength();
    }

    private DirectBuffer exchange(final long correlationId, final int encodedLength)
    {
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + encodedLength;
        final ControlRequest request = client.request(
            correlationId, new UnsafeBuffer(buffer.byteArray(), 0, length), length, what);
        headerDecoder.wrap(request.response(), 0);
        return request.response();
    }

    /** A step that reads what a broker sent. */
    private interface Decoding<T>
    {
        T decode();
    }

    private <T> T decoding(final Decoding<T> step)
    {
        try
        {
            return step.decode();
        }
        catch (final IndexOutOfBoundsException | IllegalStateException | IllegalArgumentException ex)
        {
            throw new EponaException(ResultCode.INTERNAL, what + ": the broker's answer made no sense", ex);
        }
    }

    private long adminResult(final DirectBuffer response)
    {
        if (AdminResultDecoder.TEMPLATE_ID != headerDecoder.templateId())
        {
            throw new IllegalStateException("template " + headerDecoder.templateId());
        }
        checkBlock(headerDecoder.blockLength(), AdminResultDecoder.BLOCK_LENGTH);
        final AdminResultDecoder decoder = new AdminResultDecoder().wrapAndApplyHeader(response, 0, headerDecoder);
        final int code = decoder.code();
        final long topicId = decoder.topicId();
        check(code, decoder.text());
        return topicId;
    }

    private TopicDescription description(final DirectBuffer response, final String name)
    {
        if (TopicDescriptionDecoder.TEMPLATE_ID != headerDecoder.templateId())
        {
            adminResult(response);
            throw new IllegalStateException("neither a description nor a refusal");
        }
        checkBlock(headerDecoder.blockLength(), TopicDescriptionDecoder.BLOCK_LENGTH);
        final TopicDescriptionDecoder decoder =
            new TopicDescriptionDecoder().wrapAndApplyHeader(response, 0, headerDecoder);
        final long topicId = decoder.topicId();
        check(decoder.code(), "topic '" + name + "'");
        final List<TopicDescription.Partition> partitions = new ArrayList<>();
        for (final TopicDescriptionDecoder.PartitionsDecoder partition : decoder.partitions())
        {
            checkBlock(
                partition.actingBlockLength(), TopicDescriptionDecoder.PartitionsDecoder.sbeBlockLength());
            partitions.add(new TopicDescription.Partition(
                partition.partition(),
                partition.leader(),
                partition.leaderEpoch(),
                partition.logStart(),
                partition.hw(),
                partition.logEnd(),
                replicas(partition.replicas())));
        }
        final Map<String, String> config = new LinkedHashMap<>();
        for (final TopicDescriptionDecoder.ConfigsDecoder entry : decoder.configs())
        {
            config.put(entry.key(), entry.value());
        }
        return new TopicDescription(decoder.name(), topicId, List.copyOf(partitions), config);
    }

    private static List<TopicDescription.Replica> replicas(
        final TopicDescriptionDecoder.PartitionsDecoder.ReplicasDecoder decoder)
    {
        final List<TopicDescription.Replica> replicas = new ArrayList<>();
        for (final TopicDescriptionDecoder.PartitionsDecoder.ReplicasDecoder replica : decoder)
        {
            checkBlock(
                replica.actingBlockLength(),
                TopicDescriptionDecoder.PartitionsDecoder.ReplicasDecoder.sbeBlockLength());
            replicas.add(new TopicDescription.Replica(
                replica.brokerId(),
                replica.logEnd(),
                replica.hw(),
                replica.state().inSync(),
                replica.state().eligible()));
        }
        return List.copyOf(replicas);
    }

    private List<TopicSummary> summaries(final DirectBuffer response)
    {
        if (MetadataDecoder.TEMPLATE_ID != headerDecoder.templateId())
        {
            adminResult(response);
            throw new IllegalStateException("neither metadata nor a refusal");
        }
        checkBlock(headerDecoder.blockLength(), MetadataDecoder.BLOCK_LENGTH);
        final MetadataDecoder decoder = new MetadataDecoder().wrapAndApplyHeader(response, 0, headerDecoder);
        check(decoder.code(), "metadata");
        for (final MetadataDecoder.BrokersDecoder broker : decoder.brokers())
        {
            broker.skipHost();
        }
        final List<TopicSummary> topics = new ArrayList<>();
        for (final MetadataDecoder.TopicsDecoder topic : decoder.topics())
        {
            checkBlock(topic.actingBlockLength(), MetadataDecoder.TopicsDecoder.sbeBlockLength());
            final long topicId = topic.topicId();
            int count = 0;
            for (final MetadataDecoder.TopicsDecoder.PartitionsDecoder partition : topic.partitions())
            {
                count++;
                for (final MetadataDecoder.TopicsDecoder.PartitionsDecoder.ReplicasDecoder replica :
                    partition.replicas())
                {
                    // without it a few bytes could name billions of replicas of no length
                    checkBlock(
                        replica.actingBlockLength(),
                        MetadataDecoder.TopicsDecoder.PartitionsDecoder.ReplicasDecoder.sbeBlockLength());
                }
            }
            topics.add(new TopicSummary(topic.name(), topicId, count));
        }
        return topics;
    }

    private static void checkBlock(final int actual, final int least)
    {
        if (actual < least)
        {
            throw new IllegalStateException("a block of " + actual + " bytes, at least " + least);
        }
    }

    private void check(final int code, final String text)
    {
        if (0 != code)
        {
            final ResultCode result = ResultCode.get(code);
            throw new EponaException(
                null == result ? ResultCode.INTERNAL : result,
                what + ": " + text + (null == result ? " (code " + code + ")" : "; " + result.remedy()));
        }
    }
}
