package io.epona.broker;

import io.epona.broker.host.HostedTopics;
import io.epona.broker.host.PendingReply;
import io.epona.codecs.ResultCode;
import io.epona.codecs.client.CloseDecoder;
import io.epona.codecs.client.CreateTopicDecoder;
import io.epona.codecs.client.DeleteTopicDecoder;
import io.epona.codecs.client.DescribeTopicDecoder;
import io.epona.codecs.client.InitProducerIdDecoder;
import io.epona.codecs.client.KeepAliveDecoder;
import io.epona.codecs.client.MetadataRequestDecoder;
import io.epona.engine.node.NodeMetadata;
import io.epona.transport.MessageHandler;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decodes and answers the requests of control lanes, one session at a time.
 * <p>
 * Owned by the conductor.
 */
final class ControlRequests implements MessageHandler
{
    private static final int HEADER_LENGTH = MessageGate.HEADER_LENGTH;
    private static final int MAX_GROUP_SIZE = 0xFFFE;

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final KeepAliveDecoder keepAlive = new KeepAliveDecoder();
    private final CloseDecoder close = new CloseDecoder();
    private final InitProducerIdDecoder initProducerId = new InitProducerIdDecoder();
    private final MetadataRequestDecoder metadata = new MetadataRequestDecoder();
    private final CreateTopicDecoder create = new CreateTopicDecoder();
    private final DeleteTopicDecoder delete = new DeleteTopicDecoder();
    private final DescribeTopicDecoder describe = new DescribeTopicDecoder();
    private final HostedTopics topics;
    private final ControlReplies replies;
    private final AtomicCounter requests;
    private ControlSession session;
    private Violation violation;
    private long nowNs;

    ControlRequests(final HostedTopics topics, final ControlReplies replies, final AtomicCounter requests)
    {
        this.topics = topics;
        this.replies = replies;
        this.requests = requests;
    }

    /**
     * Take in the requests of a session.
     *
     * @param session to serve.
     * @param limit   of messages.
     * @param nowNs   of the cycle.
     * @return messages taken.
     */
    int poll(final ControlSession session, final int limit, final long nowNs)
    {
        this.session = session;
        this.nowNs = nowNs;
        this.violation = null;
        return session.lane().poll(this, limit);
    }

    /**
     * @return what the last poll met, or null.
     */
    Violation violation()
    {
        return violation;
    }

    @Override
    public boolean onMessage(final DirectBuffer buffer, final int index, final int length)
    {
        if (!session.hasRoom() || session.isEnding())
        {
            return false;
        }

        final int templateId = MessageGate.check(buffer, index, length);
        if (templateId < 0)
        {
            violation = MessageGate.violation(templateId);
            return false;
        }

        try
        {
            view.wrap(buffer, index, length);
            dispatch(templateId, length);
        }
        catch (final IndexOutOfBoundsException ex)
        {
            violation = Violation.LENGTH;
        }

        if (null == violation)
        {
            session.heard(nowNs);
            return true;
        }
        return false;
    }

    private void dispatch(final int templateId, final int length)
    {
        switch (templateId)
        {
            case KeepAliveDecoder.TEMPLATE_ID -> onKeepAlive(length);
            case CloseDecoder.TEMPLATE_ID -> onClose(length);
            case MetadataRequestDecoder.TEMPLATE_ID -> onMetadata(length);
            case CreateTopicDecoder.TEMPLATE_ID -> onCreate(length);
            case DeleteTopicDecoder.TEMPLATE_ID -> onDelete(length);
            case DescribeTopicDecoder.TEMPLATE_ID -> onDescribe(length);
            case InitProducerIdDecoder.TEMPLATE_ID -> onInitProducerId(length);
            default -> violation = Violation.TEMPLATE;
        }
    }

    private boolean check(final long token, final int end, final int length)
    {
        if (token != session.token())
        {
            violation = Violation.TOKEN;
        }
        else if (end != length)
        {
            violation = Violation.LENGTH;
        }

        return null == violation;
    }

    private void onKeepAlive(final int length)
    {
        keepAlive.wrap(view, HEADER_LENGTH, KeepAliveDecoder.BLOCK_LENGTH, KeepAliveDecoder.SCHEMA_VERSION);
        if (check(keepAlive.token(), HEADER_LENGTH + KeepAliveDecoder.BLOCK_LENGTH, length))
        {
            session.send(replies.buffer(), replies.keepAlive(session.token()));
        }
    }

