package io.epona.engine.local;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicIds;
import io.epona.engine.cluster.TopicRecord;
import org.agrona.ErrorHandler;

import java.util.ArrayList;
import java.util.List;

/**
 * Topics and partition states as they are made and unmade, on the {@link Coordination} port. A topic is there from the
 * creation of {@code /topics/NAME} to its deletion: its partitions' states are made before and removed after. Ids come
 * from a counter and are never used again, so a change whose outcome is unknown can be issued again and recognises its
 * own earlier success.
 * <p>
 * Owned by the thread that owns the coordination, and called back on it by {@link Coordination#poll()}. A call that is
 * not answered because the session ended is answered SESSION_EXPIRED or OUTCOME_UNKNOWN.
 */
public final class TopicRegistry
{
    private static final byte[] EMPTY = new byte[0];

    private final Coordination coordination;
    private final TopicIds ids;

    /**
     * Receives an id.
     */
    @FunctionalInterface
    public interface IdHandler
    {
        /**
         * @param status OK, or why there is none.
         * @param id     that was never given out before.
         */
        void onId(Status status, long id);
    }

    /**
     * Receives how a step ended.
     */
    @FunctionalInterface
    public interface StepHandler
    {
        /**
         * @param status OK also where an earlier attempt of the same step had succeeded; NODE_EXISTS where the name is
         *               taken; NO_NODE where the topic is gone; OUTCOME_UNKNOWN where it stays open whether the step
         *               took effect; FAILED, SESSION_EXPIRED where it did not.
         */
        void onStep(Status status);
    }

    /**
     * @param coordination to keep everything in; its owner calls.
     * @param errorHandler told of values that are damaged; the step is then answered FAILED.
     */
    public TopicRegistry(final Coordination coordination, final ErrorHandler errorHandler)
    {
        this.coordination = coordination;
        this.ids = new TopicIds(errorHandler);
    }

    /**
     * Take the next topic id. An id may be skipped where an outcome was unknown.
     *
     * @param handler for the id.
     */
    public void allocateTopicId(final IdHandler handler)
    {
        coordination.read(
            Paths.TOPIC_ID_COUNTER,
            (status, value, version, owner) ->
            {
                if (Status.OK != status)
                {
                    handler.onId(status, -1);
                    return;
                }

                final long id = ids.next(value);
                if (id < 0)
                {
                    handler.onId(Status.FAILED, -1);
                }
                else
                {
                    takeId(id, version, handler);
                }
            });
    }

    private void takeId(final long id, final int version, final IdHandler handler)
    {
        coordination.set(
            Paths.TOPIC_ID_COUNTER,
            NodeValues.encodeCounter(id + 1),
            version,
            (status, failedIndex, versions) ->
            {
                switch (status)
                {
                    case OK -> handler.onId(Status.OK, id);
                    case OUTCOME_UNKNOWN -> takeId(id, version, handler);
                    // Taken by another, or by an attempt of ours that this id is then lost to.
                    case BAD_VERSION -> allocateTopicId(handler);
                    default -> handler.onId(status, -1);
                }
            });
    }

    /**
     * Make the states of a new topic's partitions, all alike.
     *
     * @param topicId        of the topic, fresh.
     * @param partitionCount number of partitions.
     * @param state          of each.
     * @param handler        for the outcome.
     */
    public void createStates(
        final long topicId, final int partitionCount, final PartitionState state, final StepHandler handler)
    {
        final byte[] value = NodeValues.encodeState(state);
        final List<Operation> operations = new ArrayList<>(partitionCount + 1);
        operations.add(Operation.create(Paths.states(topicId), EMPTY));
        for (int i = 0; i < partitionCount; i++)
        {
            operations.add(Operation.create(Paths.state(topicId, i), value));
        }

        new Step(operations, Status.NODE_EXISTS, handler).issue();
    }

    /**
     * Remove the states of partitions.
     *
     * @param topicId    of the topic.
     * @param partitions all that have a state.
     * @param handler    for the outcome.
     */
    public void removeStates(final long topicId, final List<Integer> partitions, final StepHandler handler)
    {
        final List<Operation> operations = new ArrayList<>(partitions.size() + 1);
        for (final int partition : partitions)
        {
            operations.add(Operation.delete(Paths.state(topicId, partition), Coordination.ANY_VERSION));
        }
        operations.add(Operation.delete(Paths.states(topicId), Coordination.ANY_VERSION));

        new Step(operations, Status.NO_NODE, handler).issue();
    }

    /**
     * Make a topic exist: the commit point of its creation.
     *
     * @param name    of the topic, checked before.
     * @param topic   its value.
     * @param handler for the outcome; NODE_EXISTS where another topic has the name.
     */
    public void commitTopic(final String name, final TopicRecord topic, final StepHandler handler)
    {
        final String path = Paths.topic(name);
        final List<Operation> operations = List.of(Operation.create(path, NodeValues.encodeTopic(topic)));
        new Step(
            operations,
            null,
            (status) ->
            {
                if (Status.NODE_EXISTS != status)
                {
                    handler.onStep(status);
                    return;
                }

                // It may be ours, from an attempt whose answer was lost.
                coordination.read(
                    path,
                    (readStatus, value, version, owner) -> handler.onStep(
                        Status.OK == readStatus && ids.of(path, value) == topic.topicId() ?
                        Status.OK : Status.NODE_EXISTS));
            }).issue();
    }

    /**
     * Make a topic exist no more: the commit point of its deletion.
     *
     * @param name    of the topic.
     * @param topicId that the topic must have.
     * @param handler for the outcome; NO_NODE where there is no such topic.
     */
    public void removeTopic(final String name, final long topicId, final StepHandler handler)
    {
        final String path = Paths.topic(name);
        coordination.read(
            path,
            (status, value, version, owner) ->
            {
                if (Status.OK != status)
                {
                    handler.onStep(status);
                    return;
                }
                if (ids.of(path, value) != topicId)
                {
                    handler.onStep(Status.NO_NODE);
                    return;
                }

                new Step(
                    List.of(Operation.delete(path, version)),
                    Status.NO_NODE,
                    (outcome) ->
                    {
                        if (Status.BAD_VERSION == outcome)
                        {
                            removeTopic(name, topicId, handler);
                        }
                        else
                        {
                            handler.onStep(outcome);
                        }
                    }).issue();
            });
    }

    /**
     * A change that is issued until its outcome is known. The refusal that an earlier success of the same change
     * explains counts as success once an outcome was unknown.
     */
    private final class Step implements Coordination.ChangeHandler
    {
        private final List<Operation> operations;
        private final Status ownTrace;
        private final StepHandler handler;
        private boolean wasUnknown;

        private Step(final List<Operation> operations, final Status ownTrace, final StepHandler handler)
        {
            this.operations = operations;
            this.ownTrace = ownTrace;
            this.handler = handler;
        }

        private void issue()
        {
            coordination.multi(operations, this);
        }

        @Override
        public void onChange(final Status status, final int failedIndex, final int[] versions)
        {
            if (Status.OUTCOME_UNKNOWN == status)
            {
                wasUnknown = true;
                issue();
            }
            else if (wasUnknown && status == ownTrace)
            {
                handler.onStep(Status.OK);
            }
            else if (wasUnknown && (Status.FAILED == status || Status.SESSION_EXPIRED == status))
            {
                handler.onStep(Status.OUTCOME_UNKNOWN);
            }
            else
            {
                handler.onStep(status);
            }
        }
    }
}
