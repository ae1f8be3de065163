package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.local.SoleReplica;
import io.epona.engine.log.PartitionLog;

import java.io.IOException;
import java.util.stream.IntStream;

/**
 * Makes a topic: take an id, write the partitions' states, make the logs, write the topic under its name (the commit
 * point), publish and announce. What fails before the commit is undone; what a crash leaves before the commit, the next
 * start removes, since states without a topic say whose files they are.
 * <pre>
 *   NEW -> (id) -> (states) -> LOGS -> (commit) -> ANNOUNCE -> DONE
 *                                |         |
 *                                +--> UNDO_LOGS -> (undo states) -> DONE
 * </pre>
 * In brackets: waiting for the coordination. Owned by the housekeeper.
 */
final class TopicCreation implements TopicOperation
{
    private enum State
    {
        NEW, WAITING, LOGS, COMMIT, ANNOUNCE, UNDO_LOGS, DONE
    }

    private final Topics topics;
    private final TopicRequest request;
    private final TopicSettings settings;
    private final PartitionLog[] logs;
    private State state = State.NEW;
    private long topicId;
    private int next;
    private Catalogue.Entry entry;
    private ResultCode refusal;
    private String message;

    TopicCreation(final Topics topics, final TopicRequest request, final TopicSettings settings)
    {
        this.topics = topics;
        this.request = request;
        this.settings = settings;
        this.logs = new PartitionLog[request.partitionCount()];
    }

    @Override
    public int poll(final long nowNs)
    {
        switch (state)
        {
            case NEW ->
            {
                state = State.WAITING;
                topics.registry.allocateTopicId(this::onId);
                return 1;
            }
            case LOGS -> makeLog();
            case COMMIT ->
            {
                state = State.WAITING;
                topics.registry.commitTopic(
                    request.name(),
                    new TopicRecord(topicId, logs.length, 1, request.config()),
                    (status) -> onCommitted(status, nowNs));
            }
            case ANNOUNCE ->
            {
                return announce();
            }
            case UNDO_LOGS ->
            {
                return undoLog();
            }
            default ->
            {
                return 0;
            }
        }

        return 1;
    }

    @Override
    public boolean isDone()
    {
        return State.DONE == state;
    }

    @Override
    public int partitionCount()
    {
        // Once published the catalogue counts them.
        return null == entry ? logs.length : 0;
    }

    @Override
    public boolean holdsName()
    {
        return State.DONE != state;
    }

    @Override
    public TopicRequest request()
    {
        return request;
    }

    private void onId(final Status status, final long id)
    {
        if (Status.OK != status)
        {
            TopicOperation.refuse(request, status, "take a topic id");
            state = State.DONE;
            return;
        }

        topicId = id;
        topics.registry.createStates(
            topicId,
            logs.length,
            SoleReplica.created(topics.brokerId, topics.brokerEpoch),
            this::onStates);
    }

    private void onStates(final Status status)
    {
        if (Status.OK != status)
        {
            TopicOperation.refuse(request, status, "write the states of the partitions");
            state = State.DONE;
            return;
        }

        state = State.LOGS;
    }

    private void makeLog()
    {
        try
        {
            if (next < logs.length)
            {
                final PartitionLog log = PartitionLog.create(
                    topics.logContext,
                    topics.directory.partitionPath(request.name(), next, topicId),
                    topicId,
                    next,
                    settings.logConfig());
                log.leaderEpoch(0);
                logs[next] = log;
                next++;
            }
            else
            {
                topics.directory.sync();
                state = State.COMMIT;
            }
        }
        catch (final IOException ex)
        {
            topics.reporter.report(
                ResultCode.INTERNAL, "the files of topic " + request.name() + " cannot be made (" + ex + ")", ex);
            undo(
                ResultCode.STORAGE_LOW,
                "the files of topic " + request.name() + " cannot be made (" + ex + "): free space or mend the disk");
        }
    }

    private void onCommitted(final Status status, final long nowNs)
    {
        switch (status)
        {
            case OK -> publish(nowNs);
            case NODE_EXISTS -> undo(
                ResultCode.TOPIC_EXISTS, "topic " + request.name() + " exists: choose another name or delete it");
            case OUTCOME_UNKNOWN ->
            {
                // The topic may exist, so its files stay: the next start opens or removes them by what it then finds.
                for (final PartitionLog log : logs)
                {
                    log.closeClean();
                }
                TopicOperation.refuse(request, status, "create topic " + request.name());
                state = State.DONE;
            }
            default -> undo(
                ResultCode.INTERNAL,
                "the coordination answered " + status + " to the creation of topic " + request.name() +
                ": see the error log");
        }
    }

    private void publish(final long nowNs)
    {
        final Partition[] partitions = new Partition[logs.length];
        for (int i = 0; i < logs.length; i++)
        {
            partitions[i] = new Partition(request.name(), logs[i]);
            topics.logKeeper.add(logs[i], nowNs);
        }
        entry = new Catalogue.Entry(
            new TopicInfo(request.name(), topicId, logs.length, request.config()), partitions, logs);
        topics.publish(entry);
        next = 0;
        state = State.ANNOUNCE;
    }

    private int announce()
    {
        int workCount = 0;
        while (next < logs.length && topics.listener.onPartitionOpened(entry.partitions()[next]))
        {
            next++;
            workCount++;
        }
        if (logs.length == next)
        {
            request.succeed(entry.info());
            state = State.DONE;
            workCount++;
        }

        return workCount;
    }

    private void undo(final ResultCode refusal, final String message)
    {
        this.refusal = refusal;
        this.message = message;
        next = 0;
        state = State.UNDO_LOGS;
    }

    private int undoLog()
    {
        boolean isComplete = true;
        try
        {
            if (next < logs.length)
            {
                if (null != logs[next] && !logs[next].delete())
                {
                    return 0;
                }
                topics.directory.deletePartition(topics.directory.partitionPath(request.name(), next, topicId));
                next++;
                return 1;
            }
        }
        catch (final IOException ex)
        {
            topics.reporter.report(
                ResultCode.INTERNAL,
                "files of topic " + request.name() + ", which was not created, cannot be removed (" + ex +
                "): the next start removes them",
                ex);
            isComplete = false;
        }

        if (isComplete)
        {
            state = State.WAITING;
            topics.registry.removeStates(
                topicId, IntStream.range(0, logs.length).boxed().toList(), (status) -> finishUndo());
        }
        else
        {
            finishUndo();
        }

        return 1;
    }

    // Whatever became of the states: the next start removes those that have no topic.
    private void finishUndo()
    {
        request.refuse(refusal, message);
        state = State.DONE;
    }
}
