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

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Messages of administration and metadata, both ways. Allocates; one object for one exchange.
 */
final class AdminCodec
{
    /** Second field of every request, behind the token. */
    private static final int CORRELATION_ID_OFFSET = MessageHeaderEncoder.ENCODED_LENGTH + Long.BYTES;
    /** After which another broker is asked, where there is another one and asking twice does no harm. */
    private static final long PATIENCE_NS = 1_000_000_000L;
    private static final long RETRY_PAUSE_NS = 50_000_000L;
    /** Longest wait for brokers that have not heard of a new topic. */
    private static final long KNOWN_NS = 2_000_000_000L;
    private static final long KNOWN_PAUSE_NS = 5_000_000L;
    /** No topic has this name: asked for where only the brokers are of interest. */
    private static final String NO_TOPIC = ".";

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

    TopicSummary create(
        final String name, final int partitions, final int replicationFactor, final Map<String, String> config)
    {
        final CreateTopicEncoder encoder = new CreateTopicEncoder();
        final CreateTopicEncoder.ConfigsEncoder configs = encoder.wrapAndApplyHeader(buffer, 0, header)
            .token(0)
            .correlationId(0)
            .partitions(partitions)
            .replicationFactor(replicationFactor)
            .configsCount(config.size());
        for (final Map.Entry<String, String> entry : config.entrySet())
        {
            configs.next().key(entry.getKey()).value(entry.getValue());
        }
        encoder.name(name);
        final long topicId = atController(encoder.encodedLength());
        awaitKnown(name, topicId);
        return new TopicSummary(name, topicId, partitions);
    }

    /**
     * Wait until each broker that there is a session with has heard of a topic, the controller itself too, so that
     * whoever is told of it finds it. A broker that does not hear of it in time is left alone: the topic is there.
     */
    private void awaitKnown(final String name, final long topicId)
    {
        final long deadlineNs = client.nowNs() + Math.min(KNOWN_NS, client.requestTimeoutNs());
        int known = 0;
        while (known < client.brokers().openCount() && client.nowNs() - deadlineNs < 0)
        {
            final ClusterMetadata.Topic topic = metadata(known, name).topic(name);
            if (null != topic && topic.topicId() == topicId)
            {
                known++;
            }
            else
            {
                client.pause(KNOWN_PAUSE_NS);
            }
        }
    }

