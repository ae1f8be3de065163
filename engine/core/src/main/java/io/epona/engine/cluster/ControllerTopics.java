package io.epona.engine.cluster;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.ControllerState.Partition;
import io.epona.engine.cluster.ControllerState.Topic;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.Marks;
import org.agrona.ErrorHandler;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Topics as a controller makes and unmakes them. A topic exists from the creation of {@code /topics/NAME}, the commit
 * point, to its deletion. Its partitions' states are made before. After the deletion they are retired, which tells the
 * brokers to delete their replicas, and removed when the brokers had time to see it. States without a topic, left by a
 * controller that did not get to its commit point, go the same way.
 * <p>
 * Owned by the controller.
 */
final class ControllerTopics
{
    private static final int OPERATIONS_PER_WRITE = 512;
    private static final byte[] EMPTY = new byte[0];

    private final Coordination coordination;
    private final ControllerState state;
    private final ControllerWrites writes;
    private final TreeMirror mirror;
    private final Marks marks;
    private final TopicIds ids;
    private final long graceNs;
    private final List<Change> changes = new ArrayList<>();
    private final TreeSet<Long> creating = new TreeSet<>();
    private final TreeMap<Long, Orphan> orphans = new TreeMap<>();
    private int controllerEpoch;
    private int life;

    /** States that lost their topic. */
    private static final class Orphan
    {
        private boolean isRetired;
        private boolean isWriting;
        private long deadlineNs;
    }

    /** A change that somebody waits for. */
    private static final class Change
    {
        private final String name;
        private final TopicHandler handler;
        private boolean isIssued;

        private Change(final String name, final TopicHandler handler)
        {
            this.name = name;
            this.handler = handler;
        }
    }

    ControllerTopics(
        final Coordination coordination,
        final ControllerState state,
        final ControllerWrites writes,
        final TreeMirror mirror,
        final Marks marks,
        final ErrorHandler errorHandler,
        final long graceNs)
    {
        this.coordination = coordination;
        this.state = state;
        this.writes = writes;
        this.mirror = mirror;
        this.marks = marks;
        this.ids = new TopicIds(errorHandler);
        this.graceNs = graceNs;
    }

    /** The tree was read: states without a topic are of former controllers. */
    void begin(final int epoch)
    {
        controllerEpoch = epoch;
        for (final long topicId : state.partitions().keySet())
        {
            considerOrphan(topicId);
        }
    }

    /** The claim is lost: the next controller settles what is under way. */
    void end()
    {
        life++;
        creating.clear();
        orphans.clear();
        final List<Change> open = List.copyOf(changes);
        changes.clear();
        for (final Change change : open)
        {
            if (change.isIssued)
            {
                change.handler.onTopic(
                    ResultCode.TIMED_OUT, -1, "the controller changed: whether it was done shows in the topic list");
            }
            else
            {
                change.handler.onTopic(ResultCode.NOT_CONTROLLER, -1, "the controller changed: try again");
            }
        }
    }

    void create(final NewTopic topic, final TopicHandler handler)
    {
        final List<Integer> running = state.runningBrokers();
        final int replicationFactor = topic.replicationFactor() < 0 ?
            Math.min(NewTopic.REPLICATION_FACTOR_DEFAULT, running.size()) : topic.replicationFactor();
        if (null != state.topic(topic.name()) || isBeingMade(topic.name()))
        {
            handler.onTopic(ResultCode.TOPIC_EXISTS, -1, "there is a topic '" + topic.name() + "'");
        }
        else if (replicationFactor < 1 || replicationFactor > running.size())
        {
            handler.onTopic(
                ResultCode.INVALID_REPLICATION, -1,
                "replication factor " + replicationFactor + " with " + running.size() + " running brokers");
        }
        else if (topic.partitionCount() < 1 || topic.partitionCount() > NewTopic.MAX_PARTITIONS || topic.minIsr() < 1)
        {
            handler.onTopic(
                ResultCode.INVALID_CONFIG, -1,
                topic.partitionCount() + " partitions, at least " + topic.minIsr() + " in sync: a topic has 1 to " +
                NewTopic.MAX_PARTITIONS + " partitions and at least 1 in-sync replica");
        }
        else
        {
            final Change change = new Change(topic.name(), handler);
            changes.add(change);
            allocateId(topic, replicationFactor, change);
        }
    }