    private void onClose(final int length)
    {
        close.wrap(view, HEADER_LENGTH, CloseDecoder.BLOCK_LENGTH, CloseDecoder.SCHEMA_VERSION);
        if (check(close.token(), HEADER_LENGTH + CloseDecoder.BLOCK_LENGTH, length))
        {
            session.end();
        }
    }

    private void onInitProducerId(final int length)
    {
        initProducerId.wrap(
            view, HEADER_LENGTH, InitProducerIdDecoder.BLOCK_LENGTH, InitProducerIdDecoder.SCHEMA_VERSION);
        if (check(initProducerId.token(), HEADER_LENGTH + InitProducerIdDecoder.BLOCK_LENGTH, length))
        {
            requests.increment();
            answer(initProducerId.correlationId(), topics.allocateProducerId());
        }
    }

    private void onMetadata(final int length)
    {
        metadata.wrap(
            view, HEADER_LENGTH, MetadataRequestDecoder.BLOCK_LENGTH, MetadataRequestDecoder.SCHEMA_VERSION);
        final long token = metadata.token();
        final long correlationId = metadata.correlationId();
        final List<String> names = new ArrayList<>();
        for (final MetadataRequestDecoder.TopicsDecoder topic : metadata.topics())
        {
            names.add(topic.name());
        }
        if (!check(token, metadata.limit(), length))
        {
            return;
        }

        requests.increment();
        final NodeMetadata known = topics.metadata(names);
        session.send(replies.buffer(), metadataReply(correlationId, known));
    }

    private int metadataReply(final long correlationId, final NodeMetadata known)
    {
        if (null == known)
        {
            return replies.metadataRefused(correlationId, ResultCode.LOADING);
        }
        if (known.topics().size() > MAX_GROUP_SIZE)
        {
            return replies.metadataRefused(correlationId, ResultCode.LIMIT_REACHED);
        }

        final int replyLength = replies.metadata(correlationId, known);
        return replyLength > session.lane().maxMessageLength() ?
            replies.metadataRefused(correlationId, ResultCode.LIMIT_REACHED) : replyLength;
    }

    private void onCreate(final int length)
    {
        create.wrap(view, HEADER_LENGTH, CreateTopicDecoder.BLOCK_LENGTH, CreateTopicDecoder.SCHEMA_VERSION);
        final long token = create.token();
        final long correlationId = create.correlationId();
        final int partitions = create.partitions();
        final int replicationFactor = create.replicationFactor();
        final Map<String, String> config = new LinkedHashMap<>();
        for (final CreateTopicDecoder.ConfigsDecoder entry : create.configs())
        {
            final String key = entry.key();
            config.put(key, entry.value());
        }
        final String name = create.name();
        if (check(token, create.limit(), length))
        {
            requests.increment();
            answer(correlationId, topics.createTopic(name, partitions, replicationFactor, config));
        }
    }

    private void onDelete(final int length)
    {
        delete.wrap(view, HEADER_LENGTH, DeleteTopicDecoder.BLOCK_LENGTH, DeleteTopicDecoder.SCHEMA_VERSION);
        final long token = delete.token();
        final long correlationId = delete.correlationId();
        final String name = delete.name();
        if (check(token, delete.limit(), length))
        {
            requests.increment();
            answer(correlationId, topics.deleteTopic(name));
        }
    }

    private void onDescribe(final int length)
    {
        describe.wrap(view, HEADER_LENGTH, DescribeTopicDecoder.BLOCK_LENGTH, DescribeTopicDecoder.SCHEMA_VERSION);
        final long token = describe.token();
        final long correlationId = describe.correlationId();
        final String name = describe.name();
        if (check(token, describe.limit(), length))
        {
            requests.increment();
            answer(correlationId, topics.describeTopic(name));
        }
    }

    private void answer(final long correlationId, final PendingReply reply)
    {
        if (reply.isDone())
        {
            session.send(replies.buffer(), replies.reply(correlationId, reply));
        }
        else
        {
            session.requests().add(new ControlSession.PendingRequest(correlationId, reply));
        }
    }
}