    void delete(final String name)
    {
        final DeleteTopicEncoder encoder = new DeleteTopicEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header).token(0).correlationId(0).name(name);
        atController(encoder.encodedLength());
    }

    TopicDescription describe(final String name)
    {
        final DirectBuffer response = ask(encodeDescribe(name));
        return decoding(() -> description(response, name));
    }

    /** @return the request to one broker, on its way, or null where there is no session with it now. Never blocks. */
    ControlRequest startDescribe(final int brokerId, final String name, final long deadlineNs)
    {
        final ControlRequest request = request(encodeDescribe(name), deadlineNs);
        return client.submitTo(brokerId, request) ? request : null;
    }

    /** @return what a broker told in answer to {@link #startDescribe}. */
    TopicDescription finishDescribe(final ControlRequest request, final String name)
    {
        headerDecoder.wrap(request.response(), 0);
        return decoding(() -> description(request.response(), name));
    }

    private int encodeDescribe(final String name)
    {
        final DescribeTopicEncoder encoder = new DescribeTopicEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header).token(0).correlationId(0).name(name);
        return encoder.encodedLength();
    }

    /** @return the topics that exist among the names; all topics where no name is given. */
    ClusterMetadata metadata(final String... names)
    {
        return metadata(0, names);
    }

    private ClusterMetadata metadata(final int first, final String... names)
    {
        final long deadlineNs = client.nowNs() + client.requestTimeoutNs();
        for (int attempt = first;; attempt++)
        {
            final DirectBuffer response = ask(encodeMetadata(List.of(names)), attempt);
            try
            {
                return learn(decoding(() -> cluster(response)));
            }
            catch (final EponaException ex)
            {
                // A broker that just came up does not know its cluster yet.
                if (!ex.code().retriable() || client.nowNs() - deadlineNs >= 0)
                {
                    throw ex;
                }
                client.pause(RETRY_PAUSE_NS);
            }
        }
    }

    /** @return the topic, or null where no broker knows it: one may hear of a new topic later than who created it. */
    ClusterMetadata.Topic topic(final String name)
    {
        final int brokers = Math.max(1, client.brokers().openCount());
        ClusterMetadata.Topic topic = null;
        for (int i = 0; i < brokers && null == topic; i++)
        {
            topic = metadata(i, name).topic(name);
        }
        return topic;
    }

    /**
     * @param attempt another number asks another broker, where there are several.
     * @return the request for topics, on its way, or null where it must be tried again. Never blocks.
     */
    ControlRequest startMetadata(final long deadlineNs, final Collection<String> names, final int attempt)
    {
        final ControlRequest request = request(encodeMetadata(names), deadlineNs);
        return client.submit(request, attempt) ? request : null;
    }

    /** @return the topics that exist among those of a request that was answered. */
    ClusterMetadata finishMetadata(final ControlRequest request)
    {
        headerDecoder.wrap(request.response(), 0);
        return learn(decoding(() -> cluster(request.response())));
    }

    private ClusterMetadata learn(final ClusterMetadata metadata)
    {
        client.brokers().onMetadata(metadata);
        return metadata;
    }

    static EponaException unknownTopic(final String name)
    {
        return new EponaException(
            ResultCode.UNKNOWN_TOPIC, "topic '" + name + "' does not exist: " + ResultCode.UNKNOWN_TOPIC.remedy());
    }

    private int encodeMetadata(final Collection<String> names)
    {
        final MetadataRequestEncoder encoder = new MetadataRequestEncoder();
        final MetadataRequestEncoder.TopicsEncoder topics = encoder.wrapAndApplyHeader(buffer, 0, header)
            .token(0)
            .correlationId(0)
            .topicsCount(names.size());
        for (final String name : names)
        {
            topics.next().name(name);
        }
        return encoder.encodedLength();
    }

    /** @return what is in the buffer as a request that no other has the id of. */
    private ControlRequest request(final int encodedLength, final long deadlineNs)
    {
        final long correlationId = client.nextCorrelationId();
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + encodedLength;
        final UnsafeBuffer message = new UnsafeBuffer(new byte[length]);
        message.putBytes(0, buffer, 0, length);
        message.putLong(CORRELATION_ID_OFFSET, correlationId, LITTLE_ENDIAN);
        return new ControlRequest(correlationId, message, length, deadlineNs);
    }

    /** Ask any broker, and another one where it says nothing: for what may be asked twice. */
    private DirectBuffer ask(final int encodedLength)
    {
        return ask(encodedLength, 0);
    }

    private DirectBuffer ask(final int encodedLength, final int first)
    {
        final long deadlineNs = client.nowNs() + client.requestTimeoutNs();
        for (int attempt = first;; attempt++)
        {
            final long nowNs = client.nowNs();
            final boolean isLast = client.brokers().openCount() < 2 || deadlineNs - nowNs <= PATIENCE_NS;
            final ControlRequest request = request(encodedLength, isLast ? deadlineNs : nowNs + PATIENCE_NS);
            final boolean isAnswered = client.exchange(request, client.submit(request, attempt), what);
            if (isAnswered)
            {
                headerDecoder.wrap(request.response(), 0);
                return request.response();
            }
            if (isLast)
            {
                throw client.noAnswer(request, what);
            }
        }
    }

    /**
     * Have the controller do it: whichever broker is asked first says so where it is another one. What is not answered
     * is not asked again, for it may have been done.
     */
    private long atController(final int encodedLength)
    {
        final long deadlineNs = client.nowNs() + client.requestTimeoutNs();
        int controllerId = -1;
        while (true)
        {
            final ControlRequest request = request(encodedLength, deadlineNs);
            final int to = controllerId;
            final boolean isSubmitted = to < 0 ? client.submit(request, 0) : client.submitTo(to, request);
            if (to < 0 || isSubmitted)
            {
                if (!client.exchange(request, isSubmitted, what))
                {
                    throw client.noAnswer(request, what);
                }
                headerDecoder.wrap(request.response(), 0);
                try
                {
                    return decoding(() -> adminResult(request.response()));
                }
                catch (final EponaException ex)
                {
                    if (ResultCode.NOT_CONTROLLER != ex.code() || client.nowNs() - deadlineNs >= 0)
                    {
                        throw ex;
                    }
                }
            }
            if (client.nowNs() - deadlineNs >= 0)
            {
                throw new EponaException(
                    ResultCode.TIMED_OUT, what + ": the controller, broker " + to + ", cannot be reached");
            }
            client.pause(RETRY_PAUSE_NS);
            controllerId = new AdminCodec(client, what).metadata(NO_TOPIC).controllerId();
        }
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
            if (partition.partition() != partitions.size())
            {
                throw new IllegalStateException(
                    "partition " + partition.partition() + " in place of " + partitions.size());
            }
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

    private ClusterMetadata cluster(final DirectBuffer response)
    {
        if (MetadataDecoder.TEMPLATE_ID != headerDecoder.templateId())
        {
            adminResult(response);
            throw new IllegalStateException("neither metadata nor a refusal");
        }
        checkBlock(headerDecoder.blockLength(), MetadataDecoder.BLOCK_LENGTH);
        final MetadataDecoder decoder = new MetadataDecoder().wrapAndApplyHeader(response, 0, headerDecoder);
        check(decoder.code(), "metadata");
        final int controllerId = decoder.controllerId();
        final List<ClusterMetadata.Broker> brokers = new ArrayList<>();
        for (final MetadataDecoder.BrokersDecoder broker : decoder.brokers())
        {
            checkBlock(broker.actingBlockLength(), MetadataDecoder.BrokersDecoder.sbeBlockLength());
            brokers.add(broker(broker));
        }
        final List<ClusterMetadata.Topic> topics = new ArrayList<>();
        for (final MetadataDecoder.TopicsDecoder topic : decoder.topics())
        {
            checkBlock(topic.actingBlockLength(), MetadataDecoder.TopicsDecoder.sbeBlockLength());
            topics.add(topic(topic));
        }
        return new ClusterMetadata(controllerId, brokers, topics);
    }

    private static ClusterMetadata.Broker broker(final MetadataDecoder.BrokersDecoder broker)
    {
        final int brokerId = broker.brokerId();
        final int port = broker.port();
        return new ClusterMetadata.Broker(brokerId, broker.host(), port);
    }

    private static ClusterMetadata.Topic topic(final MetadataDecoder.TopicsDecoder topic)
    {
        final long topicId = topic.topicId();
        final MetadataDecoder.TopicsDecoder.PartitionsDecoder partitions = topic.partitions();
        final int count = partitions.count();
        if (count > 0)
        {
            checkBlock(
                partitions.actingBlockLength(), MetadataDecoder.TopicsDecoder.PartitionsDecoder.sbeBlockLength());
        }
        final int[] leaders = new int[count];
        final int[] leaderEpochs = new int[count];
        final int[][] replicas = new int[count][];
        for (int i = 0; i < count; i++)
        {
            partitions.next();
            if (i != partitions.partition())
            {
                throw new IllegalStateException("partition " + partitions.partition() + " in place of " + i);
            }
            leaders[i] = partitions.leader();
            leaderEpochs[i] = partitions.leaderEpoch();
            replicas[i] = brokerIds(partitions.replicas());
        }
        return new ClusterMetadata.Topic(topic.name(), topicId, leaders, leaderEpochs, replicas);
    }

    private static int[] brokerIds(final MetadataDecoder.TopicsDecoder.PartitionsDecoder.ReplicasDecoder replicas)
    {
        final int count = replicas.count();
        if (count > 0)
        {
            // without it a few bytes could name billions of replicas of no length
            checkBlock(
                replicas.actingBlockLength(),
                MetadataDecoder.TopicsDecoder.PartitionsDecoder.ReplicasDecoder.sbeBlockLength());
        }
        final int[] ids = new int[count];
        for (int i = 0; i < count; i++)
        {
            ids[i] = replicas.next().brokerId();
        }
        return ids;
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
