package io.epona.engine;

import io.epona.codecs.ResultCode;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes topic requests from any thread and carries out a bounded number of them side by side.
 * <p>
 * {@link #submit} is for any thread, the rest is the housekeeper's.
 */
final class TopicAdmin
{
    /** Most partitions of a topic. */
    static final int PARTITIONS_MAX = 1024;

    private static final int CONCURRENT_OPERATIONS = 16;

    private final Topics topics;
    private final ManyToOneConcurrentArrayQueue<TopicRequest> queue;
    private final List<TopicOperation> active = new ArrayList<>();
    private final int queueCapacity;
    private volatile boolean isClosed;

    TopicAdmin(final Topics topics, final int maxRequests)
    {
        this.topics = topics;
        this.queueCapacity = maxRequests;
        this.queue = new ManyToOneConcurrentArrayQueue<>(maxRequests);
    }

    TopicRequest submit(final TopicRequest request)
    {
        try
        {
            validate(request);
            if (!queue.offer(request))
            {
                request.refuse(
                    ResultCode.LIMIT_REACHED,
                    "more than " + queueCapacity + " topic requests wait: ask again when some are decided");
            }
            else if (isClosed)
            {
                // Close empties the queue after it set the flag; whoever comes later empties it here.
                refuseQueued();
            }
        }
        catch (final EngineException ex)
        {
            request.refuse(ex.code(), ex.getMessage());
        }

        return request;
    }

    int doWork(final long nowNs)
    {
        int workCount = 0;
        while (active.size() < CONCURRENT_OPERATIONS)
        {
            final TopicRequest request = queue.peek();
            if (null == request || isHeld(request.name()))
            {
                break;
            }
            begin(queue.poll());
            workCount++;
        }

        for (int i = active.size() - 1; i >= 0; i--)
        {
            final TopicOperation operation = active.get(i);
            workCount += operation.poll(nowNs);
            if (operation.isDone())
            {
                active.remove(i);
            }
        }

        return workCount;
    }

    /**
     * Refuse what is not decided. The housekeeper does not run any more.
     */
    void close()
    {
        isClosed = true;
        for (final TopicOperation operation : active)
        {
            if (!operation.request().isDone())
            {
                operation.request().refuse(
                    ResultCode.CLOSED,
                    "the engine was closed while it worked on topic " + operation.request().name() +
                    ": the next start completes or undoes it");
            }
        }
        active.clear();
        refuseQueued();
    }

    private void refuseQueued()
    {
        TopicRequest request;
        while (null != (request = queue.poll()))
        {
            request.refuse(ResultCode.CLOSED, "the engine is closed");
        }
    }

    private void validate(final TopicRequest request)
    {
        if (!TopicNames.isValid(request.name()))
        {
            throw new EngineException(ResultCode.INVALID_NAME, TopicNames.refusal(request.name()));
        }

        if (TopicRequest.Kind.CREATE == request.kind())
        {
            if (request.partitionCount() < 1 || request.partitionCount() > PARTITIONS_MAX)
            {
                throw new EngineException(
                    ResultCode.LIMIT_REACHED,
                    "a topic has 1 to " + PARTITIONS_MAX + " partitions, not " + request.partitionCount());
            }
            if (1 != request.replicationFactor() && -1 != request.replicationFactor())
            {
                throw new EngineException(
                    ResultCode.INVALID_REPLICATION,
                    "this broker is alone: a topic has 1 replica (or -1 for the default), not " +
                    request.replicationFactor());
            }
            TopicSettings.of(request.config(), topics.defaults);
        }
    }

    private boolean isHeld(final String name)
    {
        for (int i = 0; i < active.size(); i++)
        {
            if (active.get(i).holdsName() && active.get(i).request().name().equals(name))
            {
                return true;
            }
        }

        return false;
    }

    private void begin(final TopicRequest request)
    {
        if (TopicRequest.Kind.DELETE == request.kind())
        {
            active.add(new TopicDeletion(topics, request));
            return;
        }

        int partitionCount = topics.catalogue().partitionCount();
        for (final TopicOperation operation : active)
        {
            partitionCount += operation.partitionCount();
        }

        if (null != topics.catalogue().entry(request.name()))
        {
            request.refuse(
                ResultCode.TOPIC_EXISTS, "topic " + request.name() + " exists: choose another name or delete it");
        }
        else if (partitionCount + request.partitionCount() > topics.maxPartitions)
        {
            request.refuse(
                ResultCode.LIMIT_REACHED,
                "the broker has " + partitionCount + " partitions of at most " + topics.maxPartitions +
                ": delete topics, or raise " + Setting.MAX_PARTITIONS.propertyName());
        }
        else
        {
            active.add(new TopicCreation(topics, request, TopicSettings.of(request.config(), topics.defaults)));
        }
    }
}