    void delete(final String name, final TopicHandler handler)
    {
        final Topic topic = state.topic(name);
        if (null == topic)
        {
            handler.onTopic(ResultCode.UNKNOWN_TOPIC, -1, "there is no topic '" + name + "'");
            return;
        }

        final Change change = new Change(name, handler);
        change.isIssued = true;
        changes.add(change);
        final long topicId = topic.record().topicId();
        writes.issue(
            List.of(Operation.delete(Paths.topic(name), topic.version())),
            (status, failedIndex, wasUnknown) ->
            {
                if (Status.OK == status || Status.NO_NODE == status && wasUnknown)
                {
                    marks.hit(Mark.TOPIC_DELETED);
                    state.remove(state.topic(topicId));
                    considerOrphan(topicId);
                    finish(change, null, topicId, null);
                }
                else
                {
                    mirror.refresh(Paths.topic(name));
                    finish(change, Status.NO_NODE == status ? ResultCode.UNKNOWN_TOPIC : ResultCode.INTERNAL, -1,
                        "the topic '" + name + "' changed meanwhile: try again");
                }
            });
    }

    /**
     * @return whether the states of a topic id belong to no topic, and to none that is being made.
     */
    boolean isOrphan(final long topicId)
    {
        if (null != state.topic(topicId) || creating.contains(topicId))
        {
            return false;
        }
        if (state.isDoomed(topicId))
        {
            return true;
        }
        for (final Partition partition : state.partitions().getOrDefault(topicId, new TreeMap<>()).values())
        {
            if (partition.state().controllerEpoch() >= controllerEpoch && !partition.isRetired())
            {
                return false;
            }
        }

        return true;
    }

    void considerOrphan(final long topicId)
    {
        if (isOrphan(topicId) && null == orphans.putIfAbsent(topicId, new Orphan()))
        {
            // Once: looking at a partition leads here again.
            state.markDirty(topicId);
        }
    }

    int doWork(final long nowNs)
    {
        if (orphans.isEmpty())
        {
            return 0;
        }

        int workCount = 0;
        for (final long topicId : List.copyOf(orphans.keySet()))
        {
            workCount += removeOrphan(topicId, orphans.get(topicId), nowNs);
        }

        return workCount;
    }

    private int removeOrphan(final long topicId, final Orphan orphan, final long nowNs)
    {
        final TreeMap<Integer, Partition> partitions = state.partitions().get(topicId);
        if (orphan.isWriting)
        {
            return 0;
        }
        if (null == partitions || !isOrphan(topicId))
        {
            orphans.remove(topicId);
            return 1;
        }
        for (final Partition partition : partitions.values())
        {
            if (partition.isWriting() || !partition.isRetired())
            {
                return 0;
            }
        }
        if (!orphan.isRetired)
        {
            orphan.isRetired = true;
            orphan.deadlineNs = nowNs + graceNs;
            return 1;
        }
        if (nowNs - orphan.deadlineNs < 0)
        {
            return 0;
        }

        orphan.isWriting = true;
        final List<Operation> operations = new ArrayList<>();
        for (final Partition partition : partitions.values())
        {
            operations.add(Operation.delete(Paths.state(topicId, partition.partition()), partition.version()));
        }
        operations.add(Operation.delete(Paths.states(topicId), Coordination.ANY_VERSION));
        issueInParts(operations, 0, Status.NO_NODE, (status) -> onOrphanRemoved(topicId, orphan, status));

        return 1;
    }

    private void onOrphanRemoved(final long topicId, final Orphan orphan, final Status status)
    {
        orphan.isWriting = false;
        if (Status.OK == status)
        {
            marks.hit(Mark.ORPHAN_REMOVED);
            state.removePartitions(topicId);
            orphans.remove(topicId);
        }
        else
        {
            // Something is there or gone that was not known: read it and go on.
            orphan.isRetired = false;
            mirror.refreshBelow(Paths.states(topicId));
        }
    }

    private void allocateId(final NewTopic topic, final int replicationFactor, final Change change)
    {
        final int asked = life;
        coordination.read(
            Paths.TOPIC_ID_COUNTER,
            (status, value, version, owner) ->
            {
                if (asked != life)
                {
                    return;
                }
                if (Status.OK != status)
                {
                    finish(change, ResultCode.NOT_CONTROLLER, -1, "the coordination did not answer: try again");
                    return;
                }

                final long topicId = ids.next(value);
                if (topicId < 0)
                {
                    finish(change, ResultCode.INTERNAL, -1, "the counter of topic ids is damaged");
                    return;
                }
                writes.issue(
                    List.of(Operation.set(
                        Paths.TOPIC_ID_COUNTER, NodeValues.encodeCounter(topicId + 1), version)),
                    (outcome, failedIndex, wasUnknown) ->
                    {
                        if (Status.OK == outcome)
                        {
                            makeStates(topic, topicId, replicationFactor, change);
                        }
                        else
                        {
                            // Taken by another, or by an attempt of ours that this id is then lost to.
                            allocateId(topic, replicationFactor, change);
                        }
                    });
            });
    }

    private void makeStates(
        final NewTopic topic, final long topicId, final int replicationFactor, final Change change)
    {
        final List<Integer> running = state.runningBrokers();
        if (replicationFactor > running.size())
        {
            finish(change, ResultCode.INVALID_REPLICATION, -1,
                "replication factor " + replicationFactor + " with " + running.size() + " running brokers");
            return;
        }

        final List<PartitionState> states = new ArrayList<>();
        final List<Operation> operations = new ArrayList<>();
        operations.add(Operation.create(Paths.states(topicId), EMPTY));
        for (int i = 0; i < topic.partitionCount(); i++)
        {
            final PartitionState initial = initialState(topic, topicId, i, replicationFactor, running);
            states.add(initial);
            operations.add(Operation.create(Paths.state(topicId, i), NodeValues.encodeState(initial)));
        }

        creating.add(topicId);
        issueInParts(
            operations, 0, Status.NODE_EXISTS,
            (status) ->
            {
                for (int i = 0; i < states.size(); i++)
                {
                    state.put(topicId, i, states.get(i), 0);
                }
                if (Status.OK == status)
                {
                    commit(topic, new TopicRecord(
                        topicId, topic.partitionCount(), replicationFactor, topic.config()), change);
                }
                else
                {
                    abandon(topicId);
                    finish(change, ResultCode.INTERNAL, -1, "the states could not be made: " + status);
                }
            });
    }

    /** Replicas in turn, so that leaderships spread; all in sync, for the logs are empty. */
    private PartitionState initialState(
        final NewTopic topic, final long topicId, final int partition, final int replicationFactor,
        final List<Integer> running)
    {
        final List<Integer> replicas = new ArrayList<>();
        final List<Member> isr = new ArrayList<>();
        final int first = (int)Math.floorMod(topicId + partition, (long)running.size());
        for (int i = 0; i < replicationFactor; i++)
        {
            final int id = running.get((first + i) % running.size());
            replicas.add(id);
            isr.add(new Member(id, state.broker(id).brokerEpoch()));
        }

        return PartitionState.ofReplicas(
            replicas, isr, Math.min(topic.minIsr(), replicationFactor), controllerEpoch, topic.groupFsync(),
            topic.uncleanElection());
    }

    private void commit(final NewTopic topic, final TopicRecord record, final Change change)
    {
        change.isIssued = true;
        final String path = Paths.topic(topic.name());
        writes.issue(
            List.of(Operation.create(path, NodeValues.encodeTopic(record))),
            (status, failedIndex, wasUnknown) ->
            {
                if (Status.OK == status)
                {
                    onCommitted(topic.name(), record, change);
                }
                else
                {
                    recognise(topic, record, change);
                }
            });
    }

    /** The name is taken: by an attempt whose answer was lost, or by another. */
    private void recognise(final NewTopic topic, final TopicRecord record, final Change change)
    {
        final int asked = life;
        final String path = Paths.topic(topic.name());
        coordination.read(
            path,
            (status, value, version, owner) ->
            {
                if (asked != life)
                {
                    return;
                }
                if (Status.OK == status && record.topicId() == ids.of(path, value))
                {
                    onCommitted(topic.name(), record, change);
                }
                else if (Status.OK == status)
                {
                    abandon(record.topicId());
                    finish(change, ResultCode.TOPIC_EXISTS, -1, "there is a topic '" + topic.name() + "'");
                }
                else
                {
                    commit(topic, record, change);
                }
            });
    }

    private void onCommitted(final String name, final TopicRecord record, final Change change)
    {
        marks.hit(Mark.TOPIC_CREATED);
        creating.remove(record.topicId());
        state.put(new Topic(name, record, 0));
        finish(change, null, record.topicId(), null);
    }

    private void abandon(final long topicId)
    {
        creating.remove(topicId);
        state.doom(topicId);
        considerOrphan(topicId);
    }

    private void finish(final Change change, final ResultCode refusal, final long topicId, final String message)
    {
        changes.remove(change);
        change.handler.onTopic(refusal, topicId, message);
    }

    private boolean isBeingMade(final String name)
    {
        for (final Change change : changes)
        {
            if (change.name.equals(name))
            {
                return true;
            }
        }

        return false;
    }

    /** Hears how a list of parts ended. */
    @FunctionalInterface
    private interface PartsHandler
    {
        void onParts(Status status);
    }

    /** Make changes in parts, in order; a refusal that an own attempt explains counts as done. */
    private void issueInParts(
        final List<Operation> operations, final int from, final Status ownTrace, final PartsHandler handler)
    {
        if (from == operations.size())
        {
            handler.onParts(Status.OK);
            return;
        }

        final int to = Math.min(operations.size(), from + OPERATIONS_PER_WRITE);
        writes.issue(
            operations.subList(from, to),
            (status, failedIndex, wasUnknown) ->
            {
                if (Status.OK == status || wasUnknown && status == ownTrace)
                {
                    issueInParts(operations, to, ownTrace, handler);
                }
                else
                {
                    handler.onParts(status);
                }
            });
    }
}
